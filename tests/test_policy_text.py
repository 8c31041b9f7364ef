"""Policies as text: what is written is read back to the last digit, and only what differs is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import InvalidPolicy
from recommender.policy import DEFAULT_POLICY, SLOTS, Marked, Policy, SlotPolicy, Weights, load_policy, policy_from_toml
from recommender.policy_text import policy_to_toml

WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SECTION = WORD.map(lambda word: word.strip("/").casefold()).filter(lambda word: word and word == word.casefold())
SHIPPED = load_policy()
DAYS = st.floats(0.001, 100_000)


@st.composite
def slots(draw: st.DrawFn, base: SlotPolicy) -> SlotPolicy:
    """A slot's settings, some of them other than the base's."""
    choices = {
        "limit": st.integers(1, 50),
        "mode": st.sampled_from(["default", "background", "latest"]),
        "window_days": DAYS,
        "half_life_days": DAYS,
        "floor": st.floats(1e-12, 1),
        "recency": st.floats(0, 100),
        "fallback": st.sampled_from([(), ("latest",), ("section", "latest")]),
        "apart": st.lists(st.tuples(WORD, WORD), max_size=2).map(tuple),
        "minimum_relevance": st.floats(-1, 4),
        "suggest_sensitive": st.booleans(),
        "never_on": st.lists(WORD, max_size=2).map(lambda words: Marked(tags=tuple(words))),
        "weights": st.floats(0, 100).map(lambda value: Weights(**{**base.weights.model_dump(), "names": value})),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(choices)), max_size=5))
    return SlotPolicy(**{**dict(base), **{name: draw(choices[name]) for name in sorted(chosen)}})


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    of = {slot: draw(slots(SHIPPED.slots[slot])) for slot in SLOTS}
    places = draw(st.lists(st.tuples(st.sampled_from(SLOTS), SECTION), max_size=3, unique=True))
    return Policy(of, {(slot, name): draw(slots(of[slot])) for slot, name in places})


@given(policies())
def test_a_written_policy_is_read_back_to_the_last_digit(policy: Policy):
    text = policy_to_toml(policy, ["Said by\na head of two lines"])
    assert policy_from_toml(text).version == policy.version
    assert policy_to_toml(policy_from_toml(text)) == policy_to_toml(policy)


def test_the_shipped_policy_is_nothing_but_its_head():
    assert policy_to_toml(SHIPPED, ["As it ships."]) == "# As it ships.\n"
    assert policy_from_toml("").version == SHIPPED.version
    assert policy_from_toml(DEFAULT_POLICY.read_text(encoding="utf-8")).version == SHIPPED.version


def test_only_what_differs_is_written_and_says_what_it_is():
    policy = policy_from_toml(
        "[also-read]\nhalf_life_days = 30.0\nlimit = 5\n[also-read.weights]\nwords = 3.25\nnames = 0.8\n"
        '[also-read.sections."Sport/"]\nwindow_days = 90\n[background.never_on]\ntags = ["court"]\n'
    )
    assert policy_to_toml(policy).split("\n\n") == [
        "[also-read]\nhalf_life_days = 30  # after so many days a piece counts half",
        "[also-read.weights]\nwords = 3.25  # words in common, the rarer the more",
        '[also-read.sections."sport"]\nwindow_days = 90  # only pieces so many days older, and newer ones',
        '[background.never_on]\ntags = ["court"]\n',
    ]


def test_a_section_without_the_window_of_its_slot_says_so_in_days():
    slot = SHIPPED.slots["also-read"].model_copy(update={"window_days": 30.0})
    policy = Policy({**SHIPPED.slots, "also-read": slot}, {("also-read", "sport"): SHIPPED.slots["also-read"]})
    read = policy_from_toml(policy_to_toml(policy))
    assert read.slots["also-read"].window_days == 30
    assert read.for_article("also-read", "sport").window_days == 100_000


@pytest.mark.parametrize("text", ["[also-read]\nlimit = 0", "[alsoread]", "x" * 10 + "[", "[" * 5_000])
def test_a_text_that_is_no_policy_is_refused_under_the_name_it_was_given(text: str):
    with pytest.raises(InvalidPolicy, match=r"^what was sent: "):
        policy_from_toml(text, "what was sent")
