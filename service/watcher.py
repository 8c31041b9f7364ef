"""The polls of one source: when the next is due, and what is noted of each."""

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from index.errors import ArchiveError, FetchFailed
from index.sources import Rejected
from index.watch_state import SourceState, WatchState
from index.watching import Polled

log = logging.getLogger(__name__)

MOST_SECONDS = 3600.0
"""A source that fails is asked more and more seldom, down to this often."""

TOLD = 3
"""So many rejected items are named, and each once as long as the source goes on holding it."""

SPREAD = 0.1
"""Polls come up to so much later than asked for, as a share of the time between two: many papers on one host do not ask it
all at the same second."""


class Watcher:
    """Polls one source again and again; a failure costs that poll only."""

    def __init__(
        self,
        location: str,
        poll: Callable[[datetime | None], Polled],
        states: WatchState,
        every: float,
        now: Callable[[], datetime],
        spread: Callable[[], float] = random.random,
    ) -> None:
        """`poll` is told since when changes are not known yet (None: everything is wanted)."""
        self.location = location
        self._poll = poll
        self._states = states
        self._every = every
        self._now = now
        self._spread = spread
        self._state = states.read().get(location, SourceState())
        self._told: set[Rejected] = set()
        self.due_at = now()

    @property
    def problem(self) -> str | None:
        """Why the last poll failed; None where it did not."""
        return self._state.problem

    def run(self) -> Polled | None:
        """Poll now; what was found, or None where it failed."""
        began = self._now()
        try:
            polled = self._poll(self._state.since)
        except (ArchiveError, OSError) as error:
            self._fail(error)
            return None
        ended = self._now()
        changed_at = ended if polled.changed else self._state.changed_at
        self._note(SourceState(began, ended, changed_at, dict(polled.outcomes)))
        self._wait(self._every)
        self._say(polled)
        return polled

    def _fail(self, error: Exception) -> None:
        failures = self._state.failures + 1
        self._note(replace(self._state, failures=failures, problem=str(error)))
        longest = max(MOST_SECONDS, self._every)
        self._wait(min(self._every * 2 ** min(failures, 20), longest))
        hopeless = isinstance(error, FetchFailed) and not error.passing
        log.log(
            logging.ERROR if hopeless and failures == 1 else logging.WARNING,
            "%s: %s; asked again in %.0f s",
            self.location,
            error,
            (self.due_at - self._now()).total_seconds(),
        )

    def _note(self, state: SourceState) -> None:
        self._state = state
        self._states.write(self.location, state)

    def _wait(self, seconds: float) -> None:
        self.due_at = self._now() + timedelta(seconds=seconds * (1 + SPREAD * self._spread()))

    def _say(self, polled: Polled) -> None:
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in polled.outcomes.items()) or "nothing"
        log.log(logging.INFO if polled.changed else logging.DEBUG, "%s: %s", self.location, told)
        new = [reject for reject in polled.rejects if reject not in self._told]
        for reject in new[:TOLD]:
            log.warning("rejected %s: %s", reject.place, "; ".join(reject.problems))
        if len(new) > TOLD:
            log.warning("%s: … and %d more rejected", self.location, len(new) - TOLD)
        self._told = set(polled.rejects)
