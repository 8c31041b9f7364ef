"""How a score came about, feature by feature: for whoever asks *why this one?* and wants the arithmetic."""

from dataclasses import dataclass

from recommender.features import FEATURES
from recommender.policy import SlotPolicy
from recommender.ranking import Ranked, weight_vector


@dataclass(frozen=True, slots=True)
class Share:
    """One feature's part: `value` 0 to 1, the policy's `weight`, and their product in log-odds."""

    feature: str
    value: float
    weight: float

    @property
    def log_odds(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The shares of all features, the greatest first, then what age takes away: `recency` · ln `freshness`."""

    shares: tuple[Share, ...]
    freshness: float
    recency: float


def break_down(ranked: Ranked, at: int, policy: SlotPolicy) -> Breakdown:
    """The breakdown of the candidate at a position; its shares and its age add up to its log-score."""
    weights = weight_vector(policy.weights)
    shares = [
        Share(name, round(float(value), 4), float(weight))
        for name, value, weight in zip(FEATURES, ranked.features[at], weights, strict=True)
    ]
    shares.sort(key=lambda share: -abs(share.log_odds))
    # four digits that count, not four places: a floor may be tiny, and 0 has no logarithm
    fresh = float(f"{ranked.freshness[at]:.4g}")
    return Breakdown(tuple(shares), fresh, policy.recency)
