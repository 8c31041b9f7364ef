"""The pages that sitemaps name, fetched and read: from an address, a saved file, or all that a site says it has."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from index.article import digest
from index.article_record import FieldNames
from index.errors import FetchFailed, UnreadableSource
from index.fetching import Fetches
from index.fetching.address import shown
from index.fetching.kept import KeptItems
from index.record_fields import parse_time
from index.sources import Item, Rejected, Skipped
from index.sources.web.crawl import Crawl, ReadPages, Wanted, key_of
from index.sources.web.sitemap_file import MAX_SITEMAP, Broken, Entry, read_sitemap
from index.urls import is_web_address, joined

MAX_DEPTH = 4
"""Sitemaps that name sitemaps that name sitemaps …"""
MAX_MAPS = 5_000
"""Sitemaps of one source."""
ACCEPT = "application/xml, text/xml;q=0.9, text/plain;q=0.8, */*;q=0.5"
USUAL = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml", "/news-sitemap.xml")

OTHER_SITES = "pages of other sites"
TWICE = "pages listed twice"
OLDER = "pages older than asked for"
UNDATED = "pages without a date in the sitemap"
BEYOND = "pages beyond the limit"


class KnowsSitemaps(Fetches, Protocol):
    """A `Fetches` that reads robots.txt, as `Fetcher` does."""

    def sitemaps(self, url: str) -> tuple[str, ...]: ...


def find_sitemaps(url: str, fetches: KnowsSitemaps) -> tuple[str, ...]:
    """The sitemaps of a site: those that its robots.txt names, or else the first of the usual places that has one.

    Raises `FetchFailed` where the site cannot be asked, and `UnreadableSource` where it has none.
    """
    if named := tuple(whole for one in fetches.sitemaps(url) if (whole := joined(url, one))):
        return named
    for place in USUAL:
        try:
            fetched = fetches.get(urljoin(url, place), accept=ACCEPT, max_bytes=MAX_SITEMAP)
            if any(isinstance(entry, Entry) for entry in read_sitemap(fetched.body)):
                return (urljoin(url, place),)
        except UnreadableSource:
            continue
        except FetchFailed as error:
            if error.passing:
                raise
    usual = ", ".join(USUAL)
    raise UnreadableSource(f"{shown(url)}: its robots.txt names no sitemap, and there is none at {usual}")


@dataclass(frozen=True, slots=True)
class _Map:
    """A sitemap that is to be read, and how deep it stands."""

    location: str
    depth: int = 0


class Sitemap:
    """Reads the pages of one or more sitemaps, in their order, each page once."""

    def __init__(
        self,
        location: str,
        fetches: Fetches,
        read_pages: ReadPages,
        *,
        roots: Collection[str] = (),
        kept: KeptItems | None = None,
        version: int = 0,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> None:
        """`location`: the address of a sitemap or a saved one; or, where `roots` names the sitemaps, the site whose they are.

        `kept` and `version` (of `read_pages`) spare pages that did not change; `since` takes only those that the sitemap
        dates later, `limit` so many of them.
        """
        self.name = shown(location)
        self.size: int | None = None
        self.names = FieldNames()
        self._roots = tuple(roots) or (location,)
        self._fetches = fetches
        self._read_pages = read_pages
        self._kept = kept
        self._version = version
        self._since = since
        self._limit = limit
        self._hosts = {host for one in (location, *self._roots) if (host := _site_of(one))}
        self.whole = since is None and limit is None
        self._done = 0
        self._taken = 0
        self._met: set[bytes] = set()

    def position(self) -> int:
        """Pages dealt with so far."""
        return self._done

    def __iter__(self) -> Iterator[Item]:
        """Raises `UnreadableSource` where not one of the sitemaps can be read."""
        crawl = Crawl(key_of(self._roots[0]), self._fetches, self._kept, self._version)
        yield from crawl.read(crawl.fetch(self._wanted()), self._read_pages)
        crawl.finish(self.whole)

    def _wanted(self) -> Iterator[Wanted | Item]:
        """The pages of all sitemaps; one that names sitemaps is read before those that it names."""
        waiting = deque(_Map(root) for root in self._roots)
        met = {key_of(root) for root in self._roots}
        problems: list[str] = []
        readable = 0
        while waiting:
            one = waiting.popleft()
            place = shown(one.location)
            if self._full():
                yield Skipped(place, "sitemaps beyond the limit")
                continue
            try:
                raw, base = self._load(one.location)
                inner: list[_Map] = []
                for entry in read_sitemap(raw):
                    if isinstance(entry, Broken):
                        self.whole = False
                        yield Rejected(f"{place}, after entry {entry.after:,}", (entry.problem,))
                    elif entry.kind == "sitemap":
                        yield from self._nested(entry, one, base, met, inner)
                    else:
                        yield from self._page(entry, place, base)
                waiting.extendleft(reversed(inner))
                readable += 1
            except (FetchFailed, UnreadableSource) as error:
                self.whole = False
                problem = str(error).removeprefix(f"{place}: ")
                problems.append(f"{place}: {problem}")
                if one.depth or len(self._roots) > 1:
                    yield Rejected(place, (problem,))
        if not readable and problems:
            raise UnreadableSource("; ".join(problems[:3]))

    def _load(self, location: str) -> tuple[bytes, str | None]:
        """A sitemap's bytes, and what its addresses are relative to."""
        if is_web_address(location):
            fetched = self._fetches.get(location, accept=ACCEPT, max_bytes=MAX_SITEMAP)
            return fetched.body, fetched.url
        try:
            with Path(location).open("rb") as file:
                raw = file.read(MAX_SITEMAP + 1)
        except OSError as error:
            raise UnreadableSource(f"{location}: {error.strerror}") from None
        if len(raw) > MAX_SITEMAP:
            raise UnreadableSource(f"{location}: expected a sitemap of at most {MAX_SITEMAP:,} bytes, got a longer one")
        return raw, None

    def _nested(self, entry: Entry, outer: _Map, base: str | None, met: set[str], inner: list[_Map]) -> Iterator[Item]:
        place = f"{shown(outer.location)}, entry {entry.number:,}"
        url = _absolute(entry.url, base)
        if url is None:
            yield Rejected(place, (f"loc: expected the address of a sitemap, got {entry.url[:200]!r}",))
        elif key_of(url) in met:
            return  # it is read already, or waits: a circle, or two ways to the same
        elif outer.depth + 1 > MAX_DEPTH or len(met) >= MAX_MAPS:
            self.whole = False
            limits = f"at most {MAX_DEPTH} levels and {MAX_MAPS:,} sitemaps are read"
            yield Rejected(place, (f"{shown(url)} is not read: {limits}",))
        elif self._since is not None and (changed := _moment(entry.lastmod)) is not None and changed < self._since:
            yield Skipped(shown(url), "sitemaps that did not change since")
        else:
            met.add(key_of(url))
            inner.append(_Map(url, outer.depth + 1))

    def _page(self, entry: Entry, place: str, base: str | None) -> Iterator[Wanted | Item]:
        self._done += 1
        url = _absolute(entry.url, base)
        if url is None:
            problem = f"loc: expected an absolute http or https address, got {entry.url[:200]!r}"
            yield Rejected(f"{place}, entry {entry.number:,}", (problem,))
            return
        key = digest(key_of(url))
        if key in self._met:
            yield Skipped(shown(url), TWICE)
            return
        self._met.add(key)
        if kind := self._unwanted(entry, url):
            yield Skipped(shown(url), kind)
            return
        self._taken += 1
        known = {name: value.split(",") if name == "tags" else value for name, value in entry.news.items()}
        yield Wanted(url, entry.lastmod or entry.news.get("published_at", ""), known=known)

    def _unwanted(self, entry: Entry, url: str) -> str | None:
        """Why a page is passed over; None where it is not."""
        if self._hosts and not any(_site_of(url) == host or _site_of(url).endswith(f".{host}") for host in self._hosts):
            return OTHER_SITES
        if self._since is not None:
            dates = [_moment(entry.lastmod), _moment(entry.news.get("published_at", ""))]
            known = [moment for moment in dates if moment is not None]
            if not known:
                return UNDATED
            if max(known) < self._since:
                return OLDER
        return BEYOND if self._full() else None

    def _full(self) -> bool:
        return self._limit is not None and self._taken >= self._limit


def _absolute(url: str, base: str | None) -> str | None:
    if base is not None and url:
        return joined(base, url)
    return url if is_web_address(url) else None


def _site_of(url: str) -> str:
    """An address's host without `www.`; empty for what is no address."""
    return (urlsplit(url).hostname or "").removeprefix("www.") if is_web_address(url) else ""


def _moment(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except ValueError:
        return None
