"""How sources are read: which fields they name otherwise, how far into the past, and by whom addresses are fetched."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from index.errors import RebuildLocked
from index.fetching.kept import KeptItems
from index.sources.web.sitemap import KnowsSitemaps

KEPT_SECONDS = 60.0
"""How long the file of what was fetched is waited for while another process has it: a poll takes seconds."""

KEPT_PAUSE = 0.5

Keeping = Callable[[], KeptItems | None]


def nothing_kept() -> None:
    """For those who keep nothing of what they fetch."""


def unsaid(_what: str) -> None:
    """For those who need not know how a site is read."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What whoever asks for an archive wants of it, and lets us do for it."""

    fields: Mapping[str, str] = field(default_factory=dict)
    """Our field names to the archive's."""
    fetches: KnowsSitemaps | None = None
    """Who fetches addresses; None: nothing is fetched, and an address is no source."""
    kept: Keeping = nothing_kept
    """Gives what was fetched before, and keeps what is fetched now, where that is wanted."""
    since: datetime | None = None
    """Only what was published or changed after this is wanted, where the source can tell; None: all of it."""
    polls: bool = False
    """Whether this is one of many looks at the same source, which wants what is new."""
    limit: int | None = None
    """At most so many pages are fetched for a source; None: all of them."""
    types: tuple[str, ...] = ("post",)
    """WordPress's post types that are articles."""
    full_text: bool = True
    """Whether the page is fetched for what a feed gives as a summary only."""
    say: Callable[[str], None] = unsaid
    """Told what a site was found to be."""
    base_url: str | None = None
    """The address at which readers find the site, for archives that do not name it, or name another."""
    workers: int = 2
    """Processes that read pages."""


@contextmanager
def keeping(data: Path, sleep: Callable[[float], None] = time.sleep) -> Iterator[Keeping]:
    """Gives a way to what is kept in a data folder, which is opened when it is first needed and closed at the end.

    Opening it raises `RebuildLocked` where another process has it for longer than `KEPT_SECONDS`.
    """
    opened: list[KeptItems] = []

    def kept() -> KeptItems:
        if not opened:
            opened.append(_opened(data, sleep))
        return opened[0]

    try:
        yield kept
    finally:
        for one in opened:
            one.close()


def _opened(data: Path, sleep: Callable[[float], None]) -> KeptItems:
    data.mkdir(parents=True, exist_ok=True)
    for _ in range(int(KEPT_SECONDS / KEPT_PAUSE)):
        try:
            return KeptItems(data)
        except RebuildLocked:
            sleep(KEPT_PAUSE)
    return KeptItems(data)
