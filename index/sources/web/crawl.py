"""Pages by their addresses: fetched one after the other, read, and kept for the next run. Sitemaps and lists stand on this.

Fetching and reading are apart, because the one waits and the other works: `Crawl.fetch` gives pages as they come, and
`Crawl.read` has them read by other processes while the next ones are fetched, and keeps what they gave.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from index.article import Article
from index.article_record import READ_VERSION, parse_article
from index.errors import FetchFailed, InvalidArticle
from index.extraction.fetched import FetchedPage
from index.fetching import UNCONDITIONAL, Fetched, Fetches
from index.fetching.address import shown
from index.fetching.kept import Kept, KeptItems
from index.record_fields import parse_time
from index.sources import Item, Rejected, Skipped
from index.urls import canonical_url

ReadPages = Callable[[Iterable[FetchedPage | Item]], Iterator[Item]]
"""As `index.sources.saved.pool.read_in_order`: what each page is, in order, one for one; what is no page goes through."""

MAX_PAGE = 10_000_000
"""Bytes of one page, unpacked."""
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
PAGES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "")
GIVE_UP = 5
"""After so many failures in a row that may pass, a host is not asked any more in this run."""
MAX_HOSTS = 10_000
TWO_DAYS = timedelta(days=2)

NO_PAGE = "files that are no pages"
AS_BEFORE = "pages that could not be asked for, taken as they were before"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to be fetched."""

    url: str
    lastmod: str = ""
    """What its list says of its last change; while that stays the same, the page is not asked for again."""
    mark: str = ""
    """Another mark of its version, taken as it is: while that stays the same, the page is not asked for again either."""
    known: Mapping[str, object] = field(default_factory=dict)
    """What its list says besides, by our field names; counts where the page itself says nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was fetched and is to be read."""

    wanted: Wanted
    fetched: Fetched


def completed(item: Item, known: Mapping[str, object]) -> Item:
    """An article with what its list knows where it says nothing itself; other items as they are."""
    if not isinstance(item, Article):
        return item
    article = item
    for name, value in known.items():
        if getattr(article, name) in (None, "", ()):
            try:
                one = parse_article({"id": "-", "title": "-", name: value})
            except InvalidArticle:
                continue  # nothing is lost: the page said nothing, and its list nothing that makes sense
            article = replace(article, **{name: getattr(one, name)})
    return article


def to_read(fetched: Fetched) -> FetchedPage | Skipped:
    """A page in the form that its reader takes; or that it is none."""
    place = shown(fetched.url)
    if fetched.media_type not in PAGES:
        return Skipped(place, NO_PAGE, f"expected HTML, got {fetched.media_type}")
    return FetchedPage(place, fetched.body, fetched.url, fetched.charset)


