"""Broken exports: each item is read or named, none hides another, and nothing that is in a file can stop the reading."""

import io
import string
import time
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wordpress_archive import Story, feed, wxr, wxr_head, wxr_item
from wordpress_server import PlainFetches, serving_wordpress

from index.article import Article
from index.sources import Item, Rejected, Skipped
from index.sources.wordpress import scan
from index.sources.wordpress.export import WordPressExport
from index.sources.wordpress.scan import Cutter
from index.sources.wordpress.site import WordPressSite

STORIES = [Story(number, f"Story {number}") for number in range(1, 6)]
FULL = wxr(STORIES)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wordpress") / "export.xml"


def read(path: Path, export: str | bytes) -> list[Item]:
    path.write_bytes(export.encode() if isinstance(export, str) else export)
    return list(WordPressExport(path))


def titles(items: list[Item]) -> list[str]:
    return [item.title if isinstance(item, Article) else type(item).__name__ for item in items]


def broken(number: int, old: str, new: str) -> str:
    """The export with something else in one of its items."""
    items = [wxr_item(story) for story in STORIES]
    assert old in items[number]
    items[number] = items[number].replace(old, new)
    return f"{wxr_head()}{''.join(items)}</channel></rss>"


FIVE = [f"Story {number}" for number in range(1, 6)]
TITLE = "<title><![CDATA[Story 3]]></title>"


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        (TITLE, "<title>Fish & chips</title>", "Fish & chips"),
        (TITLE, "<title>Fish &nbsp; chips &eacute; &unknown; &#0;&#xD800;x</title>", "Fish chips é &unknown; x"),
        (TITLE, "<title>3 < 4</title>", "3 < 4"),
        (TITLE, "<title>The <em>Pellworm</em> ferry</title>", "The Pellworm ferry"),
        (TITLE, "<title>Story 3</titel>", "Story 3"),
        (TITLE, "<title><![CDATA[Story ]]><![CDATA[3]]></title>", "Story 3"),
        (TITLE, "<title><![CDATA[Story 3</title>", "Story 3"),
        ("</item>", "", "Story 3"),
        ("]]></content:encoded>", "</content:encoded>", "Story 3"),
        ("]]></wp:post_password>", "</wp:post_password>", "Story 3"),
        ("opened on Tuesday.", "opened ]]> on Tuesday.", "Story 3"),
        ("opened on Tuesday.", "opened <![CDATA[ on ]]> Tuesday.", "Story 3"),
        ("<wp:status>", "<media:content url='x'/><wp:status>", "Story 3"),
        ("<wp:status>", "<wp:comment><wp:status>spam</wp:status></wp:comment><wp:status>", "Story 3"),
        ("<description></description>", "<description>&lt;/item&gt;<!-- </item> --></description>", "Story 3"),
        ("<description></description>", "<description><![CDATA[</item><item>]]></description>", "Story 3"),
        ("<description></description>", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;", "Story 3"),
    ],
)
def test_what_is_broken_in_one_item_is_mended_and_the_others_arrive(path: Path, old: str, new: str, title: str) -> None:
    items = read(path, broken(2, old, new))
    assert titles(items) == [*FIVE[:2], title, *FIVE[3:]]
    assert {" ".join(item.text.split()) for item in items if isinstance(item, Article)} == {
        "The lock gate opened on Tuesday."
    }
    assert items[2].id == STORIES[2].guid  # type: ignore[union-attr]  # it is an article


def test_a_section_that_ends_early_loses_no_word(path: Path) -> None:
    export = wxr([Story(1, content="The lock gate opened.")]).replace("gate opened.]]>", "<![CDATA[gate ]]> opened.]]>")
    (item,) = read(path, export)
    assert isinstance(item, Article)
    assert " ".join(item.text.split()) == "The lock gate opened."


@pytest.mark.parametrize("closing", ["]]></content:encoded>", "]]></category>\n    </item>"])
def test_a_section_that_is_never_closed_takes_only_its_own_item_with_it(path: Path, closing: str) -> None:
    assert titles(read(path, broken(2, closing, closing.removeprefix("]]>")))) == FIVE


def test_an_article_about_feeds_may_show_one(path: Path) -> None:
    one = "<item><title><![CDATA[A]]></title><category><![CDATA[B]]></category></item>"
    sample = f"<pre>{one}\n{one}\n{one}</pre>"
    items = read(path, wxr([Story(1, "How feeds work", sample), Story(2, "Story 2")]))
    assert titles(items) == ["How feeds work", "Story 2"]


