"""A snapshot of the few rows that one question can concern, out of packed rows: ranking sees no difference.

Of a row's words, pairs and names those alone are laid out that the subject or a headline has: nothing else is compared with
them. Lengths, and how rare a term is, are those of the whole archive.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from index.cluster.packed_row import PackedRow
from index.columns import ColumnReader
from index.lexical_segment import LexicalSegment
from index.link_graph import LinkGraph
from index.segment import Segment, in_order
from index.snapshot import Manifest, Snapshot
from index.terms import Kind, TermCounts, kind_bounds

Hashes = npt.NDArray[np.uint64]

_NO_HASHES = np.zeros(0, np.uint64)


def gathered_snapshot(rows: Sequence[PackedRow], asked: Hashes, manifest: Manifest) -> Snapshot:
    """The rows as a snapshot. `asked`: the terms of what is asked about, ascending; the manifest tells of the archive."""
    ordered = in_order(list({row.id: row for row in rows}.values()))
    segments: list[Segment] = []
    if ordered:
        wanted = np.unique(np.concatenate([asked, *(row.headline for row in ordered)]))
        lexical = partial(GatheredTerms, full=ordered, articles=manifest.articles)
        segments = [Segment.in_memory([_with_some(row, wanted) for row in ordered], lexical)]
    dead = [np.zeros(segment.rows, np.bool_) for segment in segments]
    snapshot = Snapshot(manifest, segments, dead, LinkGraph.between(segments, dead))
    snapshot.lexical.articles = max(1, manifest.articles)
    return snapshot


def _with_some(row: PackedRow, wanted: Hashes) -> PackedRow:
    """The row with those of its terms alone that are wanted, and all that are no words."""
    hashes = row.terms.hashes
    at = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
    kept = wanted[at] == hashes if len(wanted) else np.zeros(len(hashes), np.bool_)
    kept[kind_bounds(hashes)[Kind.TOPIC] :] = True
    return replace(row, terms=TermCounts(hashes[kept], row.terms.counts[kept]), rarity=row.rarity[kept])


class GatheredTerms(LexicalSegment):
    """The terms of gathered rows, which know how many articles of the whole archive have each."""

    def __init__(self, columns: ColumnReader, rows: int, full: Sequence[PackedRow], articles: int) -> None:
        super().__init__(columns, rows)
        self.norms = np.stack([row.norms for row in full], axis=1)
        self.lengths = np.array([row.length for row in full], dtype=np.int32)
        self._full = full
        self._articles = max(1, articles)
        self._looked_at: dict[int, None] = {}
        hashes = np.concatenate([row.terms.hashes for row in full])
        rarity = np.concatenate([row.rarity for row in full])
        at = np.minimum(np.searchsorted(self.terms, hashes), max(0, len(self.terms) - 1))
        known = self.terms[at] == hashes if len(self.terms) else np.zeros(len(hashes), np.bool_)
        self._rarity = np.zeros(len(self.terms), np.float16)
        self._rarity[at[known]] = rarity[known]

    def terms_of(self, row: int) -> TermCounts:
        self._looked_at[row] = None
        return self._full[row].terms

    def frequency_of(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return self._frequencies(self._rarity[numbers])

    def document_frequency(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """In how many articles terms stand: of those that are laid out, and of all in rows whose terms were asked for."""
        at, present = self.locate(hashes)
        found = np.zeros(len(hashes), dtype=np.int64)
        found[present] = self.frequency_of(at[present])
        for row in list(self._looked_at):
            if present.all():
                break
            one = self._full[row]
            if not len(one.terms.hashes):
                continue
            there = np.minimum(np.searchsorted(one.terms.hashes, hashes), len(one.terms.hashes) - 1)
            new = ~present & (one.terms.hashes[there] == hashes)
            found[new] = self._frequencies(one.rarity[there[new]])
            present = present | new
        return found

    def _frequencies(self, rarity: npt.NDArray[np.float16]) -> npt.NDArray[np.int64]:
        counts = np.rint(self._articles * np.exp(-rarity.astype(np.float64)))
        frequencies: npt.NDArray[np.int64] = np.maximum(1, counts).astype(np.int64)
        return frequencies
