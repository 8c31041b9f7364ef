"""Pins: which of them stand in a list, and where.

A pin comes before what the policy prefers, and never before what is promised: nothing that was withdrawn, is not published
yet, is blocked, leaves the section, is a copy of the article or of another pin, or that the request excludes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from index.eligible import Eligible
from index.segment import RECOMMENDABLE
from index.snapshot import Snapshot
from recommender.editorial import Settled
from recommender.policy import Slot, SlotPolicy
from recommender.question import Question, filter_for_pins
from recommender.subject import Subject

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Placed:
    """A pinned row of the snapshot, and its place in the list from 0."""

    row: int
    at: int


def standing_pins(
    snapshot: Snapshot,
    subject: Subject,
    slot: Slot,
    policy: SlotPolicy,
    question: Question,
    settled: Settled,
    limit: int,
) -> list[Placed]:
    """The pins that stand in a list of at most `limit`, in the order of their places.

    A piece that a newer version replaced gives its pin to that version. Of two pins at one place the older keeps it, the
    other takes the next that is free. A place behind the list's end is none.
    """
    pins = [pin for pin in settled.pins if pin.position <= limit]
    if not pins:
        return []
    eligible = snapshot.eligible(filter_for_pins(snapshot, subject, slot, policy, question, settled))
    placed: dict[int, int] = {}
    copies: set[bytes] = set()
    for pin in pins:
        row = standing_row(snapshot, pin.item_id, eligible, question.now)
        if row is None or (key := snapshot.take("copy_key", np.array([row])).tobytes()) in copies:
            continue
        wanted = pin.position - 1
        free = next((at for at in (*range(wanted, limit), *range(wanted - 1, -1, -1)) if at not in placed), None)
        if free is not None:
            copies.add(key)
            placed[free] = row
    return [Placed(placed[at], at) for at in sorted(placed)]


def standing_row(snapshot: Snapshot, article_id: str, eligible: Eligible, now: datetime) -> int | None:
    """The row that stands for an article: its own, or where a newer version replaced it that of its newest copy that is
    eligible; None for none. What may not be suggested for another reason has no copy in its place: somebody decided so."""
    row = snapshot.row_of_id(article_id)
    if row is None:
        return None
    if len(eligible.only(np.array([row]))):
        return row
    segment, local = snapshot.place(row)
    if not segment.flags[local] & RECOMMENDABLE or segment.superseded_at[local] > now.timestamp():
        return None
    key = snapshot.take("copy_key", np.array([row]))[0]
    alike = [
        np.flatnonzero((segment.copy_key[:, 0] == key[0]) & (segment.copy_key[:, 1] == key[1])) + int(start)
        for segment, start in zip(snapshot.segments, snapshot.starts, strict=False)
    ]
    rows = eligible.only(np.concatenate(alike).astype(np.int64))
    published = snapshot.take("published", rows)
    order = sorted(range(len(rows)), key=lambda at: (-int(published[at]), snapshot.id_of(int(rows[at]))))
    return int(rows[order[0]]) if order else None


def with_pins(pins: Sequence[tuple[int, Item]], others: Sequence[Item], limit: int) -> list[Item]:
    """A list of at most `limit`: pins at their places (from 0), the others in their order around them. Where there are too
    few others, what comes after a gap moves up."""
    taken = dict(pins)
    rest = iter(others)
    found: list[Item] = []
    for at in range(limit):
        if at in taken:
            found.append(taken[at])
        elif (item := next(rest, None)) is not None:
            found.append(item)
    return found
