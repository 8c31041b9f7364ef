"""`FaissIndex`: the vector index of a snapshot's segments, in process, exact under every filter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.eligible import Eligible
from index.segment import HAS_VECTOR, Segment
from index.vector_index import Filter, Match

GATHER_SHARE = 0.25
"""Where a filter keeps a smaller share of its range than this, the kept vectors are copied together and scanned."""

Scanned = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
"""Rows of a segment and their scores, best first."""


class FaissIndex:
    """Exact search by FAISS over memory-mapped segments.

    A filter that keeps a whole range of rows is a range scan, one that keeps few is a scan of those alone, and any other
    a scan under a bitmap: always of exactly the eligible rows, so that there is nothing to over-fetch.
    """

    def __init__(self, segments: Sequence[Segment], dead: Sequence[npt.NDArray[np.bool_]]) -> None:
        self._segments = segments
        self._dead = dead
        self._dimension = segments[0].vectors.shape[1] if segments else 0
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
                vector: npt.NDArray[np.float32] = segment.vectors[row]
                return vector
        return None

    def search(self, vector: npt.NDArray[np.float32], k: int, keep: Filter) -> list[Match]:
        if not self._segments:
            return []
        found: list[Match] = []
        eligible = Eligible.under(keep, self._segments, self._dead)
        for segment, rows, scores in self._nearest(self._query(vector, k), k, eligible, _scan_with_ties):
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
        found = list(self._nearest(self._query(vector, k), k, near, _scan))
        rows = [start + part for start, (_, part, _) in zip(eligible.starts, found, strict=False)]
        scores = np.concatenate([np.zeros(0, np.float32), *(part for *_, part in found)])
        nearest = np.concatenate([np.zeros(0, np.int64), *rows])[np.argsort(-scores, kind="stable")[:k]]
        return np.concatenate([nearest, bare[: k - len(nearest)]]).astype(np.int64)

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
        if vector.shape != (self._dimension,):
            raise ValueError(f"expected a vector of shape ({self._dimension},), got {vector.shape}")
        if not np.isfinite(vector).all():
            raise ValueError("expected a vector of finite numbers, got one with NaN or infinity")
        if k < 1:
            raise ValueError(f"expected k of at least 1, got {k}")
        return np.ascontiguousarray(vector[None, :], dtype=np.float32)

    def _nearest(
        self,
        query: npt.NDArray[np.float32],
        k: int,
        eligible: Eligible,
        scan: Callable[[Segment, npt.NDArray[np.float32], int, slice, npt.NDArray[np.bool_]], Scanned],
    ) -> Iterator[tuple[Segment, npt.NDArray[np.int64], npt.NDArray[np.float32]]]:
        for segment, span, kept in zip(self._segments, eligible.spans, eligible.masks, strict=True):
            yield segment, *scan(segment, query, k, span, kept)


def _bare_rows(segment: Segment) -> npt.NDArray[np.int64]:
    """Rows of a segment whose vector is all zeros, ascending, int64."""
    unmarked = np.flatnonzero((segment.flags & HAS_VECTOR) == 0)
    return unmarked[~segment.vectors[unmarked].any(axis=1)] if len(unmarked) else unmarked


def _scan_with_ties(
    segment: Segment, query: npt.NDArray[np.float32], k: int, span: slice, kept: npt.NDArray[np.bool_]
) -> Scanned:
    """As `_scan`, and beyond the `k` all rows that tie with the last of them, so that their ids can decide."""
    wanted = k + 1
    while True:
        rows, scores = _scan(segment, query, wanted, span, kept)
        if len(rows) < wanted or scores[-1] < scores[k - 1]:
            return rows, scores
        wanted *= 2


def _scan(
    segment: Segment, query: npt.NDArray[np.float32], k: int, span: slice, kept: npt.NDArray[np.bool_]
) -> Scanned:
    """Rows and scores of the nearest kept rows of one segment, best first. FAISS's padding never leaves here."""
    eligible = int(kept.sum())
    if eligible == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    k = min(k, eligible)
    if eligible < GATHER_SHARE * len(kept):
        rows = np.flatnonzero(kept) + span.start
        scores, at = faiss.knn(query, segment.vectors[rows], k, metric=faiss.METRIC_INNER_PRODUCT)
        return rows[at[0]], scores[0]
    if eligible == len(kept):
        selector: Any = faiss.IDSelectorRange(span.start, span.stop)
    else:
        bitmap = np.zeros(segment.rows, dtype=np.bool_)
        bitmap[span] = kept
        selector = faiss.IDSelectorBitmap(np.packbits(bitmap, bitorder="little"))
    scores, at = segment.flat.search(query, k, params=faiss.SearchParameters(sel=selector))
    return at[0], scores[0]
