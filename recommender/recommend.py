"""`Recommender`: answers *also read*, *more in section* and *background* for an indexed article."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from index.article import digest
from index.snapshot import Snapshot
from index.urls import canonical_url
from recommender.candidates import Find, find_candidates
from recommender.editorial import NOTHING, Editorial, Rules, Settled
from recommender.errors import UnknownArticle
from recommender.explain import Breakdown
from recommender.gathering import ALL_HERE, Around, asked_in_turn
from recommender.lists import Chosen, Origin, fill_up, related
from recommender.pins import standing_pins, with_pins
from recommender.policy import Policies, Slot, SlotPolicy
from recommender.question import Question, filter_for
from recommender.reasons import reasons_for
from recommender.selection import labels_of
from recommender.subject import Subject, subject_of_row

SOURCE_LETTERS: Mapping[Origin, str] = MappingProxyType({"pinned": "p", "similar": "s", "section": "c", "latest": "l"})
"""How a list's id spells where its items came from."""


class Index(Protocol):
    """Where snapshots come from."""

    @property
    def problem(self) -> str | None:
        """Why the newest snapshot is not the one that is given; None when it is."""
        ...

    def snapshot(self, about: str | None = None, at: str | None = None) -> Snapshot:
        """What to answer a request from; `about` names the article that it is about, which may just have been written, or
        `at` its canonical address."""
        ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One item of an answer. `card` is what may be shown of the article; `score` 0 to 1, 0 where it fills up or is pinned."""

    id: str
    card: dict[str, Any]
    score: float
    source: Origin
    reasons: tuple[str, ...]
    breakdown: Breakdown | None = None
    """How the score came about; None where there is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A list of suggestions, best first, and how it came about."""

    article_id: str
    article: dict[str, Any]
    slot: Slot
    items: tuple[Suggestion, ...]
    fallback: str | None
    """Why the list is not, or not only, what was asked for, or was made without the article's meaning; else None."""
    list_id: str
    generation: str
    by_clock: bool = False
    """Whether it is reckoned from the clock, so that the next hour's may be another: by ages, or by a policy that is drawn
    for the day."""
    embedded: bool = True
    """Whether the article's meaning is known; where it is not yet, a better list comes by itself."""
    until: datetime | None = None
    """When what editors settled for it is the next to expire; None where nothing is."""
    away: bool = False
    """Whether an engine was away that it should have been made with; the next one may be better."""


