"""`Previewer`: what readers of a draft would get, and on which published articles it would be suggested."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from index.article import Article
from index.boilerplate import NO_CLEANER, Cleaner
from index.snapshot import Snapshot
from index.vector_index import Filter
from recommender.candidates import find_candidates
from recommender.draft import DraftDesk, Embeds, Placed, draft_id
from recommender.page import Asked
from recommender.policy import Policies, Slot
from recommender.question import Question
from recommender.recommend import Answer, Located, Recommender, Suggestion
from recommender.subject import subject_of_row

NEAREST = 12
"""So many published articles are asked at most whether they would suggest a draft: those most like it. Each costs as much as
two readers' questions, and an editor waits (docs/performance.md)."""

MISSES = 4
"""After so many in a row that would not suggest it, those that are less like it are not asked any more."""

STARTING: tuple[Slot, ...] = ("also-read", "more-in-section")
"""Slots in which a new piece may stand; *background* shows only what is older than the article."""


EVERY: tuple[Asked, ...] = (Asked("also-read"), Asked("more-in-section"), Asked("background"))
"""All slots, each with the policy's limit."""


@dataclass(frozen=True, slots=True)
class Start:
    """A published article that would start to suggest the draft, in a slot, at a position from 1."""

    id: str
    card: dict[str, object]
    slot: Slot
    position: int
    item: Suggestion
    """How the draft would stand there: score, source, reasons, breakdown."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would bring, were it published now."""

    answers: tuple[Answer, ...]
    """One for each slot that was asked for, in that order."""
    starts: tuple[Start, ...]
    """Articles that would start to suggest it, the likest first."""
    looked_at: int
    """How many articles were asked for `starts`."""
    by_terms: str | None
    """Why the draft was compared by terms alone; None where its meaning is known."""
    known_as: tuple[str, ...]
    """Ids of articles that it is a copy or another version of."""


class Previewer:
    """Previews drafts for one recommender; any number of threads may ask."""

    def __init__(
        self, recommender: Recommender, embeds: Embeds, cleaner: Callable[[int], Cleaner] = lambda _: NO_CLEANER
    ) -> None:
        """`cleaner` gives what removes furniture from texts as the recipe of that number does."""
        self._recommender = recommender
        self._desk = DraftDesk(embeds, cleaner)

    def named(self, draft: Article) -> Article:
        """A draft that has no id under one that is of no article. Raises what `Index.snapshot` raises."""
        return replace(draft, id=draft_id(self._recommender.index.snapshot(), draft.title, draft.text))

    def preview(
        self,
        draft: Article,
        question: Question,
        slots: Sequence[Asked] = EVERY,
        would_suggest: bool = True,
        policies: Policies | None = None,
    ) -> Preview:
        """The lists of a draft, each slot by itself as its own address answers, under the policies given or those that
        hold; and with `would_suggest` the articles that would start to suggest it.

        Raises what `Index.snapshot` raises.
        """
        recommender = self._recommender if policies is None else under(self._recommender, policies)
        snapshot = recommender.index.snapshot()
        placed = self._desk.place(snapshot, draft, question.now)
        answers = tuple(
            recommender.suggest(asked.slot, placed.located, replace(question, limit=asked.limit)) for asked in slots
        )
        looked_at, starts = 0, tuple[Start, ...]()
        if would_suggest and draft.recommendable:
            sources = _nearest(recommender, placed, question.now)
            looked_at, starts = _starts(recommender, snapshot, placed, sources, question.now)
        return Preview(answers, starts, looked_at, placed.by_terms, placed.known_as)


def under(recommender: Recommender, policies: Policies) -> Recommender:
    """The same recommender under other policies."""
    other = copy.copy(recommender)
    other.policies = policies
    return other


def _nearest(recommender: Recommender, placed: Placed, now: datetime) -> list[int]:
    """Rows of the published articles that are most like the draft, the likest first."""
    view = placed.located.snapshot
    subject = subject_of_row(view, placed.located.row)
    languages = frozenset({subject.lang.split("-")[0]}) if subject.lang else None
    copies = frozenset({subject.copy_key}) if subject.copy_key else frozenset()
    keep = Filter(now, languages=languages, excluded_ids=frozenset({subject.id}), excluded_copies=copies)
    policy = recommender.policy_for("also-read", placed.located, now)
    found = find_candidates(view, subject, keep, policy, count=3 * NEAREST)
    order = np.lexsort((found.rows, -np.round(found.features.closeness(), 6)))
    return [int(row) for row in found.rows[order[:NEAREST]]]


def _starts(
    recommender: Recommender, before: Snapshot, placed: Placed, sources: Sequence[int], now: datetime
) -> tuple[int, tuple[Start, ...]]:
    """How many of the sources were asked, and what they answered."""
    view, draft = placed.located.snapshot, placed.located.id
    existed = before.row_of_id(draft) is not None
    section = _top_section(placed.located)
    found: list[Start] = []
    asked = misses = 0
    for row in sources:
        located = Located(view, row)
        slots = STARTING if section and section == _top_section(located) else STARTING[:1]
        asked, misses = asked + 1, misses + 1
        for slot in slots:
            answer = recommender.suggest(slot, located, Question(now))
            at = next((at for at, item in enumerate(answer.items) if item.id == draft), None)
            if at is None:
                continue
            misses = 0
            if not existed or not _stood(recommender, before, located.id, slot, draft, now):
                found.append(Start(located.id, located.card(), slot, at + 1, answer.items[at]))
        if misses == MISSES:
            break
    return asked, tuple(found)


def _top_section(located: Located) -> str | None:
    section: str | None = located.card().get("section")
    return section.split("/")[0] if section else None


def _stood(recommender: Recommender, before: Snapshot, source: str, slot: Slot, draft: str, now: datetime) -> bool:
    """Whether an article suggests already what the draft is another version of."""
    row = before.row_of_id(source)
    answer = recommender.suggest(slot, Located(before, row), Question(now)) if row is not None else None
    return answer is not None and any(item.id == draft for item in answer.items)
