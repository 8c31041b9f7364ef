"""A feed as a source: RSS, Atom or JSON Feed, from a file or an address, with its older pages."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from index.article import Article
from index.article_record import FieldNames
from index.errors import FetchFailed, UnreadableSource
from index.fetching import Fetched, Fetches, Validators
from index.link_names import hash64
from index.sources import Item, Rejected
from index.sources.feeds.document import READER_VERSION, FeedRead, read_feed
from index.sources.feeds.parsing import MAX_FEED

__all__ = ["ACCEPT", "READER_VERSION", "Feed", "FeedRead", "read_feed"]

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9,"
    " text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
MAX_PAGES = 1_000
"""Pages of one feed that are followed: with ten entries each, as WordPress gives them, ten thousand articles."""

_NO_MORE = (400, 404, 410)
"""What servers answer for the page after the last."""


class Feed:
    """Reads a feed once, from its newest entry to its oldest; what it learns of the feed is known when it was read.

    `title`, `language` and `kind` are the feed's; `address` where it came from in the end, after every redirect;
    `validators` those of its first page, to ask with next time; `unchanged` whether the server said that nothing changed;
    `deleted` the ids that the feed takes back, `remarks` what was amiss; `complete` whether all of it was read.
    """

    whole = False

    def __init__(
        self, name: str, first: Callable[[], tuple[FeedRead | None, int]], names: FieldNames, size: int | None = None
    ) -> None:
        self.name = name
        self.size = size
        self.names = names
        self.kind = self.title = ""
        self.language: str | None = None
        self.address: str | None = None
        self.validators = Validators()
        self.unchanged = False
        self.complete = False
        self.deleted: list[str] = []
        self.remarks: list[str] = []
        self._first = first
        self._fetches: Fetches | None = None
        self._now: datetime | None = None
        self._max_pages = 1
        self._done = 0

    @classmethod
    def at(cls, path: Path, names: FieldNames, url: str | None = None, now: datetime | None = None) -> "Feed":
        """A saved feed, gzip too; `url` is where it was saved from. Raises `UnreadableSource`, also for what is no feed, when
        it is read."""

        def first() -> tuple[FeedRead | None, int]:
            try:
                with path.open("rb") as file:
                    body = file.read(MAX_FEED + 1)
            except OSError as error:
                raise UnreadableSource(f"{path}: {error.strerror}") from error
            return read_feed(body, url, names=names, now=now, name=str(path)), len(body)

        try:
            size = path.stat().st_size
        except OSError as error:
            raise UnreadableSource(f"{path}: {error.strerror}") from error
        return cls(str(path), first, names, size)

    @classmethod
    def over(
        cls,
        url: str,
        fetches: Fetches,
        names: FieldNames,
        validators: Validators | None = None,
        max_pages: int = MAX_PAGES,
        now: datetime | None = None,
    ) -> "Feed":
        """A feed at an address, with at most `max_pages` pages. Reading it raises `FetchFailed` or `UnreadableSource` for the
        first page; where a later one fails, that is one `Rejected`, and what came before counts."""

        def first() -> tuple[FeedRead | None, int]:
            answer = fetches.get(url, validators or Validators(), ACCEPT)
            feed.address = answer.url
            if answer.status == 304:
                feed.unchanged = True
                feed.validators = validators or Validators()
                return None, 0
            feed.validators = answer.validators
            return feed._read(answer), len(answer.body)

        feed = cls(url, first, names)
        feed._fetches, feed._max_pages, feed._now = fetches, max_pages, now
        return feed

    def position(self) -> int:
        """Bytes read so far."""
        return self._done

    def __iter__(self) -> Iterator[Item]:
        page, length = self._first()
        if page is not None:
            self.kind, self.title, self.language = page.kind, page.title, page.language
        number, seen, asked = 1, set[int](), {self.address or "", self.name}
        while page is not None:
            self._done += length
            new = {hash64(item.id) for item in page.items if isinstance(item, Article)} - seen
            if number > 1 and not new and not page.deleted:
                break  # some servers give the first page for every number
            self.deleted += page.deleted
            self.remarks += page.remarks
            yield from page.items
            following = self._after(page, number)
            if following is None or following in asked:
                break
            if number >= self._max_pages:
                self.remarks.append(f"{self.name}: only the first {number:,} pages were read; the next is {following}")
                return
            seen |= new
            asked.add(following)
            number += 1
            try:
                page, length = self._page(following)
            except FetchFailed as error:
                if error.status in _NO_MORE and page.next_page is None:
                    break  # so WordPress says that there are no more
                yield Rejected(following, (f"the feed goes on here, and this could not be read: {error}",))
                return
            except UnreadableSource as error:
                yield Rejected(following, (str(error),))
                return
        self.complete = True

    def _after(self, page: FeedRead, number: int) -> str | None:
        """Where the next page is, if there may be one."""
        if self._fetches is None:
            return None
        if page.next_page is not None:
            return page.next_page
        return with_page(self.address, number + 1) if page.wordpress and page.items and self.address else None

    def _page(self, url: str) -> tuple[FeedRead, int]:
        assert self._fetches is not None
        answer = self._fetches.get(url, accept=ACCEPT)
        return self._read(answer), len(answer.body)

    def _read(self, answer: Fetched) -> FeedRead:
        return read_feed(answer.body, answer.url, answer.charset, answer.media_type, self.names, self._now)


def with_page(address: str, number: int) -> str:
    """The address under which WordPress gives that page of a feed: `?paged=2`, beside what else it asks."""
    parts = urlsplit(address)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "paged"]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode([*query, ("paged", str(number))]), ""))
