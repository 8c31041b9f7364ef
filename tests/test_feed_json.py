"""JSON Feed, both versions."""

from datetime import UTC, datetime

import orjson
import pytest

from index.article import Article, Link
from index.errors import UnreadableSource
from index.sources import Rejected
from index.sources.feeds.document import FeedRead, read_feed

VERSION = {"version": "https://jsonfeed.org/version/1.1"}
NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)


def read(*items: object, url: str | None = "https://fernhill.test/feed.json", **feed: object) -> FeedRead:
    return read_feed(orjson.dumps({**VERSION, **feed, "items": items}), url, now=NOW, name="feed")


def test_an_item_is_read_whole() -> None:
    feed = read(
        {
            "id": "f-12",
            "url": "https://fernhill.test/local/ferry-returns",
            "external_url": "https://elsewhere.test/ferry",
            "title": "Ferry returns",
            "content_html": "<p>It came back.</p><p>Once <a href='/local/ferry-sinks'>sunk</a>.</p>",
            "content_text": "It came back.",
            "summary": "Back &amp; afloat.",
            "image": "/ferry.jpg",
            "banner_image": "/banner.jpg",
            "date_published": "2026-03-14T08:30:00+01:00",
            "date_modified": "2026-03-14T07:45:00Z",
            "authors": [{"name": "Mara Tolland", "url": "https://fernhill.test/mara"}, {"url": "https://x.test"}],
            "tags": ["ferry", "quay", 5],
            "language": "en-GB",
        },
        title="Fernhill Gazette",
        language="de",
        next_url="/feed.json?page=2",
    )
    assert (feed.kind, feed.title, feed.language) == ("json-feed", "Fernhill Gazette", "de")
    assert feed.next_page == "https://fernhill.test/feed.json?page=2"
    assert feed.items == (
        Article(
            id="f-12",
            title="Ferry returns",
            text="It came back.\n\nOnce sunk.",
            url="https://fernhill.test/local/ferry-returns",
            summary="Back & afloat.",
            section="local",
            tags=("ferry", "quay"),
            authors=("Mara Tolland",),
            published_at=datetime(2026, 3, 14, 7, 30, tzinfo=UTC),
            updated_at=datetime(2026, 3, 14, 7, 45, tzinfo=UTC),
            lang="en-gb",
            image_url="https://fernhill.test/ferry.jpg",
            links=(Link(url="https://fernhill.test/local/ferry-sinks", position=0.8),),
        ),
    )


@pytest.mark.parametrize(
    ("item", "identity"),
    [
        ({"id": 12, "title": "T"}, "12"),
        ({"id": "https://fernhill.test/a/", "url": "https://fernhill.test/a", "title": "T"}, "https://fernhill.test/a"),
        ({"url": "https://fernhill.test/a", "title": "T"}, "https://fernhill.test/a"),
        ({"external_url": "https://elsewhere.test/a", "title": "T"}, "https://elsewhere.test/a"),
    ],
)
def test_an_id_is_the_publishers_and_else_the_address(item: dict[str, object], identity: str) -> None:
    (article,) = read(item).items
    assert isinstance(article, Article)
    assert article.id == identity


def test_plain_text_keeps_its_signs_and_its_paragraphs() -> None:
    (article,) = read({"id": "1", "title": "a < b & c", "content_text": "When 1 < 2 &amp; 3.\n\nThe <end>."}).items
    assert isinstance(article, Article)
    assert (article.title, article.text) == ("a < b & c", "When 1 < 2 &amp; 3.\n\nThe <end>.")


def test_the_authors_of_the_feed_are_those_of_items_that_name_none() -> None:
    one, other = {"id": "1", "title": "A"}, {"id": "2", "title": "B", "author": {"name": "Ib Olsen"}}
    items = read(one, other, author={"name": "Fernhill Gazette"}).items
    assert [item.authors for item in items if isinstance(item, Article)] == [("Fernhill Gazette",), ("Ib Olsen",)]


def test_what_is_no_item_is_rejected_and_the_others_arrive() -> None:
    items = read(
        {"id": "1", "title": "A"}, None, ["x"], {"content_text": "words"}, {"id": "2"}, {"id": "3", "title": 7}
    ).items
    assert [type(item) for item in items] == [Article, *[Rejected] * 5]


@pytest.mark.parametrize("rest", [', "items": 5}', ", ", "}", ', "items": {}}'])
def test_json_that_is_no_feed_is_refused(rest: str) -> None:
    with pytest.raises(UnreadableSource, match="JSON"):
        read_feed(f'{{"version": "https://jsonfeed.org/version/1"{rest}'.encode())
