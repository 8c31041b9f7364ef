"""How alike two articles are, whatever else an archive holds: the text features of the ranker, against people's judgement."""

from collections.abc import Iterator

import numpy as np

from benchmarks.truth_sets import Pairs
from index.snapshot import Snapshot
from index.term_scores import TermScores
from index.terms import Kind
from recommender.policy import Weights
from recommender.subject import subject_of_row

RESAMPLES = 2_000


class Likeness:
    """Likeness of the articles of a snapshot of one segment, symmetrical: the mean of both directions."""

    def __init__(self, snapshot: Snapshot, weights: Weights) -> None:
        self.snapshot = snapshot
        rows = np.arange(len(snapshot))
        vectors = snapshot.vectors_at(rows)
        self.parts = {"meaning": vectors @ vectors.T, **self._terms(rows)}
        self.parts["words and meaning"] = (
            weights.meaning * _bent(self.parts["meaning"])
            + weights.words * self.parts["words"]
            + weights.pairs * self.parts["pairs"]
            + weights.names * self.parts["names"]
        )

    def _terms(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        scores = np.stack(
            [TermScores(self.snapshot, subject_of_row(self.snapshot, int(row)).terms).at(rows) for row in rows]
        )
        both = (scores + scores.transpose(2, 1, 0)) / 2
        return {"words": both[:, Kind.WORD], "pairs": both[:, Kind.PAIR], "names": both[:, Kind.NAME]}


def _bent(cosine: np.ndarray) -> np.ndarray:
    """A cosine as a likeness: unrelated texts lie about 0.1 to 0.3 under this model, and count as nothing."""
    return 1 / (1 + np.exp(-10 * (cosine - 0.45)))


def pair_measures(
    likeness: Likeness, pairs: Pairs, measure: str
) -> Iterator[tuple[str, float, tuple[float, float], str]]:
    """Correlation of each part with the people's judgement, with a bootstrap interval over the pairs."""
    given = np.array([similarity for *_, similarity in pairs])
    places = [(_row(likeness.snapshot, a), _row(likeness.snapshot, b)) for a, b, _ in pairs]
    random = np.random.default_rng(0)
    samples = random.integers(0, len(pairs), (RESAMPLES, len(pairs)))
    for name, matrix in likeness.parts.items():
        found = np.array([matrix[a, b] for a, b in places])
        one, other = (_ranks(given), _ranks(found)) if measure == "spearman" else (given, found)
        value = float(np.corrcoef(one, other)[0, 1])
        means = [np.corrcoef(one[sample], other[sample])[0, 1] for sample in samples]
        low, high = np.quantile(means, [0.025, 0.975])
        yield name, value, (float(low), float(high)), "–"


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks, ties sharing their mean (Spearman, 1904)."""
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: np.ndarray = (ends - (counts - 1) / 2)[at]
    return ranks


def _row(snapshot: Snapshot, article_id: str) -> int:
    row = snapshot.row_of_id(article_id)
    assert row is not None
    return row
