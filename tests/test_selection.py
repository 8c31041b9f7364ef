"""From an order to a list: stories, pairs kept apart, diversity; on vectors and words whose answer is obvious."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recommender_fixtures import REFERENCE, candidates_of, plain_slot, weights

from recommender import selection
from recommender.policy import SlotPolicy
from recommender.ranking import in_order, rank
from recommender.selection import Bounds, choose, labels_of


class Told:
    """Stories by a table: the story of each row, and the subject's own; None is a story of its own."""

    def __init__(self, stories: Sequence[str | None], own: str = "own") -> None:
        self._stories, self._own = stories, own

    def is_own(self, row: int, published: int) -> bool:
        return self._stories[row] == self._own

    def same(self, one: int, other: int, published: int, other_published: int) -> bool:
        return self._stories[one] is not None and self._stories[one] == self._stories[other]


class Vectors:
    """A snapshot that knows its rows' vectors and nothing else."""

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors

    def vectors_at(self, rows: np.ndarray) -> np.ndarray:
        return self._vectors[rows]


def listed(
    words: Sequence[float],
    policy: SlotPolicy,
    limit: int,
    vectors: Sequence[Sequence[float]] | None = None,
    stories: Sequence[str | None] = (),
    admits=lambda row, chosen: True,
) -> list[int]:
    """The positions chosen among candidates that share so many words; unlike one another unless vectors are given."""
    found = candidates_of({"words": words}, [0] * len(words))
    ranked = rank(found, REFERENCE, policy)
    order = in_order(found, ranked, "{:04}".format, policy)
    snapshot = Vectors(np.eye(len(words), dtype=np.float32) if vectors is None else np.array(vectors, np.float32))
    bounds = Bounds(Told(stories or [None] * len(words)), admits)
    return choose(snapshot, found, ranked, order, policy, bounds, limit)


both = pytest.mark.parametrize("diversity", [0.0, 0.25])


@both
def test_no_more_of_one_story_than_the_policy_wants(diversity: float):
    policy = plain_slot(per_story=2, diversity=diversity)
    stories = ["storm", "storm", "storm", "vote", None, "storm", "vote", None]
    words = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
    assert listed(words, policy, 9, stories=stories) == [0, 1, 3, 4, 6, 7]
    assert listed(words, policy, 3, stories=stories) == [0, 1, 3]


@both
@pytest.mark.parametrize(("own_story", "chosen"), [(0, [1, 4, 5]), (1, [0, 1, 4, 5]), (2, [0, 1, 2, 4, 5])])
def test_no_more_of_the_subjects_own_story_than_the_policy_wants_and_0_is_none(diversity, own_story, chosen):
    policy = plain_slot(per_story=1, own_story=own_story, diversity=diversity)
    stories = ["own", None, "own", "own", "vote", None]
    assert listed([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], policy, 9, stories=stories) == chosen


@both
def test_what_may_not_stand_beside_those_chosen_is_passed_over(diversity: float):
    policy = plain_slot(diversity=diversity)

    def admits(row: int, chosen: Sequence[int]) -> bool:
        return not (row == 1 and 0 in chosen)

    assert listed([0.9, 0.8, 0.7], policy, 3, admits=admits) == [0, 2]
    assert listed([0.8, 0.9, 0.7], policy, 3, admits=admits) == [1, 0, 2]


TWINS = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0.6, 0.8, 0]]


@pytest.mark.parametrize(
    ("diversity", "chosen"),
    [
        (0.0, [0, 1, 2, 3]),
        # log-odds 4, 3.6, 2.8, 2.4. After 0: 1 loses all of the diversity, 3 loses 0.6 of it, 2 nothing
        (0.5, [0, 1, 2, 3]),  # 3.1, 2.8, 2.1
        (1.0, [0, 2, 1, 3]),  # 2.6, 2.8, 1.8; after 2, 3 loses 0.8: 2.6, 1.6
        (4.0, [0, 2, 1, 3]),  # −0.4, 2.8, 0; after 2: −0.4, −0.8
        (8.0, [0, 2, 3, 1]),  # −4.4, 2.8, −2.4; after 2: −4.4, −4
    ],
)
def test_each_place_goes_to_the_greatest_log_odds_less_diversity_times_likeness(diversity, chosen):
    policy = plain_slot(weights=weights(words=4.0), diversity=diversity)
    assert listed([1.0, 0.9, 0.7, 0.6], policy, 4, TWINS) == chosen


def test_to_be_opposite_is_no_more_unlike_than_to_have_nothing_in_common():
    policy = plain_slot(weights=weights(words=4.0), diversity=100.0)
    assert listed([1.0, 0.9, 0.8], policy, 3, [[1, 0], [-1, 0], [0, 1]]) == [0, 1, 2]


def test_the_mode_latest_keeps_its_order_whatever_the_diversity():
    policy = plain_slot(weights=weights(words=4.0), diversity=8.0, mode="latest")
    assert listed([1.0, 0.9, 0.7, 0.6], policy, 4, TWINS) == [0, 1, 2, 3]


def test_where_the_best_are_all_kept_out_it_goes_on_among_the_rest(monkeypatch):
    monkeypatch.setattr(selection, "MIN_POOL", 3)
    monkeypatch.setattr(selection, "POOL", 1)
    words = [0.9 - n / 100 for n in range(12)]
    stories = ["own"] * 6 + [None] * 6
    assert listed(words, plain_slot(own_story=1, diversity=0.5), 3, stories=stories) == [0, 6, 7]
    assert listed(words, plain_slot(own_story=0, diversity=0.5), 3, stories=stories) == [6, 7, 8]
    stories = ["storm"] * 11 + [None]
    assert listed(words, plain_slot(per_story=2, diversity=0.5), 4, stories=stories) == [0, 1, 11]


@given(
    st.lists(st.integers(0, 20).map(lambda value: value / 20), max_size=20),
    st.lists(st.sampled_from(["own", "storm", "vote", None]), min_size=20, max_size=20),
    st.integers(0, 12),
    st.integers(1, 3),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.5, 3.0]),
)
def test_a_list_is_distinct_within_its_bounds_and_as_long_as_they_allow(words, told, limit, per_story, own, diversity):
    stories = told[: len(words)]
    policy = plain_slot(per_story=per_story, own_story=own, diversity=diversity)
    chosen = listed(words, policy, limit, stories=stories)
    assert len(set(chosen)) == len(chosen) <= limit
    counts = {name: sum(stories[at] == name for at in chosen) for name in ("own", "storm", "vote")}
    bounds = {"own": own, "storm": per_story, "vote": per_story}
    assert all(counts[name] <= bounds[name] for name in bounds)
    possible = stories.count(None) + sum(min(stories.count(name), bound) for name, bound in bounds.items())
    assert len(chosen) == min(limit, possible)
    if not diversity:
        found = candidates_of({"words": words}, [0] * len(words))
        order = in_order(found, rank(found, REFERENCE, policy), "{:04}".format, policy)
        assert chosen == [at for at in order if at in chosen]


def test_an_article_is_called_by_its_tags_its_type_and_every_section_above_it():
    assert labels_of("News/Flood/Tamble", ["River"], "Opinion") == {
        "news",
        "news/flood",
        "news/flood/tamble",
        "river",
        "opinion",
    }
    assert labels_of(None, [], None) == frozenset()