@pytest.mark.parametrize("end", ["</channel>\n</rss>", "<wp:post_type>", "<content:encoded>", "<p>The lock", "<item>"])
def test_an_export_that_was_cut_short_gives_what_is_whole_and_says_so(path: Path, end: str) -> None:
    items = read(path, FULL[: FULL.rindex(end) + (0 if end.startswith("</") else len(end))])
    whole = 5 if end.startswith("</") else 4
    assert titles(items) == [*FIVE[:whole], "Rejected"]
    assert isinstance(items[-1], Rejected)
    assert "it was cut short" in items[-1].problems[0]


def test_a_file_among_others_that_is_no_export_is_named(tmp_path: Path) -> None:
    (tmp_path / "000.xml").write_text(FULL, "utf-8")
    (tmp_path / "001.xml").write_text("<html><p>Moved</p></html>", "utf-8")
    (tmp_path / "002.zip").write_bytes(b"PK\x03\x04 and no more")
    items = list(WordPressExport([tmp_path / name for name in ("000.xml", "001.xml", "002.zip")]))
    assert titles(items) == [*FIVE, "Rejected", "Rejected"]
    assert [Path(item.place).name for item in items if isinstance(item, Rejected)] == ["001.xml", "002.zip"]


def test_no_entity_is_expanded_and_no_file_is_read(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the combination of the safe")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol" * 10}">' for n in range(9))
    doctype = f'<!DOCTYPE rss [{laughs}<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    export = broken(2, TITLE, "<title>Story 3 &l8; &s;</title>").replace("<rss", f"{doctype}<rss", 1)
    started = time.process_time()
    items = read(path, export)
    assert time.process_time() - started < 2
    assert titles(items) == [*FIVE[:2], "Story 3 &l8; &s;", *FIVE[3:]]


def test_an_item_may_stand_on_the_edge_of_what_is_read_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 7, 64, 100, 1_000):
        monkeypatch.setattr(scan, "_CHUNK", size)
        pieces = [piece.text for piece in Cutter(io.BytesIO(FULL.encode())).pieces() if piece.tag == "item"]
        assert pieces == [wxr_item(story).strip() for story in STORIES]


