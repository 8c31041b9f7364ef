"""The lexical index: which articles share an article's words, word pairs, names, topics and so on, and how much.

Scores are cosines in the vector space of counted terms. A document weighs log-counts and is normalised without inverse
document frequency; the query carries its square (`lnc` with idf on both sides of the product moved to the query, in the
SMART notation of Manning, Raghavan and Schütze, *Introduction to Information Retrieval*, 6.4.3). So nothing stored
depends on the rest of the archive, segments can be added without touching the others, and the score is the same
whichever segments the articles lie in. What else was measured: docs/relevance.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.lexical_segment import LOG_COUNT, LexicalSegment
from index.terms import Kind, TermCounts, kind_bounds


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """Terms to look for, as one index knows them: `hashes` (t,) uint64 ascending, their `kinds` (t,) int64, `frequency` (t,)
    int64, in how many live articles each stands, `weights` (t,) float32 of length 1 within each kind, and `tf_idf` (t,)
    float32, (1 + ln count) · idf. `places` says for each segment which of them it has, ascending, and their local numbers,
    aligned."""

    hashes: npt.NDArray[np.uint64]
    kinds: npt.NDArray[np.int64]
    frequency: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    tf_idf: npt.NDArray[np.float32]
    places: tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], ...]


TermNumbers = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]
"""Distinct terms, ascending, and in how many articles each stands, aligned."""

_NO_TERMS = np.zeros(0, np.uint64)
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
        lengths = [segment.lengths[~mask] for segment, mask in zip(segments, dead, strict=True)]
        total = sum(int(part.sum(dtype=np.int64)) for part in lengths)
        self.mean_length = total / max(1, self.articles)

    def document_frequency(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """In how many live articles each term stands, (t,) int64."""
        frequency = np.zeros(len(hashes), dtype=np.int64)
        for segment in self._segments:
            frequency += segment.document_frequency(hashes)
        return frequency - self._frequency_gone(hashes)

    def _frequency_gone(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """In how many dead rows each term stands, (t,) int64."""
        frequency = np.zeros(len(hashes), dtype=np.int64)
        for terms, counts in self._gone:
            if len(terms):
                at = np.minimum(np.searchsorted(terms, hashes), len(terms) - 1)
                frequency += np.where(terms[at] == hashes, counts[at], 0)
        return frequency

    def query(self, terms: TermCounts) -> QueryTerms:
        """A text's terms as a query: (1 + ln count) · idf², idf = ln(N / df); terms that no article has are left out."""
        located = [segment.locate(terms.hashes) for segment in self._segments]
        frequency = -self._frequency_gone(terms.hashes)
        for segment, (at, present) in zip(self._segments, located, strict=True):
            frequency[present] += segment.frequency_of(at[present])
        known = frequency > 0
        hashes, frequency = terms.hashes[known], frequency[known]
        idf = np.log(max(1, self.articles) / frequency)
        tf_idf = LOG_COUNT[terms.counts[known]] * idf
        weights = tf_idf * idf
        bounds = kind_bounds(hashes)
        for kind in Kind:
            span = slice(bounds[kind], bounds[kind + 1])
            length = np.linalg.norm(weights[span])
            if length > 0:
                weights[span] /= length
        kinds = np.repeat(np.arange(len(Kind)), np.diff(bounds))
        places = tuple((np.flatnonzero(present[known]), at[known & present]) for at, present in located)
        return QueryTerms(hashes, kinds, frequency, weights.astype(np.float32), tf_idf.astype(np.float32), places)

    def scores_at(self, query: QueryTerms, number: int, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How alike these rows of one segment are, (8, n) float32, 0 to 1 by kind of term, higher is closer."""
        segment, (which, numbers) = self._segments[number], query.places[number]
        row, at, counts = segment.forward(rows, numbers)
        term = which[at]
        values = query.weights[term] * LOG_COUNT[counts]
        cells = np.bincount(query.kinds[term] * len(rows) + row, values, len(Kind) * len(rows))
        sums: npt.NDArray[np.float64] = cells.astype(np.float64).reshape(len(Kind), -1)
        sums[: len(segment.norms)] /= segment.norms[:, rows]
        return sums.astype(np.float32)

    def likely(
        self, query: QueryTerms, by: Mapping[Kind, float], at_most: int, spans: Sequence[slice] | None = None
    ) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]]:
        """For each segment the rows that share any of the query's strongest terms, ascending, and how alike those terms alone
        make them, aligned, by the weighted sum of these kinds; of rows in a range of each segment, where `spans` gives one.

        As many of the strongest are taken as stand in `at_most` places of the archive, one at least: the rest, which nearly
        every article has, could move few of the likest. Where all are taken, the sums are the scores.
        """
        weight_of = np.array([by.get(kind, 0.0) for kind in Kind], dtype=np.float32)
        strength = weight_of[query.kinds] * query.weights
        order = np.argsort(-strength, kind="stable")[: np.count_nonzero(strength > 0)]
        spans = spans or [slice(0, segment.rows) for segment in self._segments]
        share = sum(span.stop - span.start for span in spans) / max(1, sum(segment.rows for segment in self._segments))
        places = np.cumsum(query.frequency[order]) * share
        some = max(1, int(np.searchsorted(places, at_most, side="right")))
        strongest = np.zeros(len(strength), dtype=np.bool_)
        strongest[order[:some]] = True
        found = []
        for segment, (which, numbers), span in zip(self._segments, query.places, spans, strict=True):
            mine = strongest[which]
            terms = which[mine]
            at, rows, counts = segment.postings(numbers[mine], span)
            values = strength[terms][at] * LOG_COUNT[counts]
            cuts = np.searchsorted(at, np.searchsorted(query.kinds[terms], np.arange(len(Kind) + 1)))
            for kind in range(min(len(Kind), len(segment.norms))):
                part = slice(cuts[kind], cuts[kind + 1])
                values[part] /= segment.norms[kind][rows[part]]
            sums = np.bincount(rows, values)
            shared = np.flatnonzero(sums > 0)
            found.append((shared, sums[shared].astype(np.float32)))
        return found

    def title_scores(self, query: QueryTerms, number: int, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How much of a text speaks of these rows' titles, (n,) float32, 0 to 1: the cosine between the text's words and
        the title's alone, both by tf·idf (`ltc.ntc` in the notation above)."""
        which, terms = self._segments[number].titles_of(rows)
        distinct, inverse = np.unique(terms, return_inverse=True)
        idf = np.log(max(1, self.articles) / np.maximum(1, self._frequency_of(number, distinct)))
        mine, numbers = query.places[number]
        words = query.kinds[mine] == Kind.WORD
        tf_idf, numbers = query.tf_idf[mine[words]], numbers[words]
        length = np.linalg.norm(query.tf_idf[query.kinds == Kind.WORD])
        at = np.minimum(np.searchsorted(numbers, distinct), max(0, len(numbers) - 1))
        shared = numbers[at] == distinct if len(numbers) else np.zeros(len(distinct), np.bool_)
        gain = np.zeros(len(distinct))
        gain[shared] = tf_idf[at[shared]] * idf[shared]
        gains = np.bincount(which, gain[inverse], len(rows))
        lengths = np.bincount(which, (idf**2)[inverse], len(rows)) ** 0.5 * length
        return np.divide(gains, lengths, out=np.zeros(len(rows)), where=lengths > 0).astype(np.float32)

    def _frequency_of(self, number: int, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """In how many live articles terms stand that one segment knows by these local numbers, (t,) int64."""
        own = self._segments[number]
        frequency = own.frequency_of(numbers.astype(np.int64))
        others = [segment for segment in self._segments if segment is not own]
        if others or any(len(terms) for terms, _ in self._gone):
            hashes = own.terms[numbers]
            frequency = frequency - self._frequency_gone(hashes)
            for segment in others:
                frequency += segment.document_frequency(hashes)
        return frequency
