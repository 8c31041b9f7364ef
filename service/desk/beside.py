"""What an article's lists would be under another policy or another snapshot, beside what readers get."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from index.errors import ArchiveError
from index.kept import find
from index.pointer import generations
from index.policy_versions import list_policies
from index.snapshot import Snapshot, open_snapshot
from recommender.errors import RecommenderError
from recommender.page import Asked, page_answers
from recommender.policy import SLOTS, Policies
from recommender.question import Question, filter_for_pins
from recommender.recommend import Answer, Recommender
from recommender.subject import subject_of_row
from service.desk.frame import Desk, Refused
from service.desk.words import at_time
from service.problems import INVALID_PARAMETER
from service.saved_policy import policy_numbered

POLICIES_OFFERED = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may stand beside; `value` as the address spells it."""

    value: str
    name: str


class Still:
    """An index that stays as it is."""

    problem = None

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def snapshot(self, about: str | None = None, at: str | None = None) -> Snapshot:
        return self._snapshot


class Beside:
    """Answers under other policies and snapshots; the snapshot that was asked for last stays open."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._open: Snapshot | None = None

    def choices(self) -> tuple[list[Choice], list[Choice]]:
        """The policies and the snapshots that there are, newest first."""
        policies = [
            Choice(f"policy:{one.number}", f"Policy {one.number}" + (f" – {one.note}" if one.note else ""))
            for one in list_policies(self._desk.catalogue().engine, limit=POLICIES_OFFERED)
        ]
        serving = self._desk.recommender.index.snapshot().generation
        names = [name for name in reversed(generations(self._desk.settings.data)) if name != serving]
        return [*policies, Choice("policy:0", "The policy as shipped")], [
            Choice(f"snapshot:{one}", one) for one in names
        ]

    def answers(self, chosen: str, article_id: str, question: Question) -> tuple[str, list[Answer]]:
        """What stands beside, and the answers for every slot. Raises `Refused` where there is no such thing, or the article is
        not in it."""
        kind, _, name = chosen.partition(":")
        ours = self._desk.recommender
        try:
            if kind == "policy" and name.isdecimal() and len(name) < 10:
                policy = policy_numbered(self._desk.catalogue().engine, int(name))
                label = f"policy {name}" if int(name) else "the policy as shipped"
                return label, _answers(
                    _other(ours, Still(ours.index.snapshot(article_id)), policy), article_id, question
                )
            if kind == "snapshot":
                snapshot = self._snapshot(find(self._desk.settings.data, name))
                made = at_time(datetime.fromisoformat(snapshot.manifest.created_at))
                found = _answers(_other(ours, Still(snapshot), ours.policies), article_id, question)
                return f"the index of {made}", _may_be_seen(ours, found, article_id, question)
        except (ArchiveError, RecommenderError) as error:
            raise Refused(INVALID_PARAMETER.status, f"This cannot stand beside: {error}.") from None
        raise Refused(
            INVALID_PARAMETER.status, "This cannot stand beside: expected a policy or a snapshot that is kept."
        )

    def _snapshot(self, generation: str) -> Snapshot:
        with self._lock:
            if self._open is None or self._open.generation != generation:
                serving = self._desk.recommender.index.snapshot()
                self._open = open_snapshot(self._desk.settings.data, generation, verify=False, serving=serving)
            return self._open


def all_slots() -> Sequence[Asked]:
    """Every slot, in the order in which a page asks for them."""
    return [Asked(slot) for slot in SLOTS]


def _other(ours: Recommender, index: Still, policies: Policies) -> Recommender:
    return Recommender(index, policies, ours.site, ours.rules)


def _answers(recommender: Recommender, article_id: str, question: Question) -> list[Answer]:
    located = recommender.locate_id(article_id, question.now)
    return page_answers(recommender, located, all_slots(), question)


def _may_be_seen(ours: Recommender, answers: Sequence[Answer], article_id: str, question: Question) -> list[Answer]:
    """The answers of an old index without what may stand beside the article no more: taken down since, put under an embargo,
    marked as sensitive, moved out of the section."""
    located = ours.locate_id(article_id, question.now)
    live, subject = located.snapshot, subject_of_row(located.snapshot, located.row)
    seen: list[Answer] = []
    for answer in answers:
        policy = ours.policy_for(answer.slot, located, question.now)
        settled = ours.rules.value().settled(live, subject, answer.slot, question.now)
        eligible = live.eligible(filter_for_pins(live, subject, answer.slot, policy, question, settled))
        rows = [(item, live.row_of_id(item.id)) for item in answer.items]
        allowed = set(eligible.only(np.array([row for _, row in rows if row is not None], dtype=np.int64)).tolist())
        seen.append(replace(answer, items=tuple(item for item, row in rows if row in allowed)))
    return seen
