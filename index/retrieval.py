"""Which rows of a snapshot share an article's terms, and which are the newest: candidates besides those by meaning.

All under the same exact filters as the vector index. Rows are numbers over the whole snapshot, int64.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.lexical_index import QueryTerms
from index.segment import UNDATED, Segment
from index.snapshot import Snapshot
from index.vector_index import Filter

Rows = npt.NDArray[np.int64]


class TermScores:
    """How much every article of a snapshot shares with a query, by kind of term."""

    def __init__(self, snapshot: Snapshot, query: QueryTerms) -> None:
        self._snapshot = snapshot
        self._scores = snapshot.lexical.scores(query)

    def at(self, rows: Rows) -> npt.NDArray[np.float32]:
        """The scores of these rows, (n, 3) float32 by kind of term, 0 to 1, higher is closer."""
        found = np.zeros((len(rows), 3), dtype=np.float32)
        numbers = np.searchsorted(self._snapshot.starts, rows, side="right") - 1
        for number in np.unique(numbers):
            mask = numbers == number
            found[mask] = self._scores[number][rows[mask] - self._snapshot.starts[number]]
        return found

    def best(self, k: int, keep: Filter, weights: Sequence[float]) -> Rows:
        """The `k` eligible rows that share most by the weighted sum of the kinds, best first; none that shares nothing."""
        weighted = [scores @ np.array(weights, dtype=np.float32) for scores in self._scores]
        return _top(self._snapshot, k, keep, lambda number, _, span: weighted[number][span], above=0.0)


def newest(snapshot: Snapshot, k: int, keep: Filter) -> Rows:
    """The `k` eligible rows published last, newest first; those without a date come after all others."""
    return _top(snapshot, k, keep, lambda _, segment, span: segment.published[span], above=UNDATED - 1)


def _top(
    snapshot: Snapshot,
    k: int,
    keep: Filter,
    values_of: Callable[[int, Segment, slice], npt.NDArray[Any]],
    above: float,
) -> Rows:
    """The `k` eligible rows of the highest values above a bound, highest first, ties by id.

    Where more rows of one segment tie at the k-th value than there are places, those that stand first in it are taken.
    """
    found: list[tuple[float, str, int]] = []
    for number, (segment, dead) in enumerate(zip(snapshot.segments, snapshot.dead, strict=True)):
        span, kept = segment.eligible(keep)
        values = values_of(number, segment, span)
        local = np.flatnonzero(kept & ~dead[span] & (values > above))
        if len(local) > k:
            local = local[np.argsort(-values[local].astype(np.float64), kind="stable")[:k]]
        start = int(snapshot.starts[number]) + span.start
        for row in local:
            found.append((-values[row].item(), segment.ids[span.start + int(row)].decode(), start + int(row)))
    found.sort()
    return np.array([row for *_, row in found[:k]], dtype=np.int64)
