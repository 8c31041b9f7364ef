"""WordPress exports: every item is accounted for, by what it is; what is broken is named, and hides nothing else."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from wordpress_archive import HOME, IMAGES, Story, wxr, wxr_head, wxr_item

from index.article import Article, Link
from index.sources import Item, Rejected, Skipped
from index.sources.wordpress import export, scan
from index.sources.wordpress.export import WordPressExport

Read = Callable[..., list[Item]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What an export of these bytes, or of this text, is read as."""

    def read_export(export: str | bytes, **options: object) -> list[Item]:
        path = tmp_path / "export.xml"
        path.write_bytes(export.encode() if isinstance(export, str) else export)
        return list(WordPressExport(path, **options))

    return read_export


def only(items: list[Item]) -> Article:
    (item,) = items
    assert isinstance(item, Article), item
    return item


def kinds(items: list[Item]) -> list[str]:
    return [item.kind if isinstance(item, Skipped) else type(item).__name__ for item in items]


def titles(items: list[Item]) -> list[str]:
    return [item.title if isinstance(item, Article) else type(item).__name__ for item in items]


IMAGE = Story(
    900, "lock-gate", f"{HOME}{IMAGES[900]}", status="inherit", post_type="attachment", categories=(), tags=()
)


def test_a_post_becomes_an_article_with_all_that_the_export_says_of_it(read: Read) -> None:
    story = Story(
        12,
        "Tides &amp; <em>floods</em>: the Mayor's plan",
        "<!-- wp:paragraph -->\n<p>The lock gate opened on Tuesday.</p>\n<!-- /wp:paragraph -->\n"
        "<!-- wp:jetpack/related-posts /-->\n"
        "<!-- wp:paragraph -->\n<p>It had been <a href='/2026/03/story-9/'>shut since the storm</a>.</p>\n"
        "<!-- /wp:paragraph -->",
        excerpt="What the council wants.",
        image=900,
    )
    # the image stands behind the post that shows it
    article, skipped = read(wxr([story, IMAGE]))
    assert skipped == Skipped(skipped.place, "attachments")
    assert skipped.place.endswith("export.xml, item 2 (post 900)")
    assert article == Article(
        id=f"{HOME}/?p=12",
        title="Tides & floods: the Mayor's plan",
        text="The lock gate opened on Tuesday.\n\nIt had been shut since the storm.",
        url=f"{HOME}/2026/03/story-12/",
        summary="What the council wants.",
        section="town/council",
        tags=("Lock", "Tides & Floods"),
        authors=("Mia Lund",),
        published_at=datetime(2026, 3, 14, 8, tzinfo=UTC),
        updated_at=datetime(2026, 3, 14, 9, 30, tzinfo=UTC),
        lang="en-gb",
        image_url=f"{HOME}/wp-content/uploads/2026/03/lock-gate.jpg",
        links=(Link(url=f"{HOME}/2026/03/story-9/", position=0.6866),),
        extra={"post_id": 12, "categories": ["town/council", "town"]},
    )


NO_ARTICLES = {
    "drafts": {"status": "draft"},
    "pending posts": {"status": "pending"},
    "private posts": {"status": "private"},
    "trashed posts": {"status": "trash"},
    "posts with the status in-legal-review": {"status": "in-legal-review"},
    "password-protected posts": {"password": "tide"},
    "scheduled posts without a date": {"status": "future", "published": "0000-00-00 00:00:00"},
    "pages": {"post_type": "page"},
    "revisions": {"post_type": "revision", "status": "inherit"},
    "navigation items": {"post_type": "nav_menu_item"},
    "products": {"post_type": "product"},
    "items of the type recipe": {"post_type": "recipe"},
}


@pytest.mark.parametrize(("kind", "fields"), NO_ARTICLES.items(), ids=list(NO_ARTICLES))
def test_what_is_no_article_is_counted_by_what_it_is(read: Read, kind: str, fields: dict[str, str]) -> None:
    # the fields are of mixed types
    assert kinds(read(wxr([Story(1), Story(2, **fields), Story(3)]))) == ["Article", kind, "Article"]  # type: ignore[arg-type]


def test_other_types_are_articles_when_asked_for(read: Read) -> None:
    export = wxr([Story(1), Story(2, post_type="dossier"), Story(3, post_type="page")])
    items = read(export, types=("post", "dossier"))
    assert kinds(items) == ["Article", "Article", "pages"]
    assert [item.type for item in items if isinstance(item, Article)] == [None, "dossier"]


def test_a_scheduled_post_is_an_article_with_its_date(read: Read) -> None:
    article = only(read(wxr([Story(1, status="future", published="2036-03-14 08:00:00")])))
    assert (article.status, article.published_at) == ("published", datetime(2036, 3, 14, 8, tzinfo=UTC))


