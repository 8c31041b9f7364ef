"""Who settled what, and when: read, filtered, and taken along as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from index.audit import MAX_LINES, AuditLine, read_audit
from service.desk.downloads import download
from service.desk.frame import Desk
from service.desk.told import sentence
from service.desk.visitors import Visitor

PATH = "/desk/audit"
LINES = 100

GROUPS = {
    "": "Changes",
    "rule": "Rules",
    "rules": "Rules replaced",
    "boilerplate": "Boilerplate",
    "policy": "Policies",
    "snapshot": "Indexes",
    "desk": "Sign-ins",
    "all": "Everything",
}
COLUMNS = ("number", "at", "who", "action", "subject", "before", "after")


@dataclass(frozen=True, slots=True)
class Told:
    """A line, and what it says."""

    line: AuditLine
    words: str

    @property
    def fields(self) -> list[tuple[str, Any, Any]] | None:
        """What is different, as (name, before, after); None where the line tells of no single record."""
        before, after = ({} if one is None else one for one in (self.line.before, self.line.after))
        if not isinstance(before, dict) or not isinstance(after, dict):
            return None
        names = dict.fromkeys([*before, *after])
        return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def add_audit(desk: Desk) -> None:
    """`/desk/audit` and `/desk/audit/export`."""

    @desk.view(PATH)
    def audit(_visitor: Visitor) -> Response:
        now, snapshot = desk.clock(), desk.recommender.index.snapshot()
        who, action = request.args.get("who", "").strip(), request.args.get("what", "")
        below = request.args.get("below", "")
        start = int(below) if below.isdecimal() and len(below) < 16 else None
        lines = _lines(desk, start, who or None, action if action in GROUPS else "")
        return desk.page(
            "audit.html",
            lines=[Told(line, sentence(line, snapshot, now)) for line in lines[:LINES]],
            older=lines[LINES - 1].number if len(lines) > LINES else None,
            who=who,
            what=action,
            groups=GROUPS,
        )

    @desk.view(f"{PATH}/export")
    def export(_visitor: Visitor) -> Response:
        return download("audit", request.args.get("format", "csv"), COLUMNS, _records(desk))


def _lines(desk: Desk, below: int | None, who: str | None, group: str) -> list[AuditLine]:
    """The newest lines of a group, one more than a page shows where there are; sign-ins are no changes."""
    if group:
        action = None if group == "all" else group
        return read_audit(desk.catalogue(), below=below, limit=LINES + 1, who=who, action=action)
    found: list[AuditLine] = []
    while len(found) <= LINES:
        lines = read_audit(desk.catalogue(), below=below, limit=MAX_LINES, who=who)
        found += [line for line in lines if not line.action.startswith("desk.")]
        if len(lines) < MAX_LINES:
            break
        below = lines[-1].number
    return found[: LINES + 1]


def _records(desk: Desk) -> Iterator[dict[str, Any]]:
    below = None
    while lines := read_audit(desk.catalogue(), below=below, limit=MAX_LINES):
        for line in lines:
            record = {name: getattr(line, name) for name in COLUMNS}
            yield {**record, "at": line.at.isoformat().replace("+00:00", "Z")}
        below = lines[-1].number
