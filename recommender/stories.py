"""Which articles tell the same story: one news event, whoever reports it and however it goes on."""

from datetime import datetime

import numpy as np
import numpy.typing as npt

from index.lexical_segment import LOG_COUNT
from index.segment import UNDATED
from index.snapshot import Snapshot
from index.terms import Kind, TermCounts, kind_bounds
from recommender.subject import Subject

ALIKE = 0.3
"""Cosine of two articles' words, both weighted by tf·idf, from which on they tell one story. Measured on annotated news
events: 3 % of the pairs about another event of the same kind reach it, and half of those about the same event do."""

DAYS = 30
"""Further apart than this they are two events; an article without a date is in no story."""

Words = tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64]]


class Stories:
    """Compares articles of one snapshot, and a subject with them; looks at each article's words once."""

    def __init__(self, snapshot: Snapshot, subject: Subject) -> None:
        self._snapshot = snapshot
        self._subject = self._weigh(subject.terms)
        self._subject_at = subject.published_at
        self._words: dict[int, Words] = {}

    def is_own(self, row: int, published: int) -> bool:
        """Whether a piece, published at that Unix time, tells the subject's own story."""
        if self._subject_at is None or not _near(published, int(self._subject_at.timestamp())):
            return False
        return _cosine(self._subject, self._of(row)) >= ALIKE

    def same(self, one: int, other: int, published: int, other_published: int) -> bool:
        """Whether two pieces tell the same story."""
        return _near(published, other_published) and _cosine(self._of(one), self._of(other)) >= ALIKE

    def _of(self, row: int) -> Words:
        if row not in self._words:
            segment, local = self._snapshot.place(row)
            self._words[row] = self._weigh(segment.lexical.terms_of(local))
        return self._words[row]

    def _weigh(self, terms: TermCounts) -> Words:
        """The words with (1 + ln count) · idf, of length 1."""
        words = slice(*kind_bounds(terms.hashes)[[Kind.WORD, Kind.WORD + 1]])
        hashes = np.asarray(terms.hashes[words])
        lexical = self._snapshot.lexical
        idf = np.log(max(1, lexical.articles) / np.maximum(1, lexical.document_frequency(hashes)))
        weights = LOG_COUNT[terms.counts[words]] * idf
        return hashes, (weights / (float(np.linalg.norm(weights)) or 1.0)).astype(np.float64)


def follows(subject: datetime | None, published: int) -> bool:
    """Whether a piece came after the subject."""
    return subject is not None and published != UNDATED and published > subject.timestamp()


def _near(one: int, other: int) -> bool:
    return UNDATED not in (one, other) and abs(one - other) <= DAYS * 86_400


def _cosine(one: Words, other: Words) -> float:
    _, at, there = np.intersect1d(one[0], other[0], assume_unique=True, return_indices=True)
    return float(one[1][at] @ other[1][there])