LETTERS = string.ascii_letters + string.digits + " .,;:-éøß漢\U0001f680&<>[]'\"\\"
words = st.text(LETTERS, min_size=1, max_size=40).map(lambda text: f"A {text} z")
# without a zone on purpose
moments = st.datetimes(datetime(1990, 1, 1), datetime(2040, 12, 31)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001


@st.composite
def stories(draw: st.DrawFn) -> Story:
    return Story(
        number=draw(st.integers(1, 10**9)),
        title=draw(words).replace("&", "&amp;").replace("<", "&lt;"),
        content=f"<p>{draw(words).replace('&', '&amp;').replace('<', '&lt;')}</p>",
        published=str(draw(moments)),
        status=draw(st.sampled_from(["publish", "publish", "future", "draft", "private"])),
        post_type=draw(st.sampled_from(["post", "post", "page", "attachment"])),
        categories=tuple(draw(st.lists(st.sampled_from(["town", "sport", "harbour", "uncategorized"]), unique=True))),
        author=draw(st.sampled_from(["mlund", "obrandt"])),
    )


@given(st.lists(stories(), max_size=6, unique_by=lambda story: story.number))
def test_what_was_exported_is_read_again(path: Path, written: list[Story]) -> None:
    items = read(path, wxr(written))
    assert len(items) == len(written)
    for story, item in zip(written, items, strict=True):
        if story.post_type == "post" and story.status in ("publish", "future"):
            assert isinstance(item, Article)
            plain = story.title.replace("&lt;", "<").replace("&amp;", "&")
            assert (item.id, item.title) == (story.guid, " ".join(plain.split()))
            assert item.published_at == datetime.fromisoformat(story.published).replace(tzinfo=UTC)
            assert (item.section is None) == (not set(story.categories) - {"uncategorized"})
        else:
            assert isinstance(item, Skipped)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An export with bytes cut, flipped, repeated, or put in."""
    raw = bytearray(FULL.encode())
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        length = draw(st.integers(1, 300))
        kind = draw(st.sampled_from(["cut", "flip", "repeat", "put", "end"]))
        if kind == "cut":
            del raw[at : at + length]
        elif kind == "flip" and raw:
            raw[at] ^= draw(st.integers(1, 255))
        elif kind == "repeat":
            raw[at:at] = raw[at : at + length]
        elif kind == "end":
            del raw[max(at, 2_500) :]
        else:
            raw[at:at] = draw(
                st.sampled_from([b"<item>", b"</item>", b"<![CDATA[", b"]]>", b"<!--", b"&#x0;", b"\xff\xfe", b"<"])
            )
    return bytes(raw)


@given(damaged())
def test_a_damaged_export_never_stops_the_reading(path: Path, raw: bytes) -> None:
    assert all(isinstance(item, (Article, Rejected, Skipped)) for item in read(path, b"<rss>" + raw))


@given(st.integers(0, 4), st.integers(0, 1_000), st.integers(1, 40))
def test_damage_within_an_items_text_loses_no_other_item(path: Path, which: int, at: int, length: int) -> None:
    item = wxr_item(STORIES[which])
    start = item.index("<p>The") + at % 30
    items = [wxr_item(story) for story in STORIES]
    items[which] = item[:start] + "\x00<&]" * length + item[start + length % 8 :]
    found = read(path, f"{wxr_head()}{''.join(items)}</channel></rss>")
    assert len(found) == 5
    assert [one for number, one in enumerate(titles(found)) if number != which] == [*FIVE[:which], *FIVE[which + 1 :]]


HOSTILE = [
    "<item>",
    "<item",
    "<![CDATA[",
    "<!--",
    "<item><![CDATA[",
    "<wp:author>",
    "]]>",
    "<item><![CDATA[</wp:x><![CDATA[",
    "&",
]
HOSTILE += ["<item><a>", "<item><![CDATA[x</title>", "<category>", "<item><wp:postmeta></item>", "</item><item>"]


@pytest.mark.parametrize("part", HOSTILE)
def test_time_grows_with_the_length_alone(path: Path, part: str) -> None:
    def seconds(times: int) -> float:
        return min(once(part * times) for _ in range(2))

    def once(title: str) -> float:
        started = time.process_time()
        read(path, f"{wxr_head()}<item><title>{title}")
        return time.process_time() - started

    # quadratic time would be 64 times as much; the rest is for what is too short to be measured
    assert seconds(400) < 32 * seconds(50) + 0.3


@pytest.fixture
def everywhere() -> list[Story]:
    return [Story(number, f"Story {number}", categories=("town", "harbour")) for number in (3, 14, 159)]


def test_a_story_has_one_id_in_the_export_the_api_and_the_feed(path: Path, everywhere: list[Story]) -> None:
    exported = [item for item in read(path, wxr(everywhere)) if isinstance(item, Article)]
    with serving_wordpress(*everywhere) as site:
        served = [item for item in WordPressSite(PlainFetches(), site.url) if isinstance(item, Article)]
    entries = feedparser.parse(feed(everywhere).encode()).entries
    assert [entry.id for entry in entries] == [item.id for item in exported] == [item.id for item in served]
    for one, other in zip(exported, served, strict=True):
        assert (one.title, one.text, one.section, one.tags, one.authors) == (
            other.title, other.text, other.section, other.tags, other.authors,
        )  # fmt: skip
        assert (one.published_at, one.updated_at, one.url) == (other.published_at, other.updated_at, other.url)


@pytest.mark.parametrize(
    "guid", ["http://pellworm.example/2026/03/story-7", "https://pellworm.example/2026/03/story-7/"]
)
def test_a_guid_that_is_simply_the_address_is_the_address(path: Path, guid: str) -> None:
    story = Story(7, given_guid=guid)
    (exported,) = read(path, wxr([story]))
    (moved, *_) = WordPressExport(path, site="https://post.example")
    with serving_wordpress(story) as site:
        source = WordPressSite(PlainFetches(), site.url)
        (served,) = source
        assert source.removed([story.link]) == []
    assert isinstance(exported, Article)
    assert isinstance(served, Article)
    assert isinstance(moved, Article)
    assert exported.id == served.id == story.link
    # WordPress leaves a guid as it was when a site moves: there it is no address any more
    assert moved.id == guid


def test_a_guid_that_was_kept_escaped_is_the_same_everywhere(path: Path) -> None:
    story = Story(7, given_guid="https://pellworm.example/?post_type=post&p=7")
    (exported,) = read(path, wxr([story]))
    with serving_wordpress(story) as site:
        (served,) = WordPressSite(PlainFetches(), site.url)
    (entry,) = feedparser.parse(feed([story]).encode()).entries
    assert isinstance(exported, Article)
    assert isinstance(served, Article)
    # feedparser escapes the ampersand anew
    assert unescape(entry.id) == exported.id == served.id == story.guid
    assert "&p=7" in exported.id
