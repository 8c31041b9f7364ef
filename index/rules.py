"""Rules: what editors settle by hand. A *pin* puts a piece at a place of an article's lists, a *block* keeps one out of them
(everywhere, or from one article), *sensitive* marks one as the newsroom's own mark does.

Of two who change the same rule at once the second is told (`RuleChanged`), so that nobody's change is lost unawares. Each
write is one transaction with its line in the audit log, and with lines in the change log for the articles whose answers
change, so that shared caches are told.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.engines import reading
from index.errors import ArchiveError
from index.schema import audit, rules

RuleKind = Literal["pin", "block", "sensitive"]
KINDS: tuple[RuleKind, ...] = get_args(RuleKind)

PIN_SLOTS = ("also-read", "more-in-section", "background")

MAX_POSITION = 50
MAX_REASON = 2_000
MAX_ID = 512
MAX_RULES = 20_000
"""So many there may be: all are read into memory by each process that serves."""

FIELDS_OF: Mapping[RuleKind, frozenset[str]] = MappingProxyType(
    {
        "pin": frozenset({"article_id", "item_id", "slot", "position"}),
        "block": frozenset({"article_id", "item_id"}),
        "sensitive": frozenset({"item_id"}),
    }
)
"""What a rule of each kind may have of these four."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_CONTROL_IN_ID = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_NOT_YET = datetime.min.replace(tzinfo=UTC)

Key = tuple[RuleKind, str | None, str | None, str | None]


