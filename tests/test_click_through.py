"""How sure a click-through is: by hand on small numbers, and in simulations where the truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.click_counts import Totals
from service.clicks.click_through import (
    click_through,
    compare,
    effective_clusters,
    interval_of,
    student_t,
    variance,
)


def totals(pairs: list[tuple[int, int]] | np.ndarray) -> Totals:
    """Of clusters (seen, clicks)."""
    seen, clicks = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    sums = (seen @ seen, clicks @ clicks, seen @ clicks)
    return Totals(len(seen), int(seen.sum()), int(clicks.sum()), *(float(one) for one in sums))


def test_the_variance_is_that_of_the_delta_method():
    """Two articles, 10 seen each, 1 and 3 clicks: r = 4/20 = 0.2; residuals −1 and 1; (1 + 1) / 20² · 2/1 = 0.01."""
    found = totals([(10, 1), (10, 3)])
    assert click_through(found) == 0.2
    assert effective_clusters(found) == 2
    assert variance(found) == pytest.approx(0.01)


def test_articles_read_unequally_are_worth_fewer():
    """(90 + 10)² / (90² + 10²) = 10000 / 8200."""
    assert effective_clusters(totals([(90, 9), (10, 1)])) == pytest.approx(10_000 / 8_200)


def test_students_t_is_that_of_the_tables():
    for freedom, value in {
        1: 12.706,
        4: 2.776,
        9: 2.262,
        10: 2.228,
        20: 2.086,
        30: 2.042,
        60: 2.000,
        120: 1.980,
    }.items():
        assert student_t(freedom) == pytest.approx(value, abs=1e-3)
    assert student_t(4.9) == student_t(4)
    assert student_t(0.2) == student_t(1)
    assert student_t(1e9) == pytest.approx(1.959964, abs=1e-5)


def test_where_articles_do_not_differ_the_interval_is_wilsons():
    """400 articles of 100 impressions with 5 clicks each: 2000 of 40000, and t for 399 for z."""
    low, high = interval_of(totals([(100, 5)] * 400))
    assert (low, high) == (pytest.approx(0.04790, abs=3e-5), pytest.approx(0.05218, abs=3e-5))


def test_the_more_articles_differ_the_wider_it_is():
    alike = interval_of(totals([(100, 5)] * 40))
    apart = interval_of(totals([(100, 0), (100, 10)] * 20))
    assert apart[1] - apart[0] > 1.5 * (alike[1] - alike[0])


PAIRS = st.lists(st.tuples(st.integers(1, 500), st.integers(0, 40)), min_size=1, max_size=30)


@given(PAIRS)
def test_an_interval_lies_between_0_and_1_and_holds_the_click_through(pairs: list[tuple[int, int]]):
    found = totals(pairs)
    low, high = interval_of(found)
    assert 0 <= low <= min(1, click_through(found)) + 1e-12
    assert high >= min(1, click_through(found)) - 1e-12
    assert high <= 1


def test_where_nothing_was_seen_nothing_is_said():
    assert interval_of(Totals(1, 0, 2, 0, 4, 0)) is None
    assert click_through(Totals(1, 0, 2, 0, 4, 0)) is None


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([(1000, 50)] * 20, "policy A has 1,000 clicks on articles worth 20 equally read ones"),
        ([(100, 1)] * 40, "policy A has 40 clicks on articles worth 40 equally read ones"),
        ([(1, 1)] * 100 + [(10**6, 10**4)], "articles worth 1 equally read ones"),
        ([(0, 3)], "policy A has 3 clicks on articles worth 0 equally read ones"),
    ],
)
def test_too_little_data_is_said_and_no_interval_given(pairs: list[tuple[int, int]], said: str):
    enough = totals([(100, 5)] * 60)
    found = compare(totals(pairs), enough)
    assert found.difference_interval is None
    assert found.ratio is None
    assert said in found.verdict
    assert compare(enough, totals(pairs)).problem == found.verdict.replace("policy A", "policy B")


def test_a_difference_and_a_ratio_have_the_same_sign_as_what_was_clicked():
    a, b = totals([(1000, 40), (1000, 44)] * 50), totals([(1000, 60), (1000, 64)] * 50)
    better, worse = compare(a, b), compare(b, a)
    assert (better.verdict, worse.verdict) == ("B is clicked more", "B is clicked less")
    assert better.difference == pytest.approx(0.02)
    assert better.ratio == pytest.approx(62 / 42)
    assert worse.ratio == pytest.approx(1 / better.ratio)
    assert worse.difference_interval == pytest.approx(tuple(-one for one in reversed(better.difference_interval)))
    assert compare(a, a).verdict.startswith("no difference is shown")


ARTICLES, DAYS = 200, 7


def experiment(chance: np.random.Generator, effect: float = 1.0, late: float = 0.1) -> tuple[Totals, Totals]:
    """A week: articles differ in how much they are read (lognormal) and clicked (beta, the same all week, and by day); each
    is given to A or B anew each day; a share of the readers still gets the list of the day before."""
    appeal = chance.beta(0.8, 19.2, ARTICLES)
    read = 60 * chance.lognormal(0, 1.0, ARTICLES)
    seen, clicks = np.zeros((2, 2, DAYS, ARTICLES))
    before = None
    for day in range(DAYS):
        rate = np.clip(appeal * chance.lognormal(-0.02, 0.2, ARTICLES), 0, 1)
        arm = (chance.random(ARTICLES) < 0.5).astype(int)
        views = chance.poisson(read * chance.lognormal(0, 0.5, ARTICLES))
        stale = chance.binomial(views, late if before is not None else 0)
        for arms, count in ((arm, views - stale), (arm if before is None else before, stale)):
            np.add.at(seen[:, day], (arms, np.arange(ARTICLES)), count)
            came = chance.binomial(count, np.clip(rate * np.where(arms == 1, effect, 1), 0, 1))
            np.add.at(clicks[:, day], (arms, np.arange(ARTICLES)), came)
        before = arm
    shown = [seen[one].ravel() > 0 for one in (0, 1)]
    a, b = (totals(np.stack([seen[one].ravel(), clicks[one].ravel()], 1)[shown[one]]) for one in (0, 1))
    return a, b


def naive_covers(a: Totals, b: Totals) -> bool:
    """The interval of two shares that takes impressions for independent draws."""
    shares = [one.clicks / one.seen for one in (a, b)]
    spread = sum(share * (1 - share) / one.seen for share, one in zip(shares, (a, b), strict=True)) ** 0.5
    return bool(abs(shares[1] - shares[0]) <= 1.96 * spread)


def test_between_two_equal_policies_the_interval_holds_0_as_often_as_it_says_and_a_naive_one_does_not():
    """600 weeks: 0.95 ± 3 · √(0.95 · 0.05 / 600) is 0.923 to 0.977."""
    chance = np.random.default_rng(20_260_320)
    runs = [experiment(chance) for _ in range(600)]
    found = [compare(a, b) for a, b in runs]
    enough = [one for one in found if one.problem is None]
    assert len(enough) > 570
    covered = np.mean([one.difference_interval[0] <= 0 <= one.difference_interval[1] for one in enough])
    by_ratio = np.mean([one.ratio_interval[0] <= 1 <= one.ratio_interval[1] for one in enough])
    naive = np.mean([naive_covers(a, b) for a, b in runs])
    assert 0.92 <= covered <= 0.98
    assert 0.92 <= by_ratio <= 0.98
    assert naive < 0.6


def test_a_policy_that_is_a_half_better_is_found_so():
    chance = np.random.default_rng(7)
    found = [compare(*experiment(chance, effect=1.5)) for _ in range(60)]
    better = [one.verdict == "B is clicked more" for one in found]
    assert np.mean(better) > 0.7
    assert np.median([one.ratio for one in found if one.ratio]) == pytest.approx(1.5, abs=0.1)
