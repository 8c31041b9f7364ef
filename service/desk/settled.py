"""Rules as the desk shows them: with what they name, what is in their way, and what was just done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from index.audit import AuditLine
from index.rules import Rule
from index.snapshot import Snapshot
from service.desk.cards import Card, card_by_id
from service.desk.frame import Desk
from service.desk.settling import line_at
from service.desk.told import in_words, rule_said, told

MAX_UNDONE = 60
"""So many lines of the audit log can be taken back together."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A rule, and the cards of the articles that it names; None for one that is not there, or not any more."""

    rule: Rule
    article: Card | None
    item: Card | None
    held: bool
    """It has not expired."""
    conflicts: tuple[str, ...] = ()
    words: str = ""
    """What it settles, in a sentence."""


@dataclass(frozen=True, slots=True)
class DoneNow:
    """What was just done, in words, and the numbers with which it can be taken back."""

    words: str
    numbers: tuple[int, ...]


def settled_of(desk: Desk, snapshot: Snapshot, rule: Rule, now: datetime, here: str | None = None) -> Settled:
    """A rule with what it names; `here` is the article on whose page it is told, which need not be named."""
    article = card_by_id(snapshot, rule.article_id, now) if rule.article_id else None
    item = card_by_id(snapshot, rule.item_id, now) if rule.item_id else None
    held = rule.holds(now)
    said = [in_words(one, snapshot, now) for one in desk.conflicts_of(rule, snapshot, now)] if held else []
    return Settled(rule, article, item, held, tuple(said), rule_said(rule.record(), snapshot, now, here))


def numbers_of(given: Sequence[str]) -> list[int]:
    """The numbers of lines of the audit log that an address or a form names, each once, ascending."""
    return sorted({int(one) for one in given[:MAX_UNDONE] if one.isdecimal() and len(one) < 16})


def done_of(desk: Desk, numbers: Sequence[str], snapshot: Snapshot, here: str | None = None) -> DoneNow | None:
    """What the address says was just done; None where it says nothing that can be taken back."""
    lines: list[AuditLine] = [
        line for one in numbers_of(numbers) if (line := line_at(desk.catalogue(), one)) is not None
    ]
    lines = [line for line in lines if line.action.startswith("rule")]
    if not lines:
        return None
    return DoneNow(told(lines, snapshot, desk.clock(), here), tuple(line.number for line in lines))
