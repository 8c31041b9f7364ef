"""A snapshot of the few rows that one question can concern, out of packed rows: ranking sees no difference.

Of a row's words, pairs and names those alone are laid out that the subject or a headline has: nothing else is compared with
them. Lengths, and how rare a term is, are those of the whole archive.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from index.cluster.packed_row import PackedRow
from index.columns import ColumnReader
from index.lexical_segment import LexicalSegment
from index.link_graph import LinkGraph
from index.segment import Segment, in_order
from index.snapshot import Manifest, Snapshot
from index.terms import FIRST_ATTRIBUTE, TermCounts

Hashes = npt.NDArray[np.uint64]

_NO_HASHES = np.zeros(0, np.uint64)


def gathered_snapshot(rows: Sequence[PackedRow], asked: Hashes, manifest: Manifest) -> Snapshot:
    """The rows as a snapshot, which takes them over. `asked`: the terms of what is asked about; the manifest tells of the
    archive."""
    ordered = in_order(list({row.id: row for row in rows}.values()))
    segments: list[Segment] = []
    if ordered:
        full = [row.terms for row in ordered]
        _lay_out(ordered, np.unique(np.concatenate([asked, *(row.headline for row in ordered)])))
        lexical = partial(GatheredTerms, ordered=ordered, full=full, articles=manifest.articles)
        segments = [Segment.in_memory(ordered, lexical)]
    dead = [np.zeros(segment.rows, np.bool_) for segment in segments]
    snapshot = Snapshot(manifest, segments, dead, LinkGraph.between(segments, dead))
    snapshot.lexical.articles = max(1, manifest.articles)
    return snapshot


def _lay_out(rows: Sequence[PackedRow], wanted: Hashes) -> None:
    """Leave the rows with those of their terms alone that are wanted, and all that are no words."""
    hashes = np.concatenate([row.terms.hashes for row in rows])
    counts = np.concatenate([row.terms.counts for row in rows])
    kept = hashes >= FIRST_ATTRIBUTE
    if len(wanted):
        at = np.minimum(wanted.searchsorted(hashes), len(wanted) - 1)
        kept |= wanted[at] == hashes
    ends = np.concatenate([[0], np.cumsum(kept)])[np.cumsum([0, *(len(row.terms.hashes) for row in rows)])].tolist()
    hashes, counts = hashes[kept], counts[kept]
    for row, start, end in zip(rows, ends, ends[1:], strict=False):
        row.terms = TermCounts(hashes[start:end], counts[start:end])


class GatheredTerms(LexicalSegment):
    """The terms of gathered rows, which know how many articles of the whole archive have each."""

    def __init__(
        self,
        columns: ColumnReader,
        rows: int,
        ordered: Sequence[PackedRow],
        full: Sequence[TermCounts],
        articles: int,
    ) -> None:
        super().__init__(columns, rows)
        self.norms = np.stack([row.norms for row in ordered], axis=1)
        self.lengths = np.array([row.length for row in ordered], dtype=np.int32)
        self._full = full
        self._rarities = [row.rarity for row in ordered]
        self._articles = max(1, articles)
        self._looked_at: dict[int, None] = {}
        hashes = np.concatenate([terms.hashes for terms in full])
        rarity = np.concatenate(self._rarities)
        at = np.minimum(np.searchsorted(self.terms, hashes), max(0, len(self.terms) - 1))
        known = self.terms[at] == hashes if len(self.terms) else np.zeros(len(hashes), np.bool_)
        self._rarity = np.zeros(len(self.terms), np.float16)
        self._rarity[at[known]] = rarity[known]

    def terms_of(self, row: int) -> TermCounts:
        self._looked_at[row] = None
        return self._full[row]

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
            if not len(one.hashes):
                continue
            there = np.minimum(np.searchsorted(one.hashes, hashes), len(one.hashes) - 1)
            new = ~present & (one.hashes[there] == hashes)
            found[new] = self._frequencies(self._rarities[row][there[new]])
            present = present | new
        return found

    def _frequencies(self, rarity: npt.NDArray[np.float16]) -> npt.NDArray[np.int64]:
        counts = np.rint(self._articles * np.exp(-rarity.astype(np.float64)))
        frequencies: npt.NDArray[np.int64] = np.maximum(1, counts).astype(np.int64)
        return frequencies
