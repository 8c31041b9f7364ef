"""A file of addresses, one a line: its pages fetched and read. Blank lines are passed over, and comments after a `#`."""

import re
from collections.abc import Iterator
from pathlib import Path

from index.article import digest
from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.fetching import Fetches
from index.fetching.address import MAX_ADDRESS, shown
from index.fetching.kept import KeptItems
from index.sources import Item, Rejected, Skipped
from index.sources.web.crawl import Crawl, ReadPages, Wanted, key_of
from index.sources.web.sitemap import TWICE
from index.urls import is_web_address

COMMENT = re.compile(r"(?:^|\s)#.*")
"""A `#` at the start of a line or after white space; within an address it is a part of it."""


class Addresses:
    """Reads the pages of a list, in its order, each page once."""

    whole = True

    def __init__(
        self, path: Path, fetches: Fetches, read_pages: ReadPages, *, kept: KeptItems | None = None, version: int = 0
    ) -> None:
        """`kept` and `version` (of `read_pages`) spare pages that did not change. Raises `UnreadableSource`."""
        self.name = str(path)
        self.names = FieldNames()
        self._path = path
        self._fetches = fetches
        self._read_pages = read_pages
        self._kept = kept
        self._version = version
        self._done = 0
        self._met: set[bytes] = set()
        self.size: int | None = sum(1 for _ in self._lines())

    def position(self) -> int:
        """Addresses dealt with so far."""
        return self._done

    def __iter__(self) -> Iterator[Item]:
        crawl = Crawl(str(self._path.absolute()), self._fetches, self._kept, self._version)
        yield from crawl.read(crawl.fetch(self._wanted()), self._read_pages)
        crawl.finish(whole=True)

    def _wanted(self) -> Iterator[Wanted | Item]:
        for number, text in self._lines():
            self._done += 1
            if not is_web_address(text):
                problem = f"expected one absolute http or https address, got {shown(text[:200])!r}"
                yield Rejected(f"{self.name}, line {number:,}", (problem,))
                continue
            key = digest(key_of(text))
            if key in self._met:
                yield Skipped(f"{self.name}, line {number:,}", TWICE)
                continue
            self._met.add(key)
            yield Wanted(text)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines that are to be addresses, with their numbers."""
        try:
            with self._path.open(encoding="utf-8-sig", errors="replace") as file:
                number = 0
                while line := file.readline(MAX_ADDRESS):
                    number += 1
                    if text := COMMENT.sub("", line).strip():
                        yield number, text
                    while len(line) == MAX_ADDRESS and not line.endswith("\n"):
                        line = file.readline(MAX_ADDRESS)
        except OSError as error:
            raise UnreadableSource(f"{self._path}: {error.strerror}") from None
