"""What an editor does to a list, as rules: pin, move, block, mark, change, remove, and take back what was done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from index.audit import AuditLine, read_audit
from index.catalogue import Catalogue
from index.rule_writes import add_rule, change_rule, remove_rule, replace_rules
from index.rules import Rule, RuleDraft, RuleSet, read_rules
from service.desk.frame import Refused
from service.problems import CHANGED_MEANWHILE, INVALID_PARAMETER

SPANS = {
    "": None,
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
}
"""How long a rule may be chosen to hold; for ever at first."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was settled: the numbers of its lines in the audit log, with which it can be taken back."""

    numbers: tuple[int, ...]


def settle(catalogue: Catalogue, draft: RuleDraft, who: str) -> Done:
    """Add a rule, or change the one that settles the same: who pins a pinned piece at another place moves its pin.

    Raises as `add_rule` and `change_rule`.
    """
    known = _holding(read_rules(catalogue.engine), draft)
    if known is None:
        rule = add_rule(catalogue, draft, who)
    elif known.draft == draft.tidy():
        return Done(())
    else:
        rule = change_rule(catalogue, known.id, draft, who, known.version)
    return Done((_last(catalogue, rule.id, who),))


def move(catalogue: Catalogue, article: str, slot: str, items: Sequence[str], item: str, to: int, who: str) -> Done:
    """Put a piece at another place (from 1) of a list that shows `items`: it is pinned there, and pins in between move by one,
    so that all others stay as they are seen."""
    if item not in items:
        raise Refused(
            CHANGED_MEANWHILE, "The list has changed in the meantime. Look at it again, and move the piece then."
        )
    now, to = datetime.now(UTC), max(1, min(to, len(items)))
    order = [one for one in items if one != item]
    order.insert(to - 1, item)
    known = read_rules(catalogue.engine).rules
    held = [rule for rule in known if rule.kind == "pin" and rule.article_id == article and rule.holds(now)]
    pins = {rule.item_id: rule for wanted in (None, slot) for rule in held if rule.slot == wanted}
    numbers: list[int] = []
    for place, one in enumerate(order, start=1):
        pin = pins.get(one)
        if pin is not None and pin.position != place and pin.slot == slot:
            changed = replace(pin.draft, position=place)
            numbers.append(_last(catalogue, change_rule(catalogue, pin.id, changed, who, pin.version).id, who))
        elif one == item and (pin is None or pin.slot is None):
            draft = RuleDraft("pin", article, item, slot, place)
            numbers += settle(catalogue, draft, who).numbers
    return Done(tuple(numbers))


def change(catalogue: Catalogue, rule_id: str, version: int, changes: Mapping[str, Any], who: str) -> Done:
    """Change parts of a rule that is still at that version. Raises `RuleChanged` where it is not."""
    rule = read_rules(catalogue.engine).by_id(rule_id)
    draft = replace(rule.draft, **changes) if rule is not None else RuleDraft("block", item_id="gone")
    after = change_rule(catalogue, rule_id, draft, who, version)
    return Done((_last(catalogue, rule_id, who),) if after != rule else ())


def remove(catalogue: Catalogue, rule_id: str, version: int, who: str) -> Done:
    """Remove a rule that is still at that version. Raises `RuleChanged` where it is not."""
    remove_rule(catalogue, rule_id, who, version)
    return Done((_last(catalogue, rule_id, who),))


def undo(catalogue: Catalogue, numbers: Iterable[int], who: str) -> Done:
    """Take back what stands at these numbers of the audit log, the last first; what was changed again since is left.

    Raises `RuleChanged` where it was, and `Refused` for what cannot be taken back here.
    """
    done: list[int] = []
    for number in sorted(numbers, reverse=True):
        line = line_at(catalogue, number)
        if line is None:
            raise Refused(CHANGED_MEANWHILE, "There is nothing to take back.")
        done.append(_taken_back(catalogue, line, who))
    return Done(tuple(sorted(done)))


def _taken_back(catalogue: Catalogue, line: AuditLine, who: str) -> int:
    if line.action == "rule.add":
        remove_rule(catalogue, line.subject, who, int(line.after["version"]))
        return _last(catalogue, line.subject, who)
    if line.action == "rule.remove":
        return _last(catalogue, add_rule(catalogue, draft_of(line.before), who).id, who)
    if line.action == "rule.change":
        change_rule(catalogue, line.subject, draft_of(line.before), who, int(line.after["version"]))
        return _last(catalogue, line.subject, who)
    if line.action == "rules.replace":
        known = read_rules(catalogue.engine)
        came = {record["id"] for record in line.after or ()}
        drafts = [rule.draft for rule in known.rules if rule.id not in came]
        drafts += [draft_of(record) for record in line.before or ()]
        return replace_rules(catalogue, drafts, who, line.number).number
    raise Refused(CHANGED_MEANWHILE, "This cannot be taken back with one step.")


def line_at(catalogue: Catalogue, number: int) -> AuditLine | None:
    """The line of that number in the audit log."""
    found = read_audit(catalogue, below=number + 1, limit=1)
    return found[0] if found and found[0].number == number else None


def draft_of(record: Mapping[str, Any]) -> RuleDraft:
    """The draft that a rule's record in the audit log tells of."""
    until = record.get("expires_at")
    return RuleDraft(
        kind=record["kind"],
        article_id=record.get("article_id"),
        item_id=record.get("item_id"),
        slot=record.get("slot"),
        position=record.get("position"),
        reason=record.get("reason") or "",
        expires_at=datetime.fromisoformat(until) if until else None,
    )


def expiry(span: str, date: str, now: datetime) -> datetime | None:
    """When a rule ends: after a span of `SPANS`, or at the end of a day. Raises `Refused`."""
    if date:
        try:
            return datetime.fromisoformat(date).replace(hour=23, minute=59, second=59, tzinfo=UTC)
        except ValueError:
            raise Refused(
                INVALID_PARAMETER.status, f"Until: expected a day such as 2026-03-14, got {date[:40]!r}."
            ) from None
    if span not in SPANS:
        raise Refused(INVALID_PARAMETER.status, f"Until: expected a span of time, got {span[:40]!r}.")
    length = SPANS[span]
    return now + length if length is not None else None


def _holding(rules: RuleSet, draft: RuleDraft) -> Rule | None:
    now = datetime.now(UTC)
    return next((rule for rule in rules.rules if rule.key == draft.key and rule.holds(now)), None)


def _last(catalogue: Catalogue, rule_id: str, who: str) -> int:
    """The number of the last line that tells what this person did to a rule."""
    return read_audit(catalogue, limit=1, subject=rule_id, who=who)[0].number
