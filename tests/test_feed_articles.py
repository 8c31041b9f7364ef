"""RSS and Atom entries as articles: what a publisher means by each element, whatever its dress."""

from datetime import UTC, datetime

import pytest
from feed_documents import atom, item, only, read, rss

from index.article import Article, Link
from index.sources import Rejected, Skipped


def test_an_item_of_a_news_site_is_read_whole() -> None:
    feed = rss(
        """<item><title>Ferry returns to the Lower Quay</title>
        <link>https://www.fernhill.test/local/2026/03/ferry-returns?utm_source=rss</link>
        <guid isPermaLink="false">https://www.fernhill.test/?p=412</guid>
        <pubDate>Sat, 14 Mar 2026 07:30:00 +0100</pubDate><atom:updated>2026-03-14T07:45:00Z</atom:updated>
        <dc:creator><![CDATA[Mara Tolland]]></dc:creator><category><![CDATA[Local]]></category><category>Ferry</category>
        <media:content url="/img/small.jpg" medium="image" width="300"/><media:content url="/img/ferry.jpg" medium="image"
        width="1200"/><media:content url="/ferry.mp4" type="video/mp4" width="1920"/>
        <description><![CDATA[<p>It is back.</p>]]></description>
        <content:encoded><![CDATA[<p>The ferry came back.</p>
        <p>It had been <a href="/local/2026/01/ferry-sinks">sunk</a>.</p>]]>
        </content:encoded></item>""",
        channel="<language>en-GB</language>",
    )
    assert (feed.kind, feed.title, feed.language) == ("rss", "Fernhill Gazette", "en-gb")
    assert only(feed) == Article(
        id="https://www.fernhill.test/?p=412",
        title="Ferry returns to the Lower Quay",
        text="The ferry came back.\n\nIt had been sunk.",
        url="https://www.fernhill.test/local/2026/03/ferry-returns?utm_source=rss",
        summary="It is back.",
        section="local",
        tags=("Local", "Ferry"),
        authors=("Mara Tolland",),
        published_at=datetime(2026, 3, 14, 6, 30, tzinfo=UTC),
        updated_at=datetime(2026, 3, 14, 7, 45, tzinfo=UTC),
        lang="en-gb",
        image_url="https://www.fernhill.test/img/ferry.jpg",
        links=(Link(url="https://www.fernhill.test/local/2026/01/ferry-sinks", position=0.8718),),
    )


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("<![CDATA[AT&amp;T]]>", "AT&T"),
        ("<![CDATA[AT&T]]>", "AT&T"),
        ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"),
        ("<![CDATA[<i>Bold</i> move]]>", "Bold move"),
        ("When a &lt; b", "When a < b"),
        ("The &lt;blink&gt; tag", "The <blink> tag"),
        ("It&amp;#8217;s", "It’s"),
        ("  Two\n  lines ", "Two lines"),
        ("Related: a story", "Related: a story"),
    ],
)
def test_a_title_is_plain_text_resolved_once(written: str, title: str) -> None:
    assert only(rss(f"<item><link>/a/b</link><title>{written}</title></item>")).title == title


@pytest.mark.parametrize(
    ("kind", "written", "title"),
    [
        ("text", "The &lt;b> tag &amp;amp;", "The <b> tag &amp;"),
        ("html", "Less &lt;em>than&lt;/em> &amp;lt;", "Less than <"),
        ("xhtml", '<div xmlns="http://www.w3.org/1999/xhtml">Less <em>than</em> &lt;</div>', "Less than <"),
    ],
)
def test_an_atom_title_is_what_its_type_says(kind: str, written: str, title: str) -> None:
    assert only(atom(f'<entry><id>urn:x:1</id><title type="{kind}">{written}</title></entry>')).title == title


