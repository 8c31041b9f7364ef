"""The lexical index: which articles share an article's words, word pairs, names, topics and so on, and how much.

Scores are cosines in the vector space of counted terms. A document weighs log-counts and is normalised without inverse
document frequency; the query carries its square (`lnc` with idf on both sides of the product moved to the query, in the
SMART notation of Manning, Raghavan and Schütze, *Introduction to Information Retrieval*, 6.4.3). So nothing stored
depends on the rest of the archive, segments can be added without touching the others, and the score is the same
whichever segments the articles lie in. What else was measured: docs/relevance.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.columns import ColumnReader, ColumnWriter
from index.terms import MAX_COUNT, Kind, TermCounts, kind_bounds

LOG_COUNT = np.concatenate([[0.0], 1 + np.log(np.arange(1, MAX_COUNT + 1))]).astype(np.float32)
"""1 + ln(count) by count, and 0 for none."""


def write_lexical(
    writer: ColumnWriter, documents: Sequence[TermCounts], titles: Sequence[npt.NDArray[np.uint64]]
) -> None:
    """Write the terms of each row, forwards (row → terms) and inverted (term → rows), and those of its title.

    `terms` (t,) uint64 ascending; `forward_starts` (n + 1,) int64 into `forward_terms` int32 and `forward_counts`
    uint8; `inverted_starts` (t + 1,) int64 into `inverted_rows` int32 and `inverted_counts` uint8; `title_starts`
    (n + 1,) int64 into `title_terms` int32; `norms` (8, n) float32, by kind of term, 1 where a kind is empty; `lengths`
    (n,) int32, counted words.
    """
    sizes = np.array([len(document.hashes) for document in documents], dtype=np.int64)
    counts = np.concatenate([document.counts for document in documents])
    terms, local = np.unique(np.concatenate([document.hashes for document in documents]), return_inverse=True)
    local = local.astype(np.int32)
    rows = np.repeat(np.arange(len(documents), dtype=np.int32), sizes)
    order = np.argsort(local, kind="stable")
    squares = LOG_COUNT[counts].astype(np.float64) ** 2
    kinds = np.searchsorted(kind_bounds(terms)[1:-1], local, side="right")
    norms = np.bincount(rows * len(Kind) + kinds, weights=squares, minlength=len(documents) * len(Kind)) ** 0.5
    words = kinds == Kind.WORD
    writer.array("terms", terms)
    writer.array("forward_starts", _starts(sizes))
    writer.array("forward_terms", local)
    writer.array("forward_counts", counts)
    writer.array("inverted_starts", _starts(np.bincount(local, minlength=len(terms))))
    writer.array("inverted_rows", rows[order])
    writer.array("inverted_counts", counts[order])
    writer.array("title_starts", _starts(np.array([len(title) for title in titles], dtype=np.int64)))
    writer.array("title_terms", np.searchsorted(terms, np.concatenate([_NO_TERMS, *titles])).astype(np.int32))
    writer.array("norms", np.where(norms == 0, 1, norms).reshape(-1, len(Kind)).T.astype(np.float32))
    writer.array("lengths", np.bincount(rows[words], weights=counts[words], minlength=len(documents)).astype(np.int32))


_NO_TERMS = np.zeros(0, np.uint64)


def _starts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


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

    def titles_of(self, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
        """The words of some rows' titles: each word's position in `rows`, and the term, aligned."""
        starts, terms = self._title
        sizes = starts[rows + 1] - starts[rows]
        which = np.repeat(np.arange(len(rows)), sizes)
        ends = np.cumsum(sizes)
        at = np.arange(len(which)) - np.repeat(ends - sizes, sizes) + np.repeat(starts[rows], sizes)
        return which, self.terms[terms[at]]

    def locate(self, hashes: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Local numbers of terms, and which of them this segment has (the number of the others means nothing)."""
        if not len(self.terms):
            return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.bool_)
        at = np.minimum(np.searchsorted(self.terms, hashes), len(self.terms) - 1)
        return at, self.terms[at] == hashes

    def document_frequency(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """In how many rows each term stands, (t,) int64."""
        at, present = self.locate(hashes)
        starts = self._inverted[0]
        frequency = np.zeros(len(hashes), dtype=np.int64)
        frequency[present] = starts[at[present] + 1] - starts[at[present]]
        return frequency

    def postings(
        self, hashes: npt.NDArray[np.uint64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
        """Every place where these terms stand: the term's position in `hashes`, the row, the count, all aligned."""
        at, present = self.locate(hashes)
        starts, rows, counts = self._inverted
        which = np.flatnonzero(present)
        if not len(which):
            return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint8)
        spans = [slice(int(starts[term]), int(starts[term + 1])) for term in at[which]]
        sizes = [span.stop - span.start for span in spans]
        return (
            np.repeat(which, sizes),
            np.concatenate([rows[span] for span in spans]),
            np.concatenate([counts[span] for span in spans]),
        )


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """Terms to look for: `hashes` (t,) uint64 ascending, `weights` (t,) float32 of length 1 within each kind, and
    `tf_idf` (t,) float32, (1 + ln count) · idf."""

    hashes: npt.NDArray[np.uint64]
    weights: npt.NDArray[np.float32]
    tf_idf: npt.NDArray[np.float32]


TermNumbers = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]
"""Distinct terms, ascending, and in how many articles each stands, aligned."""

_NOTHING_GONE: TermNumbers = (np.zeros(0, np.uint64), np.zeros(0, np.int64))


def _terms_gone(segments: Sequence[LexicalSegment], dead: Sequence[npt.NDArray[np.bool_]]) -> TermNumbers:
    gone = [
        segment.terms_of(row).hashes
        for segment, mask in zip(segments, dead, strict=True)
        for row in np.flatnonzero(mask).tolist()
    ]
    terms, counts = np.unique(np.concatenate([_NO_TERMS, *gone]), return_counts=True) if gone else _NOTHING_GONE
    return terms, counts


def _added(known: TermNumbers, more: TermNumbers) -> TermNumbers:
    if not len(more[0]):
        return known
    terms, counts = known[0], known[1].copy()
    at = np.searchsorted(terms, more[0])
    there = at < len(terms)
    there[there] = terms[at[there]] == more[0][there]
    counts[at[there]] += more[1][there]
    return np.insert(terms, at[~there], more[0][~there]), np.insert(counts, at[~there], more[1][~there])


class LexicalIndex:
    """The terms of a snapshot's live articles, over all of its segments.

    `dead[s]` (rows,) bool says which rows of segment `s` are deleted: they are not scored by callers, and count in no
    document frequency, so that a score does not depend on what was deleted. `before` is the same archive earlier: its first
    `shared` segments are the first here, and what was dead in them is dead here, so that only what died since is counted.
    """

    def __init__(
        self,
        segments: Sequence[LexicalSegment],
        dead: Sequence[npt.NDArray[np.bool_]],
        before: "LexicalIndex | None" = None,
        shared: int = 0,
    ) -> None:
        self._segments = segments
        self._dead = dead
        self.articles = int(sum(segment.rows - mask.sum() for segment, mask in zip(segments, dead, strict=True)))
        self._gone: tuple[TermNumbers, ...]
        if before is None:
            self._gone = (_terms_gone(segments, dead),)
        else:
            since = [now & ~was for now, was in zip(dead[:shared], before._dead, strict=False)]
            newly = _terms_gone(segments[:shared], since)
            known = before._gone[1] if len(before._gone) > 1 else _NOTHING_GONE
            self._gone = (before._gone[0], _added(known, newly), _terms_gone(segments[shared:], dead[shared:]))
        self._last: tuple[bytes, list[npt.NDArray[np.float32]]] | None = None
        self._remembers = False
        lengths = [segment.lengths[~mask] for segment, mask in zip(segments, dead, strict=True)]
        total = sum(int(part.sum(dtype=np.int64)) for part in lengths)
        self.mean_length = total / max(1, self.articles)

    def document_frequency(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """In how many live articles each term stands, (t,) int64."""
        frequency = np.zeros(len(hashes), dtype=np.int64)
        for segment in self._segments:
            frequency += segment.document_frequency(hashes)
        for terms, counts in self._gone:
            if len(terms):
                at = np.minimum(np.searchsorted(terms, hashes), len(terms) - 1)
                frequency -= np.where(terms[at] == hashes, counts[at], 0)
        return frequency

    def query(self, terms: TermCounts) -> QueryTerms:
        """A text's terms as a query: (1 + ln count) · idf², idf = ln(N / df); terms that no article has are left out."""
        frequency = self.document_frequency(terms.hashes)
        known = frequency > 0
        hashes = terms.hashes[known]
        idf = np.log(max(1, self.articles) / frequency[known])
        tf_idf = LOG_COUNT[terms.counts[known]] * idf
        weights = tf_idf * idf
        bounds = kind_bounds(hashes)
        for kind in Kind:
            span = slice(bounds[kind], bounds[kind + 1])
            length = np.linalg.norm(weights[span])
            if length > 0:
                weights[span] /= length
        return QueryTerms(hashes, weights.astype(np.float32), tf_idf.astype(np.float32))

    def scores(self, query: QueryTerms) -> list[npt.NDArray[np.float32]]:
        """How alike each row is, an (8, rows) float32 array for each segment, 0 to 1 by kind of term, higher is closer."""
        if not self._remembers:
            return [self._segment_scores(segment, query) for segment in self._segments]
        key, last = query.hashes.tobytes() + query.weights.tobytes(), self._last
        if last is None or last[0] != key:
            self._last = last = (key, [self._segment_scores(segment, query) for segment in self._segments])
        return last[1]

    def remember_last(self) -> None:
        """Keep the last query's scores from now on, for one who asks several questions about each of several articles; they
        are as large as the archive, which is too much to keep for readers' questions."""
        self._remembers = True

    @staticmethod
    def _segment_scores(segment: LexicalSegment, query: QueryTerms) -> npt.NDArray[np.float32]:
        which, rows, counts = segment.postings(query.hashes)
        values = query.weights[which] * LOG_COUNT[counts]
        cuts = np.searchsorted(which, kind_bounds(query.hashes))
        scores = np.zeros((len(Kind), segment.rows), dtype=np.float32)
        for kind in range(min(len(Kind), len(segment.norms))):
            span = slice(cuts[kind], cuts[kind + 1])
            if span.start < span.stop:
                scores[kind] = np.bincount(rows[span], values[span], segment.rows) / segment.norms[kind]
        return scores

    def title_scores(self, query: QueryTerms, segment: int, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How much of a text speaks of these rows' titles, (n,) float32, 0 to 1: the cosine between the text's words and
        the title's alone, both by tf·idf (`ltc.ntc` in the notation above)."""
        which, terms = self._segments[segment].titles_of(rows)
        distinct, inverse = np.unique(terms, return_inverse=True)
        idf = np.log(max(1, self.articles) / np.maximum(1, self.document_frequency(distinct)))[inverse]
        words = slice(*kind_bounds(query.hashes)[[Kind.WORD, Kind.WORD + 1]])
        hashes, tf_idf = query.hashes[words], query.tf_idf[words]
        at = np.minimum(np.searchsorted(hashes, terms), max(0, len(hashes) - 1))
        shared = hashes[at] == terms if len(hashes) else np.zeros(len(terms), np.bool_)
        gains = np.bincount(which[shared], tf_idf[at[shared]] * idf[shared], len(rows))
        lengths = np.bincount(which, idf**2, len(rows)) ** 0.5 * np.linalg.norm(tf_idf)
        return np.divide(gains, lengths, out=np.zeros(len(rows)), where=lengths > 0).astype(np.float32)
