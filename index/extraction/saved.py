"""One saved page, as a browser or a program wrote it to disk: HTML, gzip of it, or MHTML."""

import email
import email.policy
import re
import zlib
from dataclasses import dataclass

from index.article import Article
from index.errors import InvalidArticle, NotAnArticle
from index.extraction.page import read_page
from index.extraction.tree import MAX_PAGE

GZIP = b"\x1f\x8b"

_SAVED_FROM = re.compile(rb"<!--\s*(?:saved from url=\(\d+\)|mirrored from )(?P<url>[^\s>]{1,2000})", re.IGNORECASE)
"""What browsers and HTTrack write above a page that they save."""


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page's file: where it stands, its bytes as they lie there, and what its article is called if nothing else names it."""

    place: str
    raw: bytes
    name: str

    def read(self) -> Article:
        """Its article. Raises as `read_saved` does."""
        return read_saved(self)


def read_saved(page: SavedPage) -> Article:
    """The article of a saved page. Raises `NotAnArticle`, and `InvalidArticle` for one that is too long or damaged."""
    raw = unpacked(page.raw) if page.raw[:2] == GZIP else page.raw
    if page.name.lower().endswith((".mhtml", ".mht")):
        return _read_mhtml(raw, _stem(page.name))
    found = _SAVED_FROM.search(raw[:4_096])
    url = found["url"].decode("utf-8", "replace") if found else None
    if url and "://" not in url:
        url = f"http://{url}"
    return read_page(raw, url=url, otherwise=_stem(page.name))


def unpacked(raw: bytes, limit: int = MAX_PAGE) -> bytes:
    """What is in gzip, all members. Raises `InvalidArticle` where that is more than `limit` bytes, or damaged."""
    parts: list[bytes] = []
    left = limit
    while raw:
        unpack = zlib.decompressobj(wbits=31)
        try:
            part = unpack.decompress(raw, left + 1)
        except zlib.error as error:
            if parts:
                break  # what lies behind a whole member is no gzip
            raise InvalidArticle((f"expected gzip, got a damaged file: {error}",)) from None
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise InvalidArticle(
                (f"expected a page of at most {limit:,} bytes, got more in {len(raw):,} bytes of gzip",)
            )
        if not unpack.eof:
            raise InvalidArticle(("expected gzip, got a file cut short",))
        raw = unpack.unused_data
    return b"".join(parts)


def _read_mhtml(raw: bytes, otherwise: str) -> Article:
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            html = part.get_payload(decode=True)
            url = part.get("Content-Location") or message.get("Snapshot-Content-Location")
            if isinstance(html, bytes):
                charset = part.get_content_charset()
                return read_page(html, url=str(url) if url else None, charset=charset, otherwise=otherwise)
    raise NotAnArticle("expected the HTML of a news page, got MHTML without any")


def _stem(name: str) -> str:
    """The name without what says that it is a page."""
    return re.sub(r"\.(?:x?html?|mhtml|mht|htm)(?:\.gz)?$", "", name, flags=re.IGNORECASE) or name
