"""The ranker's arithmetic, written out, and its promises on candidates made by hand."""

from collections.abc import Sequence
from math import exp, log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from recommender_fixtures import REFERENCE, candidates_of, days_before, plain_slot, weights

from index.segment import UNDATED
from recommender.candidates import Candidates
from recommender.explain import break_down
from recommender.features import FEATURES, WHOLE, YES_OR_NO
from recommender.policy import SlotPolicy
from recommender.ranking import SOFTER, freshness, in_order, rank

SLOT = plain_slot()


def order_of(found: Candidates, policy: SlotPolicy) -> list[int]:
    return in_order(found, rank(found, REFERENCE, policy), "{:03}".format, policy)


def test_freshness_is_whole_through_the_grace_period_and_half_way_to_the_floor_after_a_half_life():
    ages = days_before(-5, 0, 10, 110, 210, 410, 10_000_000)
    # floor + (1 − floor) / (1 + (age − 10) / 100): 1, 1, 1, 0.2 + 0.8/2, 0.2 + 0.8/3, 0.2 + 0.8/5, 0.2
    expected = [1, 1, 1, 0.6, 0.2 + 0.8 / 3, 0.36, 0.2]
    assert freshness(ages, REFERENCE, SLOT) == pytest.approx(expected, abs=1e-4)


def test_an_undated_piece_counts_as_very_old():
    assert freshness(np.array([UNDATED]), REFERENCE, SLOT) == pytest.approx([0.2])


def test_likenesses_count_relative_to_the_likest_and_yes_or_no_as_they_are():
    found = candidates_of({"meaning": [0.8, 0.4, -0.3], "names": [0, 0.01, 0.02], "section": [0.5, 0, 0]}, [0, 0, 0])
    scaled = rank(found, REFERENCE, SLOT).features
    assert scaled[:, FEATURES.index("meaning")] == pytest.approx([1, 0.5, 0])
    assert scaled[:, FEATURES.index("names")] == pytest.approx([0, 0.5, 1])
    assert scaled[:, FEATURES.index("section")] == pytest.approx([0.5, 0, 0])
    assert scaled[:, FEATURES.index("topics")] == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("name", ["linked", "popular", "author_links"])
def test_few_links_say_little_even_where_no_piece_has_more(name: str):
    whole = WHOLE[name]
    few, many = (
        rank(candidates_of({name: [0, most / 4, most]}, [0] * 3), REFERENCE, SLOT).features[:, FEATURES.index(name)]
        for most in (whole / 2, whole * 3)
    )
    assert few == pytest.approx([0, 0.125, 0.5])
    assert many == pytest.approx([0, 0.25, 1])


def test_the_score_is_the_exponential_of_weighted_features_times_freshness_to_the_power_of_recency():
    policy = plain_slot(weights=weights(meaning=2.0, words=1.0, column=-0.5), recency=1.5)
    found = candidates_of({"meaning": [0.5, 1.0], "words": [0.2, 0.1], "column": [0, 1]}, [0, 110])
    ranked = rank(found, REFERENCE, policy)
    # 2 · 0.5 + 1 · 1 = 2; 2 · 1 + 1 · 0.5 − 0.5 · 1 + 1.5 ln 0.6
    assert ranked.log_score == pytest.approx([2, 2 + 1.5 * log(0.6)], abs=1e-5)
    assert ranked.score == pytest.approx([1, (0.6**1.5) ** (1 / 4)], abs=1e-5)


def test_a_piece_is_related_when_meaning_words_title_and_topics_together_reach_the_minimum():
    policy = plain_slot(minimum_relevance=0.5)
    found = candidates_of(
        {
            "meaning": [0.5, 0.25, 0.25, -0.5, 0.25],
            "words": [0, 0.125, 0, 0.25, 0],
            "title": [0, 0, 0.24, 0.49, 0],
            "topics": [0, 0, 0, 0, 1],
        },
        [0] * 5,
    )
    # 0.5; 0.25 + 2 · 0.125 = 0.5; 0.25 + 0.24; −0.5 + 0.5 + 0.49; 0.25 + 0.3
    assert rank(found, REFERENCE, policy).related.tolist() == [True, True, False, False, True]


def test_equal_scores_stand_newest_first_and_then_by_id():
    found = candidates_of({"words": [0.1] * 5}, [1, 2, 1, 0, None])
    ids = {0: "b", 1: "z", 2: "a", 3: "y", 4: "c"}
    assert in_order(found, rank(found, REFERENCE, SLOT), ids.__getitem__, SLOT) == [3, 2, 0, 1, 4]


def test_scores_that_differ_by_rounding_alone_are_equal():
    found = candidates_of({"words": [0.3, np.float32(0.1) * np.float32(3)], "names": [1, 0]}, [5, 1])
    assert order_of(found, SLOT) == [1, 0]


def test_the_mode_latest_stands_newest_first_whatever_the_score():
    found = candidates_of({"words": [0.9, 0.1, 0.5, 0.4]}, [300, 200, None, 1])
    policy = plain_slot(mode="latest")
    assert order_of(found, policy) == [3, 1, 0, 2]
    assert order_of(found, SLOT) == [0, 2, 3, 1]


@pytest.mark.parametrize(("copies", "stays"), [("newest", 2), ("original", 1)])
def test_of_copies_one_stays_in_the_place_of_the_best(copies: str, stays: int):
    found = candidates_of({"words": [0.9, 0.8, 0.1, 0.7, 0.2]}, [5, 9, 1, 3, None], keys=[1, 1, 1, 2, 1])
    assert order_of(found, plain_slot(copies=copies)) == [stays, 3]


