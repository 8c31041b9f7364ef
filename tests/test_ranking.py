"""The ranker's arithmetic, written out, and its promises."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.segment import UNDATED
from recommender.candidates import Candidates
from recommender.policy import load_policy
from recommender.ranking import DAY, freshness, in_order, rank

REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
SLOT = (
    load_policy()
    .slots["also-read"]
    .model_copy(update={"half_life_days": 100.0, "grace_days": 10.0, "floor": 0.2, "baseline": 0.0})
)


def days_before(*days: float) -> np.ndarray:
    return np.array([int(REFERENCE.timestamp() - day * DAY) for day in days], dtype=np.int64)


def candidates(
    meaning: list[float], words: list[float], days: list[float], keys: list[int] | None = None
) -> Candidates:
    count = len(meaning)
    numbers = list(range(count)) if keys is None else keys
    return Candidates(
        rows=np.arange(count),
        meaning=np.array(meaning, dtype=np.float32),
        words=np.array(words, dtype=np.float32),
        pairs=np.zeros(count, np.float32),
        names=np.zeros(count, np.float32),
        published=days_before(*days),
        copy_key=np.array([[number, 0] for number in numbers], dtype=np.uint64),
    )


def test_freshness_is_whole_through_the_grace_period_and_half_way_to_the_floor_after_a_half_life():
    ages = days_before(-5, 0, 10, 110, 210, 100_000)
    # floor + (1 − floor) · 0.5^((age − 10) / 100): 1, 1, 1, 0.2 + 0.8/2, 0.2 + 0.8/4, 0.2
    assert freshness(ages, REFERENCE, SLOT) == pytest.approx([1, 1, 1, 0.6, 0.4, 0.2])


def test_an_undated_piece_counts_as_very_old():
    assert freshness(np.array([UNDATED]), REFERENCE, SLOT) == pytest.approx([0.2])


def test_relevance_is_the_weighted_mean_of_likenesses_relative_to_the_likest():
    found = candidates(meaning=[0.8, 0.4, -0.3], words=[0.1, 0.2, 0.0], days=[0, 0, 0])
    # weights 0.6, 1.0, 0.4, 0.1 sum to 2.1; nobody shares pairs or names
    expected = [(0.6 * 1 + 1.0 * 0.5) / 2.1, (0.6 * 0.5 + 1.0 * 1) / 2.1, 0]
    assert rank(found, REFERENCE, SLOT).relevance == pytest.approx(expected)


def test_the_score_is_relevance_times_freshness_and_a_baseline_lifts_the_unrelated():
    found = candidates(meaning=[1.0, 0.0], words=[1.0, 0.0], days=[110, 0])
    assert rank(found, REFERENCE, SLOT).score == pytest.approx([1.6 / 2.1 * 0.6, 0], abs=1e-4)
    lifted = SLOT.model_copy(update={"baseline": 0.5})
    assert rank(found, REFERENCE, lifted).score == pytest.approx([(0.5 + 0.5 * 1.6 / 2.1) * 0.6, 0.5], abs=1e-4)


def test_a_piece_is_related_when_it_reaches_either_minimum():
    found = candidates(meaning=[0.25, 0.24, 0.24], words=[0.0, 0.05, 0.049], days=[0, 0, 0])
    assert rank(found, REFERENCE, SLOT).related.tolist() == [True, True, False]


def test_equal_scores_stand_newest_first_and_then_by_id():
    found = candidates(meaning=[0.5] * 4, words=[0.1] * 4, days=[1, 2, 1, 0])
    ranked = rank(found, REFERENCE, SLOT)
    ids = {0: "b", 1: "z", 2: "a", 3: "y"}
    assert in_order(found, ranked, ids.__getitem__) == [3, 2, 0, 1]


def test_of_copies_only_the_best_stays():
    found = candidates(meaning=[0.9, 0.8, 0.7], words=[0, 0, 0], days=[0, 0, 0], keys=[1, 1, 2])
    assert in_order(found, rank(found, REFERENCE, SLOT), str) == [0, 2]


def test_nothing_to_rank_gives_nothing():
    found = candidates([], [], [])
    assert in_order(found, rank(found, REFERENCE, SLOT), str) == []


values = st.floats(-1, 1, width=32)
some = st.lists(st.tuples(values, st.floats(0, 1, width=32), st.integers(0, 5_000), st.integers(0, 4)), max_size=30)


@given(some, st.floats(0, 1), st.floats(0, 1), st.floats(1, 1_000))
def test_scores_lie_between_0_and_1_and_the_order_follows_them(rows, floor, baseline, half_life):
    found = candidates([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows])
    slot = SLOT.model_copy(update={"floor": floor, "baseline": baseline, "half_life_days": half_life})
    ranked = rank(found, REFERENCE, slot)
    assert ((ranked.score >= 0) & (ranked.score <= 1)).all()
    order = in_order(found, ranked, str)
    assert len(set(order)) == len(order) == len({row[3] for row in rows})
    scores = [ranked.score[at] for at in order]
    assert scores == sorted(scores, reverse=True)


@given(some.filter(lambda rows: len(rows) > 2), st.randoms())
def test_the_order_does_not_hang_on_the_order_of_the_candidates(rows, random):
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)

    def order_of(positions: list[int]) -> list[int]:
        chosen = [rows[at] for at in positions]
        found = candidates([r[0] for r in chosen], [r[1] for r in chosen], [r[2] for r in chosen], positions)
        ids = {row: f"{positions[row]:03}" for row in range(len(positions))}
        return [positions[at] for at in in_order(found, rank(found, REFERENCE, SLOT), ids.__getitem__)]

    assert order_of(list(range(len(rows)))) == order_of(shuffled)


@given(some.filter(lambda rows: len(rows) > 2), st.floats(0, 0.9), st.floats(0.01, 0.1))
def test_a_lower_floor_never_lowers_the_mean_recency_of_the_first_half(rows, floor, less):
    found = candidates([0.5] * len(rows), [0.5] * len(rows), [row[2] for row in rows])

    def mean_date(slot_floor: float) -> float:
        ranked = rank(found, REFERENCE, SLOT.model_copy(update={"floor": slot_floor}))
        best = in_order(found, ranked, "{:03}".format)[: max(1, len(rows) // 2)]
        return float(np.mean(found.published[best].astype(np.float64)))

    assert mean_date(max(0.0, floor - less)) >= mean_date(floor)
