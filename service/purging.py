"""Telling a shared cache what changed: follows the change log and posts it to the purge hook, at least once and in order.

What must go is told at once. Everything is told again, or for the first time, once every worker shows it: an answer that was
on its way, or came from a worker that had not heard yet, may have entered the cache after the first call.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from index.change_log import Change
from index.errors import ArchiveError, CatalogueMissing
from index.follower import Follower
from index.upkeep import LOG_SECONDS as LOG_IS_KEPT
from service.errors import DeliveryFailed
from service.purge_call import call_body
from service.purge_state import PurgeFile

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
"""So often the bell is looked at."""

LOOK_SECONDS = 0.25
"""The log, and what is served, are looked at so often although no bell rang."""

SETTLED_SECONDS = 2.0
"""After so long every worker of every host shows a change; promised is one second for what must go."""

AT_ONCE = 500
"""Articles in one call."""

MOST_WAITING = 20_000
"""Of more changes than that, everything is purged instead."""

FIRST_PAUSE = 0.5
MOST_PAUSE = 60.0
"""Before a call that failed is tried again, in seconds; doubled from the first to the most."""

URGENT_PAUSE = 1.0
"""What must go does not wait for longer than that, whatever failed before."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served besides changes; of another one every answer may be another."""

    generation: str
    policy: str

    def __str__(self) -> str:
        return f"{self.generation} {self.policy}"


@dataclass(slots=True)
class _Waiting:
    change: Change
    settled: float
    """From when on telling it is final."""
    told: bool
    """Whether it need not be told before that."""


class Purger:
    """Works for one data folder; `step` makes one call at most."""

    def __init__(
        self,
        deliver: Callable[[bytes], None],
        follow: Callable[[], Follower],
        serving: Callable[[], Serving | None],
        file: PurgeFile,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`deliver` posts a body, or raises `DeliveryFailed`; `serving` is None where nothing is served."""
        self._deliver = deliver
        self._follow = follow
        self._what_is_served = serving
        self._file = file
        self._clock = clock
        self._follower = follow()
        self._rung: int | None = None
        self._next_look = self._next_try = float("-inf")
        self._tried = float("-inf")
        self._pause = FIRST_PAUSE
        self._problem: str | None = None
        self._forget()

    def _forget(self) -> None:
        """Know nothing but what the file says; the next look begins there."""
        self._read: int | None = None
        self._waiting: list[_Waiting] = []
        self._everything: float | None = None
        self._everything_settled = 0.0
        self._serving: Serving | None = None
        self._next_look = float("-inf")

    def run(self, wait: Callable[[float], bool]) -> None:
        """Work until the end has come; `wait` waits so many seconds and gives whether it has."""
        while not wait(POLL_SECONDS):
            try:
                while self.step():
                    pass
            except Exception:
                log.exception("purging failed; trying again")
                self._forget()
                if wait(URGENT_PAUSE):
                    return

    def step(self) -> bool:
        """Look at what changed and make one call at most; gives whether there may be another to make at once."""
        now = self._clock()
        try:
            self._look(now)
        except CatalogueMissing:
            self._lost(None)
        except (SQLAlchemyError, ArchiveError, OSError) as error:
            self._lost(f"the change log cannot be read: {self._follower.said(error)}")
        called = self._read is not None and now >= self._next_try and self._call(now)
        self._file.tell(len(self._waiting) + (self._everything is not None), self._problem)
        return called

    def _lost(self, problem: str | None) -> None:
        """Let go of a catalogue that cannot be read; the next look opens it anew, and goes on where the file says."""
        self._problem = problem
        self._follower.close()
        self._follower = self._follow()
        self._forget()
        self._next_look = self._clock() + LOOK_SECONDS

    def _look(self, now: float) -> None:
        rung = self._follower.bell.number()
        if now < self._next_look and (rung == self._rung or self._read is None):
            return
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._look_at_what_is_served(now)
        self._rung = rung
        if self._read is None:
            self._read = self._begin(now)
        while found := self._follower.changes_after(self._read):
            self._read = found[-1].seq
            self._take(found, now)

    def _begin(self, now: float) -> int:
        """The number to go on from. Where the file names none that the log still goes back to, everything is purged; before
        the first time everything is anyhow, as what is served is news."""
        last, known = self._follower.position(), self._file.state
        if self._problem is not None and self._problem.startswith("the change log"):
            self._problem = None
        if known.serving and known.seq <= last and time.time() - known.at < LOG_IS_KEPT:
            return known.seq
        if known.serving:
            self._purge_everything(now, now)
        return last

    def _look_at_what_is_served(self, now: float) -> None:
        serving = self._what_is_served()
        if serving is not None and serving != self._serving:
            if str(serving) != self._file.state.serving:
                self._purge_everything(now + SETTLED_SECONDS, now + SETTLED_SECONDS)
            self._serving = serving

    def _purge_everything(self, due: float, settled: float) -> None:
        self._everything = due if self._everything is None else min(due, self._everything)
        self._everything_settled = max(settled, self._everything_settled)

    def _take(self, found: list[Change], now: float) -> None:
        """Note changes that wait to be told; what must go is tried soon, whatever failed before."""
        self._waiting += [_Waiting(change, now + SETTLED_SECONDS, told=not change.hidden) for change in found]
        if any(change.hidden for change in found):
            self._next_try = min(self._next_try, self._tried + URGENT_PAUSE)
        if len(self._waiting) > MOST_WAITING:
            self._waiting = []
            self._purge_everything(now, now + SETTLED_SECONDS)

    def _call(self, now: float) -> bool:
        """Make the most urgent call that is due; gives whether one was made and taken."""
        urgent = [one for one in self._waiting if not one.told]
        if urgent:
            if taken := self._post(now, urgent[:AT_ONCE]):
                for one in urgent[:AT_ONCE]:
                    one.told = True
            return taken
        if self._everything is not None and self._everything <= now:
            return self._call_for_everything(now)
        chosen = [one for one in self._waiting[:AT_ONCE] if one.settled <= now]
        if not chosen or not self._post(now, chosen):
            return False
        del self._waiting[: len(chosen)]
        self._file.keep(chosen[-1].change.seq, self._file.state.serving)
        return True

    def _call_for_everything(self, now: float) -> bool:
        if not self._post(now, [], everything=True):
            return False
        if now < self._everything_settled:
            self._everything = self._everything_settled
            return True
        self._everything = None
        self._waiting = [one for one in self._waiting if one.settled > now]
        seq = self._waiting[0].change.seq - 1 if self._waiting else self._read
        self._file.keep(seq or 0, str(self._serving or ""))
        return True

    def _post(self, now: float, chosen: list[_Waiting], everything: bool = False) -> bool:
        changes = {one.change.article_id: one.change.hidden for one in chosen}
        seq = chosen[-1].change.seq if chosen else self._read or 0
        self._tried = now
        try:
            self._deliver(call_body(seq, self._serving.generation if self._serving else "", changes, everything))
        except DeliveryFailed as error:
            if self._problem is None:
                log.error("the purge hook fails, and is tried again: %s", error)
            self._problem = f"the purge hook fails: {error}; the shared cache keeps what was taken down"
            self._next_try = self._clock() + self._pause
            self._pause = min(2 * self._pause, MOST_PAUSE)
            return False
        if self._problem is not None:
            log.warning("the purge hook works again")
        self._problem, self._pause, self._next_try = None, FIRST_PAUSE, float("-inf")
        return True
