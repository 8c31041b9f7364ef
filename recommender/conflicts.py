"""Why a rule does not do what whoever settled it wants: said in sentences, never silent."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from index.rules import Rule, RuleDraft
from index.segment import RECOMMENDABLE, SENSITIVE
from index.snapshot import Snapshot
from recommender.editorial import Editorial, rows_with_copies
from recommender.policy import SLOTS, Policies, Slot, SlotPolicy
from recommender.recommend import barred
from recommender.subject import Subject, subject_of_row


def conflicts(
    rule: RuleDraft,
    editorial: Editorial,
    snapshot: Snapshot,
    policies: Policies,
    now: datetime,
    site: str = "default",
) -> tuple[str, ...]:
    """What keeps a rule, settled or not yet, from its effect at a moment (aware), beside all others of `editorial` and over a
    snapshot; empty where nothing does."""
    if not rule.holds(now):
        return (
            f"expired on {rule.expires_at.astimezone(UTC):%Y-%m-%d at %H:%M} UTC" if rule.expires_at else "expired",
        )
    return tuple(_Look(rule, editorial, snapshot, policies, now, site).found())


class _Look:
    """One rule, and what it is held against."""

    def __init__(
        self, rule: RuleDraft, editorial: Editorial, snapshot: Snapshot, policies: Policies, now: datetime, site: str
    ) -> None:
        self._rule = rule
        self._item, self._article = rule.item_id or "", rule.article_id
        self._editorial = editorial
        self._snapshot = snapshot
        self._policies = policies
        self._now = now
        self._site = site

    def found(self) -> Iterator[str]:
        row = self._snapshot.row_of_id(self._item)
        named = {"pin": "pinned", "block": "blocked", "sensitive": "marked"}[self._rule.kind]
        if row is None:
            yield f"the {named} article was withdrawn, or there is none of that id"
        about = self._snapshot.row_of_id(self._article) if self._article is not None else None
        if self._article is not None and about is None:
            yield "the article beside which it holds was withdrawn, or there is none of that id"
        if self._rule.kind == "pin":
            if row is not None:
                yield from self._of_item(row)
            if about is not None:
                yield from self._of_place(about, row)
            yield from self._of_other_pins(row)
        elif self._rule.kind == "block" and (pins := self._pins_of_item()):
            yield f"it is pinned beside {_listed(pins)}; the block wins"

    def _of_item(self, row: int) -> Iterator[str]:
        """What is wrong with the pinned piece wherever it would stand."""
        segment, local = self._snapshot.place(row)
        published = int(segment.published[local])
        if published > self._now.timestamp():
            yield f"the pinned article is not published before {datetime.fromtimestamp(published, UTC):%Y-%m-%d %H:%M} UTC"
        if not segment.flags[local] & RECOMMENDABLE:
            yield "the newsroom marked the pinned article as not to be recommended"
        elif segment.superseded_at[local] <= self._now.timestamp():
            yield "a newer version replaced the pinned article, and stands in its place"
        if row in self._editorial.blocked_everywhere(self._snapshot, self._now):
            yield "the pinned article is blocked everywhere"
        blocks = [
            one.item_id or "" for one in self._editorial.blocks_on.get(self._article or "", ()) if one.holds(self._now)
        ]
        if row in rows_with_copies(self._snapshot, blocks):
            yield "the pinned article is blocked beside this article"

    def _of_place(self, about: int, row: int | None) -> Iterator[str]:
        """What is wrong with it beside this article, slot by slot where they differ."""
        subject = subject_of_row(self._snapshot, about)
        if row is not None and self._copy_key(row) == subject.copy_key:
            yield "the pinned article is a copy of the one beside which it is pinned"
        wanted = SLOTS if self._rule.slot is None else [slot for slot in SLOTS if slot == self._rule.slot]
        policy = self._policies.chosen(self._site, subject.id, self._now)
        said: dict[str, list[Slot]] = {}
        for slot in wanted:
            for sentence in self._in_slot(subject, row, slot, policy.for_article(slot, subject.section)):
                said.setdefault(sentence, []).append(slot)
        for sentence, slots in said.items():
            yield sentence if len(slots) == len(wanted) else f"in {_listed(slots)}: {sentence}"

    def _in_slot(self, subject: Subject, row: int | None, slot: Slot, policy: SlotPolicy) -> Iterator[str]:
        settled = self._editorial.settled(self._snapshot, subject, slot, self._now)
        if (why := barred(subject, slot, policy, settled)) is not None:
            yield why
        if (self._rule.position or 1) > policy.limit:
            yield f"the list has {policy.limit} places, unless more are asked for"
        if row is None:
            return
        segment, local = self._snapshot.place(row)
        section = segment.card(local).get("section")
        if slot == "more-in-section" and subject.top_section and (section or "").split("/")[0] != subject.top_section:
            yield "the pinned article is in another section" if section else "the pinned article is in no section"
        if not policy.suggest_sensitive and (segment.flags[local] & SENSITIVE or row in settled.sensitive_rows):
            yield "the pinned article is marked sensitive, and the policy suggests no such"

    def _of_other_pins(self, row: int | None) -> Iterator[str]:
        """Which other pin wants its place, or counts before it. A piece that is not shown takes nobody's place."""
        mine = getattr(self._rule, "id", None)
        for other in self._editorial.pins_on.get(self._article or "", ()):
            if other.id == mine or not other.holds(self._now):
                continue
            if self._rule.slot is not None and other.slot is not None and self._rule.slot != other.slot:
                continue
            where = f"in {other.slot or self._rule.slot}" if other.slot or self._rule.slot else "in every slot"
            if other.item_id == self._item:
                if self._rule.slot is None and other.slot is not None:
                    yield f"in {other.slot} it has a pin of its own, which counts there"
            elif other.position == self._rule.position and row is not None and self._is_there(other):
                yield f"another pin, of {other.item_id!r}, is at the same place {where}; the older keeps it"

    def _is_there(self, other: Rule) -> bool:
        row = self._snapshot.row_of_id(other.item_id or "")
        return row is not None and row not in self._editorial.blocked_everywhere(self._snapshot, self._now)

    def _pins_of_item(self) -> list[str]:
        pins = self._editorial.pins_of.get(self._item, ())
        held = (rule for rule in pins if rule.holds(self._now) and self._article in (None, rule.article_id))
        return sorted({repr(rule.article_id) for rule in held})

    def _copy_key(self, row: int) -> bytes:
        key: bytes = self._snapshot.take("copy_key", np.array([row])).tobytes()
        return key


def all_conflicts(
    rules: Sequence[Rule],
    editorial: Editorial,
    snapshot: Snapshot,
    policies: Policies,
    now: datetime,
    site: str = "default",
) -> dict[str, tuple[str, ...]]:
    """The conflicts of these rules, by id, of those alone that have any."""
    found = {rule.id: conflicts(rule, editorial, snapshot, policies, now, site) for rule in rules}
    return {rule_id: said for rule_id, said in found.items() if said}


MOST_NAMED = 3


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return ", ".join(words[:MOST_NAMED]) + more
