"""The policies that were saved, oldest kept for good: the last one holds, and going back saves an older one anew.

What a policy says stands here as TOML; whoever saves one has read it, and says which version it is.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.audit import Action, record
from index.catalogue import Catalogue
from index.engines import reading, writing
from index.errors import ArchiveError
from index.schema import policy_versions

MAX_TOML = 200_000
"""Characters."""

MAX_NOTE = 1_000

AT_MOST = 100
"""So many versions are listed at once."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy as it was saved. `number` counts up from 1; `version` is what the recommender calls it, the same for the same
    settings; `at` is in UTC."""

    number: int
    version: str
    toml: str
    saved_by: str
    at: datetime
    note: str


class PolicyChanged(ArchiveError):
    """Another policy was saved since the one that was worked on; `newest` is the one that holds now, None where none was
    saved."""

    def __init__(self, expected: int, newest: PolicyVersion | None) -> None:
        holds = f"number {newest.number}, saved by {newest.saved_by}" if newest else "none, for none was saved"
        super().__init__(
            f"the policy was changed meanwhile: expected number {expected} to hold, and it is {holds}; "
            "look at that one, and save again what is still wanted"
        )
        self.expected = expected
        self.newest = newest


class UnknownPolicy(ArchiveError):
    """No policy was saved under that number."""


class PolicyRefused(ArchiveError):
    """A policy or its note is too long to be kept."""


def newest_policy(engine: Engine) -> PolicyVersion | None:
    """The policy that holds; None where none was saved."""
    with engine.connect() as connection:
        return _newest(connection)


def list_policies(engine: Engine, below: int | None = None, limit: int = AT_MOST) -> list[PolicyVersion]:
    """Saved policies, newest first; with `below` only those of lower numbers."""
    query = sa.select(policy_versions).order_by(policy_versions.c.number.desc()).limit(limit)
    if below is not None:
        query = query.where(policy_versions.c.number < below)
    with reading(engine) as connection:
        return [_version(row) for row in connection.execute(query)]


def read_policy(engine: Engine, number: int) -> PolicyVersion:
    """The policy saved under a number. Raises `UnknownPolicy`."""
    with engine.connect() as connection:
        return _read(connection, number)


def save_policy(
    catalogue: Catalogue, toml: str, version: str, who: str, note: str = "", expected_number: int | None = None
) -> PolicyVersion:
    """Save a policy, which holds from then on. `expected_number` is that of the policy which was worked on, 0 where none was
    saved; None saves over whatever holds.

    Raises `PolicyChanged` when another holds, `PolicyRefused` for what is too long.
    """
    return _save(catalogue, "policy.save", toml, version, who, note, expected_number)


def restore_policy(
    catalogue: Catalogue, number: int, who: str, note: str = "", expected_number: int | None = None
) -> PolicyVersion:
    """Save the policy of that number anew. Raises `UnknownPolicy`, and as `save_policy`."""
    older = read_policy(catalogue.engine, number)
    note = note or f"Back to number {number}"
    return _save(catalogue, "policy.restore", older.toml, older.version, who, note, expected_number)


def _save(
    catalogue: Catalogue, action: Action, toml: str, version: str, who: str, note: str, expected_number: int | None
) -> PolicyVersion:
    for name, text, most in (("policy", toml, MAX_TOML), ("note", note, MAX_NOTE)):
        if len(text) > most:
            raise PolicyRefused(f"{name}: expected at most {most:,} characters, got {len(text):,}")
    with writing(catalogue.engine) as connection:
        before = _newest(connection)
        if expected_number is not None and expected_number != (before.number if before else 0):
            raise PolicyChanged(expected_number, before)
        values = {"version": version, "toml": toml, "saved_by": who, "at": time.time(), "note": note.strip()}
        connection.execute(sa.insert(policy_versions), values)
        saved = _newest(connection)
        assert saved is not None
        record(connection, who, action, f"policy {saved.number}", _told(before), _told(saved))
    return saved


def _newest(connection: Connection) -> PolicyVersion | None:
    query = sa.select(policy_versions).order_by(policy_versions.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return _version(row) if row is not None else None


def _read(connection: Connection, number: int) -> PolicyVersion:
    known = -(2**63) <= number < 2**63
    query = sa.select(policy_versions).where(policy_versions.c.number == number)
    row = connection.execute(query).first() if known else None
    if row is None:
        raise UnknownPolicy(f"no policy was saved under number {number}; `alsoread policy list` shows those there are")
    return _version(row)


def _told(version: PolicyVersion | None) -> dict[str, Any] | None:
    """What the audit says of a policy: its settings stand under its number."""
    if version is None:
        return None
    return {"number": version.number, "version": version.version, "note": version.note}


def _version(row: "sa.Row[Any]") -> PolicyVersion:
    moment = datetime.fromtimestamp(row.at, UTC)
    return PolicyVersion(row.number, row.version, row.toml, row.saved_by, moment, row.note)
