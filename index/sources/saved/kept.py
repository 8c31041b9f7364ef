"""What saved pages gave when they were read before: a page whose bytes are the same is not read again."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from index.article import Article, digest
from index.article_record import READ_VERSION as RECORD_VERSION
from index.errors import RebuildLocked
from index.extraction.page import READ_VERSION
from index.extraction.saved import SavedPage
from index.fetching.kept import Kept, KeptItems
from index.sources import Item, Skipped

ReadSaved = Callable[[Iterable[SavedPage | Item]], Iterator[Item]]


class KeptPages:
    """The pages of one folder or archive: their articles, and what was none, by name and content.

    What was rejected is not kept: a page may have taken too long because the machine was busy.
    """

    def __init__(self, path: Path, kept: KeptItems) -> None:
        self._source = f"saved pages of {path.absolute()}"
        self._kept = kept
        self._version = READ_VERSION * 1_000 + RECORD_VERSION

    def read(self, pages: Iterable[SavedPage | Item], read_saved: ReadSaved) -> Iterator[Item]:
        """What each page is, in order; `read_saved` reads those that are new or changed, or were read by another version.

        What belongs to pages that are there no more is forgotten at the end."""
        new: deque[str | None] = deque()  # for each item below, under what it is to be kept

        def given() -> Iterator[SavedPage | Item]:
            for page in pages:
                if not isinstance(page, SavedPage):
                    new.append(None)
                    yield page
                    continue
                key = digest(page.name, page.raw).hex()
                before = self._kept.find(self._source, key)
                if before is None or before.version != self._version:
                    new.append(key)
                    yield page
                    continue
                self._kept.see(self._source, key)
                new.append(None)
                yield replace(before.item, place=page.place) if isinstance(before.item, Skipped) else before.item

        self._kept.begin(self._source)
        for item in read_saved(given()):
            key = new.popleft()
            if key is not None and isinstance(item, (Article, Skipped)):
                self._kept.keep(self._source, key, Kept(item, version=self._version))
            yield item
        self._kept.forget_unseen(self._source)


def kept_pages(path: Path, kept: Callable[[], KeptItems | None]) -> KeptPages | None:
    """What is kept of a folder or an archive; None where nothing is, or another process has the file."""
    try:
        items = kept()
    except RebuildLocked:
        return None  # it only saves time: then all pages are read
    return KeptPages(path, items) if items is not None else None
