"""From candidates to an order: a log-linear model whose every term an editor can read, times how fresh a piece is.

    log-odds  = Σ weight · feature            features 0 to 1 (`recommender.features`), weights of the policy
    score     ∝ exp(log-odds) · freshness ^ recency
    freshness = floor + (1 − floor) / (1 + max(0, age − grace) / half-life)

This is the conditional logit of choice theory (McFadden, *Conditional logit analysis of qualitative choice behavior*,
1974): how likely an editor is to pick one candidate out of all, fitted by `recommender.fit`. Age multiplies, has a grace
period and a floor, and falls as 1/age rather than by halves, so that an evergreen outlives it (measured:
docs/relevance.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from index.segment import UNDATED
from recommender.candidates import Candidates
from recommender.features import FEATURES
from recommender.policy import SlotPolicy, Weights

DAY = 86_400

SOFTER = 4
"""The score that is shown is this root of the odds against the best candidate, so that a person can read it."""

DECIMALS = 6
"""Log-odds are rounded to so many before they are compared, so that no order hangs on a rounding of the arithmetic."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates' scores, aligned with them.

    `log_score` (n,) float64, the logarithm of the score but for a constant; `features` (n, 14) float64, 0 to 1, as they
    were weighed; `freshness` (n,) float64, 0 to 1; `related` (n,) bool, which reach the policy's minimum.
    """

    log_score: Array
    features: Array
    freshness: Array
    related: npt.NDArray[np.bool_]

    @property
    def score(self) -> Array:
        """(n,) float64, 0 to 1: the fourth root of a candidate's odds against the best one."""
        scores: Array = np.exp((self.log_score - self.log_score.max(initial=-np.inf)) / SOFTER)
        return scores


def rank(candidates: Candidates, reference: datetime, policy: SlotPolicy) -> Ranked:
    """Score every candidate; age counts from each piece to `reference`, and a newer piece has age 0."""
    features = candidates.features.scaled()
    fresh = freshness(candidates.published, reference, policy)
    log_score = np.round(features @ weight_vector(policy.weights) + policy.recency * np.log(fresh), DECIMALS)
    related = candidates.features.closeness() >= policy.minimum_relevance
    return Ranked(log_score, features, fresh, related)


def weight_vector(weights: Weights) -> Array:
    """The weights, (14,) float64, aligned with `FEATURES`."""
    return np.array([getattr(weights, name) for name in FEATURES], dtype=np.float64)


def freshness(published: npt.NDArray[np.int64], reference: datetime, policy: SlotPolicy) -> Array:
    """How much of a piece's relevance its age leaves, `policy.floor` to 1; an undated piece counts as very old."""
    age = np.where(published == UNDATED, np.inf, (reference.timestamp() - published) / DAY)
    late = np.maximum(0, age - policy.grace_days)
    return policy.floor + (1 - policy.floor) / (1 + late / policy.half_life_days)


def in_order(candidates: Candidates, ranked: Ranked, id_of: Callable[[int], str], policy: SlotPolicy) -> list[int]:
    """Positions of the candidates, best first: by score (in the mode `latest` by date), then the newer, then by id. Of
    copies only one stays, in the place of the best: the newest, or the original where the policy says so.

    `id_of` gives the id of a row; it is asked only where score and date tie.
    """
    dates = candidates.published.astype(np.float64)
    first = dates if policy.mode == "latest" else ranked.log_score
    sorted_ = np.lexsort((-dates, -first))
    new = np.diff(first[sorted_], prepend=np.nan) != 0
    new |= np.diff(dates[sorted_], prepend=np.nan) != 0
    starts = np.flatnonzero(new)
    order = sorted_.tolist()
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=False):
        if stop - start > 1:
            order[start:stop] = sorted(order[start:stop], key=lambda at: id_of(int(candidates.rows[at])))
    wanted = np.where(candidates.published == UNDATED, -np.inf, dates if policy.copies == "newest" else -dates)
    standing: dict[bytes, int] = {}
    for at in order:
        key = candidates.copy_key[at].tobytes()
        if key not in standing or wanted[at] > wanted[standing[key]]:
            standing[key] = at  # a dictionary keeps the place of the first, which is the best
    return list(standing.values())