@pytest.mark.parametrize(
    ("inner", "identity", "url"),
    [
        ('<guid isPermaLink="false">77</guid><link>/a/b</link>', "77", "https://www.fernhill.test/a/b"),
        ('<guid isPermaLink="false">77</guid>', "77", None),
        ("<guid>https://www.fernhill.test/a/b</guid>", "https://www.fernhill.test/a/b", "https://www.fernhill.test/a/b"),
        ("<guid>77</guid>", "77", None),
        ("<link>/a/b</link>", "https://www.fernhill.test/a/b", "https://www.fernhill.test/a/b"),
        # the same address, differently spelt, is no identifier of its own
        ("<guid>http://www.fernhill.test/a/b/</guid><link>/a/b</link>", "https://www.fernhill.test/a/b",
         "https://www.fernhill.test/a/b"),
        ("<guid>x</guid><link>https://proxy.test/1</link><feedburner:origLink>/a/b</feedburner:origLink>", "x",
         "https://www.fernhill.test/a/b"),
        ("<guid>x</guid><link>mailto:desk@fernhill.test</link>", "x", None),
    ],
)  # fmt: skip
def test_an_id_is_the_publishers_and_else_the_address(inner: str, identity: str, url: str | None) -> None:
    article = only(rss(f"<item><title>T</title>{inner}</item>"))
    assert (article.id, article.url) == (identity, url)


def test_a_title_alone_is_an_identity_that_stays() -> None:
    one, same, other = (only(rss(f"<item><title>{title}</title></item>")).id for title in ("A, B", "a b", "A C"))
    assert one == same != other


def test_relative_addresses_are_resolved_by_xml_base_else_by_the_feed_else_by_its_site() -> None:
    entry = (
        '<entry xml:base="/news/"><id>1</id><title>T</title><link href="one"/><content type="html">%s</content></entry>'
    )
    article = only(atom(entry % "&lt;p>x &lt;a href='two'>y&lt;/a>&lt;img src='i.png'>"))
    assert article.url == "https://www.fernhill.test/news/one"
    assert article.links[0].url == "https://www.fernhill.test/news/two"
    assert article.image_url == "https://www.fernhill.test/news/i.png"
    saved = "<rss version='2.0'><channel><link>https://fernhill.test/</link><item><link>/a/b</link><title>T</title></item></channel></rss>"
    assert only(read(saved, None)).url == "https://fernhill.test/a/b"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("<pubDate>Sat, 14 Mar 2026 07:30:00 EST</pubDate>", datetime(2026, 3, 14, 12, 30, tzinfo=UTC)),
        ("<pubDate>14 Mar 26 07:30 +0100</pubDate>", datetime(2026, 3, 14, 6, 30, tzinfo=UTC)),
        ("<pubDate>Sat, 14 Mar 2026 07:30:00</pubDate>", datetime(2026, 3, 14, 7, 30, tzinfo=UTC)),
        ("<dc:date>2026-03-14T07:30:00-05:00</dc:date>", datetime(2026, 3, 14, 12, 30, tzinfo=UTC)),
        ("<dc:date>2026-03-14</dc:date>", datetime(2026, 3, 14, tzinfo=UTC)),
        ("<pubDate>2026-03-14 07:30:00</pubDate>", datetime(2026, 3, 14, 7, 30, tzinfo=UTC)),
    ],
)
def test_dates_of_all_forms_are_read_in_utc(written: str, moment: datetime) -> None:
    assert item(written).published_at == moment


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "2099-01-01", "soon"]
)
def test_an_absurd_date_is_none_and_is_reported(date: str) -> None:
    feed = rss(f"<item><guid>1</guid><title>T</title><pubDate>{date}</pubDate></item>")
    assert only(feed).published_at is None
    (remark,) = feed.remarks
    assert remark.startswith("feed, entry 1: date of publication: expected a date from 1900 to a year from now")


