"""Policies: what a file may say, and what is said of one that says otherwise."""

from pathlib import Path

import pytest

from recommender.errors import InvalidPolicy
from recommender.policy import DEFAULT_POLICY, SLOTS, load_policy

SHIPPED = DEFAULT_POLICY.read_text(encoding="utf-8")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_policy_settles_every_slot():
    policy = load_policy()
    assert tuple(policy.slots) == SLOTS
    assert policy.slots["also-read"].half_life_days == 365
    assert policy.slots["more-in-section"].mode == "latest"


def test_a_copy_of_the_shipped_policy_is_the_shipped_policy(tmp_path: Path):
    assert load_policy(written(tmp_path, SHIPPED)).version == load_policy().version


def test_slots_that_a_file_leaves_out_are_as_shipped(tmp_path: Path):
    only_background = SHIPPED[SHIPPED.index("[background]") :].replace("limit = 5", "limit = 9")
    policy = load_policy(written(tmp_path, only_background))
    assert policy.slots["background"].limit == 9
    assert policy.slots["also-read"] == load_policy().slots["also-read"]


def test_any_changed_setting_changes_the_version(tmp_path: Path):
    changed = SHIPPED.replace("half_life_days = 365", "half_life_days = 364", 1)
    assert load_policy(written(tmp_path, changed)).version != load_policy().version


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("limit = 5 ", "limit = 0 ", "also-read: limit: expected greater than or equal to 1, got 0"),
        ("limit = 5 ", 'limit = "many" ', "also-read: limit: expected valid integer, got 'many'"),
        ("floor = 0.5 ", "floor = 1.5 ", "also-read: floor: expected less than or equal to 1, got 1.5"),
        (
            'mode = "default"',
            'mode = "newest"',
            "also-read: mode: expected 'default', 'background' or 'latest', got 'newest'",
        ),
        ("words = 1.0", "wrods = 1.0", "also-read: weights.words: expected a value, got nothing"),
        ("grace_days = 7 ", "grace_day = 7 ", "also-read: grace_days: expected a value, got nothing"),
        ("grace_days = 7 ", "grace_days = 7\nhalf_live = 3 ", "also-read: half_live: expected no such setting, got 3"),
        ("[also-read]", "[alsoread]", "no slot is called 'alsoread'; slots are also-read, more-in-section, background"),
        ("limit = 5 ", "limit = ", "not a TOML file"),
    ],
)
def test_a_mistake_is_named_with_slot_setting_and_both_values(tmp_path: Path, old: str, new: str, said: str):
    path = written(tmp_path, SHIPPED.replace(old, new, 1))
    with pytest.raises(InvalidPolicy) as error:
        load_policy(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InvalidPolicy, match=r"nowhere\.toml: No such file"):
        load_policy(tmp_path / "nowhere.toml")
