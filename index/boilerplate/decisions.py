"""What was learnt, and what was decided about it: each call is one transaction, with its line in the audit log."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.audit import MAX_WHO, Action, record
from index.boilerplate.forms import Line, Masks, plain
from index.boilerplate.rules import Finding, Rule
from index.boilerplate.store import active_cleaner, removed_rules
from index.engines import reading, writing
from index.errors import ArchiveError
from index.schema import boilerplate_learnings, boilerplate_rules, rebuilds

State = Literal["proposed", "removed", "kept"]
"""`proposed`: learnt, and nobody decided yet; nothing is removed by it. `removed`: holds. `kept`: an editor said that it is
text; it is never proposed again."""

STATES: tuple[State, ...] = get_args(State)

BY_ITSELF = "alsoread"
"""Who decided what a first rebuild learns."""

_ACTIONS: dict[State, Action] = {
    "removed": "boilerplate.remove",
    "kept": "boilerplate.keep",
    "proposed": "boilerplate.undecide",
}


class UnknownRule(ArchiveError):
    """No rule has that id or is for that line."""

    def __init__(self, named: str) -> None:
        super().__init__(f"no rule for {named[:200]!r}; `alsoread boilerplate list` shows those that there are")


@dataclass(frozen=True, slots=True)
class Decision:
    """A rule as it stands in the catalogue."""

    finding: Finding
    state: State
    found_at: float
    """When it was last learnt or added, Unix time."""
    decided_by: str | None
    decided_at: float | None

    @property
    def rule(self) -> Rule:
        return self.finding.rule

    def record(self) -> dict[str, Any]:
        """It as JSON says it."""
        rule, finding = self.rule, self.finding
        return {
            "id": rule.id,
            "state": self.state,
            "line": finding.example,
            "form": rule.form,
            "kind": rule.kind,
            "where": rule.where,
            "host": rule.host or None,
            "articles": finding.articles,
            "of": finding.of,
            "reason": finding.reason,
            "seen_in": list(finding.seen_in),
            "decided_by": self.decided_by,
        }


def read_decisions(engine: Engine) -> list[Decision]:
    """All rules, those that wait for a decision first, then those that touch most articles."""
    with reading(engine) as connection:
        found = [_decision(row) for row in connection.execute(sa.select(boilerplate_rules))]
    return sorted(found, key=lambda one: (STATES.index(one.state), -one.finding.articles, one.rule.form, one.rule.host))


def unknown(connection: Connection, findings: Iterable[Finding]) -> list[Finding]:
    """Those that were never learnt before."""
    known = set(connection.execute(sa.select(boilerplate_rules.c.id)).scalars())
    return [finding for finding in findings if finding.rule.id not in known]


def note_findings(
    connection: Connection, findings: Sequence[Finding], rebuild: int, articles: int, at_once: bool
) -> None:
    """Note what a rebuild learnt from so many articles. With `at_once` what is new is removed from now on, else it is
    proposed. What was decided before stays as it was decided."""
    new = unknown(connection, findings)
    now = time.time()
    for finding in findings:
        if finding not in new:
            chosen = sa.update(boilerplate_rules).where(boilerplate_rules.c.id == finding.rule.id)
            connection.execute(chosen.values(**_renewed(finding), found_at=now))
    state: State = "removed" if at_once else "proposed"
    who = BY_ITSELF if at_once else None
    if new:
        rows = [_row(finding, state, who, now) for finding in new]
        connection.execute(sa.insert(boilerplate_rules), rows)
    if new and at_once:
        record(connection, BY_ITSELF, "boilerplate.learn", f"{len(new)} rules", None, [_said(one.rule) for one in new])
    connection.execute(sa.delete(boilerplate_learnings).where(boilerplate_learnings.c.rebuild == rebuild))
    connection.execute(sa.insert(boilerplate_learnings), {"rebuild": rebuild, "at": now, "articles": articles})


def last_learning(connection: Connection) -> tuple[int, int] | None:
    """The number of the rebuild that learnt last, and how many articles rebuilds changed since; None before the first."""
    last = connection.execute(sa.select(sa.func.max(boilerplate_learnings.c.rebuild))).scalar()
    if last is None:
        return None
    since = sa.select(sa.func.sum(rebuilds.c.changed)).where(rebuilds.c.number > last)
    return int(last), int(connection.execute(since).scalar() or 0)


def waiting(engine: Engine) -> int:
    """By how many rules the next rebuild reads otherwise than the last one did."""
    with reading(engine) as connection:
        return len(set(removed_rules(connection)) ^ set(active_cleaner(connection).rule_set.rules))


def decide(engine: Engine, named: Iterable[str], state: State, who: str, host: str | None = None) -> list[Decision]:
    """Decide about rules, each named by its id or by a line that it is for (of `host`, where it is given); gives those that
    stood otherwise before. Raises `UnknownRule`, and decides nothing then."""
    with writing(engine) as connection:
        every = [_decision(row) for row in connection.execute(sa.select(boilerplate_rules))]
        chosen: dict[str, Decision] = {}
        for one in named:
            found = _named(every, one, host)
            if not found:
                raise UnknownRule(one)
            chosen.update((decision.rule.id, decision) for decision in found)
        return _decide(connection, chosen.values(), state, who)


def add_line(engine: Engine, line: str, who: str, host: str = "*") -> Decision:
    """Have a line removed that nobody learnt, wherever it stands in a text; in the articles of one host alone, where it is
    given. Raises `ValueError` for a line without a letter or digit, or of several."""
    if "\n" in line.strip() or not any(one.isalnum() for one in line):
        raise ValueError(f"expected one line with a letter or a digit in it, got {line[:200]!r}")
    finding = Finding(Rule(f"={plain(line)}", "line", "anywhere", host), 0, 0, "added by hand", line.strip())
    with writing(engine) as connection:
        now = time.time()
        before = connection.execute(
            sa.select(boilerplate_rules).where(boilerplate_rules.c.id == finding.rule.id)
        ).first()
        if before is not None:
            decision = _decision(before)
            _decide(connection, [decision], "removed", who)
            return Decision(decision.finding, "removed", decision.found_at, who, now)
        connection.execute(sa.insert(boilerplate_rules), _row(finding, "removed", who, now))
        record(connection, who, "boilerplate.remove", finding.rule.id, None, _said(finding.rule))
    return Decision(finding, "removed", now, who, now)


def _named(every: Sequence[Decision], named: str, host: str | None) -> list[Decision]:
    by_id = [one for one in every if one.rule.id == named]
    forms: Collection[str] = Line(named, Masks("", ())).forms
    return by_id or [
        one
        for one in every
        if (host is None or one.rule.host == host)
        and (one.rule.form in forms or one.rule.form == named or plain(one.finding.example) == plain(named))
    ]


def _decide(connection: Connection, chosen: Iterable[Decision], state: State, who: str) -> list[Decision]:
    changed = [one for one in chosen if one.state != state or one.decided_by is None]
    now = time.time()
    for one in changed:
        values = {"state": state, "decided_by": who[:MAX_WHO], "decided_at": now}
        connection.execute(sa.update(boilerplate_rules).where(boilerplate_rules.c.id == one.rule.id).values(**values))
        said = _said(one.rule)
        record(connection, who, _ACTIONS[state], one.rule.id, {**said, "state": one.state}, {**said, "state": state})
    return changed


def _said(rule: Rule) -> dict[str, Any]:
    return {"form": rule.form, "kind": rule.kind, "where": rule.where, "host": rule.host}


def _renewed(finding: Finding) -> dict[str, Any]:
    """What is learnt anew of a rule that is known: what it does stays, but for longer lists, so that articles are not read
    anew each night for what chance brings."""
    values = _evidence(finding)
    del values["place"]
    known = boilerplate_rules.c["items"]
    longest = sa.case((known < finding.rule.items, finding.rule.items), else_=known)
    return {**values, "items": longest}


def _evidence(finding: Finding) -> dict[str, Any]:
    return {
        "place": finding.rule.where,
        "items": finding.rule.items,
        "articles": finding.articles,
        "of_articles": finding.of,
        "reason": finding.reason,
        "example": finding.example,
        "seen_in": orjson.dumps(finding.seen_in).decode(),
    }


def _row(finding: Finding, state: State, who: str | None, now: float) -> dict[str, Any]:
    rule = finding.rule
    decided = {"decided_by": who[:MAX_WHO] if who else None, "decided_at": now if who else None}
    named = {"id": rule.id, "host": rule.host, "kind": rule.kind, "form": rule.form}
    return {**named, **_evidence(finding), "state": state, "found_at": now, **decided}


def _decision(row: "sa.Row[Any]") -> Decision:
    rule = Rule(row.form, row.kind, row.place, row.host, row.items)
    seen = tuple(orjson.loads(row.seen_in))
    finding = Finding(rule, row.articles, row.of_articles, row.reason, row.example, seen)
    return Decision(finding, row.state, row.found_at, row.decided_by, row.decided_at)