def test_an_atom_entry_with_a_date_of_change_alone_was_published_then() -> None:
    article = only(atom("<entry><id>1</id><title>T</title><updated>2026-03-14T07:30:00Z</updated></entry>"))
    assert (article.published_at, article.updated_at) == (datetime(2026, 3, 14, 7, 30, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("inner", "authors"),
    [
        ("<author>mara@fernhill.test (Mara Tolland)</author>", ("Mara Tolland",)),
        ("<author>Mara Tolland &lt;mara@fernhill.test&gt;</author>", ("Mara Tolland",)),
        ("<author>mara@fernhill.test</author>", ()),
        ("<dc:creator>Mara Tolland</dc:creator><dc:creator>Ib Olsen</dc:creator>", ("Mara Tolland", "Ib Olsen")),
        ("<itunes:author>Mara Tolland</itunes:author>", ("Mara Tolland",)),
    ],
)
def test_authors_are_names_without_their_mail_addresses(inner: str, authors: tuple[str, ...]) -> None:
    assert item(inner).authors == authors


def test_an_entry_without_an_author_has_the_feeds_in_atom() -> None:
    feed = "<author><name>Fernhill Gazette</name></author>"
    one = "<entry><id>1</id><title>T</title></entry>"
    other = (
        "<entry><id>2</id><title>T</title><author><name>Ib Olsen</name><email>ib@fernhill.test</email></author></entry>"
    )
    items = atom(one, other, feed=feed).items
    assert [article.authors for article in items if isinstance(article, Article)] == [
        ("Fernhill Gazette",),
        ("Ib Olsen",),
    ]


def test_a_summary_much_longer_than_the_content_is_the_text() -> None:
    article = item(
        "<description>A long and whole text of the article.</description><content:encoded>Cut</content:encoded>"
    )
    assert (article.text, article.summary) == ("A long and whole text of the article.", None)


def test_an_item_that_nothing_names_is_rejected_and_the_others_arrive() -> None:
    feed = rss(
        "<item><title>A</title></item>", "<item><description>Words.</description></item>", "<item><guid>3</guid></item>"
    )
    assert [type(one) for one in feed.items] == [Article, Rejected, Rejected]
    assert [one.problems for one in feed.items if isinstance(one, Rejected)] == [
        ("id, link, title: expected at least one of them, got none: nothing says which article this is",),
        ("title, text: expected at least one of them, got neither",),
    ]
    assert isinstance(feed.items[1], Rejected)
    assert feed.items[1].place == "feed, entry 2"


def test_two_entries_of_one_id_are_both_given() -> None:
    twice = "<item><guid>1</guid><title>A</title></item>"
    assert [one.id for one in rss(twice, twice).items if isinstance(one, Article)] == ["1", "1"]


def test_a_deleted_entry_is_skipped_and_named() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><entry><id>urn:x:1</id>'
        '<title>A</title></entry><at:deleted-entry ref="urn:x:2&amp;b" when="2026-03-14T08:00:00Z"/></feed>'
    )
    assert feed.deleted == ("urn:x:2&b",)
    assert feed.items[1:] == (Skipped("feed, urn:x:2&b", "deleted entries"),)


def test_a_broken_feed_is_read_as_far_as_it_goes_and_says_so() -> None:
    feed = read(
        "<rss version='2.0'><channel><item><guid>1</guid><title>A & B</title></item><item><guid>2</guid><title>Cut</title>"
    )
    assert [(one.id, one.title) for one in feed.items if isinstance(one, Article)] == [("1", "A & B"), ("2", "Cut")]
    assert feed.remarks[0].startswith("feed: expected well-formed XML, got ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize("said_by", ["declaration", "server"])
def test_the_encoding_is_what_declaration_or_server_say(encoding: str, said_by: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' if said_by == "declaration" else ""
    document = (
        f"\n{declared}".lstrip()
        + "<rss version='2.0'><channel><item><guid>1</guid><title>Café</title></item></channel></rss>"
    )
    feed = read(document.encode(encoding), charset=encoding if said_by == "server" else None)
    assert only(feed).title == "Café"


def test_rdf_with_its_items_outside_the_channel_is_read() -> None:
    feed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        "<channel><title>F</title></channel><item rdf:about='https://fernhill.test/a/b'><title>A</title>"
        "<link>https://fernhill.test/a/b</link></item></rdf:RDF>"
    )
    assert (feed.kind, only(feed).id) == ("rdf", "https://fernhill.test/a/b")
