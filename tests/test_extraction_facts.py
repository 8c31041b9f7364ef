"""What a page says of itself is read in the order of trust, and what is absurd or another's is not believed."""

from datetime import UTC, datetime
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_of_dunmere import LD, PARAGRAPHS, URL, body_of, ld_json, page

from index.article import Article
from index.extraction.dates import best_moment, read_moment
from index.extraction.decoding import decode
from index.extraction.page import read_page

SITE = "https://www.dunmere-gazette.example"


def read(head: str = "", body: str | None = None, url: str | None = URL, title: str = "A title | A paper") -> Article:
    return read_page(page(head, body, title), url=url, otherwise="saved")


def meta(**named: str) -> str:
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in named.items())


def test_json_ld_says_all_there_is_to_know() -> None:
    article = read(ld_json(LD))
    assert (article.title, article.summary) == (LD["headline"], LD["description"])
    assert article.published_at == datetime(2026, 3, 17, 17, 30, tzinfo=UTC)
    assert article.updated_at == datetime(2026, 3, 18, 8, 0, tzinfo=UTC)
    assert (article.section, article.tags, article.authors) == ("council", ("bridges", "Dunmere"), ("Wim Halloran",))
    assert (article.lang, article.image_url) == ("en-gb", f"{SITE}/images/bridge.jpg")
    assert (article.type, dict(article.extra)) == (None, {})


@pytest.mark.parametrize(
    "written",
    [
        '[{"@type": "WebSite", "name": "x"}, {"@type": ["Thing", "NewsArticle"], "headline": "The ferry bridge"}]',
        '{"@graph": [{"@type": "WebPage"}, {"@type": "http://schema.org/NewsArticle", "headline": "The ferry bridge"}]}',
        '{"@type": "WebPage", "mainEntity": {"@type": "Article", "headline": "The ferry bridge"}}',
        '{"@type": "NewsArticle", "headline": "The ferry bridge",}',
        '{"@type": "NewsArticle", /* our story */ "headline": "The ferry bridge"}',
        '{"@type": "NewsArticle", // our story\n "headline": "The ferry bridge"}',
        '{"@type": "NewsArticle", "headline": "The ferry\nbridge"}',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "The ferry bridge"}\n//]]>',
        '<!-- {"@type": "NewsArticle", "headline": "The ferry bridge"} -->',
        "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;The ferry bridge&quot;}",
        '{"@type": "NewsArticle", "headline": "The ferry bridge", "url": "https:\\/\\/x.example\\q"}',
        '{"@type": "NewsArticle", "headline": "The ferry bridge"};',
        '{"@type": "NewsArticle", "headline": "The ferry bridge"} {"@type": "WebSite"}',
        '{"@type": "NewsArticle", "headline": "The &lt;b&gt;ferry&lt;/b&gt; bridge"}',
    ],
)
def test_json_ld_is_read_however_it_is_written(written: str) -> None:
    assert read(ld_json(written)).title == "The ferry bridge"


@pytest.mark.parametrize(
    "written", ["", "{", '{"@type": 5}', "[[[[", '"NewsArticle"', "null", '{"headline": "No type"}', "[" * 50_000]
)
def test_json_ld_that_no_one_can_read_is_passed_over(written: str) -> None:
    assert read(ld_json(written)).title == "Ferry bridge stays shut until autumn"


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("By Ada Quill and Bo Marsh", ("Ada Quill", "Bo Marsh")),
        ({"@type": "Person", "name": "Ada Quill"}, ("Ada Quill",)),
        ([{"name": "Ada Quill"}, "Bo Marsh", {"name": ["x"]}], ("Ada Quill", "Bo Marsh")),
        ({"@id": "#ada"}, ("Ada Quill",)),
        ({"name": "Ada Quill | Harbour desk"}, ("Ada Quill",)),
        ("https://www.facebook.com/gazette", ()),
        ("admin", ()),
        (7, ()),
    ],
)
def test_authors_are_names(author: object, names: tuple[str, ...]) -> None:
    graph = [{**LD, "author": author}, {"@type": "Person", "@id": "#ada", "name": "Ada Quill"}]
    assert read(ld_json({"@graph": graph})).authors == names


@pytest.mark.parametrize(
    ("kind", "ours"),
    [
        ("OpinionNewsArticle", "opinion"),
        ("LiveBlogPosting", "liveblog"),
        (["NewsArticle", "ReviewNewsArticle"], "review"),
        ("AnalysisNewsArticle", "analysis"),
        ("AdvertiserContentArticle", "advertisement"),
        ("BlogPosting", None),
    ],
)
def test_the_kind_of_article_is_told_in_our_words(kind: object, ours: str | None) -> None:
    assert read(ld_json({**LD, "@type": kind})).type == ours


@pytest.mark.parametrize(
    ("said", "paywalled"), [(False, True), ("False", True), ("false", True), (True, False), ("yes", False)]
)
def test_what_is_not_free_is_marked(said: object, paywalled: bool) -> None:
    assert read(ld_json({**LD, "isAccessibleForFree": said})).extra.get("paywalled", False) is paywalled


