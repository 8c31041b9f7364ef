"""Which rows of a snapshot a filter keeps, worked out once for all the searches of one question."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.segment import Segment
from index.vector_index import Filter


@dataclass(frozen=True, slots=True)
class Eligible:
    """For each segment the range of rows that may hold eligible ones, and a mask over that range; none is deleted.

    `starts` (segments + 1,) int64: the snapshot's row number at which each segment begins.
    """

    spans: tuple[slice, ...]
    masks: tuple[npt.NDArray[np.bool_], ...]
    starts: npt.NDArray[np.int64]

    @classmethod
    def under(cls, keep: Filter, segments: Sequence[Segment], dead: Sequence[npt.NDArray[np.bool_]]) -> "Eligible":
        """The live rows of these segments that a filter keeps."""
        spans: list[slice] = []
        masks: list[npt.NDArray[np.bool_]] = []
        for segment, gone in zip(segments, dead, strict=True):
            span, kept = segment.eligible(keep)
            spans.append(span)
            masks.append(np.greater(kept, gone[span], out=kept))
        starts = np.concatenate([[0], np.cumsum([segment.rows for segment in segments])]).astype(np.int64)
        if keep.excluded_rows:
            rows = np.array(keep.excluded_rows, dtype=np.int64)
            for span, kept, start in zip(spans, masks, starts, strict=False):
                local = rows - int(start) - span.start
                kept[local[(local >= 0) & (local < len(kept))]] = False
        return cls(tuple(spans), tuple(masks), starts)

    def holds(self, number: int, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of these rows of one segment are eligible, (n,) bool."""
        span, mask = self.spans[number], self.masks[number]
        inside: npt.NDArray[np.bool_] = (rows >= span.start) & (rows < span.stop)
        inside[inside] = mask[rows[inside] - span.start]
        return inside

    def only(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Those of these rows that are eligible, in their order."""
        numbers = np.searchsorted(self.starts, rows, side="right") - 1
        kept = np.zeros(len(rows), dtype=np.bool_)
        for number in np.unique(numbers):
            mine = numbers == number
            kept[mine] = self.holds(number, rows[mine] - self.starts[number])
        return rows[kept]
