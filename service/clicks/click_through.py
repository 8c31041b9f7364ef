"""How sure a click-through is, and how sure the difference between two policies.

Clicks on one article are alike: a strong story is clicked by many. Impressions are therefore no independent draws, and an
interval that takes them for such is far too narrow. What fell by chance is the article and day, so these are what is
counted: the variance of clicks/impressions comes from how article-days differ, by the delta method for a ratio of sums over
clusters (Deng, Knoblich and Lu 2018, "Applying the Delta Method in Metric Analytics", KDD).
"""

from dataclasses import dataclass
from math import exp, floor, log, sqrt
from statistics import NormalDist

from index.click_counts import Totals

CONFIDENCE = 0.95

FEWEST_CLUSTERS = 30
FEWEST_CLICKS = 50
"""With less in either arm nothing is said of a difference; what simulations show of it stands in docs/clicks.md."""

_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
_T = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622)
"""Quantiles of Student's t for 1 to 9 degrees of freedom."""

Interval = tuple[float, float]
"""From, to: 95 % confidence."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Policy B against policy A; without an interval where `problem` says why there can be none."""

    a: float | None
    b: float | None
    difference: float | None
    difference_interval: Interval | None
    ratio: float | None
    ratio_interval: Interval | None
    problem: str | None

    @property
    def verdict(self) -> str:
        """What may be said, in a sentence."""
        if self.problem is not None:
            return self.problem
        assert self.difference_interval is not None
        low, high = self.difference_interval
        if low <= 0 <= high:
            return "no difference is shown: 0 lies within the interval"
        return "B is clicked more" if low > 0 else "B is clicked less"


def click_through(totals: Totals) -> float | None:
    """Clicks per impression; None where nothing was seen."""
    return totals.clicks / totals.seen if totals.seen else None


def interval_of(totals: Totals) -> Interval | None:
    """Where the click-through of such articles lies, 0 to 1; None where nothing was seen.

    Wilson's interval (1927) over as many impressions as are worth it: fewer, where articles differ more than chance alone
    would let them, and where there are few articles (Korn and Graubard 1998).
    """
    if not totals.seen:
        return None
    share = min(1.0, totals.clicks / totals.seen)
    by_chance = share * (1 - share) / totals.seen
    effect = max(1.0, variance(totals) / by_chance) if by_chance > 0 and effective_clusters(totals) > 1 else 1.0
    worth = totals.seen / effect * (_Z / student_t(effective_clusters(totals) - 1)) ** 2
    middle = (share + _Z**2 / (2 * worth)) / (1 + _Z**2 / worth)
    half = _Z / (1 + _Z**2 / worth) * sqrt(share * (1 - share) / worth + _Z**2 / (4 * worth**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def compare(a: Totals, b: Totals) -> Comparison:
    """How policy B does against policy A, on articles that chance gave to either."""
    first, second = click_through(a), click_through(b)
    problem = _too_little("A", a) or _too_little("B", b)
    if first is None or second is None or problem is not None:
        return Comparison(first, second, None, None, None, None, problem)
    of_a, of_b = variance(a), variance(b)
    known = of_a + of_b
    parts = of_a**2 / (effective_clusters(a) - 1) + of_b**2 / (effective_clusters(b) - 1)
    t = student_t(known**2 / parts if parts else 1)
    difference, ratio = second - first, second / first
    half, half_log = t * sqrt(known), t * sqrt(of_a / first**2 + of_b / second**2)
    return Comparison(
        first,
        second,
        difference,
        (difference - half, difference + half),
        ratio,
        (exp(log(ratio) - half_log), exp(log(ratio) + half_log)),
        None,
    )


def variance(totals: Totals) -> float:
    """Of clicks/impressions, over articles and days as independent clusters; 0 where there is but one.

    Σ(y − r·n)² / (Σn)², times g/(g − 1). As g the *effective* number of clusters is taken: a few that are read far more
    than the others pull the mean towards themselves, and would seem to differ less from it than they do.
    """
    effective = effective_clusters(totals)
    if effective <= 1:
        return 0.0
    rate = totals.clicks / totals.seen
    squares = totals.clicks_squared - 2 * rate * totals.product + rate**2 * totals.seen_squared
    return max(0.0, squares) / totals.seen**2 * effective / (effective - 1)


def effective_clusters(totals: Totals) -> float:
    """So many equally read articles and days would be worth as much: (Σn)²/Σn² (Kish 1965); 1 where there is nothing."""
    return totals.seen**2 / totals.seen_squared if totals.seen_squared else 1.0


def student_t(freedom: float) -> float:
    """The two-sided 95 % quantile of Student's t; degrees of freedom are rounded down, to 1 at least.

    From ten on by the expansion in Abramowitz and Stegun 1964, 26.7.5, right to four digits.
    """
    whole = max(1, floor(freedom + 1e-9))
    if whole <= len(_T):
        return _T[whole - 1]
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return sum(term / float(whole) ** power for power, term in enumerate(terms))


def _too_little(name: str, totals: Totals) -> str | None:
    clusters = effective_clusters(totals) if totals.seen else 0
    if clusters >= FEWEST_CLUSTERS and totals.clicks >= FEWEST_CLICKS:
        return None
    return (
        f"too little data: policy {name} has {totals.clicks:,} clicks on articles worth {clusters:,.0f} equally read ones; "
        f"at least {FEWEST_CLICKS} and {FEWEST_CLUSTERS} are needed"
    )
