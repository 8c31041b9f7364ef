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
    "": "Everything",
    "rule": "Rules",
    "rules": "Rules replaced",
    "policy": "Policies",
    "snapshot": "Indexes",
    "desk": "Sign-ins",
}
COLUMNS = ("number", "at", "who", "action", "subject", "before", "after")


@dataclass(frozen=True, slots=True)
class Told:
    """A line, and what it says."""

    line: AuditLine
    words: str


def add_audit(desk: Desk) -> None:
    """`/desk/audit` and `/desk/audit/export`."""

    @desk.view(PATH)
    def audit(_visitor: Visitor) -> Response:
        now, snapshot = desk.clock(), desk.recommender.index.snapshot()
        who, action = request.args.get("who", "").strip(), request.args.get("what", "")
        below = request.args.get("below", "")
        lines = read_audit(
            desk.catalogue(),
            below=int(below) if below.isdecimal() and len(below) < 16 else None,
            limit=LINES + 1,
            who=who or None,
            action=action if action in GROUPS and action else None,
        )
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


def _records(desk: Desk) -> Iterator[dict[str, Any]]:
    below = None
    while lines := read_audit(desk.catalogue(), below=below, limit=MAX_LINES):
        for line in lines:
            record = {name: getattr(line, name) for name in COLUMNS}
            yield {**record, "at": line.at.isoformat().replace("+00:00", "Z")}
        below = lines[-1].number
