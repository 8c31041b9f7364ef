"""Whose turn it is: one request to a host at a time of its own, and none while the host asked to be left alone."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from index.errors import FetchFailed

NO_TIME = 1e-6
"""Seconds that are not worth a sleep; sums of times are no more exact than that."""
MANY = 1_024
"""Hosts that are remembered before those whose time has passed are forgotten."""


class HostTurns:
    """When each host may be asked again; any number of threads may take turns."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def take(self, host: str, pause: float, max_wait: float, place: str) -> None:
        """Wait for this host's next turn, which then begins `pause` seconds later for the next one.

        Raises `FetchFailed`, which may pass, where that turn comes later than in `max_wait` seconds.
        """
        while True:
            with self._lock:
                now = self._clock()
                wait = self._next.get(host, now) - now
                if wait > max_wait:
                    raise FetchFailed(
                        f"{place}: {host} asked to be left alone for another {wait:,.0f} seconds; try again later",
                        passing=True,
                    )
                if wait < NO_TIME:
                    self._next[host] = now + pause
                    return
            # while this one slept, another may have had the turn, or the host may have asked to be left alone
            self._sleep(wait)

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for so long from now, or for longer where that was settled before."""
        with self._lock:
            now = self._clock()
            self._next[host] = max(self._next.get(host, now), now + seconds)
            if len(self._next) > MANY:
                self._next = {name: turn for name, turn in self._next.items() if turn > now}


def seconds_asked_for(retry_after: str, today: Callable[[], datetime]) -> float | None:
    """What `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3); None where it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max((moment - today()).total_seconds(), 0.0)
