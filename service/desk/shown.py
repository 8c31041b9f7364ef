"""Lists as the desk shows them: every item with its reasons, its arithmetic, and the pin that holds it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from index.rules import Rule
from recommender.explain import Breakdown
from recommender.policy import Slot
from recommender.recommend import Answer
from service.desk.cards import Card, card_of

SLOT_NAMES: Mapping[Slot, str] = MappingProxyType(
    {"also-read": "Also read", "more-in-section": "More in section", "background": "Background"}
)

SOURCES: Mapping[str, str] = MappingProxyType(
    {"pinned": "pinned", "similar": "related", "section": "from the section", "latest": "newest, to fill up"}
)
"""What the sources of items are called here."""

FEATURE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "meaning": "Meaning",
        "words": "Words in common",
        "pairs": "Phrases in common",
        "names": "People and places",
        "title": "Names the other’s headline",
        "topics": "Topics in common",
        "authors": "Same author",
        "section": "Same section",
        "series": "Same series",
        "column": "Same column",
        "linked": "Linked from articles like it",
        "popular": "Often linked to",
        "author_links": "The author linked to it",
        "clicked": "Readers choose it",
    }
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a score: how far it moves it, `width` 0 to 100 of the greatest part of the list."""

    name: str
    width: float
    points: float

    @property
    def shown(self) -> str:
        return f"{self.points:+.2f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list. `position` from 1."""

    card: Card
    position: int
    score: float
    source: str
    reasons: tuple[str, ...]
    bars: tuple[Bar, ...]
    pin: Rule | None = None
    standing: str | None = None
    """Where a list is beside another: "new" or "moved from 3"."""

    @property
    def source_name(self) -> str:
        return f"pinned by {self.pin.updated_by}" if self.pin else SOURCES.get(self.source, self.source)


@dataclass(frozen=True, slots=True)
class List:
    """What readers get in one slot."""

    slot: Slot
    name: str
    items: tuple[Item, ...]
    fallback: str | None
    missing: tuple[Card, ...] = ()
    """Where it is beside another list: what stands there and not here."""

    @property
    def order(self) -> str:
        """The ids in their order, as a form carries them."""
        return "\n".join(item.card.id for item in self.items)


def shown_list(answer: Answer, pins: Sequence[Rule] = (), beside: Answer | None = None) -> List:
    """An answer as it is shown; `pins` are the rules for its article, `beside` the list that it is compared with."""
    by_item = {rule.item_id: rule for wanted in (None, answer.slot) for rule in pins if rule.slot == wanted}
    parts = [abs(share.log_odds) for item in answer.items if item.breakdown for share in item.breakdown.shares]
    greatest = max([*parts, 0.5])
    before = [item.id for item in beside.items] if beside is not None else None
    items = tuple(
        Item(
            card=card_of(one.id, one.card),
            position=position,
            score=one.score,
            source=one.source,
            reasons=() if one.source == "pinned" else one.reasons,
            bars=_bars(one.breakdown, greatest),
            pin=by_item.get(one.id) if one.source == "pinned" else None,
            standing=_standing(one.id, position, before),
        )
        for position, one in enumerate(answer.items, start=1)
    )
    here = {item.card.id for item in items}
    missing = [card_of(one.id, one.card) for one in beside.items if one.id not in here] if beside is not None else []
    return List(answer.slot, SLOT_NAMES[answer.slot], items, answer.fallback, tuple(missing))


def _standing(item: str, position: int, before: Sequence[str] | None) -> str | None:
    if before is None:
        return None
    if item not in before:
        return "new"
    was = before.index(item) + 1
    return None if was == position else f"{'up' if position < was else 'down'} from {was}"


def _bars(breakdown: Breakdown | None, greatest: float) -> tuple[Bar, ...]:
    if breakdown is None:
        return ()
    bars = [
        Bar(FEATURE_WORDS.get(share.feature, share.feature), _width(share.log_odds, greatest), share.log_odds)
        for share in breakdown.shares
        if abs(share.log_odds) >= 0.005
    ]
    age = breakdown.recency * math.log(breakdown.freshness) if breakdown.freshness > 0 else 0.0
    return (*bars, Bar("Age", _width(age, greatest), age)) if age < -0.005 else tuple(bars)


def _width(points: float, greatest: float) -> float:
    return round(min(100.0, 100 * abs(points) / greatest), 1)
