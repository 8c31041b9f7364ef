"""What editors' earlier links say: articles like the subject, and what they link to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from index.article import unix_seconds
from index.retrieval import TermScores
from index.segment import UNDATED
from index.snapshot import Snapshot
from index.terms import Kind
from recommender.subject import Subject

NEIGHBOURS = 50
"""How many of the likest linking articles pass their links on (10, 20 and 50 differ by less than noise)."""

CONSIDERED = 200
"""How many are compared by meaning, of those that share most terms."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Linkers:
    """The articles whose links count, and how alike the subject they are.

    `rows` (m,) int64 ascending; `likeness` (m,) float64: the mean of meaning, words and pairs, each relative to the likest
    article of all (so about 1 for one as like as that), squared so that the likest count most, and 0 beyond the
    `NEIGHBOURS` likest; `same_author` (m,) bool.
    """

    snapshot: Snapshot
    rows: Rows
    likeness: npt.NDArray[np.float64]
    same_author: npt.NDArray[np.bool_]

    def targets(self) -> Rows:
        """What the likest of them link to, best first: distinct rows, whether or not they may be suggested."""
        near = np.flatnonzero(self.likeness)
        which, targets = self.snapshot.links.from_rows(self.rows[near])
        distinct, at = np.unique(targets, return_inverse=True)
        strength = np.bincount(at, self.likeness[near][which], len(distinct))
        return distinct[np.argsort(-strength, kind="stable")]

    def of(self, rows: Rows) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """For each of these rows the likeness of those that link to it, summed; how many do; how many by the same author."""
        which, sources = self.snapshot.links.to_rows(rows)
        at = np.searchsorted(self.rows, sources)
        known = at < len(self.rows)
        known[known] = self.rows[at[known]] == sources[known]
        which, at = which[known], at[known]
        linked, popular, by_author = (
            np.bincount(which, weights, len(rows)).astype(np.float64)
            for weights in (self.likeness[at], np.ones(len(at)), self.same_author[at])
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
    itself nor a copy of it, for its own links are what a ranking is to find. How alike they are is reckoned against
    `likest`, the rows most like the subject, so that links of articles that are little like it say little."""
    rows, published = snapshot.linking_rows, snapshot.linking_published
    words, pairs = terms.at_linking((Kind.WORD, Kind.PAIR))
    by_author = terms.at_linking((Kind.AUTHOR,))[0] if subject.authors else np.zeros(len(rows), np.float32)
    kept = published <= unix_seconds(now)
    if before is not None:
        kept &= (published < unix_seconds(before)) & (published != UNDATED)
    own = snapshot.row_of_id(subject.id)
    copy_key = subject.copy_key
    if own is not None:
        kept &= rows != own
        copy_key = snapshot.take("copy_key", np.array([own])).tobytes()
    if copy_key is not None:
        kept &= snapshot.linking_keys != np.frombuffer(copy_key, dtype=np.uint64)[0]
    if not kept.all():
        rows, words, pairs, by_author = rows[kept], words[kept], pairs[kept], by_author[kept]
    best_words, best_pairs = terms.at(likest, (Kind.WORD, Kind.PAIR))
    shared = _relative(words, best_words) + _relative(pairs, best_pairs)
    some = _greatest(shared, CONSIDERED)
    likeness = np.zeros(len(rows))
    if len(some):
        near = snapshot.take("vectors", rows[some]) @ subject.vector
        nearest = snapshot.take("vectors", likest) @ subject.vector if len(likest) else near
        mixed = (shared[some] + _relative(near, nearest)) / 3
        best = _greatest(mixed, NEIGHBOURS)
        likeness[some[best]] = mixed[best].astype(np.float64) ** 2
    return Linkers(snapshot, rows, likeness, by_author > 0)


def _greatest(values: npt.NDArray[Any], k: int) -> Rows:
    """Where the `k` greatest stand, ascending; of those that tie at the bound the first."""
    if len(values) <= k:
        return np.arange(len(values))
    likely = np.flatnonzero(values > values.max() / 4)  # mostly far fewer, and where enough the greatest are among them
    if k < len(likely) < len(values):
        return likely[_greatest(values[likely], k)]
    bound = np.partition(values, len(values) - k)[len(values) - k]
    over = np.flatnonzero(values > bound)
    return np.sort(np.concatenate([over, np.flatnonzero(values == bound)[: k - len(over)]]))


def _relative(values: npt.NDArray[np.float32], to: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Likeness as a share of the greatest of another, 0 where that is none."""
    greatest = to.max(initial=np.float32(0))
    return np.maximum(values, 0) / greatest if greatest > 0 else np.zeros_like(values)
