"""What editors settled, for one article, slot and moment: what is pinned, what is blocked, what counts as sensitive."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Protocol
from weakref import WeakKeyDictionary

import numpy as np

from index.rules import Rule, RuleSet
from index.snapshot import Snapshot
from recommender.policy import Slot
from recommender.subject import Subject

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pin:
    """A piece that an editor put at a place of a list, from 1."""

    item_id: str
    position: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What editors settled for an article's list, as it holds at one moment over one snapshot.

    `pins` in the order of their places, of equal ones the older first. `blocked` ids are kept out beside this article, and
    `blocked_rows` everywhere; `sensitive_rows` count as marked sensitive: rows of the snapshot, ascending, with all copies.
    """

    pins: tuple[Pin, ...] = ()
    blocked: frozenset[str] = frozenset()
    blocked_rows: tuple[int, ...] = ()
    sensitive_rows: tuple[int, ...] = ()
    marked: bool = False
    """An editor marked the article itself as sensitive."""
    until: datetime | None = None
    """When the next of these rules expires; None where none does."""


NOTHING = Settled()


class Rules(Protocol):
    """Where the rules of the moment come from: an `Editorial` itself, or what follows the catalogue (`index.followed`)."""

    @property
    def problem(self) -> str | None:
        """Why they may not be the newest; None when they are."""
        ...

    def value(self) -> "Editorial":
        """Those that hold now."""
        ...


@dataclass(frozen=True, slots=True)
class _Everywhere:
    """What holds beside every article of a snapshot, from `since` up to `until`."""

    since: datetime
    until: datetime
    blocked_rows: tuple[int, ...]
    sensitive_rows: tuple[int, ...]
    sensitive_ids: frozenset[str]
    sensitive_copies: frozenset[bytes]


class Editorial:
    """All rules, in the order in which questions need them. Never changed; any number of threads may ask."""

    problem: ClassVar[str | None] = None
    """Nothing can be wrong with rules that were read."""

    def __init__(self, rules: RuleSet | None = None) -> None:
        self.rules = rules or RuleSet()
        pins: dict[str, list[Rule]] = defaultdict(list)
        blocks: dict[str, list[Rule]] = defaultdict(list)
        everywhere: list[Rule] = []
        sensitive: list[Rule] = []
        for rule in self.rules.rules:
            if rule.kind == "pin" and rule.article_id is not None:
                pins[rule.article_id].append(rule)
            elif rule.kind == "block" and rule.article_id is not None:
                blocks[rule.article_id].append(rule)
            elif rule.kind == "block":
                everywhere.append(rule)
            else:
                sensitive.append(rule)
        for found in pins.values():
            found.sort(key=lambda rule: rule.position or 0)  # stable: of equal places the older rule first
        self.pins_on: Mapping[str, Sequence[Rule]] = dict(pins)
        pinned: dict[str, list[Rule]] = defaultdict(list)
        for rule in (rule for found in pins.values() for rule in found):
            pinned[rule.item_id or ""].append(rule)
        self.pins_of: Mapping[str, Sequence[Rule]] = dict(pinned)
        self.blocks_on: Mapping[str, Sequence[Rule]] = dict(blocks)
        self.everywhere: Sequence[Rule] = tuple(everywhere)
        self.sensitive: Sequence[Rule] = tuple(sensitive)
        # several snapshots are asked of in turn: the one that serves, one to compare with, one with a draft in it
        self._known: WeakKeyDictionary[Snapshot, _Everywhere] = WeakKeyDictionary()

    def value(self) -> "Editorial":
        """Itself: rules that stay as they are."""
        return self

    def settled(self, snapshot: Snapshot, subject: Subject, slot: Slot, now: datetime) -> Settled:
        """What holds for a list of this subject at a moment (aware)."""
        if not self.rules.rules:
            return NOTHING
        common = self._everywhere(snapshot, now)
        pins = [rule for rule in self.pins_on.get(subject.id, ()) if rule.holds(now) and rule.slot in (None, slot)]
        here = {rule.item_id for rule in pins if rule.slot is not None}
        pins = [rule for rule in pins if rule.slot is not None or rule.item_id not in here]
        blocks = [rule for rule in self.blocks_on.get(subject.id, ()) if rule.holds(now)]
        until = min((*(rule.expires_at for rule in (*pins, *blocks) if rule.expires_at), common.until))
        return Settled(
            pins=tuple(Pin(rule.item_id or "", rule.position or 1) for rule in pins),
            blocked=frozenset(rule.item_id or "" for rule in blocks),
            blocked_rows=common.blocked_rows,
            sensitive_rows=common.sensitive_rows,
            marked=subject.id in common.sensitive_ids or subject.copy_key in common.sensitive_copies,
            until=None if until == _NEVER else until,
        )

    def blocked_everywhere(self, snapshot: Snapshot, now: datetime) -> tuple[int, ...]:
        """The rows that stand beside no article, ascending."""
        return self._everywhere(snapshot, now).blocked_rows

    def sensitive_everywhere(self, snapshot: Snapshot, now: datetime) -> tuple[int, ...]:
        """The rows that an editor's mark makes sensitive, ascending."""
        return self._everywhere(snapshot, now).sensitive_rows

    def _everywhere(self, snapshot: Snapshot, now: datetime) -> _Everywhere:
        """Worked out once for a snapshot, and again when a rule expires."""
        known = self._known.get(snapshot)
        if known is not None and known.since <= now < known.until:
            return known
        rules = (*self.everywhere, *self.sensitive)
        expiries = [rule.expires_at for rule in rules if rule.expires_at is not None]
        blocked = {rule.item_id or "" for rule in self.everywhere if rule.holds(now)}
        sensitive = {rule.item_id or "" for rule in self.sensitive if rule.holds(now)}
        sensitive_copies = _copy_keys(snapshot, sensitive)
        self._known[snapshot] = found = _Everywhere(
            since=max((moment for moment in expiries if moment <= now), default=_EVER),
            until=min((moment for moment in expiries if moment > now), default=_NEVER),
            blocked_rows=_rows_of_copies(snapshot, _copy_keys(snapshot, blocked)),
            sensitive_rows=_rows_of_copies(snapshot, sensitive_copies),
            sensitive_ids=frozenset(sensitive),
            sensitive_copies=sensitive_copies,
        )
        return found


def rows_with_copies(snapshot: Snapshot, ids: Iterable[str]) -> tuple[int, ...]:
    """The rows of these articles and of all their copies, ascending."""
    return _rows_of_copies(snapshot, _copy_keys(snapshot, ids))


def _copy_keys(snapshot: Snapshot, ids: Iterable[str]) -> frozenset[bytes]:
    rows = [row for article_id in sorted(ids) if (row := snapshot.row_of_id(article_id)) is not None]
    return frozenset(key.tobytes() for key in snapshot.take("copy_key", np.array(rows, dtype=np.int64)))


def _rows_of_copies(snapshot: Snapshot, keys: frozenset[bytes]) -> tuple[int, ...]:
    if not keys:
        return ()
    halves = np.frombuffer(b"".join(sorted(keys)), dtype=np.uint64).reshape(-1, 2)[:, 0]
    found: list[int] = []
    for segment, start in zip(snapshot.segments, snapshot.starts, strict=False):
        alike = np.flatnonzero(np.isin(segment.copy_key[:, 0], halves)).tolist()
        found += [int(start) + row for row in alike if segment.copy_key[row].tobytes() in keys]
    return tuple(found)