class InvalidRule(ArchiveError):
    """What is to be settled is no rule; `problems` holds one sentence for each fault."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class RuleExists(ArchiveError):
    """The same is settled already, by `rule`."""

    def __init__(self, rule: "Rule") -> None:
        super().__init__(f"the same is settled already by rule {rule.id} ({rule.updated_by}); change that one")
        self.rule = rule


class RuleChanged(ArchiveError):
    """Somebody else changed the rule in the meantime: `rule` is it as it is now, None where it is gone."""

    def __init__(self, rule_id: str, rule: "Rule | None") -> None:
        if rule is None:
            said = f"rule {rule_id[:40]!r} is gone: somebody removed it, or there was none"
        else:
            said = f"{rule.updated_by} changed rule {rule.id} in the meantime; it is at version {rule.version} now"
        super().__init__(said)
        self.rule = rule


class RulesChanged(ArchiveError):
    """Somebody changed the rules since they were read; `number` is that of the last change now."""

    def __init__(self, expected: int, number: int) -> None:
        super().__init__(f"the rules were changed since number {expected}; they are at {number} now: read them again")
        self.number = number


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What somebody wants to settle.

    A pin has `article_id` (where), `item_id` (what), a `position` of 1 to `MAX_POSITION`, and a `slot`, None for every slot. A
    block has `item_id`, and `article_id` where it holds beside that article alone. A mark as sensitive has `item_id`. It holds
    until `expires_at` (aware, counted in whole seconds), for ever where that is None.
    """

    kind: RuleKind
    article_id: str | None = None
    item_id: str | None = None
    slot: str | None = None
    position: int | None = None
    reason: str = ""
    expires_at: datetime | None = None

    @property
    def key(self) -> Key:
        """What it settles: two rules never have the same."""
        return (self.kind, self.article_id, self.item_id, self.slot)

    def holds(self, now: datetime) -> bool:
        """Whether it has not expired at a moment."""
        return self.expires_at is None or now < self.expires_at

    def tidy(self) -> "RuleDraft":
        """It as it is kept: whole seconds, no blanks around the reason."""
        until = self.expires_at.astimezone(UTC).replace(microsecond=0) if self.expires_at else None
        return RuleDraft(*self.key, self.position, self.reason.strip(), until)

    def record(self) -> dict[str, Any]:
        """It as JSON says it, without what it leaves open."""
        values = {
            "kind": self.kind,
            "article_id": self.article_id,
            "item_id": self.item_id,
            "slot": self.slot,
            "position": self.position,
            "reason": self.reason or None,
            "expires_at": _written(self.expires_at) if self.expires_at else None,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Rule(RuleDraft):
    """A rule that is settled: by whom, when, and how often it was changed (`version`, from 1)."""

    id: str = ""
    created_by: str = ""
    created_at: datetime = _NOT_YET
    updated_by: str = ""
    updated_at: datetime = _NOT_YET
    version: int = 1

    @property
    def draft(self) -> RuleDraft:
        """What it settles, without who and when."""
        return self.tidy()

    def record(self) -> dict[str, Any]:
        """It as JSON says it."""
        return {
            "id": self.id,
            **self.draft.record(),
            "created_by": self.created_by,
            "created_at": _written(self.created_at),
            "updated_by": self.updated_by,
            "updated_at": _written(self.updated_at),
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules, expired ones too, oldest first; `number` is another one after each change of any of them, 0 before the
    first."""

    rules: tuple[Rule, ...] = ()
    number: int = 0

    def by_id(self, rule_id: str) -> Rule | None:
        """The rule of that id; None where there is none."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def problems_of(draft: RuleDraft) -> tuple[str, ...]:
    """What keeps a draft from being a rule, one sentence for each fault; empty for a sound one."""
    if draft.kind not in KINDS:
        return (f"kind: expected one of {', '.join(KINDS)}, got {draft.kind!r}",)
    allowed, found = FIELDS_OF[draft.kind], []
    for name in ("article_id", "item_id"):
        found += _faults_of_id(draft.kind, name, getattr(draft, name))
    for name in ("article_id", "slot", "position"):
        if name not in allowed and getattr(draft, name) is not None:
            found.append(f"{name}: expected none for a rule of the kind {draft.kind!r}, got {getattr(draft, name)!r}")
    if draft.kind == "pin":
        if draft.slot is not None and draft.slot not in PIN_SLOTS:
            found.append(f"slot: expected one of {', '.join(PIN_SLOTS)}, or none for all, got {draft.slot!r}")
        if draft.position is None or not 1 <= draft.position <= MAX_POSITION:
            got = "nothing" if draft.position is None else repr(draft.position)
            found.append(f"position: expected a number from 1 to {MAX_POSITION}, got {got}")
    if draft.item_id is not None and draft.item_id == draft.article_id:
        found.append("item_id: expected another article than article_id: an article never stands beside itself")
    if len(draft.reason) > MAX_REASON or _CONTROL.search(draft.reason):
        found.append(f"reason: expected up to {MAX_REASON} characters without control characters")
    if draft.expires_at is not None and draft.expires_at.tzinfo is None:
        found.append("expires_at: expected a moment with its time zone, such as 2026-03-14T08:00:00Z")
    return tuple(found)


def _faults_of_id(kind: RuleKind, name: str, value: str | None) -> list[str]:
    needed = name == "item_id" or kind == "pin"
    if value is None:
        return [f"{name}: a rule of the kind {kind!r} needs the id of an article"] if needed else []
    if not value.strip() or len(value) > MAX_ID or _CONTROL_IN_ID.search(value):
        return [f"{name}: expected the id of an article, 1 to {MAX_ID} characters without control characters"]
    return []


def repeated(drafts: Sequence[RuleDraft]) -> set[int]:
    """The places of drafts that settle what one before them does."""
    seen: Counter[Key] = Counter()
    found: set[int] = set()
    for at, draft in enumerate(drafts):
        if seen[draft.key]:
            found.add(at)
        seen[draft.key] += 1
    return found


def touched_by(drafts: Iterable[RuleDraft]) -> list[str]:
    """The articles whose own answers, or the answers that show them, are other with these rules than without."""
    return sorted({draft.article_id or draft.item_id or "" for draft in drafts})


def read_rules(engine: Engine) -> RuleSet:
    """All rules as one moment had them."""
    with reading(engine) as connection:
        return RuleSet(tuple(all_rules(connection)), rules_number(connection))


def all_rules(connection: Connection) -> list[Rule]:
    """All rules, oldest first."""
    return sorted(map(rule_of, connection.execute(sa.select(rules))), key=_order)


def rules_number(connection: Connection) -> int:
    """Number of the audit line that tells of the last change of rules; 0 where there was none."""
    query = sa.select(audit.c.number).where(audit.c.action.startswith("rule")).order_by(audit.c.number.desc())
    return int(connection.execute(query.limit(1)).scalar() or 0)


def rules_replaced(engine: Engine) -> int:
    """Number of the audit line that tells when all rules were replaced the last time; 0 where they never were."""
    query = sa.select(sa.func.max(audit.c.number)).where(audit.c.action == "rules.replace")
    with engine.connect() as connection:
        return int(connection.execute(query).scalar() or 0)


def rule_of(row: "sa.Row[Any]") -> Rule:
    """The rule that a row of the table is."""
    return Rule(
        kind=row.kind,
        article_id=row.article_id,
        item_id=row.item_id,
        slot=row.slot,
        position=row.position,
        reason=row.reason,
        expires_at=None if row.expires_at is None else datetime.fromtimestamp(int(row.expires_at), UTC),
        id=row.id,
        created_by=row.created_by,
        created_at=datetime.fromtimestamp(row.created_at, UTC),
        updated_by=row.updated_by,
        updated_at=datetime.fromtimestamp(row.updated_at, UTC),
        version=row.version,
    )


def _order(rule: Rule) -> tuple[Any, ...]:
    """Oldest first; of those that came together an article's pins stand in the order of their places."""
    place = (rule.kind, rule.article_id or "", rule.slot or "", rule.position or 0, rule.item_id or "")
    return (rule.created_at, *place, rule.id)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"  # strftime pads no year
