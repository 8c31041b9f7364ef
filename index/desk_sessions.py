"""Who is signed in at the desk: a session is opened, found, kept alive and ended. Of its token only a hash is kept.

The token is 256 bits of chance, so that no guess finds it; why plain SHA-256 suffices stands in `index.access_keys`.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.access_keys import Scope, covers
from index.catalogue import Catalogue
from index.engines import writing
from index.schema import api_keys, desk_sessions

IDLE = timedelta(hours=12)
"""After so long without a page a session ends, …"""
LONGEST = timedelta(days=7)
"""… and after so long in any case."""

SEEN_AGAIN = timedelta(minutes=5)
"""So exact is what is kept of when someone was last seen: not every page is to be a write."""

_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

Also = Callable[[Connection], object]
"""What is to be written in the same transaction."""


@dataclass(frozen=True, slots=True)
class Session:
    """Someone who is signed in. `key_id` is None for someone whom a reverse proxy named; `stale` when `touch_session` is
    due."""

    name: str
    scope: str
    key_id: str | None
    stale: bool = False

    def covers(self, scope: Scope) -> bool:
        """Whether what needs this scope may be done in it."""
        return covers(self.scope, scope)


def open_session(
    catalogue: Catalogue, name: str, scope: str, key_id: str | None, now: datetime, also: Also | None = None
) -> str:
    """Sign someone in and give the token, this once. Sessions that ended are tidied away."""
    token, at = secrets.token_urlsafe(_TOKEN_BYTES), now.timestamp()
    row = {"name": name, "scope": scope, "key_id": key_id, "created_at": at, "seen_at": at}
    with writing(catalogue.engine) as connection:
        connection.execute(sa.delete(desk_sessions).where(sa.not_(_lasts(now))))
        connection.execute(sa.insert(desk_sessions), {"token_hash": _hash(token), **row})
        if also is not None:
            also(connection)
    return token


def find_session(catalogue: Catalogue, token: str, now: datetime) -> Session | None:
    """The session of a token; None where there is none, it ended, or its key was revoked. Name and scope are the key's, as
    they are now."""
    if not _TOKEN.fullmatch(token):
        return None
    joined = desk_sessions.outerjoin(api_keys, desk_sessions.c.key_id == api_keys.c.id)
    own = sa.and_(desk_sessions.c.key_id.is_(None), api_keys.c.id.is_(None))
    in_force = sa.and_(api_keys.c.id.is_not(None), api_keys.c.revoked_at.is_(None))
    wanted = (
        sa.select(
            sa.func.coalesce(api_keys.c.name, desk_sessions.c.name).label("name"),
            sa.func.coalesce(api_keys.c.scope, desk_sessions.c.scope).label("scope"),
            desk_sessions.c.key_id,
            desk_sessions.c.seen_at,
        )
        .select_from(joined)
        .where(desk_sessions.c.token_hash == _hash(token), _lasts(now), sa.or_(own, in_force))
    )
    with catalogue.engine.connect() as connection:
        row = connection.execute(wanted).first()
    if row is None:
        return None
    stale = now.timestamp() - row.seen_at > SEEN_AGAIN.total_seconds()
    return Session(row.name, row.scope, row.key_id, stale)


def touch_session(catalogue: Catalogue, token: str, now: datetime) -> None:
    """Note that someone was seen."""
    mine = desk_sessions.c.token_hash == _hash(token)
    with writing(catalogue.engine) as connection:
        connection.execute(sa.update(desk_sessions).where(mine).values(seen_at=now.timestamp()))


def end_session(catalogue: Catalogue, token: str, also: Also | None = None) -> None:
    """Sign someone out; nothing happens where the token is nobody's."""
    with writing(catalogue.engine) as connection:
        gone = connection.execute(sa.delete(desk_sessions).where(desk_sessions.c.token_hash == _hash(token)))
        if also is not None and gone.rowcount:
            also(connection)


def _lasts(now: datetime) -> sa.ColumnElement[bool]:
    oldest, unseen = (now - LONGEST).timestamp(), (now - IDLE).timestamp()
    return sa.and_(desk_sessions.c.created_at > oldest, desk_sessions.c.seen_at > unseen)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
