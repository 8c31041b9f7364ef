"""A policy changed at one place: nothing else moves, sections go on having from their slot what is not their own."""

from typing import Any

import pytest

from recommender.errors import InvalidPolicy
from recommender.policy import SLOTS, Policy, SlotPolicy, Weights, load_policy, policy_from_toml
from recommender.policy_edit import Change, difference, edited, has_own, without_section
from recommender.policy_text import policy_to_toml

SHIPPED = load_policy()
MIXED = policy_from_toml(
    "[also-read]\nhalf_life_days = 40\nwindow_days = 365\n[also-read.weights]\nwords = 3.0\n"
    "[also-read.sections.sport]\nlimit = 8\n[also-read.sections.sport.never_on]\ntags = ['verdict']\n"
    "[also-read.sections.news.weights]\nnames = 2.0\n"
)


def settings(policy: Policy, section: str | None = None, slot: Any = "also-read") -> SlotPolicy:
    return policy.for_article(slot, section)


def test_only_the_place_that_was_changed_moves():
    tried = edited(MIXED, "more-in-section", None, {"limit": 9, "weights.words": 0.25})
    before, after = settings(MIXED, slot="more-in-section"), settings(tried, slot="more-in-section")
    weights = before.weights.model_copy(update={"words": 0.25})
    assert after == before.model_copy(update={"limit": 9, "weights": weights})
    assert {slot: tried.slots[slot] for slot in SLOTS if slot != "more-in-section"} == {
        slot: MIXED.slots[slot] for slot in SLOTS if slot != "more-in-section"
    }
    assert tried.sections == MIXED.sections


def test_sections_have_what_is_not_their_own_from_the_changed_slot():
    tried = edited(MIXED, "also-read", None, {"half_life_days": 5.0, "limit": 3, "weights.names": 0.5})
    assert settings(tried, "sport").half_life_days == 5
    assert settings(tried, "sport").limit == 8, "its own"
    assert settings(tried, "sport").never_on.tags == ("verdict",)
    assert settings(tried, "news").weights.names == 2, "its own"
    assert settings(tried, "news").limit == 3


def test_a_section_changed_leaves_its_slot_and_the_others():
    tried = edited(MIXED, "also-read", "Sport/", {"diversity": 2.5})
    assert tried.slots == MIXED.slots
    assert settings(tried, "news") == settings(MIXED, "news")
    assert settings(tried, "sport") == settings(MIXED, "sport").model_copy(update={"diversity": 2.5})


def test_a_new_section_begins_with_what_held_for_it():
    tried = edited(MIXED, "also-read", "sport/rowing", {"diversity": 2.5})
    assert has_own(tried, "also-read", "sport/rowing")
    assert settings(tried, "sport/rowing") == settings(MIXED, "sport/rowing").model_copy(update={"diversity": 2.5})
    assert settings(tried, "sport") == settings(MIXED, "sport")
    fresh = edited(SHIPPED, "background", "culture", {"limit": 2})
    assert settings(fresh, "culture/film", "background").limit == 2


@pytest.mark.parametrize(("section", "days"), [(None, None), ("sport", 100_000), ("culture", 100_000)])
def test_no_window_is_none_and_where_the_slot_has_one_as_good_as_none(section: str | None, days: float | None):
    tried = edited(MIXED, "also-read", section, {"window_days": None})
    assert settings(tried, section).window_days == days
    assert settings(edited(SHIPPED, "also-read", "sport", {"window_days": None}), "sport").window_days is None


def test_what_is_tried_is_what_is_saved():
    tried = edited(MIXED, "also-read", "sport", {"window_days": None, "floor": 0.125, "weights.title": 0.1})
    assert policy_from_toml(policy_to_toml(tried)).version == tried.version


def test_all_settings_as_they_are_change_nothing():
    for section in (None, "sport", "news"):
        held = settings(MIXED, section)
        given = {f"weights.{name}": value for name, value in held.weights.model_dump().items()}
        tried = edited(MIXED, "also-read", section, {**given, "window_days": held.window_days, "limit": held.limit})
        assert tried.version == MIXED.version


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"limit": 0}, "these settings: also-read: limit: expected greater than or equal to 1, got 0"),
        ({"limit": 2.5}, "also-read: limit: expected"),
        ({"floor": float("nan")}, "also-read: floor: expected"),
        ({"half_life_days": float("inf")}, "also-read: half_life_days: expected"),
        ({"weights.nothing": 1.0}, "also-read: weights.nothing: expected no such setting"),
        ({"nothing": 1.0}, "also-read: nothing: expected no such setting"),
    ],
)
def test_a_setting_that_may_not_be_so_is_named(given: dict[str, Any], said: str):
    with pytest.raises(InvalidPolicy, match=f"^.*{said}"):
        edited(MIXED, "also-read", None, given)


def test_the_difference_names_every_setting_that_is_another():
    assert difference(MIXED, MIXED) == []
    tried = edited(
        edited(MIXED, "also-read", None, {"limit": 7, "weights.words": 1.0}), "also-read", "arts", {"limit": 9}
    )
    assert difference(MIXED, tried) == [
        Change("also-read", None, "limit", 5, 7),
        Change("also-read", None, "weights.words", 3.0, 1.0),
        Change("also-read", "arts", "limit", None, 9),
    ]
    assert difference(SHIPPED, policy_from_toml('[background.never_on]\ntags = ["court"]')) == [
        Change("background", None, "never_on.tags", (), ("court",))
    ]


def test_a_section_without_its_own_has_what_its_slot_has():
    tried = without_section(MIXED, "also-read", "Sport")
    assert settings(tried, "sport") == settings(MIXED)
    assert not has_own(tried, "also-read", "sport")
    assert has_own(tried, "also-read", "news")
    assert Change("also-read", "sport", "limit", 8, None) in difference(MIXED, tried)


def test_every_weight_can_be_changed():
    for name in Weights.model_fields:
        assert getattr(settings(edited(SHIPPED, "also-read", None, {f"weights.{name}": 0.375})).weights, name) == 0.375