class Recommender:
    """Answers from whatever snapshot is live, under the policy and the rules of the moment; safe for any number of
    threads."""

    def __init__(
        self,
        index: Index,
        policies: Policies,
        site: str = "default",
        rules: Rules | None = None,
        around: Around = ALL_HERE,
    ) -> None:
        """Without `rules` editors settle nothing; `around` gives what a question can concern, where the index's snapshots do
        not hold everything."""
        self.index = index
        self.policies = policies
        self.site = site
        self.rules: Rules = rules or Editorial()
        self._around = around

    @property
    def holds_all(self) -> bool:
        """Whether the snapshots of its index hold every article."""
        return self._around.holds_all

    def also_read(self, located: "Located", question: Question) -> Answer:
        """The pieces that an editor would have picked to read next."""
        return self.suggest("also-read", located, question)

    def more_in_section(self, located: "Located", question: Question) -> Answer:
        """The best of the article's top-level section; it never leaves it."""
        return self.suggest("more-in-section", located, question)

    def locate_id(self, article_id: str, now: datetime) -> "Located":
        """The article of that id. Raises `UnknownArticle`, also for one that is not published by `now`."""
        snapshot = self.index.snapshot(article_id)
        row = snapshot.row_of_id(article_id)
        if row is None or not _visible(snapshot, row, now):
            raise UnknownArticle(f"no article has the id {article_id[:200]!r}")
        return Located(snapshot, row)

    def locate_url(self, url: str, now: datetime) -> "Located":
        """The article at that address: of several the newest, before those that have since moved away.

        Raises `UnknownArticle`, and `ValueError` for what is not an address.
        """
        address = canonical_url(url)
        snapshot = self.index.snapshot(at=address)
        found = [item for item in snapshot.rows_of_url(address) if _visible(snapshot, item[0], now)]
        if not found:
            raise UnknownArticle(f"no article has the address {url[:500]!r}")
        rows = np.array([row for row, _ in found], dtype=np.int64)
        published = snapshot.take("published", rows)
        best = min(range(len(found)), key=lambda at: (found[at][1], -int(published[at]), snapshot.id_of(found[at][0])))
        return Located(snapshot, found[best][0])

    def suggest(self, slot: Slot, located: "Located", question: Question) -> Answer:
        """The answer for one slot. Age is reckoned to the hour, so that an answer holds for an hour.

        Raises `TakeDownsUnknown` while it cannot be known what editors settled.
        """
        policy = self.policies.chosen(self.site, located.id, question.now)
        card = located.card()
        settings, rules = policy.for_article(slot, card.get("section")), self.rules.value()
        for one in asked_in_turn(question, settings, self._around):
            snapshot, away = self._around.candidates(located.snapshot, located.row, slot, settings, one, rules)
            subject = subject_of_row(snapshot, _row_of(snapshot, located))
            settled = rules.settled(snapshot, subject, slot, one.now)
            items, fallback = suggest_for(snapshot, subject, slot, settings, one, settled)
            if len(items) >= (one.limit or settings.limit):
                break
        fallback = "; ".join(filter(None, (away, fallback))) or None
        list_id = _list_id(self.site, slot, subject.id, policy.version, items)
        by_clock = settings.age_from == "clock" or settings.mode == "latest" or len(self.policies.in_force()) > 1
        embedded = subject.embedded or not subject.has_words
        made = (items, fallback, list_id, snapshot.generation, by_clock, embedded)
        return Answer(subject.id, card, slot, *made, until=settled.until, away=away is not None)

    def pinned(self, slot: Slot, located: "Located", question: Question) -> frozenset[str]:
        """The ids of the pins that stand in an article's list for a slot. Raises as `suggest`."""
        settings, rules = self.policy_for(slot, located, question.now), self.rules.value()
        snapshot = self._around.named(located.snapshot, located.row, slot, settings, question, rules)
        subject = subject_of_row(snapshot, _row_of(snapshot, located))
        settled = rules.settled(snapshot, subject, slot, question.now)
        if not settled.pins or barred(subject, slot, settings, settled):
            return frozenset()
        limit = question.limit or settings.limit
        placed = standing_pins(snapshot, subject, slot, settings, question, settled, limit)
        return frozenset(snapshot.id_of(pin.row) for pin in placed)

    def policy_for(self, slot: Slot, located: "Located", now: datetime) -> SlotPolicy:
        """The settings under which a slot of that article is answered at a moment."""
        policy = self.policies.chosen(self.site, located.id, now)
        return policy.for_article(slot, located.card().get("section"))


@dataclass(frozen=True, slots=True)
class Located:
    """An article found in a snapshot; the answer is made from the same one."""

    snapshot: Snapshot
    row: int

    @property
    def id(self) -> str:
        """The article's id."""
        return self.snapshot.id_of(self.row)

    def card(self) -> dict[str, Any]:
        """What may be shown of it."""
        return _card(self.snapshot, self.row)


