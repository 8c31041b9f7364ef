"""Keys of those who may write or read reports: made, listed, revoked and checked. Of a key only a hash is kept.

A key is `alsoread_<id>_<secret>`: the id finds its row and may be shown, the secret is 256 bits of chance. That is why plain
SHA-256 suffices: there is nothing to guess that a slow hash would have to protect.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

import sqlalchemy as sa

from index.catalogue import Catalogue
from index.engines import reading, writing
from index.errors import ArchiveError
from index.schema import api_keys

Scope = Literal["read", "rules", "write", "admin"]

SCOPES: tuple[Scope, ...] = ("read", "rules", "write", "admin")
"""What a key may be for: to read reports and the desk; that, and to settle rules (an editor); to write articles (a program);
or all of it and what is for administrators only."""

MAX_NAME = 200

_COVERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "read": frozenset({"read"}),
        "rules": frozenset({"read", "rules"}),
        "write": frozenset({"write"}),
        "admin": frozenset(SCOPES),
    }
)
_PREFIX = "alsoread_"
_ID_BYTES, _SECRET_BYTES = 6, 32
_ID = re.compile(rf"[0-9a-f]{{{2 * _ID_BYTES}}}", re.ASCII)
_TOKEN = re.compile(rf"{_PREFIX}({_ID.pattern})_([0-9a-f]{{{2 * _SECRET_BYTES}}})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOBODYS_HASH = bytes(32)


class KeyRefused(ArchiveError):
    """A key cannot be made or found as asked."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be told of a key."""

    id: str
    name: str
    scope: str
    created_at: datetime
    revoked_at: datetime | None = None

    def covers(self, scope: Scope) -> bool:
        """Whether what needs this scope may be done with the key; a scope that we do not know covers nothing."""
        return covers(self.scope, scope)


def covers(held: str, scope: Scope) -> bool:
    """Whether whoever holds one scope may do what needs another; one that we do not know covers nothing."""
    return scope in _COVERS.get(held, ())


def is_key(text: str) -> bool:
    """Whether a text has the form of a key; says nothing about whether there is such a key."""
    return _TOKEN.fullmatch(text) is not None


def add_key(catalogue: Catalogue, name: str, scope: Scope) -> str:
    """Make a key and give it: this once, for it can be read nowhere afterwards.

    Raises `KeyRefused` for a name that a key in force has, or that is none, and for an unknown scope.
    """
    name = _checked_name(name)
    if scope not in SCOPES:
        raise KeyRefused(f"scope: expected one of {', '.join(SCOPES)}, got {scope!r}")
    secret = secrets.token_hex(_SECRET_BYTES)
    with writing(catalogue.engine) as connection:
        in_force = sa.select(api_keys.c.id).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
        if connection.execute(in_force).first() is not None:
            raise KeyRefused(f"a key called {name!r} is in force; revoke it first, or choose another name")
        taken = set(connection.execute(sa.select(api_keys.c.id)).scalars())
        key_id = next(candidate for candidate in iter(_make_id, "") if candidate not in taken)
        row = {"id": key_id, "name": name, "secret_hash": _hash(secret), "scope": scope, "created_at": time.time()}
        connection.execute(sa.insert(api_keys), row)
    return f"{_PREFIX}{key_id}_{secret}"


def list_keys(catalogue: Catalogue) -> list[KeyInfo]:
    """All keys, revoked ones too, oldest first."""
    with reading(catalogue.engine) as connection:
        rows = connection.execute(sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)).all()
    return [_info(row) for row in rows]


def revoke_key(catalogue: Catalogue, named: str) -> KeyInfo:
    """Put a key out of force, by its name, its id, or the whole key; it is refused from the next call on.

    A key that is revoked already stays as it is. Raises `KeyRefused` where no key is meant.
    """
    token = _TOKEN.fullmatch(named)
    wanted = token[1] if token else named.strip()
    by_name = sa.and_(api_keys.c.name == wanted, api_keys.c.revoked_at.is_(None))
    with writing(catalogue.engine) as connection:
        row = connection.execute(sa.select(api_keys).where(sa.or_(api_keys.c.id == wanted, by_name))).first()
        if row is None:
            shown = "so" if named.strip().startswith(_PREFIX) else f"{named[:MAX_NAME]!r}, by name or by id"
            raise KeyRefused(f"no key in force is called {shown}; `alsoread keys list` shows those there are")
        revoked_at = row.revoked_at or time.time()
        connection.execute(sa.update(api_keys).where(api_keys.c.id == row.id).values(revoked_at=revoked_at))
    return _info(row, revoked_at)


def scope_of(catalogue: Catalogue, token: str) -> KeyInfo | None:
    """The key in force that a token is; None for any other text. A token with an unknown id costs what one with a wrong
    secret costs, so that the time taken tells nothing."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    with catalogue.engine.connect() as connection:
        row = connection.execute(sa.select(api_keys).where(api_keys.c.id == parts[1])).first()
    known = row.secret_hash if row is not None else _NOBODYS_HASH
    same = hmac.compare_digest(_hash(parts[2]), known)
    return _info(row) if same and row is not None and row.revoked_at is None else None


def _checked_name(name: str) -> str:
    clean = name.strip()
    if not 1 <= len(clean) <= MAX_NAME or _CONTROL.search(clean):
        raise KeyRefused(f"name: expected 1 to {MAX_NAME} characters without control characters")
    if clean.startswith(_PREFIX) or _ID.fullmatch(clean):
        raise KeyRefused("name: expected one that cannot be taken for a key or for the id of one")
    return clean


def _make_id() -> str:
    return secrets.token_hex(_ID_BYTES)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _info(row: "sa.Row[Any]", revoked_at: float | None = None) -> KeyInfo:
    revoked = revoked_at or row.revoked_at
    return KeyInfo(row.id, row.name, row.scope, _moment(row.created_at), _moment(revoked) if revoked else None)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
