"""Which rows of a snapshot are the newest: candidates besides those by meaning and by terms."""

import numpy as np
import numpy.typing as npt

from index.eligible import Eligible
from index.segment import Segment
from index.snapshot import Snapshot

Rows = npt.NDArray[np.int64]

TIES = 500
"""So many pieces of one moment are put in the order of their ids; an archive without dates has no newest."""

FEW = 10_000
"""In a range of at most so many rows all dates are looked at; in a longer one those of the segment from the newest on, …"""

AT_ONCE = 4
"""… for each piece that is wanted so many to begin with, and each time as many times more."""


def newest(snapshot: Snapshot, k: int, eligible: Eligible) -> Rows:
    """The `k` eligible rows published last, newest first, ties by id; those without a date come after all others. Of more
    than `TIES` that tie at the bound those are taken that stand first in their segments."""
    rows, dates = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for number, (segment, span, kept) in enumerate(zip(snapshot.segments, eligible.spans, eligible.masks, strict=True)):
        local = _newest_of(segment, span, kept, k)
        rows.append(local + int(snapshot.starts[number]))
        dates.append(segment.published[local])
    every, published = np.concatenate(rows), np.concatenate(dates)
    best = np.lexsort((every, ~published))
    if len(best) > k:
        best = best[: np.searchsorted(~published[best], ~published[best[k - 1]], side="right")]
    order = sorted(best.tolist(), key=lambda at: (-int(published[at]), snapshot.id_of(int(every[at]))))
    return every[order[:k]]


def _newest_of(segment: Segment, span: slice, kept: npt.NDArray[np.bool_], k: int) -> Rows:
    """The `k` newest of one segment, and of those that tie with the last of them all up to `TIES`, ascending."""
    local = np.flatnonzero(kept) if span.stop - span.start <= FEW else _newest_by_date(segment, span, kept, k)
    dates = segment.published[local + span.start]
    if len(local) > k:
        bound = np.partition(dates, len(dates) - k)[len(dates) - k]
        over, tied = local[dates > bound], local[dates == bound]
        local = np.sort(np.concatenate([over, tied[: max(TIES, k - len(over))]]))
    found: Rows = local + span.start
    return found


def _newest_by_date(segment: Segment, span: slice, kept: npt.NDArray[np.bool_], k: int) -> Rows:
    """Rows of the range that hold its `k` newest and all that tie with the last of those, ascending, from its start."""
    order, stop, at_once = segment.by_date, len(segment.by_date), AT_ONCE * k
    found: list[Rows] = []
    bound: int | None = None
    while stop > 0:
        start = max(0, stop - at_once)
        rows = order[start:stop].astype(np.int64)
        if bound is not None and segment.published[rows[-1]] < bound:
            break
        rows = rows[(rows >= span.start) & (rows < span.stop)] - span.start
        found.append(rows[kept[rows]][::-1])
        if bound is None and sum(map(len, found)) >= k:
            last = np.concatenate(found)[k - 1]
            bound = int(segment.published[last + span.start])
        stop, at_once = start, AT_ONCE * at_once
    return np.sort(np.concatenate([np.zeros(0, np.int64), *found]))
