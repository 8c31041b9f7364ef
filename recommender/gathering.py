"""What a question can concern, where the index is not on this host: gathered first, ranked then as ever.

Candidates are looked for in the same ways as in `recommender.candidates`: the nearest in meaning, those that share most terms,
what articles like the subject link to, its series, the newest. All that is found is scored exactly, by vectors and terms.
"""

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np

from index.cluster.look import Look
from index.cluster.packed_row import PackedRow
from index.cluster.postings import Strongest
from index.cluster.reading import ClusterIndex
from index.cluster.store import Projected, names_of
from index.errors import IndexAway
from index.snapshot import Snapshot
from index.term_scores import SPARE
from index.terms import Kind, kind_bounds
from index.vector_index import Filter
from recommender.editorial import Editorial
from recommender.policy import Slot, SlotPolicy
from recommender.question import Question, filter_for
from recommender.subject import Subject, subject_of_row

LINKING = 200
"""So many of those that link to others and share most terms are taken in: what they link to counts."""

TARGETS = 200
"""So many articles are taken in that articles like the subject link to, …"""

LINKERS = 2_000
"""… and so many that link to any that is taken in."""

DISTINCT = 30
"""Fewer distinct texts among what may be suggested are too few: more are looked for, …"""
ROUNDS = 4
"""… so often, twice as many each time."""

FILLERS = 150
"""So many of the newest of the section and of all are taken in where a list is to be filled up."""

INSTEAD = 100
"""So many of the newest of each stand in for what Milvus would find, while it is away."""

NAMED = 1_000
"""So many blocked articles are said to Milvus; more are only kept out afterwards."""

COPIES = 100
"""Of pinned articles so many copies are looked at, one of which may stand in for a pin."""

AWAY = "the index of meanings does not answer; chosen among the newest articles"


class Around(Protocol):
    """Gives the snapshot in which a question is answered."""

    def named(
        self, snapshot: Snapshot, row: int, slot: Slot, policy: SlotPolicy, question: Question, rules: Editorial
    ) -> Snapshot:
        """One that holds the article and all that editors, policy and question name beside it."""
        ...

    def candidates(
        self, snapshot: Snapshot, row: int, slot: Slot, policy: SlotPolicy, question: Question, rules: Editorial
    ) -> tuple[Snapshot, str | None]:
        """One that holds also what may be suggested, and what is wrong with it; for a question that wants a list filled up
        with what fills it."""
        ...

    @property
    def holds_all(self) -> bool:
        """Whether the snapshots of the index hold everything, so that nothing need be gathered."""
        ...


class AllHere:
    """The snapshot of an index on this host holds everything."""

    def named(
        self, snapshot: Snapshot, row: int, slot: Slot, policy: SlotPolicy, question: Question, rules: Editorial
    ) -> Snapshot:
        return snapshot

    def candidates(
        self, snapshot: Snapshot, row: int, slot: Slot, policy: SlotPolicy, question: Question, rules: Editorial
    ) -> tuple[Snapshot, str | None]:
        return snapshot, None

    holds_all = True


ALL_HERE = AllHere()


def asked_in_turn(question: Question, settings: SlotPolicy, around: Around) -> Iterator[Question]:
    """What is asked in turn, until a list is full: where it costs to fill one up, first what is related alone."""
    if question.fallback and settings.fallback and not around.holds_all:
        yield replace(question, fallback=False)
    yield question


