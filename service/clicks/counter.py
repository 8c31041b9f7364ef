"""Counts gathered in a worker's memory, and written every two seconds: what a browser reports costs no write.

Whatever the catalogue does, nobody who reports waits for it, and memory does not grow: what finds no room is counted as
lost, and said in the log once.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.util import Finalize

from sqlalchemy.exc import SQLAlchemyError

from index.archive_writer import ArchiveWriter
from index.click_counts import Count, Place, add_counts, days_of_policies, utc_day
from index.engines import said
from index.errors import ArchiveError

log = logging.getLogger(__name__)

WRITE_SECONDS = 2.0
"""A kill loses so much of what was counted, and no more; an end in order loses nothing."""

MOST_PAUSE = 60.0
"""While the catalogue cannot be written to, pauses are doubled up to this."""

MAX_PLACES = 20_000
"""So many places are held at most, some 10 MB."""

KNOWN_EVERY_SECONDS = 600.0
KNOWN_DAYS = 7
"""Policies that were counted in so many days are known still, for pages that a cache or a reader kept open."""


class ClickCounter:
    """Adds up what is seen and clicked; any number of threads may count. Once it has something it writes by itself, and a
    last time when the process ends in order."""

    def __init__(
        self, archive: ArchiveWriter, clock: Callable[[], datetime], write_every: float | None = WRITE_SECONDS
    ) -> None:
        """`write_every` None leaves it to the caller to `write`."""
        self._archive = archive
        self._clock = clock
        self._write_every = write_every
        self._holding = threading.Lock()
        self._writing = threading.Lock()
        self._held: dict[Place, Count] = {}
        self._runs = write_every is None
        self._said: str | None = None
        self.lost = 0
        """Events that found no room since the start."""
        self.known: frozenset[str] = frozenset()
        """Versions of the policies that were counted lately."""

    def count(self, place: Place, click: bool, section: str | None) -> bool:
        """Count one item as seen or clicked; False where there is no room."""
        with self._holding:
            if not self._runs:
                self._runs = True
                Finalize(None, self.write, exitpriority=1)
                threading.Thread(target=self._run, name="write-clicks", daemon=True).start()
            return self._add(place, Count(int(not click), int(click), section))

    def write(self) -> bool:
        """Write what is held, and give whether that went well; what cannot be written now is held for the next time."""
        with self._writing:
            with self._holding:
                held, self._held = self._held, {}
            if not held:
                return True
            try:
                lost = add_counts(self._archive.catalogue(), held)
            except (ArchiveError, SQLAlchemyError) as error:
                self._hold_again(held)
                self._say_once(str(error if isinstance(error, ArchiveError) else said(error)))
                return False
            self._say_once("the day has too many places; new ones are not counted" if lost else None)
            self.lost += lost
            return True

    def learn_policies(self) -> None:
        """Find out which policies were counted lately; where the catalogue cannot be read it stays as it was."""
        today = utc_day(self._clock())
        try:
            days = days_of_policies(self._archive.catalogue(), today - timedelta(days=KNOWN_DAYS), today)
        except (ArchiveError, SQLAlchemyError) as error:
            self._say_once(str(error if isinstance(error, ArchiveError) else said(error)))
        else:
            self.known = frozenset(days)

    def _run(self) -> None:
        assert self._write_every is not None
        pause, learnt = self._write_every, KNOWN_EVERY_SECONDS
        sleep = threading.Event()
        while True:
            if learnt >= KNOWN_EVERY_SECONDS:
                self.learn_policies()
                learnt = 0.0
            sleep.wait(pause)
            learnt += pause
            pause = self._write_every if self.write() else min(2 * pause, MOST_PAUSE)

    def _add(self, place: Place, count: Count) -> bool:
        known = self._held.get(place)
        if known is None and len(self._held) >= MAX_PLACES:
            if not self.lost:
                log.warning("clicks come faster than they can be written; some are not counted")
            self.lost += count.seen + count.clicks
            return False
        seen, clicks = (known.seen, known.clicks) if known else (0, 0)
        self._held[place] = Count(seen + count.seen, clicks + count.clicks, count.section)
        return True

    def _hold_again(self, counts: dict[Place, Count]) -> None:
        with self._holding:
            newer, self._held = self._held, dict(counts)
            for place, count in newer.items():
                self._add(place, count)

    def _say_once(self, problem: str | None) -> None:
        if problem is not None and problem != self._said:
            log.warning("clicks cannot be written: %s", problem)
        self._said = problem
