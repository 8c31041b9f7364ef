"""Sitemaps as they are written: lists of pages, of news, of further sitemaps; XML or plain text, gzip too.

The format is that of sitemaps.org, with the news and image extensions; what their namespaces are called does not matter,
as many sites get them wrong. No entity is expanded, nothing is loaded, and no tree of the whole is ever built.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from index.errors import UnreadableSource
from index.fetching.unpacking import NotPacked, TooLong, Unpacker
from index.sources.packed import GZIP_MAGIC

MAX_SITEMAP = 64_000_000
"""Bytes of one sitemap, unpacked; the standard allows 50 MiB."""

ENTRIES = ("url", "sitemap")
WANTED = {
    ("loc", "url"), ("lastmod", "url"), ("loc", "sitemap"), ("lastmod", "sitemap"),
    ("title", "news"), ("publication_date", "news"), ("keywords", "news"), ("language", "publication"),
    ("loc", "image"),
}  # fmt: skip
"""Of all elements those that say something: their name, and that of what they stand in."""

_CDATA = (b"<![CDATA[", b"]]>")
_BARE = re.compile(rb"&(?!#?\w{1,40};)")
_PREFIX = re.compile(rb"<([A-Za-z][\w.-]{0,40}):|\s([A-Za-z][\w.-]{0,40}):[\w.-]{1,40}\s*=")
_DECLARED = re.compile(rb"xmlns:([\w.-]{1,40})\s*=")
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:urlset|sitemapindex)\b")
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: an address, and what the sitemap says about it, each as it is written."""

    kind: str
    """`url` or `sitemap`."""
    number: int
    """Which one it is in its file, from 1."""
    url: str
    lastmod: str = ""
    news: dict[str, str] = field(default_factory=dict)
    """By our own field names: `title`, `published_at`, `tags` (with commas), `lang`, `image_url`."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a sitemap cannot be read further: after how many entries, and why."""

    after: int
    problem: str


NEWS = {
    ("title", "news"): "title",
    ("publication_date", "news"): "published_at",
    ("keywords", "news"): "tags",
    ("language", "publication"): "lang",
    ("loc", "image"): "image_url",
}


def read_sitemap(raw: bytes) -> Iterator[Entry | Broken]:
    """The entries of a sitemap in order; a broken one gives what stands before the damage, and then what that is.

    Raises `UnreadableSource` for what is no sitemap at all.
    """
    raw, problem = _unpacked(raw)
    count = 0
    for entry in _entries(raw, problem is None):
        count += isinstance(entry, Entry)
        yield entry
    if problem is not None:
        yield Broken(count, problem)


def _entries(raw: bytes, whole: bool) -> Iterator[Entry | Broken]:
    start = raw[:1_000].lstrip(b"\xef\xbb\xbf\r\n\t ")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from _read_xml(raw)
    elif start.startswith(b"<"):
        # white space before its first line is a fault to XML, and to nobody else
        yield from _read_xml(raw[raw.index(b"<") :])
    elif raw.strip():
        yield from _read_text(raw)
    elif whole:
        raise UnreadableSource("expected a sitemap, got nothing")


def _unpacked(raw: bytes) -> tuple[bytes, str | None]:
    """The sitemap itself, and why it ends where it does if it should not."""
    if not raw.startswith(GZIP_MAGIC):
        return raw, None
    unpacker, parts = Unpacker(MAX_SITEMAP), []
    try:
        for at in range(0, len(raw), _PIECE):
            parts.append(unpacker.feed(raw[at : at + _PIECE]))
    except TooLong:
        raise UnreadableSource(f"expected a sitemap of at most {MAX_SITEMAP:,} bytes, unpacked, got more") from None
    except NotPacked as error:
        return b"".join(parts), str(error)
    return b"".join(parts), None if unpacker.ended() else "the gzip file ends before its end"


def _read_text(raw: bytes) -> Iterator[Entry]:
    lines = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines()
    for number, line in enumerate(filter(None, map(str.strip, lines)), 1):
        if number == 1 and "://" not in line:
            raise UnreadableSource(f"expected a sitemap (XML, or an address a line), got text: {line[:80]!r}")
        yield Entry("url", number, line)


def _read_xml(raw: bytes) -> Iterator[Entry | Broken]:
    """As it is; and where that fails, from there on with its commonest faults mended."""
    count = 0
    for entry in _parse(raw):
        if isinstance(entry, Entry):
            count += 1
            yield entry
            continue
        mended = _mended(raw)
        if mended == raw:
            yield entry
        else:
            yield from islice(_parse(mended), count, None)
        return


def _mended(raw: bytes) -> bytes:
    """With a bare `&` taken for one, and with the prefixes declared that nobody declared."""
    raw = b"".join(_ampersands_mended(raw))
    used = {prefix for pair in _PREFIX.findall(raw) for prefix in pair} - {b"", b"xml", b"xmlns"}
    missing = sorted(used - set(_DECLARED.findall(raw)))[:20]
    declared = b"".join(b' xmlns:%b="%b"' % (prefix, prefix) for prefix in missing)
    root = _ROOT.search(raw)
    return raw if root is None or not declared else raw[: root.end()] + declared + raw[root.end() :]


def _ampersands_mended(raw: bytes) -> Iterator[bytes]:
    """By parts, those in CDATA as they are. What begins and never ends is looked through once, not again for each beginning."""
    begin, end = _CDATA
    at = 0
    while (start := raw.find(begin, at)) >= 0 and (stop := raw.find(end, start)) >= 0:
        yield _BARE.sub(b"&amp;", raw[at:start])
        at = stop + len(end)
        yield raw[start:at]
    yield _BARE.sub(b"&amp;", raw[at:])


def _parse(raw: bytes) -> Iterator[Entry | Broken]:
    events = etree.iterparse(
        io.BytesIO(raw), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    number, found, root = 0, dict[tuple[str, str], str](), None
    try:
        for event, element in events:
            name = _local(element)
            if event == "start":
                if root is None:
                    root = name
                    _check_root(root)
                continue
            parent = element.getparent()
            key = (name, "" if parent is None else _local(parent))
            if key in WANTED:
                # the first of several counts; those in an entry's extensions do not stand for its own
                found.setdefault(key, "".join(element.itertext()).strip())
            if name in ENTRIES and key[1] in ("urlset", "sitemapindex"):
                number += 1
                news = {ours: found[theirs] for theirs, ours in NEWS.items() if found.get(theirs)}
                yield Entry(name, number, found.get(("loc", name), ""), found.get(("lastmod", name), ""), news)
                found = {}
            if name not in ("url", "sitemap", "news", "publication", "image") or key[1] in ("urlset", "sitemapindex"):
                _forget(element)
    except etree.XMLSyntaxError as error:
        if root is None:
            raise UnreadableSource(f"expected a sitemap, got XML that cannot be read: {_why(error)}") from None
        yield Broken(number, f"the XML is broken: {_why(error)}")


def _check_root(root: str) -> None:
    if root not in ("urlset", "sitemapindex"):
        hint = {"html": " (an HTML page)", "rss": " (a feed)", "feed": " (a feed)"}.get(root.lower(), "")
        raise UnreadableSource(f"expected a sitemap (<urlset> or <sitemapindex>), got <{root[:80]}>{hint}")


def _local(element: etree._Element) -> str:
    """The name without its namespace or an undeclared prefix, in lower case; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _forget(element: etree._Element) -> None:
    """Let go of an element and of all that stands before it, so that the tree stays small."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _why(error: etree.XMLSyntaxError) -> str:
    return " ".join((error.msg or "it cannot be read").split())[:200]
