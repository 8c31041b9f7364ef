"""One feed document, RSS, Atom or JSON Feed, from its bytes to its articles."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from index.article import Article, digest
from index.article_record import FieldNames, parse_article
from index.errors import InvalidArticle, UnreadableSource
from index.extraction.fragment import plain_text
from index.extraction.fragment_addresses import Addresses
from index.extraction.fragment_markup import Kind, attributes, pieces
from index.link_names import title_name
from index.sources import Item, Rejected, Skipped
from index.sources.feeds.discovery import decoded, is_page, looks_like_feed, what_came
from index.sources.feeds.entries import Entry, Surroundings, language_of, read_entry, without_email
from index.sources.feeds.parsing import parse_xml_feed, unpacked
from index.sources.feeds.sections import Sections

READER_VERSION = 1
"""Goes up whenever the same bytes would become other articles: what was read from a feed before is read anew then."""

DELETED = "deleted entries"

NOTHING_NAMED = "id, link, title: expected at least one of them, got none: nothing says which article this is"

_ANY_ENTRY = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|channel|item|entry)\b", re.IGNORECASE)
"""Without one of these tags, and without a first tag that is one, nothing can be a feed."""


@dataclass(frozen=True, slots=True)
class FeedRead:
    """What one document of a feed holds."""

    kind: str
    """`rss`, `atom`, `rdf`, `cdf` or `json-feed`; empty where it does not say."""
    title: str
    language: str | None
    items: tuple[Item, ...]
    """Every entry, in the order of the feed: an article, or why not; then what it says was deleted."""
    next_page: str | None = None
    """Where older entries are, where it says so (RFC 5005, JSON Feed's `next_url`)."""
    wordpress: bool = False
    """Made by WordPress, which gives older entries under `?paged=2` and says so nowhere."""
    deleted: tuple[str, ...] = ()
    """Ids of entries that are no more (RFC 6721)."""
    remarks: tuple[str, ...] = ()
    """What was amiss and kept no article out, a sentence each: dates that no article has, XML that is not well-formed."""


def read_feed(
    body: bytes,
    url: str | None = None,
    charset: str | None = None,
    media_type: str = "",
    names: FieldNames | None = None,
    now: datetime | None = None,
    name: str | None = None,
) -> FeedRead:
    """Read a feed from its bytes; nothing is fetched.

    `url` is where it came from: relative addresses are resolved against it; `charset` and `media_type` as the server said.
    `now` is the clock by which a date is too far ahead. Raises `UnreadableSource` for what is no feed, with what it is instead.
    """
    from index.sources.feeds.json_feed import read_json_feed

    name = name or url or "the feed"
    now = now or datetime.now(UTC)
    body = unpacked(body, name)
    kind = looks_like_feed(body, media_type)
    if kind == "json-feed":
        return read_json_feed(body, url, name, names or FieldNames(), now)
    if kind is None and (is_page(decoded(body[:8_192])) or not _ANY_ENTRY.search(body.replace(b"\0", b""))):
        raise UnreadableSource(what_came(body, name, url))
    found = parse_xml_feed(body, name, charset)
    if not found["entries"] and not found["version"] and kind is None:
        raise UnreadableSource(what_came(body, name, url))
    return _read_xml(found, body, url, name, names or FieldNames(), now, kind or "")


def _read_xml(
    found: Mapping[str, Any], body: bytes, url: str | None, name: str, names: FieldNames, now: datetime, kind: str
) -> FeedRead:
    feed, version = found["feed"], found["version"]
    kind = "rdf" if version in ("rss10", "rss090") else version.rstrip("0123456789un") or kind
    title_detail = feed.get("title_detail") or {}
    links = [one for one in feed.get("links") or [] if isinstance(one, dict)]
    base = _site(feed, url)
    authors = _feed_authors(feed) if kind == "atom" else ()
    language = language_of(feed.get("language")) or language_of(title_detail.get("language"))
    around = Surroundings(base, language, authors, now)
    entries = [read_entry(entry, around) for entry in found["entries"]]
    items, remarks = settled(entries, name, names)
    if found["problem"]:
        remarks = (f"{name}: expected well-formed XML, got {found['problem'][:200]}; read as far as it goes", *remarks)
    deleted = _deleted(body)
    skipped = [Skipped(f"{name}, {identifier}", DELETED) for identifier in deleted]
    generator = f"{feed.get('generator') or ''} {(feed.get('generator_detail') or {}).get('href') or ''}"
    return FeedRead(
        kind=kind,
        title=plain_text(str(feed.get("title") or "")),
        language=language,
        items=(*items, *skipped),
        next_page=_next_page(links, base),
        wordpress=bool(re.search(r"\bwordpress\b", generator[:500], re.IGNORECASE)),
        deleted=deleted,
        remarks=remarks,
    )


def settled(entries: Sequence[Entry], name: str, names: FieldNames) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """The articles of all entries with their sections, which show only in all of them, and the remarks about them."""
    sections = Sections([(entry.categories, entry.record.get("url")) for entry in entries])
    items: list[Item] = []
    remarks: list[str] = []
    for number, entry in enumerate(entries, 1):
        place = f"{name}, entry {number:,}"
        record = entry.record
        if section := sections.of(entry.categories, record.get("url")):
            record = {**record, "section": section}
        remarks += [f"{place}: {problem}" for problem in entry.problems]
        items.append(_item(record, place, names))
    return tuple(items), tuple(remarks)


def _item(record: Mapping[str, Any], place: str, names: FieldNames) -> Article | Rejected:
    if "id" not in record:
        if "title" not in record:
            return Rejected(place, (NOTHING_NAMED,))
        record = {"id": f"title-{digest(title_name(record['title'])).hex()}", **record}
    try:
        return parse_article(record, names)
    except InvalidArticle as error:
        return Rejected(place, error.problems)


def _site(feed: Mapping[str, Any], url: str | None) -> str | None:
    """What relative addresses are resolved against: where the feed came from, else the site that it names."""
    if url:
        return url
    details = [feed.get("title_detail"), feed.get("subtitle_detail")]
    bases = [detail.get("base") for detail in details if isinstance(detail, dict)]
    named = [*bases, feed.get("link")]
    return next(
        (whole for one in named if isinstance(one, str) and (whole := Addresses(None, None).resolved(one))), None
    )


def _feed_authors(feed: Mapping[str, Any]) -> tuple[str, ...]:
    """Who wrote the entries that name no one (RFC 4287, section 4.2.1)."""
    named = [one.get("name") for one in feed.get("authors") or [] if isinstance(one, dict)]
    return tuple(dict.fromkeys(clean for name in named if isinstance(name, str) and (clean := without_email(name))))


def _next_page(links: Sequence[Mapping[str, Any]], base: str | None) -> str | None:
    for wanted in ("next", "prev-archive"):
        for link in links:
            if link.get("rel") == wanted and isinstance(link.get("href"), str):
                return Addresses(base, None).resolved(link["href"])
    return None


def _deleted(body: bytes) -> tuple[str, ...]:
    """Ids in `at:deleted-entry` elements: feedparser knows none of them."""
    text = decoded(body) if b"d\0e\0l\0e\0t\0e\0d\0" in body else body.decode("utf-8", "replace")
    if "deleted-entry" not in text:
        return ()
    tags = (one for one in pieces(text) if one.kind is Kind.OPEN and one.text.rpartition(":")[2] == "deleted-entry")
    named = (" ".join(attributes(tag.attributes).get("ref", "").split()) for tag in tags)
    return tuple(dict.fromkeys(ref for ref in named if ref))
