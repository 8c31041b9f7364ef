"""One segment's terms: which stand in each of its articles, and in which articles each stands; memory-mapped.

Forwards (row → terms) and inverted (term → rows). Nothing here depends on the rest of the archive: how terms are weighed is
told in `index.lexical_index`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.columns import ColumnReader, ColumnWriter, places
from index.terms import MAX_COUNT, Kind, TermCounts, kind_bounds

LOG_COUNT = np.concatenate([[0.0], 1 + np.log(np.arange(1, MAX_COUNT + 1))]).astype(np.float32)
"""1 + ln(count) by count, and 0 for none."""


def write_lexical(
    writer: ColumnWriter, documents: Sequence[TermCounts], titles: Sequence[npt.NDArray[np.uint64]]
) -> None:
    """Write the terms of each row, forwards (row → terms) and inverted (term → rows), and those of its title.

    `terms` (t,) uint64 ascending; `forward_starts` (n + 1,) into `forward_terms` int32 and `forward_counts` uint8;
    `inverted_starts` (t + 1,) into `inverted_rows` int32 and `inverted_counts` uint8; `title_starts` (n + 1,) into
    `title_terms` int32; `norms` (8, n) float32, by kind of term, 1 where a kind is empty; `lengths` (n,) int32, counted
    words. Starts are int32, int64 where they have to be.
    """
    sizes = np.array([len(document.hashes) for document in documents], dtype=np.int64)
    counts = np.concatenate([document.counts for document in documents])
    parts = [_numbered(documents[start : start + AT_ONCE]) for start in range(0, len(documents), AT_ONCE)]
    terms = np.unique(np.concatenate([distinct for distinct, _ in parts]))
    local = np.empty(len(counts), dtype=np.int32)
    norms = np.empty((len(documents), len(Kind)), dtype=np.float32)
    lengths = np.empty(len(documents), dtype=np.int32)
    end = 0
    for number, (distinct, at) in enumerate(parts):
        start, end = end, end + len(at)
        local[start:end] = np.searchsorted(terms, distinct)[at]
        span = slice(number * AT_ONCE, number * AT_ONCE + AT_ONCE)
        kinds = np.searchsorted(kind_bounds(distinct)[1:-1], at, side="right")
        norms[span], lengths[span] = _measured(sizes[span], kinds, counts[start:end])
        parts[number] = (distinct, _NO_ROWS)
    writer.array("terms", terms)
    writer.array("forward_starts", _starts(sizes))
    writer.array("forward_terms", local)
    writer.array("forward_counts", counts)
    writer.array("inverted_starts", _starts(np.bincount(local, minlength=len(terms))))
    order = np.argsort(local, kind="stable")
    writer.array("inverted_counts", counts[order])
    writer.array("inverted_rows", np.repeat(np.arange(len(documents), dtype=np.int32), sizes)[order])
    writer.array("title_starts", _starts(np.array([len(title) for title in titles], dtype=np.int64)))
    writer.array("title_terms", np.searchsorted(terms, np.concatenate([_NO_TERMS, *titles])).astype(np.int32))
    writer.array("norms", norms.T)
    writer.array("lengths", lengths)


AT_ONCE = 16_384
"""So many articles' terms are numbered together: all at once would take four times the memory of what is written."""

_NO_ROWS = np.zeros(0, np.int32)


