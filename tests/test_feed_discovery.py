"""Telling a feed from a page, and finding the feeds that a page names."""

import gzip

import pytest

from index.errors import UnreadableSource
from index.sources.feeds.discovery import find_feeds, looks_like_feed
from index.sources.feeds.document import read_feed


@pytest.mark.parametrize(
    ("head", "media_type", "kind"),
    [
        (b"<rss version='2.0'>", "", "rss"),
        (
            b"\xef\xbb\xbf\n<?xml version='1.0'?><!-- <feed> --><!DOCTYPE rss [<!ENTITY a 'b'>]>\n<rss>",
            "text/html",
            "rss",
        ),
        (b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'>", "", "atom"),
        ("<?xml version='1.0' encoding='utf-16'?><feed>".encode("utf-16"), "", "atom"),
        (b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'>", "", "atom"),
        (b"<rdf:RDF xmlns='http://purl.org/rss/1.0/'>", "", "rdf"),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1", "items": []}', "", "json-feed"),
        (b'{"title": "F", "items": []}', "application/feed+json", "json-feed"),
        (b'{"id": "a", "title": "T"}', "application/json", None),
        (b"<!DOCTYPE html><html><rss>", "application/rss+xml", None),
        (b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>", "application/xml", None),
        (b"words", "", None),
        (b"", "application/rss+xml", None),
    ],
)
def test_a_feed_is_known_by_its_first_tag(head: bytes, media_type: str, kind: str | None) -> None:
    assert looks_like_feed(head, media_type) == kind


PAGE = """<!doctype html><html><head><title>Fernhill</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
<LINK REL='Alternate home' TYPE='application/rss+xml; charset=utf-8' HREF='/feed/'>
<link rel=alternate type=application/feed+json href=https://fernhill.test/feed.json>
<link rel="alternate" type="application/atom+xml" href="/feed/"><link rel="stylesheet" href="/x.css">
<link rel="alternate" hreflang="de" href="/de/"><!-- <link rel="alternate" type="application/rss+xml" href="/old"> -->"""


def test_a_pages_feeds_are_found_and_those_of_comments_come_last() -> None:
    assert find_feeds(PAGE, "https://fernhill.test/") == [
        "https://fernhill.test/feed/",
        "https://fernhill.test/feed.json",
        "https://fernhill.test/comments/feed/",
    ]
    assert find_feeds(PAGE)[:2] == ["/feed/", "https://fernhill.test/feed.json"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "got nothing"),
        (b" \n\t", "got nothing"),
        (b"<html><body>404</body></html>", "got a page of HTML; the page names no feed of its own"),
        (PAGE.encode(), "got a page of HTML; the page names its feed: https://fernhill.test/feed/, "),
        (b"<?xml version='1.0'?><sitemapindex/>", "got a sitemap"),
        (b"Service Unavailable", "got something else, which begins with 'Service Unavailable'"),
        (b'{"error": "x"}', "got something else, which begins with "),
        (b"\x89PNG\r\n\x1a\n", "got something else"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_it_is_and_what_to_try(body: bytes, what: str) -> None:
    with pytest.raises(UnreadableSource) as refused:
        read_feed(body, "https://fernhill.test/")
    assert f"https://fernhill.test/: expected a feed (RSS, Atom or JSON Feed), {what}" in str(refused.value)


def test_a_packed_feed_is_unpacked_and_a_broken_one_is_told() -> None:
    packed = gzip.compress(b"<rss version='2.0'><channel><item><guid>1</guid><title>A</title></item></channel></rss>")
    assert len(read_feed(packed).items) == 1
    with pytest.raises(UnreadableSource, match="cannot be unpacked"):
        read_feed(packed[:-9])
