"""Who embeds which text: of several indexers and rebuilds that share one catalogue no two embed the same.

On PostgreSQL a claim is an advisory lock of a connection, so that the server itself lets go of it when whoever has it dies.
On SQLite there is one host, and one indexer.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError


@contextmanager
def claimed(engine: Engine, hashes: Sequence[bytes], model: str, recipe: int) -> Iterator[frozenset[bytes]]:
    """Those of these content hashes that nobody else is embedding with this model and recipe: ours until the context ends.

    Whoever had one before may have kept its vector meanwhile: look again. Raises what the database raises.
    """
    if engine.dialect.name != "postgresql" or not hashes:
        yield frozenset(hashes)
        return
    by_key = {_key(content_hash, model, recipe): content_hash for content_hash in hashes}
    with engine.connect() as connection:
        mine = _locked(connection, sorted(by_key))
        try:
            yield frozenset(by_key[key] for key in mine)
        finally:
            _release(connection, mine)


def _key(content_hash: bytes, model: str, recipe: int) -> int:
    """64 bits, signed, that nothing else has but by chance; then one of the two is embedded a moment later."""
    said = hashlib.blake2b(content_hash + f"\0{model}\0{recipe}".encode(), digest_size=8, person=b"alsoread claim")
    return int.from_bytes(said.digest(), "big", signed=True)


def _locked(connection: Connection, keys: Sequence[int]) -> list[int]:
    asked = sa.func.unnest(sa.bindparam("keys", keys, ARRAY(sa.BigInteger))).column_valued("key")
    mine = connection.execute(sa.select(asked).where(sa.func.pg_try_advisory_lock(asked)))
    found = list(mine.scalars())
    connection.commit()  # the locks are the connection's, not the transaction's
    return found


def _release(connection: Connection, keys: Sequence[int]) -> None:
    """A connection that broke has let go already; one on which letting go fails is closed for good."""
    try:
        connection.rollback()
        for key in keys:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
        connection.commit()
    except SQLAlchemyError:
        with suppress(SQLAlchemyError):
            connection.invalidate()