def with_dates(local: str, utc: str, stated: str = "Wed, 30 Nov -0001 00:00:00 +0000") -> str:
    item = wxr_item(Story(2))
    for tag, value in (("wp:post_date", local), ("wp:post_date_gmt", utc), ("pubDate", stated)):
        start, end = item.index(f"<{tag}>"), item.index(f"</{tag}>")
        item = f"{item[:start]}<{tag}>{value}{item[end:]}"
    return item


ZERO = "0000-00-00 00:00:00"


@pytest.mark.parametrize(
    ("item", "date"),
    [
        (with_dates("2026-03-14 10:00:00", "2026-03-14 08:00:00"), "2026-03-14T08:00"),
        (with_dates("2026-03-14 10:00:00", ZERO, "Sat, 14 Mar 2026 07:00:00 +0000"), "2026-03-14T07:00"),
        # the post before says that the site's clock is two hours ahead
        (
            with_dates("2026-03-14 10:00:00", "2026-03-14 08:00:00") + with_dates("2026-03-15 10:00:00", ZERO),
            "2026-03-15T08:00",
        ),
        (with_dates("2026-03-14 10:00:00", ZERO, "Tue, 30 Nov 1999 00:00:00 +0000"), "2026-03-14T10:00"),
        (with_dates(ZERO, ZERO), None),
        (with_dates(ZERO, ZERO, "Tue, 30 Nov 1999 00:00:00 +0000"), None),
        (with_dates("1500-99-14", "yesterday", "soon"), None),
    ],
)
def test_dates_are_in_utc_also_where_only_local_time_is_known(read: Read, item: str, date: str | None) -> None:
    article = read(f"{wxr_head()}{item}</channel></rss>")[-1]
    assert isinstance(article, Article)
    assert article.published_at == (datetime.fromisoformat(f"{date}+00:00") if date else None)


def test_an_article_without_a_guid_has_its_address_as_id_or_else_its_number(read: Read) -> None:
    item = wxr_item(Story(17))
    start, end = item.index("<guid"), item.index("</guid>") + 7
    without = item[:start] + item[end:]
    assert only(read(f"{wxr_head()}{without}</channel></rss>")).id == f"{HOME}/2026/03/story-17/"
    start, end = without.index("<link>"), without.index("</link>") + 7
    nameless = without[:start] + without[end:]
    assert only(read(f"{wxr_head()}{nameless}</channel></rss>")).id == f"{HOME}/?p=17"
    assert only(read(f"<rss><channel>{nameless}</channel></rss>")).id == "17"


def test_several_authors_of_one_post_are_named(read: Read) -> None:
    profile = Story(
        40, "Ines", post_type="guest-author", meta=(("cap-display_name", "Ines Wulf"), ("cap-user_login", "ines"))
    )
    profile_item = wxr_item(profile).replace("<wp:status>", "<wp:post_name>cap-ines</wp:post_name><wp:status>")
    authors = "".join(
        f'<category domain="author" nicename="cap-{login}"><![CDATA[{login}]]></category>'
        for login in ("obrandt", "ines", "nn")
    )
    item = wxr_item(Story(1)).replace("</item>", f"{authors}</item>")
    article, other = read(f"{wxr_head()}{item}{profile_item}</channel></rss>")
    assert isinstance(article, Article)
    assert article.authors == ("Ole Brandt", "Ines Wulf", "nn")
    assert other == Skipped(other.place, "author profiles")


def test_terms_of_other_kinds_say_series_language_and_format(read: Read) -> None:
    terms = (
        '<category domain="series" nicename="dykes">The Dykes</category>'
        '<category domain="language" nicename="da">Dansk</category>'
        '<category domain="post_format" nicename="post-format-video">Video</category>'
    )
    article = only(read(f"{wxr_head()}{wxr_item(Story(1)).replace('</item>', terms + '</item>')}</channel></rss>"))
    assert (article.series, article.lang, article.type) == ("The Dykes", "da", "video")


def test_a_moved_site_is_read_under_its_present_address(read: Read) -> None:
    content = f"<p>It <a href='{HOME}/2026/03/story-9/?x=1'>opened</a>, <a href='https://elsewhere.example/a'>they say</a>.</p>"
    article = read(wxr([Story(1, content=content, image=900), IMAGE]), site="https://post.example/")[0]
    assert isinstance(article, Article)
    # who the article is does not change with its address
    assert article.id == f"{HOME}/?p=1"
    assert article.url == "https://post.example/2026/03/story-1/"
    assert article.image_url == f"https://post.example{IMAGES[900]}"
    assert [link.url for link in article.links] == ["https://post.example/2026/03/story-9/?x=1"]


