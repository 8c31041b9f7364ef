"""`FaissIndex`: the vector index of a snapshot's segments, in process, exact under every filter."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from index.eligible import Eligible
from index.rough_vectors import spared
from index.segment import HAS_VECTOR, Segment
from index.segment_vectors import Scanned
from index.vector_index import Filter, Match, check_question


class FaissIndex:
    """Search by FAISS over memory-mapped segments, exact under every filter.

    `search` compares all that a filter keeps: a whole range of rows by a scan of the range, few rows by a scan of those alone,
    and any others by a scan under a bitmap, so that there is nothing to over-fetch. `nearest_rows`, which readers wait for,
    keeps filters as exactly, but compares a large segment's vectors roughly first (`index.rough_vectors`).
    """

    def __init__(self, segments: Sequence[Segment], dead: Sequence[npt.NDArray[np.bool_]]) -> None:
        self._segments = segments
        self._dead = dead
        self._dimension = segments[0].vectors.rows.shape[1] if segments else 0
        self._bare = [_bare_rows(segment) for segment in segments]

    @property
    def dimension(self) -> int:
        return self._dimension

    def count(self) -> int:
        return int(sum(segment.rows - mask.sum() for segment, mask in zip(self._segments, self._dead, strict=True)))

    def get(self, article_id: str) -> npt.NDArray[np.float32] | None:
        for segment, dead in zip(self._segments, self._dead, strict=True):
            row = segment.row_of_id(article_id)
            if row is not None and not dead[row]:
                vector: npt.NDArray[np.float32] = segment.vectors.rows[row].astype(np.float32)
                return vector
        return None

    def search(self, vector: npt.NDArray[np.float32], k: int, keep: Filter) -> list[Match]:
        if not self._segments:
            return []
        found: list[Match] = []
        eligible = Eligible.under(keep, self._segments, self._dead)
        query = self._query(vector, k)
        for segment, span, kept in zip(self._segments, eligible.spans, eligible.masks, strict=True):
            rows, scores = _nearest_with_ties(segment, query, k, span, kept)
            found += [
                Match(segment.ids[int(row)].decode(), float(score)) for row, score in zip(rows, scores, strict=True)
            ]
        return sorted(found, key=lambda match: (-match.score, match.id))[:k]

    def nearest_rows(self, vector: npt.NDArray[np.float32], k: int, eligible: Eligible) -> npt.NDArray[np.int64]:
        """As `search`, for those who go on with rows of the snapshot: (≤ k,) int64, best first, ties by row.

        Rows without a vector, near to nothing, come only after all others, however far from the asked one those are.
        """
        if not self._segments:
            return np.zeros(0, np.int64)
        near, bare = self._part(eligible)
        query = self._query(vector, k)
        found: list[tuple[int, Scanned]] = []
        likely: list[tuple[int, Scanned]] = []
        for number, (segment, span, kept) in enumerate(zip(self._segments, near.spans, near.masks, strict=True)):
            some = segment.vectors.likely(query, k, span, kept)
            if some is None:
                found.append((number, segment.vectors.nearest(query, k, span, kept)))
            else:
                likely.append((number, some))
        found += self._scored(query, k, likely)
        rows = np.concatenate([np.zeros(0, np.int64), *(eligible.starts[number] + part for number, (part, _) in found)])
        scores = np.concatenate([np.zeros(0, np.float32), *(part for _, (_, part) in found)])
        nearest = rows[np.lexsort((rows, -scores))[:k]]
        return np.concatenate([nearest, bare[: k - len(nearest)]]).astype(np.int64)

    def _scored(
        self, query: npt.NDArray[np.float32], k: int, likely: Sequence[tuple[int, Scanned]]
    ) -> Iterator[tuple[int, Scanned]]:
        """The exact scores of those that are likeliest over all segments."""
        rough = np.concatenate([np.zeros(0, np.float32), *(scores for _, (_, scores) in likely)])
        count = spared(k)
        least = -np.inf if len(rough) <= count else np.partition(rough, len(rough) - count)[len(rough) - count]
        for number, (rows, scores) in likely:
            some = rows[scores >= least]
            yield number, (some, self._segments[number].vectors.scores(query, some))

    def _part(self, eligible: Eligible) -> tuple[Eligible, npt.NDArray[np.int64]]:
        """The eligible rows that have a vector, and the numbers of those that have none, ascending."""
        if not any(map(len, self._bare)):
            return eligible, np.zeros(0, np.int64)
        rows = [start + bare for start, bare in zip(eligible.starts, self._bare, strict=False)]
        masks = [mask.copy() for mask in eligible.masks]
        for mask, span, bare in zip(masks, eligible.spans, self._bare, strict=True):
            mask[bare[(bare >= span.start) & (bare < span.stop)] - span.start] = False
        return replace(eligible, masks=tuple(masks)), eligible.only(np.concatenate(rows).astype(np.int64))

    def _query(self, vector: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.float32]:
        check_question(vector, k, self._dimension)
        return np.ascontiguousarray(vector[None, :], dtype=np.float32)


def _bare_rows(segment: Segment) -> npt.NDArray[np.int64]:
    """Rows of a segment whose vector is all zeros, ascending, int64."""
    unmarked = np.flatnonzero((segment.flags & HAS_VECTOR) == 0)
    return unmarked[~segment.vectors.rows[unmarked].any(axis=1)] if len(unmarked) else unmarked


def _nearest_with_ties(
    segment: Segment, query: npt.NDArray[np.float32], k: int, span: slice, kept: npt.NDArray[np.bool_]
) -> Scanned:
    """As `SegmentVectors.nearest`, and beyond the `k` all rows that tie with the last of them, so that their ids can decide."""
    wanted = k + 1
    while True:
        rows, scores = segment.vectors.nearest(query, wanted, span, kept)
        if len(rows) < wanted or scores[-1] < scores[k - 1]:
            return rows, scores
        wanted *= 2
