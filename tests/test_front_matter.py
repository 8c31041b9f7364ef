"""A static site's folder: its articles with their addresses, dates and links, and everything else told apart."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Link
from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.sources import Item, Rejected, Skipped
from index.sources.static_site import site as static_site
from index.sources.static_site.site import MarkdownSite, is_markdown_site

NOW = datetime(2026, 3, 20, tzinfo=UTC)
BASE = "https://courier.example"
HUGO = f'baseURL = "{BASE}/"\nlanguageCode = "en-gb"\n'

Site = Callable[..., list[Item]]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """What a folder of these files is read as: `site({path: text}, title="headline")`."""

    def read(files: dict[str, str | bytes], base_url: str | None = None, **fields: str) -> list[Item]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(MarkdownSite(tmp_path, FieldNames(fields), base_url, NOW))

    return read


def page(body: str = "The wind.", **fields: object) -> str:
    """A file with front matter."""
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in fields.items()) + f"---\n{body}\n"


def articles(items: list[Item]) -> list[Article]:
    assert [item for item in items if isinstance(item, Rejected)] == []
    return [item for item in items if isinstance(item, Article)]


def test_a_hugo_page_is_an_article_with_all_that_its_front_matter_says(site: Site) -> None:
    story = page(
        "The [harbour](https://other.example/) opened.",
        title='"Harbour reopens: at last"',
        date="2026-03-14T08:00:00+01:00",
        lastmod="2026-03-15",
        tags="[harbour, storm]",
        categories="[Works]",
        authors="[Ida Brandt, Jon Moe]",
        series='["The storm"]',
        description="The pier has a new railing.",
        images='["/img/pier.jpg"]',
        weight=3,
    )
    (article,) = articles(site({"hugo.toml": HUGO, "content/news/harbour.md": story}))
    assert article.id == article.url == f"{BASE}/news/harbour/"
    assert (article.title, article.text) == ("Harbour reopens: at last", "The harbour opened.")
    assert (article.section, article.series, article.lang) == ("news", "The storm", "en-gb")
    assert (article.tags, article.authors) == (("harbour", "storm", "Works"), ("Ida Brandt", "Jon Moe"))
    assert article.published_at == datetime(2026, 3, 14, 7, tzinfo=UTC)
    assert article.updated_at == datetime(2026, 3, 15, tzinfo=UTC)
    assert article.summary == "The pier has a new railing."
    assert article.image_url == f"{BASE}/img/pier.jpg"
    assert dict(article.extra) == {"weight": 3}
    assert article.links == ()


def test_what_is_no_article_is_skipped_by_its_kind(site: Site) -> None:
    items = site(
        {
            "hugo.toml": HUGO,
            "content/news/_index.md": page(title="News"),
            "content/news/draft.md": page(title="A", draft="true"),
            "content/news/expired.md": page(title="A", date="2020-01-01", expiryDate="2026-03-19"),
            "content/news/headless/index.md": page(title="A", headless="true"),
            "content/news/never.md": page(title="A", build="{render: never}"),
            "content/news/plain.md": "No front matter.",
            "content/news/story/index.md": page(title="A"),
            "content/news/story/aside.md": page(title="A"),
            "content/news/story/deep/aside.md": page(title="A"),
            "content/about.md": page(title="About us"),
            "content/dated.md": page(title="Dated", date="2026-01-01"),
            "README.md": page(title="not content"),
        }
    )
    assert [item.id for item in articles(items)] == [f"{BASE}/dated/", f"{BASE}/news/story/"]
    kinds = sorted((Path(item.place).name, item.kind) for item in items if isinstance(item, Skipped))
    assert kinds == [
        ("_index.md", "section pages"),
        ("about.md", "pages without a date or a section"),
        ("aside.md", "resources of pages"),
        ("aside.md", "resources of pages"),
        ("draft.md", "drafts"),
        ("expired.md", "expired pages"),
        ("index.md", "headless pages"),
        ("never.md", "headless pages"),
        ("plain.md", "files without front matter"),
    ]


def test_a_day_of_publication_to_come_is_an_embargo_and_one_of_expiry_to_come_is_kept(site: Site) -> None:
    story = page(title="A", date="2026-03-01", publishDate="2026-04-01", expiryDate="2027-01-01")
    (article,) = articles(site({"hugo.toml": HUGO, "content/news/a.md": story}))
    assert article.published_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert article.extra["expiryDate"] == "2027-01-01"


@pytest.mark.parametrize(
    ("raw", "place", "said"),
    [
        (page(title='"open'), "a.md, line 3", "front matter: not YAML"),
        (page(title="A", date="soon"), "a.md", "published_at: expected a date"),
        (page(title="A", expiryDate="soon"), "a.md", "expirydate: expected a date"),
        (page(title="A", lang="[x]"), "a.md", None),
        (page(title="A", lang="nonsense-tag-"), "a.md", "lang: expected a language tag"),
        (page("", title=""), "a.md", "title, text: expected at least one"),
        (b"---\ntitle: Caf\xe9\n---\n", "a.md", "expected UTF-8, got byte 0xe9 at byte 15"),
    ],
)
def test_a_broken_page_is_named_and_the_others_arrive(
    site: Site, raw: str | bytes, place: str, said: str | None
) -> None:
    items = site({"hugo.toml": HUGO, "content/news/a.md": raw, "content/news/b.md": page(title="B")})
    assert isinstance(items[1], Article)
    if said is None:
        assert isinstance(items[0], Article)
        return
    assert isinstance(items[0], Rejected)
    assert items[0].place.endswith(place)
    assert items[0].problems[0].startswith(said)


def test_a_file_that_is_too_long_is_rejected_unread(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static_site, "MAX_PAGE", 100)
    (item,) = site({"content/news/a.md": page("x" * 200, title="A"), "hugo.toml": HUGO})
    assert isinstance(item, Rejected)
    assert item.problems[0].startswith("expected a file of at most 100 bytes, got 2")


def test_links_that_lead_out_of_the_site_and_what_is_no_file_are_not_read(tmp_path: Path, site: Site) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-secret.md"
    outside.write_text(page(title="Secret"))
    news = tmp_path / "content" / "news"
    news.mkdir(parents=True)
    (news / "secret.md").symlink_to(outside)
    (news / "gone.md").symlink_to(tmp_path / "nothing.md")
    (news / "loop").symlink_to(tmp_path / "content")
    os.mkfifo(news / "pipe.md")
    items = site({"hugo.toml": HUGO, "content/news/story.md": page(title="A")})
    assert [item.id for item in items if isinstance(item, Article)] == [f"{BASE}/news/story/"]
    rejected = {Path(item.place).name: item.problems[0] for item in items if isinstance(item, Rejected)}
    assert rejected == {
        "secret.md": "is a link to a file outside of the site, which is not read",
        "gone.md": "cannot be read: No such file or directory",
        "pipe.md": "expected a file, got something else of that name",
    }
    outside.unlink()


def test_links_of_every_spelling_lead_to_the_page_they_mean(site: Site) -> None:
    ways = [
        "/news/2026/storm-night/",
        "https://courier.example/news/2026/storm-night/",
        "../storm-night/#top",
        "storm.md",
        "/news/storm.md",
        '{{< ref "news/storm.md" >}}',
        '{{% relref "storm" %}}',
        '{{< ref "/news/storm" >}}',
    ]
    files = {
        f"content/news/way{number}.md": page(f"See [it]({way}).", title=f"W{number}") for number, way in enumerate(ways)
    }
    storm = page("[self](/news/2026/storm-night/)", title="Storm", date="2026-03-01", slug="storm-night")
    toml = HUGO + '[permalinks]\nnews = "/news/2026/:slug/"\n'
    found = {
        article.title: article
        for article in articles(site({"hugo.toml": toml, "content/news/storm.md": storm, **files}))
    }
    target = f"{BASE}/news/2026/storm-night/"
    assert [found[f"W{number}"].links[0].url for number in range(len(ways))] == [target] * len(ways)
    assert found["Storm"].links == ()


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/news/a/",
        "mailto:desk@courier.example",
        "#top",
        "/img/pier.jpg",
        "/report.PDF",
        "/",
        "http://[x",
        "",
    ],
)
def test_what_leads_to_no_article_of_the_site_is_no_link(site: Site, address: str) -> None:
    (article,) = articles(site({"hugo.toml": HUGO, "content/news/a.md": page(f"[x](<{address}>)", title="A")}))
    assert article.links == ()


def test_an_image_of_a_bundle_stands_beside_its_page_and_the_first_of_a_text_is_taken_where_none_is_named(
    site: Site,
) -> None:
    files = {
        "hugo.toml": HUGO,
        "content/news/a/index.md": page(title="A", cover="{image: pier.jpg}"),
        "content/news/a/pier.jpg": b"x",
        "content/news/b.md": page(title="B", cover="{image: pier.jpg}"),
        "content/news/c.md": page("![](late.jpg)", title="C"),
        "content/news/d.md": page("![](data:image/png;base64,xx)", title="D", image="''"),
    }
    assert {article.title: article.image_url for article in articles(site(files))} == {
        "A": f"{BASE}/news/a/pier.jpg",
        "B": f"{BASE}/pier.jpg",
        "C": f"{BASE}/news/c/late.jpg",
        "D": None,
    }


def test_the_readers_own_names_win_and_tables_of_the_front_matter_count(site: Site) -> None:
    text = "+++\ntitle = 'A'\ncategories = ['Works']\n[params]\nheadline = 'B'\ndesk = 'city'\n+++\nText."
    (article,) = articles(site({"hugo.toml": HUGO, "content/news/a.md": text}, title="headline", section="categories"))
    assert (article.title, article.section) == ("B", "Works")
    assert article.extra["desk"] == "city"


def test_a_folder_without_an_address_has_places_for_ids_and_links_by_them(site: Site) -> None:
    files = {
        "news/2026/03/harbour.md": page("[x](/news/2026/03/storm.html) [y](storm.md)", title="Harbour"),
        "news/2026/03/storm.md": page("[x](../harbour/)", title="Storm"),
        "note.md": page(title="Note"),
    }
    note, harbour, storm = articles(site(files))
    assert [article.id for article in (harbour, storm, note)] == ["news/2026/03/harbour", "news/2026/03/storm", "note"]
    assert (harbour.url, harbour.section, note.section) == (None, "news", None)
    assert [link.article_id for link in harbour.links] == ["news/2026/03/storm"]
    assert storm.links == (Link(article_id="news/2026/03/harbour", position=0.0),)


def test_the_position_goes_up_to_the_size(tmp_path: Path, site: Site) -> None:
    site({f"news/{number}.md": page(title=f"A{number}") for number in range(5)})
    source = MarkdownSite(tmp_path, FieldNames())
    positions = [source.position() for _ in source]
    assert positions == sorted(positions)
    assert source.position() == source.size == sum(file.stat().st_size for file in tmp_path.rglob("*.md"))


def test_a_site_is_known_by_its_configuration_or_by_front_matter(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Only text.")
    (tmp_path / "b.html").write_text("---\ntitle: A\n---\n")
    assert not is_markdown_site(tmp_path)
    assert not is_markdown_site(tmp_path / "a.md")
    (tmp_path / "c.md").write_text(page(title="A"))
    assert is_markdown_site(tmp_path)
    (tmp_path / "c.md").unlink()
    (tmp_path / "hugo.toml").write_text("broken")
    assert is_markdown_site(tmp_path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="expected a folder"):
        MarkdownSite(tmp_path / "missing", FieldNames())
    (tmp_path / "hugo.toml").write_text(HUGO)
    with pytest.raises(UnreadableSource, match="no such folder, which should hold the content"):
        MarkdownSite(tmp_path, FieldNames())


@given(st.data())
def test_a_damaged_page_is_no_crash(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(
        page("[a]({{< ref b >}}) ![](c.jpg)", title="A", date="2026-03-14", tags="[a, b]", cover="{image: a}").encode()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from(b'"\n:[]{}-|>&*\0\xff\xc3 x'))
    (tmp_path / "content" / "news").mkdir(parents=True, exist_ok=True)
    (tmp_path / "hugo.toml").write_text(HUGO)
    (tmp_path / "content" / "news" / "a.md").write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    items = list(MarkdownSite(tmp_path, FieldNames(), now=NOW))
    assert len(items) == 1