def _numbered(documents: Sequence[TermCounts]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """The distinct terms of some articles, ascending, and for each of their terms which of these it is."""
    distinct, at = np.unique(np.concatenate([document.hashes for document in documents]), return_inverse=True)
    return distinct, at.astype(np.int32)


def _measured(
    sizes: npt.NDArray[np.int64], kinds: npt.NDArray[np.int64], counts: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Norms (n, 8), 1 where a kind is empty, and lengths (n,) of articles with so many terms, of these kinds and counts."""
    rows = np.repeat(np.arange(len(sizes)), sizes)
    squares = LOG_COUNT[counts].astype(np.float64) ** 2
    norms = np.bincount(rows * len(Kind) + kinds, weights=squares, minlength=len(sizes) * len(Kind)) ** 0.5
    words = kinds == Kind.WORD
    lengths = np.bincount(rows[words], weights=counts[words], minlength=len(sizes))
    return np.where(norms == 0, 1, norms).reshape(-1, len(Kind)), lengths


_NO_TERMS = np.zeros(0, np.uint64)


def _starts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    return places(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


class LexicalSegment:
    """The terms of one segment's rows, memory-mapped."""

    def __init__(self, columns: ColumnReader, rows: int) -> None:
        self.rows = rows
        self.terms = columns.open_array("terms")
        has_titles = columns.has_array("title_starts")  # format 1 had none, and norms by row
        norms = columns.open_array("norms")
        self.norms = norms if has_titles else norms.T
        self.lengths = columns.open_array("lengths")
        self._title: list[npt.NDArray[np.int64]] = [np.zeros(rows + 1, np.int64), np.zeros(0, np.int64)]
        if has_titles:
            self._title = [columns.open_array(f"title_{part}") for part in ("starts", "terms")]
        self._forward = [columns.open_array(f"forward_{part}") for part in ("starts", "terms", "counts")]
        self._inverted = [columns.open_array(f"inverted_{part}") for part in ("starts", "rows", "counts")]

    def terms_of(self, row: int) -> TermCounts:
        """The terms of one article as they were counted."""
        starts, terms, counts = self._forward
        span = slice(starts[row], starts[row + 1])
        return TermCounts(self.terms[terms[span]], counts[span])

    def titles_of(self, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
        """The words of some rows' titles: each word's position in `rows`, and the term's local number, int32, aligned."""
        starts, terms = self._title
        at, ends = _spans(starts, rows)
        return np.repeat(np.arange(len(rows)), np.diff(ends, prepend=0)), terms[at]

    def forward(
        self, rows: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        """Where terms stand in some rows: each place's position in `rows`, the term's in `wanted` (ascending local numbers)
        and its count, all aligned; by row, then by term."""
        starts, terms, counts = self._forward
        at, ends = _spans(starts, rows)
        met, which_term = _met(terms[at], wanted)
        return np.searchsorted(ends, met, side="right"), which_term, counts[at[met]]

    def locate(self, hashes: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Local numbers of terms, and which of them this segment has (the number of the others means nothing)."""
        if not len(self.terms):
            return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.bool_)
        at = np.minimum(np.searchsorted(self.terms, hashes), len(self.terms) - 1)
        return at, self.terms[at] == hashes

    def document_frequency(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """In how many rows each term stands, (t,) int64."""
        at, present = self.locate(hashes)
        frequency = np.zeros(len(hashes), dtype=np.int64)
        frequency[present] = self.frequency_of(at[present])
        return frequency

    def frequency_of(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """In how many rows the terms of these local numbers stand, (t,) int64."""
        starts = self._inverted[0]
        frequency: npt.NDArray[np.int64] = (starts[numbers + 1] - starts[numbers]).astype(np.int64)
        return frequency

    def postings(
        self, numbers: npt.NDArray[np.int64], within: slice | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
        """Every place where the terms of these local numbers stand (`within` a range of rows, where it is given): the term's
        position in `numbers`, the row, the count, all aligned; by term, then by row."""
        starts, rows, counts = self._inverted
        if not len(numbers):
            return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint8)
        spans = [slice(start, stop) for start, stop in zip(starts[numbers], starts[numbers + 1], strict=True)]
        if within is not None and within != slice(0, self.rows):
            bounds = np.array([within.start, within.stop], dtype=rows.dtype)
            cuts = [rows[span].searchsorted(bounds) for span in spans]
            spans = [slice(span.start + at[0], span.start + at[1]) for span, at in zip(spans, cuts, strict=True)]
        sizes = np.array([span.stop - span.start for span in spans])
        return (
            np.repeat(np.arange(len(numbers)), sizes),
            np.concatenate([rows[span] for span in spans]),
            np.concatenate([counts[span] for span in spans]),
        )

    def rows_with(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """The rows in which any of these terms stands, distinct, ascending, int64."""
        at, present = self.locate(hashes)
        return np.unique(self.postings(at[present])[1]).astype(np.int64)


_LOW = (1 << 16) - 1


def _spans(
    starts: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places of these rows' entries in a list that is kept by row, in order; and where each row's end among them."""
    first = starts[rows].astype(np.int64)
    sizes = starts[rows + 1] - first
    ends = np.cumsum(sizes)
    return np.arange(int(sizes.sum())) + np.repeat(first - (ends - sizes), sizes), ends


def _met(
    numbers: npt.NDArray[np.int32], wanted: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where one of the wanted (ascending) stands among numbers, and which it is. Most are told from the wanted by their lower
    bits alone, which is several times quicker than to look each up."""
    if not len(wanted):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    possible = np.zeros(_LOW + 1, dtype=np.bool_)
    possible[wanted & _LOW] = True
    some = np.flatnonzero(possible[numbers & _LOW])
    at = np.minimum(np.searchsorted(wanted, numbers[some]), len(wanted) - 1)
    met = wanted[at] == numbers[some]
    return some[met], at[met]
