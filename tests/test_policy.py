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
    assert not policy.sections
    also, more, background = (policy.slots[slot] for slot in SLOTS)
    assert more.half_life_days < also.half_life_days
    assert (also.age_from, more.age_from) == ("article", "clock")
    assert (also.mode, more.mode, background.mode) == ("default", "default", "background")
    assert also.fallback == ("section", "latest")
    assert more.fallback == ()


def test_a_copy_of_the_shipped_policy_is_the_shipped_policy(tmp_path: Path):
    assert load_policy(written(tmp_path, SHIPPED)).version == load_policy().version


def test_an_empty_file_is_the_shipped_policy(tmp_path: Path):
    assert load_policy(written(tmp_path, "")).version == load_policy().version


def test_what_a_file_leaves_out_is_as_shipped_setting_by_setting(tmp_path: Path):
    shipped = load_policy().slots
    found = load_policy(written(tmp_path, "[background]\nlimit = 9\n[background.weights]\nnames = 41.5\n")).slots
    weights = shipped["background"].weights.model_copy(update={"names": 41.5})
    assert found["background"] == shipped["background"].model_copy(update={"limit": 9, "weights": weights})
    assert found["also-read"] == shipped["also-read"]


@pytest.mark.parametrize(
    "text",
    [
        "[also-read]\nlimit = 17",
        "[more-in-section]\nlimit = 17",
        "[also-read.weights]\ncolumn = -3.25",
        "[also-read]\nminimum_relevance = 0.515625",
        "[also-read.never_on]\ntags = ['court']",
        "[also-read.never_suggest]\nids = ['a']",
        "[also-read]\napart = [['obituaries', 'comedy']]",
        "[also-read.sections.sport]\nlimit = 17",
    ],
)
def test_any_changed_setting_changes_the_version(tmp_path: Path, text: str):
    assert load_policy(written(tmp_path, text)).version != load_policy().version


BY_SECTION = """
[also-read]
limit = 7
[also-read.weights]
topics = 3.5
[also-read.sections.sport]
half_life_days = 2.5
[also-read.sections."/sport/rowing/".weights]
names = 9.5
[also-read.sections.court]
on_sensitive = "suggestions"
never_on = { tags = ["verdict"] }
"""


def test_a_section_has_the_slots_settings_but_for_its_own(tmp_path: Path):
    policy = load_policy(written(tmp_path, BY_SECTION))
    slot, sport = policy.slots["also-read"], policy.for_article("also-read", "sport")
    assert slot.limit == 7
    assert sport == slot.model_copy(update={"half_life_days": 2.5})
    rowing = policy.for_article("also-read", "sport/rowing")
    assert rowing == slot.model_copy(update={"weights": slot.weights.model_copy(update={"names": 9.5})})
    assert policy.for_article("also-read", "court").never_on.tags == ("verdict",)
    assert slot.never_on.tags == ()


@pytest.mark.parametrize(
    ("section", "half_life", "names"),
    [
        ("sport", 2.5, None),
        ("sport/football/cup", 2.5, None),
        ("sport/rowing/regatta", None, 9.5),
        ("sports", None, None),
        ("news/sport", None, None),
        (None, None, None),
    ],
)
def test_the_nearest_section_above_an_article_that_has_settings_of_its_own_counts(
    tmp_path: Path, section: str | None, half_life: float | None, names: float | None
):
    policy = load_policy(written(tmp_path, BY_SECTION))
    slot, found = policy.slots["also-read"], policy.for_article("also-read", section)
    assert found.half_life_days == (half_life or slot.half_life_days)
    assert found.weights.names == (names or slot.weights.names)
    assert policy.for_article("background", section) == policy.slots["background"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[also-read]\nlimit = 0", "also-read: limit: expected greater than or equal to 1, got 0"),
        ("[also-read]\nlimit = 'many'", "also-read: limit: expected valid integer, got 'many'"),
        ("[also-read]\nfloor = 1.5", "also-read: floor: expected less than or equal to 1, got 1.5"),
        ("[also-read]\nfloor = 0", "also-read: floor: expected greater than 0, got 0"),
        (
            "[also-read]\nmode = 'newest'",
            "also-read: mode: expected 'default', 'background' or 'latest', got 'newest'",
        ),
        ("[also-read.weights]\nwrods = 1.0", "also-read: weights.wrods: expected no such setting, got 1.0"),
        (
            "[also-read.weights]\nwords = -1.0",
            "also-read: weights.words: expected greater than or equal to 0, got -1.0",
        ),
        ("[also-read]\nhalf_live = 3", "also-read: half_live: expected no such setting, got 3"),
        ("[also-read]\nper_story = 0", "also-read: per_story: expected greater than or equal to 1, got 0"),
        ("[also-read]\ncopies = 'oldest'", "also-read: copies: expected 'newest' or 'original', got 'oldest'"),
        ("[also-read.never_on]\nflags = ['x']", "also-read: never_on.flags: expected no such setting, got ['x']"),
        (
            "[also-read.never_suggest]\ntags = 'x'",
            'also-read: never_suggest.tags: expected a list such as ["one", "two"], got \'x\'',
        ),
        ("[also-read]\napart = [['a']]", "also-read: apart.0.1: expected a value, got nothing"),
        (
            "[background.sections.news]\nlimit = 99",
            "background.sections.news: limit: expected less than or equal to 50, got 99",
        ),
        (
            "[background.sections.news.sections.more]\nlimit = 9",
            "background.sections.news: sections: expected no such setting, got {'more': {'limit': 9}}",
        ),
        ("[also-read.sections]\nnews = 3", "also-read.sections.news: expected a table of settings, got 3"),
        ("[also-read]\nsections = 3", "also-read: sections: expected a table of settings, got 3"),
        ("also-read = 3", "also-read: expected a table of settings, got 3"),
        ("[also-read]\nweights = 3", "also-read: weights: expected"),
        ("[alsoread]", "no slot is called 'alsoread'; slots are also-read, more-in-section, background"),
        ("[also-read]\nlimit = ", "not a TOML file"),
    ],
)
def test_a_mistake_is_named_with_slot_setting_and_both_values(tmp_path: Path, text: str, said: str):
    path = written(tmp_path, text)
    with pytest.raises(InvalidPolicy) as error:
        load_policy(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InvalidPolicy, match=r"nowhere\.toml: No such file"):
        load_policy(tmp_path / "nowhere.toml")
