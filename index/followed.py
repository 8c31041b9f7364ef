"""A value that is read from the catalogue, and read again when what editors settle changes: the rules, the saved policy.

A request compares one number in mapped memory; only when the bell rang, or half a second passed (other hosts ring bells of
their own), is the catalogue asked, by a thread that no request waits for longer than a moment. Where it cannot be read the
last good value holds.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from index.audit import audit_number
from index.catalogue import Place
from index.errors import ArchiveError, CatalogueMissing, TakeDownsUnknown
from index.follower import Follower

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""So often the catalogue is asked where no bell rings, …"""

LATE_SECONDS = 0.9
"""… and after so long without an answer a request waits for one: promised is that what was settled counts after a second."""

MOMENT_SECONDS = 0.5
"""So long a request waits at most, …"""

FIRST_SECONDS = 3.0
"""… but where no value is known yet."""

STUCK_SECONDS = 2.0
"""So long no request waits for a catalogue on which one waited in vain."""

_UNREAD = -1

Value = TypeVar("Value")


class Followed(Generic[Value]):
    """Follows one value; any number of threads may ask."""

    def __init__(
        self,
        place: Place,
        data: Path,
        load: Callable[[Engine], Value],
        nothing: Value,
        what: str = "what editors settled",
    ) -> None:
        """`load` reads the value; `nothing` is what holds where there is no catalogue; `what` names it in `problem`."""
        self._follower = Follower(place, data)
        self._load = load
        self._nothing = nothing
        self._what = what
        self._value: Value | None = None
        self._number = _UNREAD
        self._known = False
        self._heard = 0
        self._asked = float("-inf")
        self._answered = float("-inf")
        self._stuck_until = float("-inf")
        self._turn = threading.Lock()
        self._done = threading.Event()
        self._looking = False
        self.problem: str | None = None
        """Why the value may not be the newest; None when it is."""

    def value(self) -> Value:
        """The value that holds now. Raises `TakeDownsUnknown` where none could be read yet."""
        now = time.monotonic()
        if not self._known:
            self._first(now)
        elif self._follower.bell.number() != self._heard or now - self._answered > LATE_SECONDS:
            self._wait(now)
        elif now - self._asked > POLL_SECONDS:
            self._ask()
        return self._value  # type: ignore[return-value]  # which is known

    def _first(self, now: float) -> None:
        """The first value is known or refused: what was blocked must not be served because nobody could say so."""
        if now - self._asked > POLL_SECONDS or self._looking:
            self._ask().wait(FIRST_SECONDS)
        if not self._known:
            problem = self.problem or f"{self._what} cannot be read: the catalogue does not answer"
            raise TakeDownsUnknown(f"{problem}; nothing is answered until it can")

    def _wait(self, now: float) -> None:
        """Wait a moment for what was settled just now: twice, as the first look may have begun before it."""
        if now < self._stuck_until:
            self._ask()
            return
        until = now + MOMENT_SECONDS
        for _ in range(2):
            if not self._ask().wait(max(0.0, until - time.monotonic())):
                self._stuck_until = time.monotonic() + STUCK_SECONDS
                self._say("the catalogue does not answer")
            if self._follower.bell.number() == self._heard:
                return

    def _ask(self) -> threading.Event:
        """Have the catalogue asked, unless somebody asks it already; gives what says that it answered or failed."""
        with self._turn:
            if not self._looking:
                self._looking, self._done, self._asked = True, threading.Event(), time.monotonic()
                threading.Thread(target=self._look, args=(self._done,), name="read-settled", daemon=True).start()
            return self._done

    def _look(self, done: threading.Event) -> None:
        rung = self._follower.bell.number()
        try:
            self._read()
        except Exception as error:
            if not isinstance(error, (SQLAlchemyError, ArchiveError)):
                log.exception("reading %s failed; trying again", self._what)
            self._say(
                self._follower.said(error) if isinstance(error, (SQLAlchemyError, ArchiveError)) else "see the log"
            )
        finally:
            with self._turn:
                self._heard, self._answered, self._looking = rung, time.monotonic(), False
            done.set()

    def _read(self) -> None:
        try:
            engine = self._follower.engine()
            number = audit_number(engine)
            if number != self._number:
                self._value, self._number = self._load(engine), number
        except CatalogueMissing:
            if self._number != _UNREAD:
                raise
            self._value = self._nothing
        self._known = True
        if self.problem is not None:
            log.warning("%s can be read again", self._what)
            self.problem = None

    def _say(self, cause: str) -> None:
        if self.problem is None:
            log.error("%s cannot be read: %s", self._what, cause)
        self.problem = f"{self._what} cannot be read: {cause}"
