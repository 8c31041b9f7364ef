"""The settings that can be tuned at the desk: their names in plain words, the reach of their sliders, and what a form says."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.errors import InvalidPolicy
from recommender.policy import MAX_LIMIT, SLOTS, Policy, Slot, SlotPolicy, Weights
from recommender.policy_edit import CALLED, Change, edited
from recommender.policy_text import SAYS

MAX_SECTION = 200
MAX_NUMBER = 40
"""Characters of a number in a form."""

WEIGHT = "weights."


@dataclass(frozen=True, slots=True)
class Tunable:
    """A setting with a slider. `low` and `high` bound the slider, `least` and `most` what may be typed; `scale` is "linear"
    or "log". With `open_end` the slider's right end stands for none."""

    name: str
    label: str
    says: str
    low: float
    high: float
    least: float
    most: float
    scale: str = "linear"
    unit: str = ""
    whole: bool = False
    open_end: bool = False

    @property
    def field(self) -> str:
        """Its name in an address or a form's id."""
        return self.name.replace(".", "-")


TUNABLES = (
    Tunable(
        "window_days",
        "Window",
        "Nothing older than this. Left empty: however old.",
        *(1, 3_650, 0, 100_000, "log", "days"),
        open_end=True,
    ),
    Tunable(
        "half_life_days",
        "Half-life",
        "After so many days a piece counts half, after twice as many a third.",
        *(0.5, 2_000, 0, 100_000, "log", "days"),
    ),
    Tunable("floor", "Floor", "However old, a piece keeps this share of its weight.", *(0.0001, 1, 0, 1, "log")),
    Tunable("recency", "Recency", "How much age counts: 0 not at all, 2 twice.", *(0, 3, 0, 100)),
    Tunable("diversity", "Diversity", "What a piece loses for being like one already in the list.", *(0, 3, 0, 100)),
    Tunable(
        "minimum_relevance",
        "Minimum relevance",
        "Pieces less related than this are not shown; −1 lets all in.",
        *(-1, 2, -1, 4),
    ),
    Tunable(
        "limit",
        "Length",
        "Suggestions in the list, unless the page asks for another number.",
        *(1, 20, 1, MAX_LIMIT),
        whole=True,
    ),
)

_NAMES = {"author_links": "Author's links", "linked": "Linked by alike", "column": "Column label"}


def _weight(name: str) -> Tunable:
    signed = any(getattr(bound, "ge", 0) < 0 for bound in Weights.model_fields[name].metadata)
    label = _NAMES.get(name, name.replace("_", " ").capitalize())
    says = SAYS.get(name, name)
    return Tunable(f"{WEIGHT}{name}", label, f"{says[:1].upper()}{says[1:]}.", -6 if signed else 0, 6, -100, 100)


WEIGHTS = tuple(_weight(name) for name in Weights.model_fields)

LABELS: Mapping[str, str] = {one.name: one.label for one in TUNABLES} | {
    one.name: f"Weight of {one.label.lower()}" for one in WEIGHTS
}

SLOT_NAMES: Mapping[Slot, str] = {
    "also-read": "Also read",
    "more-in-section": "More in section",
    "background": "Background",
}


class Unreadable(Exception):
    """A form holds what is no number, or no such slot; its message may be shown."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a form says: which place is tuned, and to what. Without settings nothing is tried."""

    slot: Slot
    section: str | None
    settings: Mapping[str, float | int | None]

    def tried(self, policy: Policy) -> Policy:
        """The policy with these settings. Raises `InvalidPolicy`."""
        return edited(policy, self.slot, self.section, self.settings) if self.settings else policy


def read_form(form: Mapping[str, str]) -> Given:
    """What a form or an address says. Raises `Unreadable`."""
    slot = form.get("slot") or SLOTS[0]
    if slot not in SLOTS:
        raise Unreadable(f"Slot: expected one of {', '.join(SLOTS)}, got {slot[:40]!r}.")
    settings = {one.name: _number(one, form[one.name]) for one in (*TUNABLES, *WEIGHTS) if one.name in form}
    return Given(slot, read_section(form), settings)


def read_section(form: Mapping[str, str]) -> str | None:
    """The section that a form names; None for the whole slot, and for what cannot be one."""
    section = form.get("section", "").strip().strip("/")
    return section if section and len(section) <= MAX_SECTION and section.isprintable() else None


def settings_at(policy: Policy, given: Given) -> SlotPolicy:
    """What holds at the place that a form names."""
    return policy.for_article(given.slot, given.section)


def value_of(settings: SlotPolicy, name: str) -> float | int | None:
    """A setting by its name, such as `limit` or `weights.words`."""
    group, _, inner = name.rpartition(".")
    value: float | int | None = getattr(getattr(settings, group) if group else settings, inner)
    return value


def exact(value: float | int | None) -> str:
    """A number as it stands in a field, to the last digit; nothing for none."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(value)


def plain(value: Any) -> str:
    """A value as it stands in a sentence."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (tuple, list)):
        return ", ".join(plain(one) for one in value) or "none"
    return "none" if value is None else str(value)


def said(error: InvalidPolicy) -> str:
    """What is wrong with settings, for who typed them."""
    text = str(error).removeprefix(f"{CALLED}: ")
    place, _, rest = text.partition(": ")
    name, _, rest = rest.partition(": ")
    return f"{LABELS.get(name, name)}: {rest}." if rest else f"{place}: {name}."


def place_name(change: Change) -> str:
    """Where a change is, such as `Also read · sport`."""
    return SLOT_NAMES[change.slot] + (f" · {change.section}" if change.section else "")


def setting_name(change: Change) -> str:
    """What a change is of."""
    return LABELS.get(change.setting, change.setting.replace("_", " "))


def _number(of: Tunable, raw: str) -> float | int | None:
    text = raw.strip().replace(",", ".").replace("−", "-")
    if text == "" and of.open_end:
        return None
    kind = "a whole number" if of.whole else "a number"
    try:
        number = int(text) if of.whole else float(text)
    except ValueError:
        number = math.nan
    if len(text) > MAX_NUMBER or not math.isfinite(number):
        raise Unreadable(f"{of.label}: expected {kind}, got {raw[:MAX_NUMBER]!r}.")
    return number
