"""What others would answer: the rankings that ours is measured against, over the same articles and filters."""

import numpy as np

from index.snapshot import Snapshot
from index.term_scores import TermScores
from index.terms import Kind, TermCounts, kind_bounds
from index.vector_index import Filter
from recommender.subject import Subject

BM25_K1 = 1.2
BM25_B = 0.75
QUERY_TERMS = 25
MINIMUM_FREQUENCY = 2
"""The usual settings of "more like this" in a search engine."""


def dense(snapshot: Snapshot, subject: Subject, keep: Filter, k: int) -> list[str]:
    """Nearest neighbours of the embedding, and nothing else."""
    return [match.id for match in snapshot.vectors.search(subject.vector, k, keep)]


def lexical(snapshot: Snapshot, subject: Subject, keep: Filter, k: int) -> list[str]:
    """Words and word pairs by our own weighting, and nothing else."""
    scores = TermScores(snapshot, subject.terms)
    best = scores.best(k, snapshot.eligible(keep).holds, {Kind.WORD: 1.0, Kind.PAIR: 0.4})
    return [snapshot.id_of(int(row)) for row in best]


def more_like_this(snapshot: Snapshot, subject: Subject, keep: Filter, k: int) -> list[str]:
    """BM25 over the 25 words of the article with the highest tf·idf, as search engines do it.

    Formula: Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*, 2009.
    """
    terms, corpus = _words(subject.terms), snapshot.lexical
    frequency = corpus.document_frequency(terms.hashes)
    idf = np.log1p((corpus.articles - frequency + 0.5) / (frequency + 0.5))
    weight = np.where(frequency >= MINIMUM_FREQUENCY, terms.counts * idf, 0.0)
    strongest = np.sort(np.argsort(-weight, kind="stable")[:QUERY_TERMS])
    hashes, idf = terms.hashes[strongest], idf[strongest] * (weight[strongest] > 0)
    scored: list[tuple[float, str]] = []
    eligible = snapshot.eligible(keep)
    for segment, span, kept in zip(snapshot.segments, eligible.spans, eligible.masks, strict=True):
        at, present = segment.lexical.locate(hashes)
        of, rows, counts = segment.lexical.postings(at[present])
        which = np.flatnonzero(present)[of]
        length = BM25_K1 * (1 - BM25_B + BM25_B * segment.lexical.lengths[rows] / max(1e-9, corpus.mean_length))
        gains = idf[which] * counts * (BM25_K1 + 1) / (counts + length)
        scores = np.bincount(rows, gains, segment.rows)
        rows_kept = np.flatnonzero(kept & (scores[span] > 0)) + span.start
        best = rows_kept[np.argsort(-scores[rows_kept], kind="stable")[:k]]
        scored += [(-float(scores[row]), segment.ids[int(row)].decode()) for row in best]
    return [article_id for _, article_id in sorted(scored)[:k]]


def _words(terms: TermCounts) -> TermCounts:
    bounds = kind_bounds(terms.hashes)
    span = slice(bounds[Kind.WORD], bounds[Kind.WORD + 1])
    return TermCounts(terms.hashes[span], terms.counts[span])