class Gathering:
    """Gathers out of a `ClusterIndex`; any number of threads may ask."""

    holds_all = False

    def __init__(self, index: ClusterIndex) -> None:
        self._index = index

    def named(
        self, snapshot: Snapshot, row: int, slot: Slot, policy: SlotPolicy, question: Question, rules: Editorial
    ) -> Snapshot:
        own = snapshot.id_of(row)
        pins = {rule.item_id or "" for rule in rules.pins_on.get(own, ())}
        blocks = {rule.item_id or "" for rule in rules.blocks_on.get(own, ())}
        ids = {own, *pins, *blocks, *question.exclude, *policy.never_suggest.ids}
        if ids == {own}:
            return snapshot
        state = self._index.state()

        def found(look: Look) -> dict[str, PackedRow]:
            rows = look.rows(ids)
            return rows | look.rows(look.copies_of([rows[key] for key in pins & rows.keys()], COPIES))

        rows = self._index.ask(state, found, own)
        return self._index.gathered(list(rows.values()), state, rows[own].terms.hashes) if own in rows else snapshot

    def candidates(
        self, snapshot: Snapshot, row: int, slot: Slot, policy: SlotPolicy, question: Question, rules: Editorial
    ) -> tuple[Snapshot, str | None]:
        subject = subject_of_row(snapshot, row)
        settled = rules.settled(snapshot, subject, slot, question.now)
        ask = _Ask(
            subject=subject,
            strongest=Strongest.of(snapshot.lexical.query(subject.terms)),
            policy=policy,
            keep=replace(filter_for(snapshot, subject, slot, policy, question, settled), excluded_rows=()),
            held=_held(rules, policy, question.now),
            fill=question.fallback and bool(policy.fallback),
            state=self._index.state(),
        )
        present = {snapshot.id_of(at) for at in range(int(snapshot.starts[-1]))}
        count, made, away = max(policy.candidates, question.limit or policy.limit), snapshot, False
        for _ in range(ROUNDS):
            made, away, whole = self._gathered(ask, count, present)
            if whole or _distinct(made, ask.keep) >= DISTINCT:
                break
            count *= 2
        return made, AWAY if away else None

    def _gathered(self, ask: "_Ask", count: int, present: set[str]) -> tuple[Snapshot, bool, bool]:
        """What is found and what belongs to it, with what stood there before; whether Milvus is away; whether there is no more.
        Milvus looks while the catalogue does."""
        near = self._index.nearest(ask.subject.vector, count, ask.said, ask.state) if ask.subject.embedded else None

        def look_up(look: Look) -> tuple[dict[str, PackedRow], bool, bool]:
            alike = look.alike(ask.strongest)
            likest = alike.suggested(SPARE * count, ask.keep.section)
            found = {*present, *look.at([*likest.tolist(), *alike.linking(LINKING).tolist()])}
            nearest = _unless_away(near) if near is not None else ()
            away = nearest is None
            whole = away or (len(nearest or ()) < count and len(likest) < SPARE * count)
            return _rows_for(look, ask, found.union(nearest or ()), away), away, whole

        rows, away, whole = self._index.ask(ask.state, look_up, ask.subject.id)
        return self._index.gathered(list(rows.values()), ask.state, ask.subject.terms.hashes), away, whole


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is gathered for."""

    subject: Subject
    strongest: Strongest
    """The subject's strongest terms."""
    policy: SlotPolicy
    keep: Filter
    held: frozenset[str]
    """What editors hold back beside every article."""
    fill: bool
    state: Projected

    @property
    def said(self) -> Filter:
        """The filter as Milvus is told it."""
        named = self.held if len(self.held) <= NAMED else frozenset[str]()
        return replace(self.keep, excluded_ids=self.keep.excluded_ids | named)

    def newest(self, away: bool) -> Iterator[tuple[int, Filter]]:
        """How many of the newest are taken in, and of which."""
        section = self.subject.top_section
        if self.policy.age_from == "clock" or self.policy.mode == "latest" or not self.subject.embedded:
            yield self.policy.candidates, self.keep
        if away or self.fill:
            count = FILLERS if self.fill else INSTEAD
            yield count, self.keep
            if section is not None and self.keep.section is None:
                yield count, replace(self.keep, section=section)


def _unless_away(found: "Future[list[str]]") -> Collection[str] | None:
    """What was found; None where the index is away."""
    try:
        return found.result()
    except IndexAway:
        return None


def _rows_for(look: Look, ask: _Ask, found: set[str], away: bool) -> dict[str, PackedRow]:
    """The rows of what was found, of what belongs to it, and of what counts in comparing it."""
    ids, subject = set(found), ask.subject
    if subject.series:
        start = kind_bounds(subject.terms.hashes)[Kind.SERIES]
        ids.update(look.series(int(subject.terms.hashes[start]), ask.policy.candidates))
    for count, wanted in ask.newest(away):
        ids.update(look.newest(count, wanted))
    rows = look.rows(ids)
    targets = look.named({name for row in rows.values() for name in row.links}) - rows.keys()
    rows |= look.rows(sorted(targets)[:TARGETS])
    sources = look.linking({name for row in rows.values() for name in names_of(row)}) - rows.keys()
    rows |= look.rows((), sorted(sources)[:LINKERS])
    return rows | look.rows(look.copies_among(ask.held, rows.values()))


def _held(rules: Editorial, policy: SlotPolicy, now: datetime) -> frozenset[str]:
    """What may stand beside no article by an editor's word."""
    held = (*rules.everywhere, *(() if policy.suggest_sensitive else rules.sensitive))
    return frozenset(rule.item_id or "" for rule in held if rule.holds(now))


def _distinct(snapshot: Snapshot, keep: Filter) -> int:
    """How many distinct texts of a snapshot may be suggested."""
    eligible = snapshot.eligible(keep)
    rows = eligible.only(np.arange(int(snapshot.starts[-1]), dtype=np.int64))
    return len(np.unique(snapshot.take("copy_key", rows), axis=0))