def test_meta_tags_say_what_json_ld_does_not() -> None:
    head = meta(
        og__title="Bridge shut", og__description="Cracks.", article__section="Harbour", article__tag="piers",
        article__published_time="2026-03-17T08:00:00Z", author="Ada Quill", og__image="//img.example/b.jpg",
    )  # fmt: skip
    article = read(head)
    assert (article.title, article.summary, article.section) == ("Bridge shut", "Cracks.", "harbour")
    assert (article.tags, article.authors) == (("piers",), ("Ada Quill",))
    assert article.published_at == datetime(2026, 3, 17, 8, tzinfo=UTC)
    assert (article.image_url, article.lang) == ("https://img.example/b.jpg", "en")


def test_properties_and_visible_times_say_what_neither_does() -> None:
    body = '<span itemprop="author">Ada Quill</span><time itemprop="datePublished" datetime="2026-03-17">Tuesday</time>'
    article = read(body=body + body_of())
    assert (article.authors, article.published_at) == (("Ada Quill",), datetime(2026, 3, 17, tzinfo=UTC))


def test_the_day_in_the_address_is_taken_where_nothing_is_said() -> None:
    assert read(url=f"{SITE}/2026/03/17/bridge").published_at == datetime(2026, 3, 17, tzinfo=UTC)
    assert read(url=f"{SITE}/bridge").published_at is None


@pytest.mark.parametrize(
    ("title", "site", "clean"),
    [
        ("Bridge shut | The Dunmere Gazette", "Dunmere Gazette", "Bridge shut"),
        ("Bridge shut - Dunmere Gazette", "The Dunmere Gazette", "Bridge shut"),
        ("The Dunmere Gazette: Bridge shut", "The Dunmere Gazette", "The Dunmere Gazette: Bridge shut"),
        ("Dunmere Gazette – Bridge shut", "Dunmere Gazette", "Bridge shut"),
        ("Bridge – and ferry – shut | Gazette", "Gazette", "Bridge – and ferry – shut"),
        ("Bridge shut | The Dunmere Gazette", "", "Bridge shut | The Dunmere Gazette"),
        ("Opinion | Bridge shut", "Gazette", "Bridge shut"),
        ("AT&amp;amp;T buys the &lt;i&gt;bridge&lt;/i&gt;", "Gazette", "AT&T buys the bridge"),
    ],
)
def test_a_title_is_the_headline_without_the_site(title: str, site: str, clean: str) -> None:
    assert read(meta(og__title=title, og__site_name=site)).title == clean


def test_a_title_that_is_cut_off_is_made_whole_by_the_heading() -> None:
    assert read(meta(og__title="Ferry bridge stays shut…")).title == "Ferry bridge stays shut until autumn"


@pytest.mark.parametrize(
    ("canonical", "url", "believed"),
    [
        ("/council/bridge", URL, f"{SITE}/council/bridge"),
        (f"{SITE}/council/bridge?x=1#top", URL, f"{SITE}/council/bridge?x=1"),
        (
            "https://dunmere-gazette.example/council/bridge",
            f"{SITE}/amp/bridge",
            "https://dunmere-gazette.example/council/bridge",
        ),
        ("https://wire.example/stories/7", URL, URL),
        (SITE, URL, URL),
        (f"{SITE}/index.html", URL, URL),
        ("javascript:alert(1)", URL, URL),
        ("http://[broken", URL, URL),
        ("https://wire.example/stories/7", None, "https://wire.example/stories/7"),
        ("/council/bridge", None, None),
        ("", None, None),
    ],
)
def test_a_canonical_address_is_believed_within_its_site(canonical: str, url: str | None, believed: str | None) -> None:
    article = read(f'<link rel="canonical" href="{canonical}">', url=url)
    assert (article.url, article.id) == (believed, believed or "saved")


def test_links_and_images_are_resolved_against_the_base() -> None:
    link = '<p>It is said <a href="piers">how the piers were built</a> in another place, and why.</p>'
    article = read('<base href="/harbour/">' + meta(og__image="b.jpg"), body_of(link))
    assert [one.url for one in article.links] == [urljoin(SITE, "/harbour/piers")]
    assert article.image_url == urljoin(SITE, "/harbour/b.jpg")


CRUMBS = {
    "@type": "BreadcrumbList",
    "itemListElement": [
        {"position": 3, "item": {"name": "Bridges"}},
        {"position": 1, "name": "Home"},
        {"position": 2, "name": "Council"},
        {"position": 4, "name": LD["headline"]},
    ],
}


