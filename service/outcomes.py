"""What became of an article that was sent, as JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from index.article_writes import Written
from service.errors import Fault
from service.incoming import Removal, Writing


def outcome_record(written: Written, asked: Writing | Removal, now: datetime) -> dict[str, Any]:
    """What became of it, and what keeps it from being served at `now`; only what there is to say stands in it."""
    record: dict[str, Any] = {"id": written.id, "result": written.outcome}
    if written.outcome == "stale":
        record.update(stale_members(asked_updated_at(asked), written.known))
    elif isinstance(asked, Writing):
        if asked.article.unpublished:
            record["status"] = asked.article.status
        elif asked.article.published_at is not None and asked.article.published_at > now:
            record["embargoed_until"] = iso(asked.article.published_at)
    if asked.unknown:
        record["unknown_fields"] = list(asked.unknown)
    return record


def asked_updated_at(asked: Writing | Removal) -> datetime | None:
    """The `updated_at` that came."""
    return asked.article.updated_at if isinstance(asked, Writing) else asked.updated_at


def stale_members(came: datetime | None, known: datetime | None) -> dict[str, str | None]:
    """When what came was updated, and when what is known was."""
    return {"updated_at": iso(came), "known_updated_at": iso(known)}


def fault_records(faults: Iterable[Fault]) -> list[dict[str, str | None]]:
    """One entry for each field at fault."""
    return [{"field": fault.field, "detail": fault.detail} for fault in faults]


def iso(moment: datetime | None) -> str | None:
    """A moment as RFC 3339, in UTC."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None
