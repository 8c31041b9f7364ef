"""What becomes of each reported event: counted, or dropped for a reason that has a name."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from index.click_counts import Place, utc_day
from recommender.errors import UnknownArticle
from recommender.policy import SLOTS
from recommender.recommend import Recommender
from service.clicks.counter import ClickCounter
from service.clicks.events import Event
from service.clicks.list_ids import parse_list_id
from service.clicks.repeats import Repeats
from service.clicks.robots import is_prefetch, is_robot

OTHER = "other"
"""The policy of a list that is neither in force nor was lately: anybody can write any version into an id."""

Reason = Literal[
    "robot",
    "prefetch",
    "unknown-list",
    "unknown-slot",
    "wrong-position",
    "unknown-article",
    "unknown-item",
    "repeat",
    "overload",
]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who reports. It is forgotten with the request."""

    address: str
    user_agent: str | None
    purposes: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events were counted, and how many dropped for each reason."""

    counted: int
    dropped: dict[str, int]


class Intake:
    """Takes reports from readers' browsers; any number of threads may."""

    def __init__(self, recommender: Recommender, counter: ClickCounter, repeats: Repeats) -> None:
        self._recommender = recommender
        self._counter = counter
        self._repeats = repeats

    def take(self, events: Sequence[Event], sender: Sender, now: datetime) -> Taken:
        """Count what may be counted. Raises what `Recommender.locate_id` does but for `UnknownArticle`."""
        if reason := _no_reader(sender):
            return Taken(0, {reason: len(events)} if events else {})
        sections: dict[str, str | None] = {}
        policies = {policy.version for policy in self._recommender.policies.in_force()} | self._counter.known
        dropped: Counter[str] = Counter()
        for event in events:
            judged = self._judge(event, sections, policies, now)
            reason = (
                self._count(event, judged, sections[event.article], sender) if isinstance(judged, Place) else judged
            )
            if reason is not None:
                dropped[reason] += 1
        return Taken(len(events) - dropped.total(), dict(sorted(dropped.items())))

    def _judge(
        self, event: Event, sections: dict[str, str | None], policies: set[str], now: datetime
    ) -> Place | Reason:
        """Where the item stood; or why there is no such place. `sections` are those of the articles met so far."""
        named = parse_list_id(event.list_id)
        if named is None:
            return "unknown-list"
        if event.slot not in SLOTS:
            return "unknown-slot"
        if event.position > len(named.sources):
            return "wrong-position"
        if not self._is_known(event.article, sections, now):
            return "unknown-article"
        if event.item == event.article or not self._is_known(event.item, sections, now):
            return "unknown-item"
        return Place(
            day=utc_day(now),
            slot=event.slot,
            article_id=event.article,
            item_id=event.item,
            position=event.position,
            source=named.sources[event.position - 1],
            policy=named.policy if named.policy in policies else OTHER,
        )

    def _is_known(self, article_id: str, sections: dict[str, str | None], now: datetime) -> bool:
        if article_id not in sections:
            try:
                section = self._recommender.locate_id(article_id, now).card().get("section")
            except UnknownArticle:
                return False
            sections[article_id] = section.split("/")[0] if section else None
        return True

    def _count(self, event: Event, place: Place, section: str | None, sender: Sender) -> Reason | None:
        came = (sender.address, sender.user_agent or "", event.list_id, event.type, str(event.position))
        if self._repeats.came_before(place.day, *came):
            return "repeat"
        return None if self._counter.count(place, event.type == "click", section) else "overload"


def _no_reader(sender: Sender) -> Reason | None:
    if is_robot(sender.user_agent):
        return "robot"
    return "prefetch" if is_prefetch(*sender.purposes) else None
