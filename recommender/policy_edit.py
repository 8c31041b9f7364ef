"""One place of a policy changed, a slot or a section of it, and what is different between two policies."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.policy import SLOTS, Marked, Policy, Slot, SlotPolicy, Weights, policy_of, section_key
from recommender.policy_text import NO_WINDOW, policy_to_toml

CALLED = "these settings"
"""What messages call settings by that are tried."""


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that is another; `section` is None for the slot itself. `setting` is named as in a file, such as `limit` or
    `weights.words`. What a section has not of its own, it has from its slot."""

    slot: Slot
    section: str | None
    setting: str
    before: Any
    after: Any


def edited(policy: Policy, slot: Slot, section: str | None, settings: Mapping[str, Any]) -> Policy:
    """The policy with these settings, named as in `Change`, at one place; a window of None is none. What a slot's sections
    do not have of their own they have from it, now as before. A section that had nothing of its own begins with what held
    for it.

    Raises `InvalidPolicy` that names the setting, what came and what was expected.
    """
    given = _tables(policy)
    table = given.setdefault(slot, {})
    if section is not None:
        table = _table_of_section(policy, given, slot, section_key(section))
    for name, value in settings.items():
        if name == "window_days" and value is None:
            has_one = section is not None and policy.slots[slot].window_days is not None
            table.pop(name, None)
            value = NO_WINDOW if has_one else None
        if value is not None:
            group, _, inner = name.rpartition(".")
            (table.setdefault(group, {}) if group else table)[inner] = value
    # written out and read back: what is saved is what was tried
    return policy_of(_tables(policy_of(given, CALLED)), CALLED)


def without_section(policy: Policy, slot: Slot, section: str) -> Policy:
    """The policy without what a section has of its own in a slot."""
    kept = {place: settings for place, settings in policy.sections.items() if place != (slot, section_key(section))}
    return Policy(policy.slots, kept)


def has_own(policy: Policy, slot: Slot, section: str) -> bool:
    """Whether a section has settings of its own in a slot."""
    return (slot, section_key(section)) in policy.sections


def difference(before: Policy, after: Policy) -> list[Change]:
    """Every setting that is another, slot by slot, of each first the slot's own and then its sections'."""
    found: list[Change] = []
    for slot in SLOTS:
        found += _changes(slot, None, before.slots[slot], after.slots[slot])
        names = sorted({name for of, name in (*before.sections, *after.sections) if of == slot})
        for name in names:
            own = [_own(policy, slot, name) for policy in (before, after)]
            for setting in dict.fromkeys([*own[0], *own[1]]):
                one, other = (of.get(setting) for of in own)
                if one != other:
                    found.append(Change(slot, name, setting, one, other))
    return found


def _changes(slot: Slot, section: str | None, before: SlotPolicy, after: SlotPolicy) -> list[Change]:
    had, has = _flat(before), _flat(after)
    return [Change(slot, section, name, had[name], has[name]) for name in had if had[name] != has[name]]


def _own(policy: Policy, slot: Slot, section: str) -> dict[str, Any]:
    """What a section has of its own, by the names of the settings."""
    settings = policy.sections.get((slot, section))
    if settings is None:
        return {}
    base = _flat(policy.slots[slot])
    return {name: value for name, value in _flat(settings).items() if value != base[name]}


def _flat(settings: SlotPolicy) -> dict[str, Any]:
    """Every setting by its name, such as `weights.words`."""
    flat: dict[str, Any] = {}
    for name in SlotPolicy.model_fields:
        value = getattr(settings, name)
        if isinstance(value, (Marked, Weights)):
            flat |= {f"{name}.{inner}": one for inner, one in dict(value).items()}
        else:
            flat[name] = value
    return flat


def _tables(policy: Policy) -> dict[str, Any]:
    """What a policy changes of the one that ships, as the tables of a file."""
    return tomllib.loads(policy_to_toml(policy))


def _table_of_section(policy: Policy, given: dict[str, Any], slot: Slot, section: str) -> dict[str, Any]:
    sections: dict[str, Any] = given[slot].setdefault("sections", {})
    if section not in sections:
        above = [name for of, name in policy.sections if of == slot and section.startswith(f"{name}/")]
        sections[section] = _copied(sections[max(above, key=len)]) if above else {}
    table: dict[str, Any] = sections[section]
    return table


def _copied(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, dict) else value for name, value in table.items()}