FULL = wxr([Story(number, f"Story {number}") for number in range(1, 6)])
FIVE = [f"Story {number}" for number in range(1, 6)]


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


@pytest.mark.parametrize(
    "export",
    [
        FULL.encode(),
        b"\xef\xbb\xbf" + FULL.encode(),
        b"\n\n  " + FULL.encode(),
        FULL.encode("utf-16"),
        FULL.replace("UTF-8", "ISO-8859-1").encode("cp1252"),
        FULL.replace('encoding="UTF-8"', 'encoding="klingon"').encode(),
        gzip.compress(FULL.encode()),
        zipped(**{"post.xml": FULL, "readme.txt": "no"}),
        FULL.replace("<wp:wxr_version>1.2</wp:wxr_version>", "").encode(),
        FULL.replace("export/1.2/", "export/1.0/").encode(),
        FULL.replace("http://wordpress.org", "https://wordpress.org").encode(),
        FULL[: FULL.index("xmlns:excerpt")].encode() + b">" + FULL[FULL.index("<channel>") :].encode(),
        FULL.replace("<wp:", "<").replace("</wp:", "</").encode(),
        FULL.replace("wp:", "w0:").replace(":wp=", ":w0=").replace("content:", "c0:").replace(":content=", ":c0=").encode(),
        FULL.replace("\n", "\r\n").encode(),
        FULL.replace("opened on", "\x00\x08opened\x1f \x0con").encode(),
    ],
    ids=[
        "plain", "byte-order mark", "blank lines first", "UTF-16", "Latin 1", "unknown encoding", "gzip", "zip", "no version",
        "version 1.0", "other namespace", "no namespaces", "no prefixes", "other prefixes", "CRLF", "control characters",
    ],
)  # fmt: skip
def test_an_export_is_read_whatever_its_dress(read: Read, export: bytes) -> None:
    items = read(export)
    assert titles(items) == FIVE
    assert [item.text for item in items if isinstance(item, Article)] == ["The lock gate opened on Tuesday."] * 5


def test_letters_of_another_encoding_in_the_middle_are_read(read: Read) -> None:
    export = wxr([Story(1, "Fähre", "<p>Die F\u00e4hre kostet 5\u00a0€ – ‚viel‘.</p>")]).encode()
    article = only(read(export.replace("Die F\u00e4hre".encode(), "Die F\u00e4hre".encode("cp1252"))))
    assert (article.title, article.text) == ("Fähre", "Die Fähre kostet 5 € – ‚viel‘.")


def test_several_files_of_one_export_know_each_other(tmp_path: Path) -> None:
    (tmp_path / "000.xml").write_text(wxr([Story(1, image=900)]), "utf-8")
    (tmp_path / "001.xml").write_text(wxr([IMAGE, Story(2)]), "utf-8")
    source = WordPressExport([tmp_path / "000.xml", tmp_path / "001.xml"])
    first, *rest = list(source)
    assert isinstance(first, Article)
    assert first.image_url == f"{HOME}{IMAGES[900]}"
    assert kinds(rest) == ["attachments", "Article"]
    assert source.position() == source.size


def test_an_archive_that_unpacks_to_far_too_much_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.sources.wordpress.export_files.PLENTY", 1 << 20)
    items = read(gzip.compress(FULL.replace("</channel>", "").encode() + b" " * (1 << 25)))
    assert titles(items) == [*FIVE, "Rejected"]
    assert items[-1].problems == ("the file cannot be read further: it unpacks to far more than text does",)


def random_words(seed: int) -> str:
    return " ".join(f"{number:x}" for number in Random(seed).sample(range(10**9), 300))


def test_a_damaged_gzip_file_gives_what_can_be_unpacked(read: Read) -> None:
    stories = [Story(number, f"Story {number}", f"<p>{random_words(number)}</p>") for number in range(40)]
    items = read(gzip.compress(wxr(stories).encode())[:-3_000])
    assert len(items) < 41
    assert titles(items)[:5] == [f"Story {number}" for number in range(5)]
    assert isinstance(items[-1], Rejected)
    assert "cannot be read further" in items[-1].problems[0]


def test_an_item_that_is_too_long_is_named_and_the_next_is_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MAX_RECORD", 1 << 20)
    monkeypatch.setattr(scan, "_CHUNK", 1 << 16)
    items = read(wxr([Story(1), Story(2, content="<p>x</p>" * 400_000), Story(3)]))
    assert kinds(items) == ["Article", "Rejected", "Article"]
    assert items[1].problems[0].startswith("expected an item of at most ")
    assert export.MAX_RECORD == 64_000_000