def test_keys_that_share_a_half_are_not_copies():
    found = candidates_of({"words": [0.9, 0.8, 0.7]}, [0, 0, 0])
    found.copy_key[:] = [[1, 2], [1, 3], [4, 2]]
    assert order_of(found, SLOT) == [0, 1, 2]


@pytest.mark.parametrize("mode", ["default", "latest"])
def test_nothing_to_rank_gives_nothing(mode: str):
    assert order_of(candidates_of({}, []), plain_slot(mode=mode)) == []


names = [name for name in FEATURES if name != "column"]
level = st.integers(-8, 16).map(lambda value: value / 16)
row = st.tuples(st.lists(level, min_size=14, max_size=14), st.integers(-100, 4_000), st.integers(0, 4))
rows = st.lists(row, max_size=25)
weight = st.integers(0, 24).map(lambda value: value / 4)
some_weights = st.lists(weight, min_size=13, max_size=13).map(
    lambda values: weights(**dict(zip(names, values, strict=True)))
)
share = st.integers(1, 20).map(lambda value: value / 20)


def of_rows(chosen: Sequence[tuple[list[float], int, int]], keys: Sequence[int] | None = None) -> Candidates:
    values = {
        name: [abs(one[0][at]) if name in YES_OR_NO else one[0][at] for one in chosen]
        for at, name in enumerate(FEATURES)
    }
    return candidates_of(values, [one[1] for one in chosen], [one[2] for one in chosen] if keys is None else keys)


@given(rows, some_weights, weight, share, st.sampled_from(["newest", "original"]))
def test_scores_lie_between_0_and_1_and_the_order_follows_them(chosen, weighed, recency, floor, copies):
    found = of_rows(chosen, keys=range(len(chosen)))
    policy = plain_slot(weights=weighed, recency=recency, floor=floor, copies=copies)
    ranked = rank(found, REFERENCE, policy)
    assert ((ranked.score >= 0) & (ranked.score <= 1)).all()
    order = order_of(found, policy)
    assert sorted(order) == list(range(len(chosen)))
    keyed = [(-ranked.log_score[at], -int(found.published[at]), at) for at in order]
    assert keyed == sorted(keyed)
    assert len(order_of(of_rows(chosen), policy)) == len({one[2] for one in chosen})


@given(rows.filter(lambda chosen: len(chosen) > 2), some_weights, weight, st.randoms())
def test_the_order_does_not_hang_on_the_order_of_the_candidates(chosen, weighed, recency, random):
    policy = plain_slot(weights=weighed, recency=recency)
    shuffled = list(range(len(chosen)))
    random.shuffle(shuffled)

    def order(positions: list[int]) -> list[int]:
        found = of_rows([chosen[at] for at in positions])
        ids = {row: f"{positions[row]:03}" for row in range(len(positions))}
        ranked = rank(found, REFERENCE, policy)
        return [positions[at] for at in in_order(found, ranked, ids.__getitem__, policy)]

    assert order(list(range(len(chosen)))) == order(shuffled)


@given(rows.filter(bool), some_weights, st.tuples(weight, weight).map(sorted), share, st.integers(1, 12))
def test_more_recency_never_lowers_the_mean_log_freshness_of_a_list(chosen, weighed, recencies, floor, limit):
    """Of k pieces chosen by the greatest s + r·f the mean f grows with r: the greatest sum is convex in r."""
    found = of_rows(chosen, keys=range(len(chosen)))

    def mean(recency: float) -> float:
        policy = plain_slot(weights=weighed, recency=recency, floor=floor)
        fresh = freshness(found.published, REFERENCE, policy)
        return float(np.log(fresh[order_of(found, policy)[:limit]]).mean())

    less, more = recencies
    assert mean(more) >= mean(less) - 1e-6


@given(
    rows.filter(bool),
    some_weights,
    st.sampled_from(names),
    st.tuples(weight, weight).map(sorted),
    weight,
    st.integers(1, 12),
)
def test_more_weight_on_a_feature_never_lowers_a_lists_mean_of_it(chosen, weighed, name, two, recency, limit):
    found = of_rows(chosen, keys=range(len(chosen)))

    def mean(value: float) -> float:
        policy = plain_slot(weights=weighed.model_copy(update={name: value}), recency=recency)
        ranked = rank(found, REFERENCE, policy)
        order = in_order(found, ranked, "{:03}".format, policy)
        return float(ranked.features[order[:limit], FEATURES.index(name)].mean())

    less, more = two
    assume(less < more)
    assert mean(more) >= mean(less) - 1e-6


@given(rows.filter(bool), some_weights, weight, share | st.sampled_from([1e-3, 1e-9]))
def test_a_breakdown_adds_up_to_the_score(chosen, weighed, recency, floor):
    found = of_rows(chosen)
    policy = plain_slot(weights=weighed, recency=recency, floor=floor)
    ranked = rank(found, REFERENCE, policy)
    for at in range(len(chosen)):
        breakdown = break_down(ranked, at, policy)
        assert {share.feature for share in breakdown.shares} == set(FEATURES)
        parts = [abs(share.log_odds) for share in breakdown.shares]
        assert parts == sorted(parts, reverse=True)
        total = sum(share.log_odds for share in breakdown.shares) + breakdown.recency * log(breakdown.freshness)
        assert total == pytest.approx(ranked.log_score[at], abs=0.02)
        assert exp((total - ranked.log_score.max()) / SOFTER) == pytest.approx(ranked.score[at], abs=0.02)
