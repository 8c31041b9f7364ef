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
        return _top(self._snapshot, k, keep, lambda number, _, span: weighted[number][span], above=0.0)[0]


def newest(snapshot: Snapshot, k: int, keep: Filter) -> Rows:
    """The `k` eligible rows published last, newest first, ties by id; those without a date come after all others."""
    rows, dates = _top(snapshot, k, keep, lambda _, segment, span: segment.published[span], above=UNDATED - 1)
    order = sorted(range(len(rows)), key=lambda at: (-int(dates[at]), snapshot.id_of(int(rows[at]))))
    return rows[order]


def _top(
    snapshot: Snapshot,
    k: int,
    keep: Filter,
    values_of: Callable[[int, Segment, slice], npt.NDArray[Any]],
    above: float,
) -> tuple[Rows, npt.NDArray[Any]]:
    """The `k` eligible rows of the highest values above a bound and those values, highest first, ties by row.

    Where more rows of one segment tie at the k-th value than there are places, those that stand first in it are taken.
    """
    rows, values = [np.zeros(0, np.int64)], []
    for number, (segment, dead) in enumerate(zip(snapshot.segments, snapshot.dead, strict=True)):
        span, kept = segment.eligible(keep)
        found = values_of(number, segment, span)
        local = np.flatnonzero(kept & ~dead[span] & (found > above))
        if len(local) > k:
            bound = np.partition(found[local], len(local) - k)[len(local) - k]
            over, ties = local[found[local] > bound], local[found[local] == bound]
            local = np.sort(np.concatenate([over, ties[: k - len(over)]]))
        rows.append(local + int(snapshot.starts[number]) + span.start)
        values.append(found[local])
    every = np.concatenate(values) if values else np.zeros(0)
    best = np.lexsort((-every,))[:k]
    return np.concatenate(rows)[best], every[best]
