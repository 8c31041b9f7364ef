"""What kind of archive some bytes are: told by what stands there, and by the name only where that says nothing."""

import gzip
import re
import zlib
from pathlib import Path
from typing import Literal

from index.urls import is_web_address

Kind = Literal[
    "json-lines",
    "json-feed",
    "feed",
    "wordpress-export",
    "sitemap",
    "html",
    "csv",
    "parquet",
    "markdown",
    "text-page",
    "addresses",
    "zip",
    "tar",
]

HEAD = 16_384
"""So many bytes tell."""

GZIP = b"\x1f\x8b"
TAR_MAGIC = (257, b"ustar")

ROOTS: tuple[tuple[bytes, Kind], ...] = (
    (b"rss", "feed"),
    (b"feed", "feed"),
    (b"rdf:rdf", "feed"),
    (b"urlset", "sitemap"),
    (b"sitemapindex", "sitemap"),
    (b"html", "html"),
    (b"body", "html"),
    (b"head", "html"),
)
"""The kinds by the name of the first element, in lower case."""

_PROLOGUE = re.compile(
    rb"(?:\s+|<\?[^>]*>|<!--.*?(?:-->|\Z)|<!doctype[^>\[]*(?:\[[^\]]*\])?\s*>)*", re.DOTALL | re.IGNORECASE
)
_ELEMENT = re.compile(rb"<(?:(?!rdf:)[\w.-]+:)?([\w:.-]+)")
_EXPORT = re.compile(rb"wordpress\.org/export/|<wp:wxr_version", re.IGNORECASE)
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')

SUFFIXES: dict[str, Kind] = {
    ".jsonl": "json-lines",
    ".ndjson": "json-lines",
    ".json": "json-lines",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".mhtml": "html",
    ".mht": "html",
    ".txt": "text-page",
    ".rss": "feed",
    ".atom": "feed",
}


def kind_of_file(path: Path) -> Kind | None:
    """The kind of a file; None where neither its beginning nor its name is known. Raises `OSError`."""
    with path.open("rb") as file:
        return kind_of(path.name, file.read(HEAD))


def kind_of(name: str, head: bytes, media_type: str = "") -> Kind | None:
    """The kind of what begins with these bytes, gzip or not; `name` is the file's or the address's last part."""
    if head.startswith(GZIP):
        head = _unpacked(head)
        name = name.removesuffix(".gz").removesuffix(".tgz")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head[TAR_MAGIC[0] :].startswith(TAR_MAGIC[1]):
        return "tar"
    by_name = SUFFIXES.get(Path(name.lower()).suffix)
    if by_name in ("csv", "markdown"):
        return by_name
    text = _as_ascii(head)
    if text.startswith(b"<"):
        return _by_element(text) or by_name or ("html" if "html" in media_type else None)
    if text[:1] in (b"{", b"["):
        return "json-feed" if _JSON_FEED.search(text) else "json-lines"
    if text and _all_addresses(text):
        return "addresses"
    if by_name is None:
        return "csv" if media_type in ("text/csv", "text/tab-separated-values") else None
    return by_name


def _unpacked(head: bytes) -> bytes:
    """The beginning of what was packed; nothing where it cannot be unpacked."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, HEAD)
    except (zlib.error, gzip.BadGzipFile):
        return b""


def _as_ascii(head: bytes) -> bytes:
    """Without byte-order mark and blanks before it, and with each character of UTF-16 as a byte."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[:4] in (b"<\x00?\x00", b"\x00<\x00?"):
        head = head.replace(b"\x00", b"")
    return head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").lstrip()


def _by_element(text: bytes) -> Kind | None:
    prologue = _PROLOGUE.match(text)
    start = prologue.end() if prologue else 0
    element = _ELEMENT.match(text, start)
    name = element[1].lower() if element else b""
    kind = dict(ROOTS).get(name)
    if kind == "feed" and _EXPORT.search(text):
        return "wordpress-export"
    if kind is None and re.match(rb"<!doctype\s+html", text, re.IGNORECASE):
        return "html"
    return kind


def _all_addresses(text: bytes) -> bool:
    """Whether every line, but for the last, which may be cut, is an address or a comment, and one at least an address."""
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines()]
    whole = [line for line in (lines[:-1] if len(text) >= HEAD - 64 else lines) if line and not line.startswith("#")]
    return bool(whole) and all(is_web_address(line) for line in whole)
