"""Polling a source: what it holds anew goes into the live index, a batch of articles a transaction.

Nothing is decided here about what was removed through the API or is newer in the catalogue: the catalogue does that
(`put_articles(…, polled=True)`), as it does for a rebuild.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from index.archive_writer import ArchiveWriter
from index.article import Article
from index.errors import CatalogueBusy
from index.report import SHOW_REJECTS
from index.sources import Item, Rejected

BATCH = 50
"""Articles a transaction: others write between two of them."""

BUSY_SECONDS = 120.0
"""How long a batch is tried again while others hold the catalogue."""

BUSY_PAUSE = 2.0

Result = TypeVar("Result")


@dataclass(slots=True)
class Polled:
    """What one poll found, and what became of it."""

    outcomes: dict[str, int] = field(default_factory=dict)
    """How many articles were created, updated, unchanged, stale, withheld, deleted or absent."""
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    """The first `SHOW_REJECTS` of them."""
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many articles are others than before."""
        return sum(self.outcomes.get(outcome, 0) for outcome in ("created", "updated", "deleted"))

    def count(self, outcome: str) -> None:
        """One article met this."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


def poll(
    writer: ArchiveWriter,
    items: Iterable[Item],
    removed: Iterable[str] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> Polled:
    """Write what a source holds, and remove what it says is gone.

    What was written stays written where the source breaks off: the next poll finds the rest. Raises what the source raises,
    `CatalogueBusy` when others write for longer than `BUSY_SECONDS`, and `CatalogueUnusable`.
    """
    polled, batch = Polled(), list[Article]()
    for item in items:
        if isinstance(item, Article):
            batch.append(item)
        elif isinstance(item, Rejected):
            polled.rejected += 1
            if len(polled.rejects) < SHOW_REJECTS:
                polled.rejects.append(item)
        else:
            polled.skipped[item.kind] = polled.skipped.get(item.kind, 0) + 1
        if len(batch) == BATCH:
            _put(writer, batch, polled, sleep)
            batch = []
    _put(writer, batch, polled, sleep)
    for article_id in removed:
        polled.count(_patiently(partial(writer.delete, article_id), sleep).outcome)
    return polled


def _put(writer: ArchiveWriter, batch: Sequence[Article], polled: Polled, sleep: Callable[[float], None]) -> None:
    if batch:
        for written in _patiently(partial(writer.put, batch, polled=True), sleep):
            polled.count(written.outcome)


def _patiently(write: Callable[[], Result], sleep: Callable[[float], None]) -> Result:
    """Write, and wait while others do: nobody waits for a poll."""
    for _ in range(int(BUSY_SECONDS / BUSY_PAUSE)):
        try:
            return write()
        except CatalogueBusy:
            sleep(BUSY_PAUSE)
    return write()
