"""A policy as a file that a person can read, and go on editing: what differs from the one that ships."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from recommender.features import FEATURES
from recommender.policy import SLOTS, Marked, Policy, Slot, SlotPolicy, Weights, load_policy

SAYS = {
    "meaning": "likeness of the embeddings",
    "words": "words in common, the rarer the more",
    "pairs": "neighbouring words in common",
    "names": "people, places, bodies in common",
    "title": "the article speaks of what the piece's headline says",
    "topics": "tags in common, the rarer the more",
    "authors": "an author in common",
    "section": "the same section; half for the same top level",
    "series": "the same series",
    "column": "the same label before the headline's colon",
    "linked": "articles like this one link to it",
    "popular": "many articles link to it",
    "author_links": "the author has linked to it before",
    "clicked": "readers click it more often than its places explain",
    "window_days": "only pieces so many days older, and newer ones",
    "half_life_days": "after so many days a piece counts half",
    "grace_days": "not counting the first few days",
    "floor": "but never less than this",
    "recency": "how much its age counts",
    "diversity": "what a piece loses for being like one already in the list",
    "minimum_relevance": "a related piece reaches this",
    "limit": "suggestions, unless the request says otherwise",
}
"""What settings are for, in a few words."""

NO_WINDOW = 100_000.0
"""Days, as many as a window may have: what a section has to say where its slot has a window and it is to have none."""


def policy_text(policy: Policy, head: Sequence[str]) -> str:
    """The policy as TOML that `load_policy` reads back, all weights of each slot, to three decimals; `head` are the lines of
    its comment."""
    rounded = {name: _rounded(settings) for name, settings in policy.slots.items()}
    sections = {place: _rounded(settings) for place, settings in policy.sections.items()}
    return _text(Policy(rounded, sections), head, all_weights=True)


def policy_to_toml(policy: Policy, head: Sequence[str] = ()) -> str:
    """The policy as TOML that `policy_from_toml` reads back to the last digit: only what differs from the one that ships,
    and of a section what differs from its slot."""
    return _text(policy, head, all_weights=False)


def _text(policy: Policy, head: Sequence[str], all_weights: bool) -> str:
    shipped = load_policy()
    parts = ["\n".join(f"# {line}".rstrip() for text in head for line in (text.splitlines() or [""]))]
    for slot in SLOTS:
        parts += _tables(slot, policy.slots[slot], shipped.slots[slot], all_weights)
        parts += _section_tables(policy, slot)
    return "\n\n".join(part for part in parts if part) + "\n"


def _rounded(settings: SlotPolicy) -> SlotPolicy:
    weights = {name: round(value, 3) for name, value in settings.weights.model_dump().items()}
    return settings.model_copy(update={"weights": Weights(**weights)})


def _section_tables(policy: Policy, slot: Slot) -> list[str]:
    parts: list[str] = []
    for (of, section), settings in sorted(policy.sections.items()):
        if of == slot:
            name = f"{slot}.sections.{_string(section)}"
            parts += _tables(name, settings, policy.slots[slot], False) or [f"[{name}]"]
    return parts


def _tables(name: str, settings: SlotPolicy, base: SlotPolicy, all_weights: bool) -> list[str]:
    """The tables of one slot or section: settings that differ from the base, and all weights where they are wanted."""
    changed = {
        key: value
        for key in SlotPolicy.model_fields
        if (value := getattr(settings, key)) != getattr(base, key) and not isinstance(value, (Marked, Weights))
    }
    parts = [f"[{name}]\n{_lines(changed)}"] if changed else []
    for key in ("never_on", "never_suggest"):
        marked, before = getattr(settings, key), getattr(base, key)
        differs = {of: words for of in Marked.model_fields if (words := getattr(marked, of)) != getattr(before, of)}
        if differs:
            parts.append(f"[{name}.{key}]\n{_lines(differs)}")
    weights = {
        feature: value
        for feature in FEATURES
        if (value := getattr(settings.weights, feature)) != getattr(base.weights, feature) or all_weights
    }
    if weights:
        parts.append(f"[{name}.weights]\n{_lines(dict(sorted(weights.items(), key=lambda item: -abs(item[1]))))}")
    return parts


def _lines(values: Mapping[str, Any]) -> str:
    lines = [(f"{name} = {_value(name, value)}", SAYS.get(name)) for name, value in values.items()]
    width = max(len(line) for line, _ in lines)
    return "\n".join(f"{line:<{width}}  # {said}" if said else line for line, said in lines)


def _value(name: str, value: Any) -> str:
    if value is None and name == "window_days":
        value = NO_WINDOW
    if isinstance(value, float) and value.is_integer() and value:
        return str(int(value))
    return _string(value)


def _string(value: Any) -> str:
    """Whatever it is as JSON, which TOML reads too, but for one character that it does not take as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
