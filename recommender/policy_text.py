"""A policy as a file that a person can read, and go on editing: what differs from the one that ships, and the weights."""

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
    "half_life_days": "after so many days a piece counts half",
    "recency": "how much its age counts",
}
"""What settings that are learnt are for, in a few words."""


def policy_text(policy: Policy, head: Sequence[str]) -> str:
    """The policy as TOML that `load_policy` reads back, weights to three decimals; `head` are the lines of its comment."""
    shipped = load_policy()
    parts = ["\n".join(f"# {line}" for line in head)]
    for slot in SLOTS:
        parts += _tables(slot, policy.slots[slot], shipped.slots[slot])
        parts += _section_tables(policy, slot)
    return "\n\n".join(part for part in parts if part) + "\n"


def _section_tables(policy: Policy, slot: Slot) -> list[str]:
    parts: list[str] = []
    for (of, section), settings in sorted(policy.sections.items()):
        if of == slot:
            parts += _tables(f"{slot}.sections.{json.dumps(section)}", settings, policy.slots[slot], weights=False)
    return parts


def _tables(name: str, settings: SlotPolicy, base: SlotPolicy, weights: bool = True) -> list[str]:
    """The tables of one slot or section: settings that differ from the base, and the weights of a slot in any case."""
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
    if weights or settings.weights != base.weights:
        values = {feature: round(getattr(settings.weights, feature), 3) for feature in FEATURES}
        parts.append(f"[{name}.weights]\n{_lines(dict(sorted(values.items(), key=lambda item: -abs(item[1]))))}")
    return parts


def _lines(values: Mapping[str, Any]) -> str:
    lines = [(f"{name} = {json.dumps(value, ensure_ascii=False)}", SAYS.get(name)) for name, value in values.items()]
    width = max(len(line) for line, _ in lines)
    return "\n".join(f"{line:<{width}}  # {said}" if said else line for line, said in lines)
