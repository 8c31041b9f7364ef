"""The audit log: who settled what and when. Lines are added in the transaction of what they tell of, and never changed."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.catalogue import Catalogue
from index.schema import audit

Action = Literal[
    "rule.add",
    "rule.change",
    "rule.remove",
    "rules.replace",
    "policy.save",
    "policy.restore",
    "snapshot.restore",
    "boilerplate.learn",
    "boilerplate.remove",
    "boilerplate.keep",
    "boilerplate.undecide",
    "desk.sign-in",
    "desk.sign-out",
]

MAX_LINES = 1_000
"""So many lines are read at once; older ones follow with `below`."""

MAX_WHO = 200


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that somebody settled. `before` and `after` are what JSON can say, None where there was or is nothing."""

    number: int
    at: datetime
    who: str
    action: str
    subject: str
    before: Any = None
    after: Any = None


def record(
    connection: Connection, who: str, action: Action, subject: str, before: Any = None, after: Any = None
) -> int:
    """Write a line, in the transaction of what it tells of; gives its number, greater than that of any line before.

    `before` and `after` are whatever JSON can say.
    """
    line = {
        "at": time.time(),
        "who": who[:MAX_WHO],
        "action": action,
        "subject": subject,
        "before": _text(before),
        "after": _text(after),
    }
    done = connection.execute(sa.insert(audit).returning(audit.c.number), line)
    return int(done.scalar_one())


def read_audit(
    catalogue: Catalogue,
    below: int | None = None,
    limit: int = 100,
    who: str | None = None,
    action: str | None = None,
    subject: str | None = None,
) -> list[AuditLine]:
    """The newest lines first, at most `limit` (1 to `MAX_LINES`): with `below` those of lower numbers, with `who`, `subject`
    those alone; `action` is an action, or what stands before its dot (`rule`)."""
    query = sa.select(audit).order_by(audit.c.number.desc()).limit(max(1, min(limit, MAX_LINES)))
    if below is not None:
        query = query.where(audit.c.number < below)
    if who is not None:
        query = query.where(audit.c.who == who)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if action is not None:
        same = audit.c.action == action
        query = query.where(same if "." in action else sa.or_(same, audit.c.action.startswith(f"{action}.")))
    with catalogue.engine.connect() as connection:
        return [_line(row) for row in connection.execute(query)]


def audit_number(engine: Engine) -> int:
    """Number of the last line; 0 where there is none. It moves with whatever is settled."""
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.max(audit.c.number))).scalar() or 0)


def _line(row: "sa.Row[Any]") -> AuditLine:
    at = datetime.fromtimestamp(int(row.at), UTC)
    return AuditLine(row.number, at, row.who, row.action, row.subject, _value(row.before), _value(row.after))


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)
