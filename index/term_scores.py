"""Which articles of a snapshot share an article's terms, and how much.

Most of what an article shares with the others, by weight, is in its rare terms, and most of what would have to be looked at
is in its common ones. So the likest are looked for by the strongest terms alone, as far as those stand in few enough places,
and what that finds is scored by all of them: a score is always exact, and that the best are found is measured
(docs/performance.md). An archive so small that all places are few is searched exhaustively.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from index.greatest import greatest
from index.snapshot import Snapshot
from index.terms import Kind, TermCounts

Rows = npt.NDArray[np.int64]

Keeps = Callable[[int, Rows], npt.NDArray[np.bool_]]
"""Which of these rows of the segment of that number may be found, (n,) bool."""

BY_TERMS: Mapping[Kind, float] = MappingProxyType({Kind.WORD: 1.0, Kind.PAIR: 0.5, Kind.NAME: 0.2})
"""How much each kind of term counts in what two articles share."""

PLACES = 60_000
"""In so many places of the archive at most the strongest terms stand by which the likest are looked for …"""

ARTICLES_A_PLACE = 5
"""… or in one for so many articles, where that is more."""

SPARE = 2
"""For each article that is wanted so many of the likest are scored by all terms, …"""
SPARE_AT_LEAST = 100
"""… and at least so many."""

TOP = 4_000
"""So many of the likest are looked at first: mostly enough of them may be found."""


class TermScores:
    """How much the articles of a snapshot share with a text, by kind of term."""

    def __init__(self, snapshot: Snapshot, terms: TermCounts) -> None:
        self.terms = terms
        self._snapshot = snapshot
        self._query = snapshot.lexical.query(terms)
        self._found: dict[tuple[tuple[int, int], ...], _Found] = {}
        self._scored = (np.zeros(0, np.int64), np.zeros((len(Kind), 0), np.float32))
        """Rows that were scored already, ascending, and their scores."""

    def at(self, rows: Rows, kinds: Sequence[Kind] = tuple(Kind)) -> npt.NDArray[np.float32]:
        """The scores of these rows, (kinds, n) float32, 0 to 1, higher is closer."""
        known, scores = self._scored
        at = np.searchsorted(known, rows)
        new = np.ones(len(rows), dtype=np.bool_)
        inside = at < len(known)
        new[inside] = known[at[inside]] != rows[inside]
        if new.any():
            more = np.unique(rows[new])
            places = np.searchsorted(known, more)
            known = np.insert(known, places, more)
            scores = np.insert(scores, places, self._score(more), axis=1)
            self._scored = (known, scores)
            at = np.searchsorted(known, rows)
        return scores[:, at] if len(kinds) == len(Kind) else scores[np.array(kinds)[:, None], at]

    def _score(self, rows: Rows) -> npt.NDArray[np.float32]:
        found = np.zeros((len(Kind), len(rows)), dtype=np.float32)
        for number, mine, local in self._snapshot.by_segment(rows):
            found[:, mine] = self._snapshot.lexical.scores_at(self._query, number, local)
        return found

    def titles_at(self, rows: Rows) -> npt.NDArray[np.float32]:
        """How much the text speaks of these rows' titles, (n,) float32, 0 to 1, higher is more."""
        found = np.zeros(len(rows), dtype=np.float32)
        for number, mine, local in self._snapshot.by_segment(rows):
            found[mine] = self._snapshot.lexical.title_scores(self._query, number, local)
        return found

    def best(self, k: int, keeps: Keeps, weights: Mapping[Kind, float], spans: Sequence[slice] | None = None) -> Rows:
        """The `k` rows of those that may be found which share most by the weighted sum of the kinds, best first, ties by row;
        none that shares nothing. None outside of `spans` is looked for, a range of rows for each segment, where they are
        given."""
        rows = self.likely(max(SPARE * k, SPARE_AT_LEAST), keeps, spans)
        kinds = tuple(weights)
        total = np.array([weights[kind] for kind in kinds], dtype=np.float32) @ self.at(rows, kinds)
        rows, total = rows[total > 0], total[total > 0]
        return rows[np.lexsort((rows, -total))[:k]]

    def carrying(self, kind: Kind, keeps: Keeps | None = None) -> Rows:
        """The rows that carry any of the text's terms of one kind (of those that may be found), ascending."""
        hashes = self._query.hashes[self._query.kinds == kind]
        found = [np.zeros(0, np.int64)]
        for number, segment in enumerate(self._snapshot.segments if len(hashes) else ()):
            local = segment.lexical.rows_with(hashes)
            local = local if keeps is None else local[keeps(number, local)]
            found.append(local + int(self._snapshot.starts[number]))
        return np.concatenate(found)

    def likely(self, k: int, keeps: Keeps, spans: Sequence[slice] | None = None) -> Rows:
        """The `k` rows of those that may be found that share most by the strongest terms alone, ascending."""
        spans = spans or [slice(0, segment.rows) for segment in self._snapshot.segments]
        key = tuple((span.start, span.stop) for span in spans)
        if key not in self._found:
            places = max(PLACES, len(self._snapshot) // ARTICLES_A_PLACE)
            self._found[key] = _Found.of(self._snapshot.lexical.likely(self._query, BY_TERMS, places, spans))
        found, kept = self._found[key], np.zeros(0, np.int64)
        for some in (found.top, np.arange(len(found.local))):
            kept = some[found.kept(some, keeps)]
            if len(kept) >= k:
                break
        best = kept[greatest(found.values[kept], k)]
        return found.local[best] + self._snapshot.starts[found.numbers[best]]


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows that share any of the strongest terms, by segment and row: the number of each one's segment, its row there, what it
    shares, all aligned; and where the `TOP` stand that share most, ascending."""

    numbers: npt.NDArray[np.int64]
    local: Rows
    values: npt.NDArray[np.float32]
    top: npt.NDArray[np.int64]

    @classmethod
    def of(cls, parts: Sequence[tuple[Rows, npt.NDArray[np.float32]]]) -> "_Found":
        numbers = np.repeat(np.arange(len(parts)), [len(rows) for rows, _ in parts])
        rows = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in parts)])
        values = np.concatenate([np.zeros(0, np.float32), *(values for _, values in parts)])
        return cls(numbers, rows, values, greatest(values, TOP))

    def kept(self, some: npt.NDArray[np.int64], keeps: Keeps) -> npt.NDArray[np.bool_]:
        """Which of these may be found; `some` ascends."""
        kept = np.zeros(len(some), dtype=np.bool_)
        numbers, rows = self.numbers[some], self.local[some]
        for number in np.flatnonzero(np.bincount(numbers)).tolist():
            span = slice(*np.searchsorted(numbers, [number, number + 1]))
            kept[span] = keeps(number, rows[span])
        return kept


def term_scores(snapshot: Snapshot, terms: TermCounts) -> TermScores:
    """What is shared with a text of these terms. The last one that was asked about is remembered, for most are asked about for
    several lists in a row."""
    last = snapshot.asked
    if isinstance(last, TermScores) and _same(last.terms, terms):
        return last
    scores = TermScores(snapshot, terms)
    snapshot.asked = scores
    return scores


def _same(one: TermCounts, other: TermCounts) -> bool:
    return np.array_equal(one.hashes, other.hashes) and np.array_equal(one.counts, other.counts)