class Crawl:
    """One run over the pages of one source."""

    def __init__(
        self,
        source: str,
        fetches: Fetches,
        kept: KeptItems | None = None,
        version: int = 0,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`version`: of whoever reads the pages; what another one made of them is not taken for today's."""
        self._source = source
        self._fetches = fetches
        self._kept = kept
        self._version = version * 1_000 + READ_VERSION
        self._today = today
        self._failures: dict[str, int] = {}
        self._failed = False
        if kept is not None:
            kept.begin(source)

    def fetch(self, wanted: Iterable[Wanted | Item]) -> Iterator[Page | Item]:
        """Each page in order: to be read where it is new or changed, as it was kept where not. Others' items pass through."""
        for one in wanted:
            if isinstance(one, Wanted):
                yield from self._fetch(one)
            else:
                yield one

    def read(self, found: Iterable[Page | Item], read_pages: ReadPages) -> Iterator[Item]:
        """What each page is, in order, one for one, kept for the next run; what is no page goes through as it is."""
        line: deque[Page | None] = deque()

        def given() -> Iterator[FetchedPage | Item]:
            for one in found:
                line.append(one if isinstance(one, Page) else None)
                yield to_read(one.fetched) if isinstance(one, Page) else one

        for read in read_pages(given()):
            page = line.popleft()
            item = read if page is None else completed(read, page.wanted.known)
            if page is not None and isinstance(item, Rejected) and item.passing:
                self._see(page.wanted)  # what was kept of it stays, and it is read again the next time
                yield from _as_before(self._find(page.wanted), item)
                continue
            if page is not None:
                self._keep(page.wanted, Kept(item, page.fetched.validators, self._note(page.wanted), self._version))
            yield item

    def finish(self, whole: bool) -> None:
        """The run is over. `whole`: its list was read from end to end, so that what it did not name is gone."""
        if self._kept is None:
            return
        if not whole:
            self._kept.end(self._source)
        elif not self._failed:
            self._kept.forget_unseen(self._source)
        # where a host stopped answering, the run is as good as interrupted: the next one goes on with it

    def _fetch(self, wanted: Wanted) -> Iterator[Page | Item]:
        kept = self._find(wanted)
        current = kept is not None and kept.version == self._version
        if kept is not None and current and (kept.this_run or _unchanged(wanted, kept)):
            self._see(wanted)
            yield kept.item
            return
        host = _host(wanted.url)
        place = shown(wanted.url)
        if self._failures.get(host, 0) >= GIVE_UP:
            yield from _as_before(kept, Rejected(place, (f"not asked for: {host} stopped answering",)))
            return
        validators = kept.validators if kept is not None and current else UNCONDITIONAL
        try:
            fetched = self._fetches.get(wanted.url, validators, ACCEPT, MAX_PAGE)
        except FetchFailed as error:
            failed = Rejected(place, (str(error).removeprefix(f"{place}: "),))
            if not error.passing:
                yield failed
                return
            if len(self._failures) < MAX_HOSTS:
                self._failures[host] = self._failures.get(host, 0) + 1
            self._failed = self._failed or self._failures.get(host, 0) >= GIVE_UP
            self._see(wanted)
            yield from _as_before(kept, failed)
            return
        self._failures.pop(host, None)
        if fetched.status == 304 and kept is not None:
            self._keep(wanted, replace(kept, validators=fetched.validators, note=self._note(wanted)))
            yield kept.item
        else:
            yield Page(wanted, fetched)

    def _note(self, wanted: Wanted) -> str:
        """The mark, or the date by which an unchanged page is known next time. A date without a time says nothing about its own
        day, which may not be over: only a day that was over everywhere when the page was fetched."""
        if wanted.mark:
            return wanted.mark
        try:
            moment = parse_time(wanted.lastmod)
        except ValueError:
            return ""
        if moment is None or (len(wanted.lastmod.strip()) <= len("2026-03-14") and self._today() - moment < TWO_DAYS):
            return ""
        return wanted.lastmod

    def _find(self, wanted: Wanted) -> Kept | None:
        return self._kept.find(self._source, key_of(wanted.url)) if self._kept is not None else None

    def _see(self, wanted: Wanted) -> None:
        if self._kept is not None:
            self._kept.see(self._source, key_of(wanted.url))

    def _keep(self, wanted: Wanted, kept: Kept) -> None:
        if self._kept is not None:
            self._kept.keep(self._source, key_of(wanted.url), kept)


def _as_before(kept: Kept | None, failed: Rejected) -> Iterator[Item]:
    """An article that cannot be asked for today is not one that is gone."""
    if kept is None or not isinstance(kept.item, Article):
        yield failed
        return
    yield kept.item
    yield Skipped(failed.place, AS_BEFORE)


def _unchanged(wanted: Wanted, kept: Kept) -> bool:
    mark = wanted.mark or wanted.lastmod
    return bool(mark) and mark == kept.note


def key_of(url: str) -> str:
    """Under what a page is kept, and known as the same in two lists: its address in one form, without user and password."""
    try:
        return canonical_url(url)
    except ValueError:
        return shown(url)


def _host(url: str) -> str:
    return key_of(url).split("/")[2] if "//" in key_of(url) else ""