def suggest_for(
    snapshot: Snapshot,
    subject: Subject,
    slot: Slot,
    policy: SlotPolicy,
    question: Question,
    settled: Settled = NOTHING,
    find: Find = find_candidates,
) -> tuple[tuple[Suggestion, ...], str | None]:
    """The items for any subject, draft or indexed, best first and pins at their places, and why they are fewer or other than
    asked for, or ranked without its meaning. `settled` is what editors settled for this list;
    `find` is how candidates are found."""
    if (why := barred(subject, slot, policy, settled)) is not None:
        return (), why
    length = question.limit or policy.limit
    pins = standing_pins(snapshot, subject, slot, policy, question, settled, length)
    pinned, limit = [pin.row for pin in pins], length - len(pins)
    keep = filter_for(snapshot, subject, slot, policy, question, settled)
    if pinned:
        keys = snapshot.take("copy_key", np.array(pinned, dtype=np.int64))
        keep = replace(keep, excluded_copies=keep.excluded_copies | {key.tobytes() for key in keys})
    chosen, choice = related(snapshot, subject, keep, policy, question, limit, pinned, find)
    fallback = None
    if len(chosen) < limit and question.fallback and policy.fallback:
        chosen, fallback = fill_up(snapshot, subject, keep, policy, limit, chosen, choice, pinned)
    found = [_suggestion(snapshot, subject, one) for one in chosen]
    if slot == "more-in-section":
        found = [replace(item, source="section") for item in found]
    items = tuple(with_pins([(pin.at, _pinned(snapshot, pin.row)) for pin in pins], found, length))
    if slot == "more-in-section" and not items:
        fallback = f"the section {subject.top_section!r} has no other article to show"
    elif not subject.embedded:
        fallback = "; ".join(filter(None, (_unembedded(subject), fallback)))
    return items, fallback


def barred(subject: Subject, slot: Slot, policy: SlotPolicy, settled: Settled) -> str | None:
    """Why nothing is shown beside an article, pins neither; None where something may be."""
    if (subject.sensitive or settled.marked) and policy.on_sensitive == "nothing":
        return "the article is marked sensitive, and the policy shows nothing beside such"
    if _is_marked(subject, policy):
        return "the policy shows nothing beside this article"
    if slot == "more-in-section" and subject.top_section is None:
        return "the article has no section"
    return None


def _list_id(site: str, slot: Slot, article_id: str, policy: str, items: Sequence[Suggestion]) -> str:
    """What names a list: a digest of what stands in it, the policy's version, and a letter for the source of each item. It
    says what a report of clicks needs to know, so that no list that was served is stored."""
    named = digest(site, slot, article_id, policy, *(item.id for item in items)).hex()[:16]
    return f"{named}.{policy}.{''.join(SOURCE_LETTERS[item.source] for item in items)}"


def _unembedded(subject: Subject) -> str:
    """What the answer says of a subject without a vector. One without words will never have a vector that means anything."""
    if not subject.has_words:
        return "the article has no words to compare"
    return "the article is not embedded yet; ranked by terms, section and date"


def _suggestion(snapshot: Snapshot, subject: Subject, chosen: Chosen) -> Suggestion:
    row = chosen.row
    reasons = reasons_for(snapshot, subject, row, chosen)
    return Suggestion(snapshot.id_of(row), _card(snapshot, row), chosen.score, chosen.source, reasons, chosen.breakdown)


def _pinned(snapshot: Snapshot, row: int) -> Suggestion:
    return Suggestion(snapshot.id_of(row), _card(snapshot, row), 0.0, "pinned", ("Pinned by an editor",))


def _is_marked(subject: Subject, policy: SlotPolicy) -> bool:
    """Whether the policy never shows anything on this article."""
    marked = policy.never_on
    carried = (
        (labels_of(subject.section, (), None), [section.strip("/") for section in marked.sections]),
        (labels_of(None, subject.tags, None), marked.tags),
        (labels_of(None, subject.authors, None), marked.authors),
        (labels_of(None, (), subject.type), marked.types),
    )
    return subject.id in marked.ids or any(word.casefold() in labels for labels, words in carried for word in words)


def _row_of(snapshot: Snapshot, located: "Located") -> int:
    """Where an article that was located stands in another snapshot that holds it too."""
    if snapshot is located.snapshot:
        return located.row
    row = snapshot.row_of_id(located.id)
    if row is None:
        raise UnknownArticle(f"no article has the id {located.id[:200]!r}")
    return row


def _visible(snapshot: Snapshot, row: int, now: datetime) -> bool:
    published = snapshot.take("published", np.array([row]))[0]
    return bool(published <= int(now.timestamp()))


def _card(snapshot: Snapshot, row: int) -> dict[str, Any]:
    segment, local = snapshot.place(row)
    return segment.card(local)
