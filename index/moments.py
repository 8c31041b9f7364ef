"""When what is served changes by itself: an embargo ends, or a newer version takes the place of an older one."""

from bisect import bisect_right
from weakref import WeakKeyDictionary

import numpy as np

from index.copies import NEVER
from index.segment import Segment
from index.snapshot import Snapshot


class Moments:
    """Knows the next such moment of a snapshot; looks through a segment's dates once. Any number of threads may ask."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Segment, tuple[int, list[int]]] = WeakKeyDictionary()

    def next(self, snapshot: Snapshot, now: int) -> int | None:
        """The first second (Unix time) after `now` at which an article of the snapshot begins or ceases to be shown by its
        dates, deleted ones counted too; None where there is none."""
        found = [later for segment in snapshot.segments if (later := self._next(segment, now)) is not None]
        return min(found, default=None)

    def _next(self, segment: Segment, now: int) -> int | None:
        known = self._known.get(segment)
        if known is None or now < known[0]:
            known = self._known[segment] = (now, _moments_after(segment, now))
        at = bisect_right(known[1], now)
        return known[1][at] if at < len(known[1]) else None


def _moments_after(segment: Segment, now: int) -> list[int]:
    """The dates of a segment that lie after `now`, ascending."""
    columns = (np.asarray(segment.published), np.asarray(segment.superseded_at))
    later = [column[(column > now) & (column != NEVER)] for column in columns]
    return [int(moment) for moment in np.unique(np.concatenate(later))]
