"""Small feeds of a town's paper, and what is read from them."""

from datetime import UTC, datetime

from index.article import Article
from index.sources.feeds.document import FeedRead, read_feed

NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
FEED = "https://www.fernhill.test/feed/"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def read(document: str | bytes, url: str | None = FEED, charset: str | None = None) -> FeedRead:
    body = document if isinstance(document, bytes) else document.encode()
    return read_feed(body, url, charset, now=NOW, name="feed")


def rss(*items: str, channel: str = "") -> FeedRead:
    return read(
        f'<rss version="2.0" {SPACES}><channel><title>Fernhill Gazette</title>{channel}{"".join(items)}</channel></rss>'
    )


def atom(*entries: str, feed: str = "") -> FeedRead:
    return read(f'<feed xmlns="http://www.w3.org/2005/Atom">{feed}{"".join(entries)}</feed>')


def only(feed: FeedRead) -> Article:
    (item,) = feed.items
    assert isinstance(item, Article), item
    return item


def item(inner: str) -> Article:
    """The article of an RSS item that has at least an id."""
    return only(rss(f'<item><guid isPermaLink="false">g1</guid><title>T</title>{inner}</item>'))
