"""What another policy would change before it is saved: on one article, and on a sample that stays the same.

Most of an answer's time goes into finding candidates, which most settings have no part in. A trial remembers them, so that
moving a slider ranks anew and searches nothing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from weakref import ref

import numpy as np

from index.link_names import NameOf
from index.snapshot import Snapshot
from index.vector_index import Filter
from recommender.candidates import Candidates, find_candidates
from recommender.editorial import Editorial, Rules
from recommender.policy import Policy, Slot, SlotPolicy
from recommender.question import Question
from recommender.recommend import Suggestion, suggest_for
from recommender.subject import Subject, subject_of_row

SAMPLE = 50
"""So many lists are compared."""

HELD = timedelta(minutes=5)
"""The sample is reckoned as of the last full five minutes: what is remembered serves until they are over."""

REMEMBERED = 1_000
"""The candidates of so many questions are remembered, some 25 KB each, and so many lists, some 5 KB each."""

Value = TypeVar("Value")

List = tuple[tuple[Suggestion, ...], str | None]
"""The items of a list, and why it is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Named:
    """An article by id and headline."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ListEffect:
    """How one list comes out differently; `at` is its place in the sample, from 0."""

    at: int
    article: Named
    came: tuple[Named, ...]
    """Items that it would have and has not, in their order."""
    went: tuple[Named, ...]
    """Items that it has and would not have."""
    before: int
    """How many items it has, and …"""
    after: int
    """… how many it would have."""

    @property
    def reordered(self) -> bool:
        """Whether only the order changes."""
        return not self.came and not self.went


@dataclass(frozen=True, slots=True)
class Effect:
    """What a policy would change in a sample of lists."""

    wanted: int
    """How many lists there are to compare."""
    start: int
    """How many of them were compared before, …"""
    compared: int
    """… and how many here, in the time there was."""
    items: int
    """Items that these lists have now."""
    came: int
    went: int
    changed: tuple[ListEffect, ...]
    """The lists that come out differently, in the order of the sample."""

    @property
    def complete(self) -> bool:
        """Whether the whole sample was compared, with what was before."""
        return self.start + self.compared >= self.wanted


class Memory(Generic[Value]):
    """What was worked out from one snapshot, by key; the oldest is forgotten first, and all with another snapshot. Any number
    of threads may ask."""

    def __init__(self, at_most: int = REMEMBERED) -> None:
        self._at_most = at_most
        self._lock = threading.Lock()
        self._snapshot: ref[Snapshot] | None = None
        self._known: OrderedDict[Hashable, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, snapshot: Snapshot, key: Hashable, make: Callable[[], Value]) -> Value:
        """What is known under a key, made where nothing is."""
        with self._lock:
            if self._snapshot is None or self._snapshot() is not snapshot:
                self._snapshot, self._known = ref(snapshot), OrderedDict()
            known = self._known
            if key in known:
                known.move_to_end(key)
                return known[key]
        made = make()
        with self._lock:
            known[key] = made
            while len(known) > self._at_most:
                known.popitem(last=False)
        return made


class Remembered:
    """`find_candidates`, but what was found once for a question and snapshot is not looked for again.

    For articles of the index only, each of which has one id: two drafts may share theirs.
    """

    def __init__(self) -> None:
        self._memory: Memory[Candidates] = Memory()

    def __call__(
        self,
        snapshot: Snapshot,
        subject: Subject,
        keep: Filter,
        policy: SlotPolicy,
        links_before: datetime | None = None,
        also: Sequence[int] = (),
        count: int | None = None,
    ) -> Candidates:
        """As `find_candidates`."""
        newest_too = policy.age_from == "clock" or policy.mode == "latest"
        key = (subject.id, keep, newest_too, links_before, tuple(also), count or policy.candidates)
        return self._memory.get(
            snapshot, key, lambda: find_candidates(snapshot, subject, keep, policy, links_before, also, count)
        )


class Trials:
    """Tries policies on a snapshot, under the rules of the moment; safe for any number of threads, and the quicker the more
    was tried before."""

    def __init__(self, rules: Rules | None = None) -> None:
        """Without `rules` editors settle nothing."""
        self._rules: Rules = rules or Editorial()
        self._find = Remembered()
        self._lists: Memory[List] = Memory()

    def items(self, snapshot: Snapshot, row: int, slot: Slot, policy: Policy, now: datetime) -> List:
        """What an article would get in a slot under a policy, and why the list is not what was asked for."""
        subject = subject_of_row(snapshot, row)
        settled = self._rules.value().settled(snapshot, subject, slot, now)
        key = (row, slot, policy.version, now, settled)
        settings = policy.for_article(slot, subject.section)
        return self._lists.get(
            snapshot,
            key,
            lambda: suggest_for(snapshot, subject, slot, settings, Question(now), settled, find=self._find),
        )

    def effect(
        self,
        snapshot: Snapshot,
        slot: Slot,
        served: Policy,
        tried: Policy,
        now: datetime,
        section: str | None = None,
        seconds: float | None = None,
        size: int = SAMPLE,
        start: int = 0,
    ) -> Effect:
        """How the lists of a sample come out under a policy, beside the one that is served; of a section where one is given.

        After so many `seconds` it gives what it has; asked again with `start`, the lists that were compared before, it goes
        on from there.
        """
        moment = _held(now)
        until = None if seconds is None else time.monotonic() + seconds
        rows = sample_of(snapshot, moment, section, size)
        compared = items = came = went = 0
        changed: list[ListEffect] = []
        for at, row in enumerate(rows[start:], start):
            if until is not None and compared and time.monotonic() > until:
                break
            before, after = (self.items(snapshot, row, slot, policy, moment)[0] for policy in (served, tried))
            compared += 1
            items += len(before)
            if [item.id for item in before] != [item.id for item in after]:
                changed.append(_differ(snapshot, at, row, before, after))
                came += len(changed[-1].came)
                went += len(changed[-1].went)
        return Effect(len(rows), start, compared, items, came, went, tuple(changed))


def sample_of(snapshot: Snapshot, now: datetime, section: str | None = None, size: int = SAMPLE) -> list[int]:
    """Rows of at most so many articles that may be seen: those whose ids have the lowest hashes, of a section and those
    below it where one is given. The sample is the same at each call, and nearly the same after a rebuild."""
    rows, hashes = zip(*_hashed(snapshot, int(now.timestamp()), section), strict=True)
    every, of_each = np.concatenate(rows), np.concatenate(hashes)
    return [int(row) for row in every[np.argsort(of_each, kind="stable")[:size]]]


def _hashed(
    snapshot: Snapshot, now: int, section: str | None
) -> Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.uint64]]]]:
    """For each segment the rows that may be in the sample, and the hashes of their ids."""
    yield np.zeros(0, np.int64), np.zeros(0, np.uint64)
    for segment, dead, start in zip(snapshot.segments, snapshot.dead, snapshot.starts, strict=False):
        hashes, rows, former = segment.lookup(NameOf.ID)
        inside = np.zeros(segment.rows, dtype=np.bool_)
        for code, path in enumerate(segment.sections):
            if section is None or f"{path.casefold()}/".startswith(f"{section}/"):
                inside |= np.asarray(segment.section) == code
        inside &= ~dead & (np.asarray(segment.published) <= now)
        mine = inside[rows] & (np.asarray(former) == 0)
        yield rows[mine].astype(np.int64) + int(start), hashes[mine].astype(np.uint64)


def _held(now: datetime) -> datetime:
    since = timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    return now - since % HELD


def _differ(
    snapshot: Snapshot, at: int, row: int, before: Sequence[Suggestion], after: Sequence[Suggestion]
) -> ListEffect:
    had, has = ({item.id for item in items} for items in (before, after))
    segment, local = snapshot.place(row)
    return ListEffect(
        at=at,
        article=Named(snapshot.id_of(row), segment.card(local).get("title") or snapshot.id_of(row)),
        came=tuple(_named(item) for item in after if item.id not in had),
        went=tuple(_named(item) for item in before if item.id not in has),
        before=len(before),
        after=len(after),
    )


def _named(item: Suggestion) -> Named:
    return Named(item.id, item.card.get("title") or item.id)
