"""Writing to the archive from a process that serves: a short wait, one write at a time, and all who serve are told."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from index.article import Article
from index.article_writes import Written, delete_article, put_articles
from index.catalogue import Catalogue, Place
from index.change_log import Bell
from index.data_folder import check_same, identity
from index.engines import database_errors_said
from index.errors import CatalogueBusy

WAIT_SECONDS = 1.25
"""How long a write waits for the one before it here, and then for the database's lock: readers need the threads. Both one
after the other must come to less than three seconds, after which a caller may take it that nothing will come."""

Result = TypeVar("Result")


class ArchiveWriter:
    """Writes articles into the catalogue and rings the bell; any number of threads may ask, one at a time is let through."""

    def __init__(self, place: Place, data: Path) -> None:
        self._place = place
        self._bell = Bell(data)
        self._turn = threading.Lock()
        self._opening = threading.Lock()
        self._catalogue: Catalogue | None = None
        self._file: tuple[int, int] | None = None

    def put(self, articles: Sequence[Article], polled: bool = False) -> list[Written]:
        """As `put_articles`. Raises `CatalogueBusy` when others write for too long, `CatalogueUnusable` when it cannot be
        written to at all (missing, read-only, disk full, server away)."""
        return self.run(lambda catalogue: put_articles(catalogue, articles, polled))

    def delete(self, article_id: str, updated_at: datetime | None = None) -> Written:
        """As `delete_article`; raises as `put`."""
        return self.run(lambda catalogue: delete_article(catalogue, article_id, updated_at))

    def run(self, write: Callable[[Catalogue], Result]) -> Result:
        """Any other write, a transaction of its own: gives what it gives. Raises as `put`, and what `write` raises."""
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise CatalogueBusy("other writes are under way; try again in a few seconds")
        try:
            with database_errors_said():
                result = write(self.catalogue())
        finally:
            self._turn.release()
        self._bell.ring()
        return result

    def close(self) -> None:
        """Close the catalogue, where it was opened."""
        if self._catalogue is not None:
            self._catalogue.close()

    def catalogue(self) -> Catalogue:
        """The catalogue, opened when it is first needed; any number of threads may ask. Raises as `Catalogue.open_existing`."""
        with self._opening:
            check_same(self._place, self._file)
            if self._catalogue is None:
                self._file = identity(self._place)
                self._catalogue = Catalogue.open_existing(self._place, WAIT_SECONDS)
            return self._catalogue
