"""What editors' earlier links say: articles like the subject, and what they link to."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from index.article import unix_seconds
from index.greatest import greatest
from index.segment import UNDATED
from index.snapshot import Snapshot
from index.term_scores import TermScores
from index.terms import Kind
from recommender.subject import Subject

NEIGHBOURS = 50
"""How many of the likest linking articles pass their links on (10, 20 and 50 differ by less than noise)."""

CONSIDERED = 200
"""How many of those that share most terms are compared by meaning, besides the likest articles of all."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counting:
    """Which articles' links count at all: those of articles published by a moment (and before another, where that is given),
    but for the subject's own and its copies', for its own links are what a ranking is to find."""

    snapshot: Snapshot
    by: int
    before: int | None
    own: int | None
    copy_key: np.uint64 | None
    """The first half of the subject's."""

    @classmethod
    def of(cls, snapshot: Snapshot, subject: Subject, now: datetime, before: datetime | None) -> "Counting":
        """Those that count for a subject."""
        own, key = snapshot.row_of_id(subject.id), subject.copy_key
        if own is not None:
            key = snapshot.take("copy_key", np.array([own])).tobytes()
        first = None if key is None else np.frombuffer(key, dtype=np.uint64)[0]
        return cls(snapshot, unix_seconds(now), None if before is None else unix_seconds(before), own, first)

    def holds(self, number: int, local: Rows) -> npt.NDArray[np.bool_]:
        """Which of these rows of one segment link to any other, and count, (n,) bool."""
        kept: npt.NDArray[np.bool_] = self.snapshot.linking[number][local]
        some = local[kept]
        kept[kept] = self._dated(number, some)
        return kept

    def _dated(self, number: int, local: Rows) -> npt.NDArray[np.bool_]:
        segment = self.snapshot.segments[number]
        published = segment.published[local]
        kept: npt.NDArray[np.bool_] = published <= self.by
        if self.before is not None:
            kept &= (published < self.before) & (published != UNDATED)
        if self.own is not None:
            kept &= local + int(self.snapshot.starts[number]) != self.own
        if self.copy_key is not None:
            kept &= segment.copy_key[local, 0] != self.copy_key
        return kept

    def among(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which of these rows count, (n,) bool."""
        kept = np.zeros(len(rows), dtype=np.bool_)
        for number, mine, local in self.snapshot.by_segment(rows):
            kept[mine] = self.holds(number, local)
        return kept


@dataclass(frozen=True, slots=True)
class Linkers:
    """The articles whose links count, and how alike the subject the likest of them are.

    `rows` (m,) int64 ascending, the `NEIGHBOURS` likest; `likeness` (m,) float64: the mean of meaning, words and pairs, each
    relative to the likest article of all (so about 1 for one as like as that), squared so that the likest count most;
    `by_author` int64 ascending, those that share an author with the subject.
    """

    counting: Counting
    rows: Rows
    likeness: npt.NDArray[np.float64]
    by_author: Rows

    def targets(self) -> Rows:
        """What the likest of them link to, best first: distinct rows, whether or not they may be suggested."""
        near = np.flatnonzero(self.likeness)
        which, targets = self.counting.snapshot.links.from_rows(self.rows[near])
        distinct, at = np.unique(targets, return_inverse=True)
        strength = np.bincount(at, self.likeness[near][which], len(distinct))
        return distinct[np.argsort(-strength, kind="stable")]

    def of(self, rows: Rows) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """For each of these rows the likeness of those that link to it, summed; how many do; how many by the same author."""
        which, sources = self.counting.snapshot.links.to_rows(rows)
        counts = self.counting.among(sources)
        which, sources = which[counts], sources[counts]
        near = np.minimum(np.searchsorted(self.rows, sources), max(0, len(self.rows) - 1))
        likeness = np.zeros(len(sources))
        if len(self.rows):
            likeness = np.where(self.rows[near] == sources, self.likeness[near], 0)
        linked, popular, by_author = (
            np.bincount(which, weights, len(rows)).astype(np.float64)
            for weights in (likeness, np.ones(len(which)), np.isin(sources, self.by_author))
        )
        return linked, popular, by_author


def find_linkers(
    snapshot: Snapshot,
    subject: Subject,
    terms: TermScores,
    likest: Rows,
    now: datetime,
    before: datetime | None,
) -> Linkers:
    """The articles published by `now` (and before `before`, where that is given) that link to others; never the subject
    itself nor a copy of it. How alike they are is reckoned against `likest`, the rows most like the subject, so that links
    of articles that are little like it say little."""
    counting = Counting.of(snapshot, subject, now, before)
    best_words, best_pairs = terms.at(likest, (Kind.WORD, Kind.PAIR))
    weights = {Kind.WORD: _share_of(best_words), Kind.PAIR: _share_of(best_pairs)}
    rows = np.union1d(terms.likely(CONSIDERED, counting.holds), likest[counting.among(likest)])
    likeness = np.zeros(len(rows))
    if len(rows):
        words, pairs = terms.at(rows, (Kind.WORD, Kind.PAIR))
        near = snapshot.vectors_at(rows) @ subject.vector
        nearest = snapshot.vectors_at(likest) @ subject.vector if len(likest) else near
        shared = np.maximum(words, 0) * weights[Kind.WORD] + np.maximum(pairs, 0) * weights[Kind.PAIR]
        mixed = (shared + np.maximum(near, 0) * _share_of(nearest)) / 3
        some = greatest(mixed, NEIGHBOURS)
        rows, likeness = rows[some], mixed[some].astype(np.float64) ** 2
    by_author = terms.carrying(Kind.AUTHOR, counting.holds) if subject.authors else np.zeros(0, np.int64)
    return Linkers(counting, rows, likeness, by_author)


def _share_of(values: npt.NDArray[np.float32]) -> float:
    """What makes likeness a share of the greatest of these; 0 where that is none."""
    greatest_of = float(values.max(initial=np.float32(0)))
    return 1 / greatest_of if greatest_of > 0 else 0.0
