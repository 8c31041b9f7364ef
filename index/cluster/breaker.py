"""A circuit breaker (Nygard, *Release It!*, 2007): who fails again and again is left alone for a while, so that nobody waits
for what will not come."""

import threading
import time
from collections.abc import Callable

FAILURES = 3
"""So many failures in a row open it."""

OPEN_SECONDS = 2.0
"""So long nobody asks; then one does, and what comes of that decides."""


class Breaker:
    """Counts what comes of asking; any number of threads may."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it is given up on for now."""
        return self._failures >= FAILURES

    def may_ask(self) -> bool:
        """Whether to ask now; of an open one, one thread at a time is let through when its time is over."""
        if self._failures < FAILURES:
            return True
        with self._lock:
            now = self._clock()
            if now < self._next:
                return False
            self._next = now + OPEN_SECONDS
            return True

    def succeeded(self) -> None:
        """It answered."""
        if self._failures:
            with self._lock:
                self._failures = 0

    def failed(self) -> None:
        """It did not."""
        with self._lock:
            self._failures += 1
            self._next = self._clock() + OPEN_SECONDS
