"""Which rows of a snapshot share an article's terms, and which are the newest: candidates besides those by meaning.

All under the same exact filters as the vector index. Rows are numbers over the whole snapshot, int64.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.eligible import Eligible
from index.lexical_index import QueryTerms
from index.segment import UNDATED, Segment
from index.snapshot import Snapshot
from index.terms import Kind

Rows = npt.NDArray[np.int64]


TIES = 500
"""So many pieces of one moment are put in the order of their ids; an archive without dates has no newest."""


class TermScores:
    """How much every article of a snapshot shares with a query, by kind of term."""

    def __init__(self, snapshot: Snapshot, query: QueryTerms) -> None:
        self._snapshot = snapshot
        self._query = query
        self._scores = snapshot.lexical.scores(query)

    def at(self, rows: Rows, kinds: Sequence[Kind] = tuple(Kind)) -> npt.NDArray[np.float32]:
        """The scores of these rows, (kinds, n) float32, 0 to 1, higher is closer."""
        found = np.zeros((len(kinds), len(rows)), dtype=np.float32)
        for number, mask, local in self._snapshot.by_segment(rows):
            for place, kind in enumerate(kinds):
                found[place, mask] = self._scores[number][kind, local]
        return found

    def at_linking(self, kinds: Sequence[Kind]) -> npt.NDArray[np.float32]:
        """The scores of the snapshot's linking rows, (kinds, m) float32, aligned with them."""
        found = np.empty((len(kinds), len(self._snapshot.linking_rows)), dtype=np.float32)
        start = 0
        for number, local in self._snapshot.linking_parts:
            for place, kind in enumerate(kinds):
                np.take(self._scores[number][kind], local, out=found[place, start : start + len(local)], mode="clip")
            start += len(local)
        return found

    def titles_at(self, rows: Rows) -> npt.NDArray[np.float32]:
        """How much the query speaks of these rows' titles, (n,) float32, 0 to 1, higher is more."""
        found = np.zeros(len(rows), dtype=np.float32)
        for number, mask, local in self._snapshot.by_segment(rows):
            found[mask] = self._snapshot.lexical.title_scores(self._query, number, local)
        return found

    def best(self, k: int, eligible: Eligible, weights: Mapping[Kind, float]) -> Rows:
        """The `k` eligible rows that share most by the weighted sum of the kinds, best first; none that shares nothing."""

        def weighted(number: int, _: Segment, span: slice) -> npt.NDArray[np.float32]:
            scores = self._scores[number]
            total = np.zeros(span.stop - span.start, dtype=np.float32)
            for kind, weight in weights.items():
                if weight:
                    total += np.float32(weight) * scores[kind, span]
            return total

        return _top(self._snapshot, k, eligible, weighted, above=0.0)[0]


def newest(snapshot: Snapshot, k: int, eligible: Eligible) -> Rows:
    """The `k` eligible rows published last, newest first, ties by id; those without a date come after all others. Of more
    than `TIES` that tie at the bound those are taken that stand first in their segments."""
    rows, dates = _top(
        snapshot, k, eligible, lambda _, segment, span: segment.published[span], above=UNDATED - 1, ties=TIES
    )
    order = sorted(range(len(rows)), key=lambda at: (-int(dates[at]), snapshot.id_of(int(rows[at]))))
    return rows[order[:k]]


def _top(
    snapshot: Snapshot,
    k: int,
    eligible: Eligible,
    values_of: Callable[[int, Segment, slice], npt.NDArray[Any]],
    above: float,
    ties: int = 0,
) -> tuple[Rows, npt.NDArray[Any]]:
    """The `k` eligible rows of the highest values above a bound and those values, highest first, ties by row.

    Where more rows of one segment tie at the k-th value than there are places, those that stand first in it are taken, or
    with `ties` all of them, up to so many, beyond the `k`.
    """
    rows, values = [np.zeros(0, np.int64)], []
    for number, (segment, span, kept) in enumerate(zip(snapshot.segments, eligible.spans, eligible.masks, strict=True)):
        found = values_of(number, segment, span)
        local = np.flatnonzero(kept & (found > above))
        if len(local) > k:
            bound = np.partition(found[local], len(local) - k)[len(local) - k]
            over, tied = local[found[local] > bound], local[found[local] == bound]
            local = np.sort(np.concatenate([over, tied[: max(ties, k - len(over))]]))
        rows.append(local + int(snapshot.starts[number]) + span.start)
        values.append(found[local])
    every = np.concatenate(values) if values else np.zeros(0)
    best = np.lexsort((-every,))[: None if ties else k]
    return np.concatenate(rows)[best], every[best]