@pytest.mark.parametrize(
    ("nodes", "body", "url", "section"),
    [
        ([LD], None, URL, "council"),
        ([{**LD, "articleSection": ["Front page", "Arts/Culture", "x"]}], None, URL, "arts - culture"),
        ([{**LD, "articleSection": "bridges"}, CRUMBS], None, URL, "council/bridges"),
        ([{**LD, "articleSection": None}, CRUMBS], None, URL, "council/bridges"),
        ([{**LD, "articleSection": "Weather"}, CRUMBS], None, URL, "weather"),
        ([], '<nav class="breadcrumbs"><a href="/">Home</a><a href="/sport">Sport</a></nav>' + body_of(), URL, "sport"),
        ([], None, f"{SITE}/world/europe/2026/03/bridge", "world/europe"),
        ([], None, f"{SITE}/2026/03/17/bridge", None),
        ([], None, f"{SITE}/article/7", None),
    ],
)
def test_a_section_is_one_path(nodes: list[object], body: str | None, url: str, section: str | None) -> None:
    assert read("".join(map(ld_json, nodes)), body, url).section == section


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-17T18:30:00+01:00", "2026-03-17T17:30:00+00:00"),
        ("2026-03-17T18:30:00.123-0500", "2026-03-17T23:30:00+00:00"),
        ("2026-03-17 18:30", "2026-03-17T18:30:00+00:00"),
        ("2026-03-17T18:30Z[UTC]", "2026-03-17T18:30:00+00:00"),
        ("20260317T183000Z", "2026-03-17T18:30:00+00:00"),
        ("Tue, 17 Mar 2026 18:30:00 GMT", "2026-03-17T18:30:00+00:00"),
        ("March 17, 2026 at 6:30 pm", "2026-03-17T18:30:00+00:00"),
        ("17 March 2026", "2026-03-17T00:00:00+00:00"),
        ("06:30:09 PM IST Mar 17, 2026", "2026-03-17T13:00:09+00:00"),
        ("1773772200", "2026-03-17T18:30:00+00:00"),
        ("1773772200000", "2026-03-17T18:30:00+00:00"),
        *(
            (absurd, None)
            for absurd in ("", "soon", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31", "2026-02-30", "7")
        ),
    ],
)
def test_moments_are_read_and_absurd_ones_are_not(written: str, moment: str | None) -> None:
    read_as = read_moment(written)
    assert (read_as[0].isoformat() if read_as else None) == moment


def test_a_local_time_is_told_its_zone_by_what_else_the_page_says() -> None:
    assert best_moment(["2026-03-17T18:30:00", "2026-03-17T18:30:00+01:00"]) == datetime(
        2026, 3, 17, 17, 30, tzinfo=UTC
    )
    assert best_moment(["2026-03-17T18:30:00", "2026-03-21T18:30:00+01:00"]) == datetime(
        2026, 3, 17, 18, 30, tzinfo=UTC
    )
    assert best_moment(["nonsense", None, "2026-03-17"]) == datetime(2026, 3, 17, tzinfo=UTC)


@given(st.text(max_size=60))
def test_no_date_breaks_the_reader(written: str) -> None:
    read_as = read_moment(written)
    assert read_as is None or 1600 <= read_as[0].year <= 2100


GREETING = "Grüße aus Dunmere – “schöne” Brücke, naïve Fähre"


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        (GREETING.encode(), None),
        (GREETING.encode(), "windows-1252"),
        (GREETING.encode("cp1252"), None),
        (GREETING.encode("cp1252"), "utf-8"),
        (GREETING.encode("cp1252"), "iso-8859-1"),
        (b'<meta charset="utf-8">' + GREETING.encode("cp1252"), None),
        (b'<meta charset="iso-8859-1">' + GREETING.encode(), None),
        (b"\xef\xbb\xbf" + GREETING.encode(), "iso-8859-1"),
        (GREETING.encode("utf-16"), "utf-8"),
        (GREETING.encode("utf-16-le"), "utf-16-le"),
        (b'<meta charset="utf-16">' + GREETING.encode(), None),
        (GREETING.encode(), "no-such-charset"),
    ],
)
def test_words_are_read_whatever_encoding_a_page_claims(raw: bytes, charset: str | None) -> None:
    assert decode(raw, charset).endswith(GREETING)


@pytest.mark.parametrize(
    ("name", "words"),
    [("windows-1251", "Мост закрыт до осени"), ("euc-kr", "다리는 가을까지 닫힌다"), ("shift_jis", "橋は秋まで閉鎖")],
)
def test_encodings_of_other_scripts_are_read_as_declared(name: str, words: str) -> None:
    assert decode(words.encode(name), name) == words
    assert decode(f"<meta charset={name}>{words}".encode(name)).endswith(words)


def test_a_page_of_two_encodings_is_read_byte_by_byte() -> None:
    mixed = (GREETING * 3).encode() + "Fähre".encode("cp1252")
    assert decode(mixed, "utf-8") == GREETING * 3 + "Fähre"


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "utf-16", "cp1252", "shift_jis", "x", "hex", "idna"]))
def test_any_bytes_become_characters_that_a_tree_may_hold(raw: bytes, charset: str | None) -> None:
    text = decode(raw, charset)
    assert not set(text) & {"\x00", "\x01", "\x1b", "\ufffe", "\uffff", "\r"}
    text.encode()


def test_the_text_is_whole_whatever_the_head_says() -> None:
    assert read(ld_json({**LD, "articleBody": "Short."})).text == "\n\n".join(PARAGRAPHS)
