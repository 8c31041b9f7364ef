"""Rules added, changed, removed and replaced: each call is one transaction, with its audit line, and for single rules its
lines in the change log. Who reads rules asks `index.rules`."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.audit import MAX_WHO, record
from index.catalogue import Catalogue
from index.change_log import Line, write_lines
from index.chunks import in_chunks
from index.engines import writing
from index.rules import (
    MAX_RULES,
    InvalidRule,
    Key,
    Rule,
    RuleChanged,
    RuleDraft,
    RuleExists,
    RulesChanged,
    RuleSet,
    all_rules,
    problems_of,
    repeated,
    rule_of,
    rules_number,
    touched_by,
)
from index.schema import rules

ANY = -1
"""As a version or number that is expected: whatever it is."""

_ID_BYTES = 8


def add_rule(catalogue: Catalogue, draft: RuleDraft, who: str) -> Rule:
    """Settle a rule.

    Raises `InvalidRule`, and `RuleExists` where one that has not expired settles the same.
    """
    _check([draft])
    draft = draft.tidy()
    with writing(catalogue.engine) as connection:
        expired = _take_place(connection, draft)
        count = int(connection.execute(sa.select(sa.func.count()).select_from(rules)).scalar_one())
        if count >= MAX_RULES:
            raise InvalidRule((f"there are {count} rules, as many as there may be; remove what has expired",))
        rule = _new(draft, who, _now())
        connection.execute(sa.insert(rules), _row(rule))
        record(connection, who, "rule.add", rule.id, expired.record() if expired else None, rule.record())
        _tell(connection, [rule])
    return rule


def change_rule(catalogue: Catalogue, rule_id: str, draft: RuleDraft, who: str, expected_version: int) -> Rule:
    """Settle something else in a rule's place, where it is still at the version that whoever changes it saw (or `ANY`).

    Raises `RuleChanged` where it is not, or is gone; and as `add_rule`.
    """
    _check([draft])
    draft = draft.tidy()
    with writing(catalogue.engine) as connection:
        before = _expected(connection, rule_id, expected_version)
        if draft == before.draft:
            return before
        _take_place(connection, draft, other_than=rule_id)
        after = _changed(before, draft, who, _now())
        connection.execute(sa.update(rules).where(rules.c.id == rule_id).values(_row(after)))
        record(connection, who, "rule.change", rule_id, before.record(), after.record())
        _tell(connection, [before, after])
    return after


def remove_rule(catalogue: Catalogue, rule_id: str, who: str, expected_version: int = ANY) -> Rule:
    """Remove a rule, where it is still at the version that whoever removes it saw; gives it as it was.

    Raises `RuleChanged` where it is not, or is gone.
    """
    with writing(catalogue.engine) as connection:
        before = _expected(connection, rule_id, expected_version)
        connection.execute(sa.delete(rules).where(rules.c.id == rule_id))
        record(connection, who, "rule.remove", rule_id, before.record(), None)
        _tell(connection, [before])
    return before


def replace_rules(catalogue: Catalogue, drafts: Sequence[RuleDraft], who: str, expected_number: int = ANY) -> RuleSet:
    """Have exactly these rules, all or nothing, where nobody changed any since `expected_number` (`RuleSet.number`). A rule
    that settles the same as before keeps its id; one that is the same in all is not touched. No line of the change log names
    the articles, of which there may be thousands: `rules_replaced` tells that every answer may be another.

    Raises `RulesChanged`, and `InvalidRule` with one sentence for each fault, which names the draft by its number from 1.
    """
    _check(drafts, many=True)
    drafts = [draft.tidy() for draft in drafts]
    with writing(catalogue.engine) as connection:
        number = rules_number(connection)
        if expected_number not in (ANY, number):
            raise RulesChanged(expected_number, number)
        now = _now()
        known = {rule.key: rule for rule in all_rules(connection)}
        wanted: dict[Key, Rule] = {}
        for draft in drafts:
            before = known.get(draft.key)
            if before is None:
                wanted[draft.key] = _new(draft, who, now)
            else:
                wanted[draft.key] = before if before.draft == draft else _changed(before, draft, who, now)
        kept = {rule.id for key, rule in wanted.items() if known.get(key) == rule}
        gone = [rule for rule in all_rules(connection) if rule.id not in kept]
        come = [rule for rule in wanted.values() if rule.id not in kept]
        if not gone and not come:
            return RuleSet(tuple(all_rules(connection)), number)
        for chunk in in_chunks([rule.id for rule in gone]):
            connection.execute(sa.delete(rules).where(rules.c.id.in_(chunk)))
        if come:
            connection.execute(sa.insert(rules), [_row(rule) for rule in come])
        before_, after_ = [rule.record() for rule in gone], [rule.record() for rule in come]
        number = record(connection, who, "rules.replace", f"{len(wanted)} rules", before_, after_)
        return RuleSet(tuple(all_rules(connection)), number)


def _check(drafts: Sequence[RuleDraft], many: bool = False) -> None:
    again = repeated(drafts)
    found = [
        f"rule {at}: {problem}" if many else problem
        for at, draft in enumerate(drafts, start=1)
        for problem in (*problems_of(draft), *(("the same is settled by one before it",) if at - 1 in again else ()))
    ]
    if len(drafts) > MAX_RULES:
        found.insert(0, f"expected at most {MAX_RULES} rules, got {len(drafts)}")
    if found:
        raise InvalidRule(tuple(found))


def _take_place(connection: Connection, draft: RuleDraft, other_than: str | None = None) -> Rule | None:
    """Make room for a draft: an expired rule that settles the same gives way, and is given. Raises `RuleExists` where one
    that holds does."""
    same = [getattr(rules.c, name).is_not_distinct_from(value) for name, value in _key_columns(draft)]
    for row in connection.execute(sa.select(rules).where(*same, rules.c.id != (other_than or ""))).all():
        found = rule_of(row)
        if found.holds(_now()):
            raise RuleExists(found)
        connection.execute(sa.delete(rules).where(rules.c.id == found.id))
        return found
    return None


def _key_columns(draft: RuleDraft) -> Iterable[tuple[str, str | None]]:
    return zip(("kind", "article_id", "item_id", "slot"), draft.key, strict=True)


def _expected(connection: Connection, rule_id: str, version: int) -> Rule:
    row = connection.execute(sa.select(rules).where(rules.c.id == rule_id)).first()
    found = rule_of(row) if row is not None else None
    if found is None or version not in (ANY, found.version):
        raise RuleChanged(rule_id, found)
    return found


def _new(draft: RuleDraft, who: str, now: datetime) -> Rule:
    return _made(draft, (secrets.token_hex(_ID_BYTES), who[:MAX_WHO], now), who, now, 1)


def _changed(before: Rule, draft: RuleDraft, who: str, now: datetime) -> Rule:
    return _made(draft, (before.id, before.created_by, before.created_at), who, now, before.version + 1)


def _made(draft: RuleDraft, created: tuple[str, str, datetime], who: str, now: datetime, version: int) -> Rule:
    settles = (*draft.key, draft.position, draft.reason, draft.expires_at)
    return Rule(*settles, *created, who[:MAX_WHO], now, version)


def _now() -> datetime:
    """The moment of a write, in whole milliseconds: as a database's floating number gives it back."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "article_id": rule.article_id,
        "item_id": rule.item_id,
        "slot": rule.slot,
        "position": rule.position,
        "reason": rule.reason,
        "expires_at": rule.expires_at.timestamp() if rule.expires_at else None,
        "created_by": rule.created_by,
        "created_at": rule.created_at.timestamp(),
        "updated_by": rule.updated_by,
        "updated_at": rule.updated_at.timestamp(),
        "version": rule.version,
    }


def _tell(connection: Connection, changed: Iterable[RuleDraft]) -> None:
    """Note the articles whose answers are other now: who serves loads them anew, and shared caches are told."""
    write_lines(connection, [Line(article_id) for article_id in touched_by(changed)])
