"""Telling a feed from what else a server may send, and finding the feeds that a page names."""

import re

from index.extraction.fragment_addresses import Addresses
from index.extraction.fragment_markup import Kind, attributes, pieces

HEAD = 4_096
"""Bytes by which a feed is recognised: declarations, comments and style sheets come before its first tag."""
LONGEST_PAGE = 2_000_000
"""Characters of a page in which feeds are looked for: they stand in its head."""

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")

_ROOTS = {"rss": "rss", "feed": "atom", "rdf": "rdf", "channel": "cdf"}
_FIRST_TAG = re.compile(r"<(?:[\w.-]+:)?([a-zA-Z][\w.-]*)")
_PASSED_OVER = re.compile(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>", re.DOTALL | re.IGNORECASE)
_PAGE = re.compile(
    r"\s*+(?:<!--.*?-->\s*+|<\?xml[^>]*>\s*+)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_JSON_VERSION = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org')


def looks_like_feed(head: bytes, media_type: str = "") -> str | None:
    """`rss`, `atom`, `rdf`, `cdf` or `json-feed`, by the first bytes; None for anything else.

    The server's word counts only where the bytes do not say: JSON Feed need not begin with its version.
    """
    text = decoded(head[:HEAD])
    if text.lstrip()[:1] == "{":
        is_feed = _JSON_VERSION.search(text) or media_type == "application/feed+json"
        return "json-feed" if is_feed or ('"items"' in text and '"feed_url"' in text) else None
    first = _FIRST_TAG.search(_PASSED_OVER.sub("", text))
    return _ROOTS.get(first[1].lower()) if first else None


def decoded(raw: bytes) -> str:
    """Bytes as text for recognising; what cannot be read stands as a mark."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    if raw[1:2] == b"\0":
        return raw.decode("utf-16-le", "replace")
    return raw.decode("utf-16-be" if raw[:1] == b"\0" else "utf-8", "replace")


def is_page(text: str) -> bool:
    """Whether this is a page of HTML."""
    return bool(_PAGE.match(text[:HEAD]))


def find_feeds(html: str, base: str | None = None) -> list[str]:
    """Addresses of the feeds that a page names (`<link rel="alternate" type="application/rss+xml" …>`), in its order.

    Relative ones are resolved against `base`, or left as they are where there is none; feeds of comments come last.
    """
    addresses = Addresses(base, None)
    found: dict[str, bool] = {}
    for piece in pieces(html[:LONGEST_PAGE]):
        if piece.kind is not Kind.OPEN or piece.text != "link":
            continue
        written = attributes(piece.attributes)
        kind = written.get("type", "").split(";")[0].strip().lower()
        if "alternate" in written.get("rel", "").lower().split() and kind in FEED_TYPES and written.get("href"):
            address = addresses.resolved(written["href"]) or written["href"].strip()
            found.setdefault(address, "comment" in (address + written.get("title", "")).lower())
    return sorted(found, key=lambda address: found[address])


def what_came(body: bytes, name: str, url: str | None = None) -> str:
    """One sentence about what came where a feed was expected, and what to try."""
    text = decoded(body[:LONGEST_PAGE])
    start = " ".join(text[:400].split())[:80]
    if not text.strip():
        return f"{name}: expected a feed (RSS, Atom or JSON Feed), got nothing"
    if is_page(text):
        feeds = find_feeds(text, url)
        names = f"the page names its feed: {', '.join(feeds[:5])}" if feeds else "the page names no feed of its own"
        return f"{name}: expected a feed (RSS, Atom or JSON Feed), got a page of HTML; {names}"
    if re.search(r"<(?:\w+:)?(?:urlset|sitemapindex)\b", text[:HEAD]):
        return f"{name}: expected a feed (RSS, Atom or JSON Feed), got a sitemap"
    return f"{name}: expected a feed (RSS, Atom or JSON Feed), got something else, which begins with {start!r}"
