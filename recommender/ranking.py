"""From candidates to an order: a weighted sum of likenesses, multiplied by how fresh a piece is.

    relevance = Σ weight · likeness / likest   over Σ weight, 0 to 1
    score     = (baseline + (1 − baseline) · relevance) · freshness
    freshness = floor + (1 − floor) · 0.5 ^ (max(0, age − grace) / half-life)

Each likeness is taken relative to the likest candidate for it, so that a weight means the same for every subject. Decay
multiplies and has a floor, so that an evergreen outlives it (measured: docs/relevance.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
import numpy.typing as npt

from index.segment import UNDATED
from recommender.candidates import Candidates
from recommender.policy import SlotPolicy

DAY = 86_400

DECIMALS = 4
"""Scores are rounded to so many before they are compared, so that no order hangs on a rounding of the arithmetic."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates' scores, aligned with them: `score`, `relevance`, `freshness` (n,) float64, 0 to 1."""

    score: npt.NDArray[np.float64]
    relevance: npt.NDArray[np.float64]
    freshness: npt.NDArray[np.float64]
    related: npt.NDArray[np.bool_]
    """Which candidates reach the policy's minimum."""


def rank(candidates: Candidates, reference: datetime, policy: SlotPolicy) -> Ranked:
    """Score every candidate; age counts from each piece to `reference`, and a newer piece has age 0."""
    weights = policy.weights
    total = weights.meaning + weights.words + weights.pairs + weights.names
    relevance = (
        weights.meaning * _relative(candidates.meaning)
        + weights.words * _relative(candidates.words)
        + weights.pairs * _relative(candidates.pairs)
        + weights.names * _relative(candidates.names)
    ) / (total or 1)
    fresh = freshness(candidates.published, reference, policy)
    score = np.round((policy.baseline + (1 - policy.baseline) * relevance) * fresh, DECIMALS)
    minimum = policy.minimum
    related = (candidates.meaning >= minimum.meaning) | (candidates.words >= minimum.words)
    return Ranked(score, relevance, fresh, related)


def freshness(published: npt.NDArray[np.int64], reference: datetime, policy: SlotPolicy) -> npt.NDArray[np.float64]:
    """How much of a piece's relevance its age leaves, `policy.floor` to 1; an undated piece counts as very old."""
    age = np.where(published == UNDATED, np.inf, (reference.timestamp() - published) / DAY)
    late = np.maximum(0, age - policy.grace_days)
    return policy.floor + (1 - policy.floor) * 0.5 ** (late / policy.half_life_days)


def _relative(likeness: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Likeness as a share of the greatest, 0 to 1; what is unlike counts 0."""
    positive = np.maximum(likeness.astype(np.float64), 0)
    greatest = positive.max(initial=0.0)
    return positive / greatest if greatest > 0 else positive


def in_order(candidates: Candidates, ranked: Ranked, id_of: Callable[[int], str]) -> list[int]:
    """Positions of the candidates, best first: by score, then the newer, then by id; of copies only the first.

    `id_of` gives the id of a row; it is asked only where score and date tie.
    """
    order: list[int] = []
    by_score_and_date = np.lexsort((-candidates.published.astype(np.float64), -ranked.score)).tolist()
    for _, tied in groupby(by_score_and_date, key=lambda at: (ranked.score[at], candidates.published[at])):
        positions = list(tied)
        order += sorted(positions, key=lambda at: id_of(int(candidates.rows[at]))) if positions[1:] else positions
    seen: set[bytes] = set()
    kept: list[int] = []
    for at in order:
        key = candidates.copy_key[at].tobytes()
        if key not in seen:
            seen.add(key)
            kept.append(at)
    return kept
