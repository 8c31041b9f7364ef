"""JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.extraction.fragment import plain_text, read_fragment
from index.extraction.fragment_addresses import Addresses
from index.record_fields import MAX_SHORT
from index.sources.feeds.dates import read_moment, settle
from index.sources.feeds.discovery import what_came
from index.sources.feeds.document import FeedRead, settled
from index.sources.feeds.entries import Entry, Surroundings, fragment_links, identity, language_of, without_email
from index.sources.feeds.parsing import MAX_FEED
from index.sources.feeds.sections import Category


def read_json_feed(body: bytes, url: str | None, name: str, names: FieldNames, now: datetime) -> FeedRead:
    """Read a JSON Feed. Raises `UnreadableSource` for what is none."""
    if len(body) > MAX_FEED:
        raise UnreadableSource(f"{name}: expected a feed of at most {MAX_FEED:,} bytes, got {len(body):,}")
    try:
        feed = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableSource(f"{name}: expected a JSON Feed, got text that is not JSON: {error}") from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise UnreadableSource(f"{what_came(body, name, url)}; a JSON Feed has a list of 'items'")
    base = url or _text(feed.get("feed_url")) or _text(feed.get("home_page_url")) or None
    language = language_of(feed.get("language"))
    around = Surroundings(base, language, tuple(_authors(feed)), now)
    entries = [_entry(item if isinstance(item, dict) else {}, around) for item in feed["items"]]
    items, remarks = settled(entries, name, names)
    following = _text(feed.get("next_url"))
    return FeedRead(
        kind="json-feed",
        title=_text(feed.get("title")),
        language=language,
        items=items,
        next_page=Addresses(base, None).resolved(following) if following else None,
        remarks=remarks,
    )


def _entry(item: Mapping[str, Any], around: Surroundings) -> Entry:
    """The record of an item. `external_url` is what it writes about and no address of its own, but where it has no other."""
    addresses = Addresses(around.url, None)
    named = (_text(item.get(key)) for key in ("url", "external_url"))
    url = next((whole for one in named if one and (whole := addresses.resolved(one))), None)
    in_html, in_text = _text(item.get("content_html")), _text(item.get("content_text"))
    fragment = read_fragment(in_html or html.escape(in_text, quote=False), url or around.url, url)
    if in_text and len(in_text) > 2 * len(fragment.text):
        fragment = read_fragment(html.escape(in_text, quote=False), url or around.url, url)
    dates = settle(_moment(item.get("date_published")), _moment(item.get("date_modified")), around.now)
    given = item.get("id")
    identifier = str(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else _text(given)
    tags = [tag for one in _list(item.get("tags")) if (tag := _text(one))]
    summary = plain_text(_text(item.get("summary")))
    image = next((whole for one in _images(item) if (whole := addresses.resolved(one))), None)
    record = {
        "id": identity(identifier, url),
        "title": plain_title(_text(item.get("title"))),
        "text": fragment.text or summary,
        "url": url,
        "summary": summary if fragment.text and len(summary) <= MAX_SHORT * 5 and summary != fragment.text else None,
        "tags": tags,
        "authors": _authors(item) or list(around.authors),
        "published_at": dates.published,
        "updated_at": dates.updated,
        "lang": language_of(item.get("language")) or around.language,
        "image_url": image or next(iter(fragment.images), None),
        "links": fragment_links(fragment),
    }
    categories = tuple(Category(tag) for tag in tags)
    return Entry(
        {key: value for key, value in record.items() if value not in (None, "", [])}, categories, dates.problems
    )


def plain_title(title: str) -> str:
    """A title is plain text here, and a `<` in it no tag; entities and closing tags show that its maker did not know."""
    return plain_text(title) if re.search(r"&(?:#\d+|\w+);|</\w+>", title) else " ".join(title.split())


def _images(item: Mapping[str, Any]) -> list[str]:
    files = [one for one in _list(item.get("attachments")) if isinstance(one, Mapping)]
    attached = [_text(one.get("url")) for one in files if _text(one.get("mime_type")).startswith("image/")]
    return [one for one in (_text(item.get("image")), _text(item.get("banner_image")), *attached) if one]


def _authors(holder: Mapping[str, Any]) -> list[str]:
    """Version 1 has one `author`, version 1.1 `authors`."""
    named = [one for one in (*_list(holder.get("authors")), holder.get("author")) if isinstance(one, Mapping)]
    return list(dict.fromkeys(name for one in named if (name := without_email(_text(one.get("name"))))))


def _moment(value: object) -> datetime | str | None:
    return read_moment(value) if isinstance(value, str) and value.strip() else None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
