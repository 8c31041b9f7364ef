"""How the catalogue's database is opened and its transactions begin: SQLite in the data folder, or PostgreSQL by address.

A transaction that *writes* is alone: SQLite's `BEGIN IMMEDIATE`, an advisory lock on PostgreSQL. So changes are numbered in
the order in which they become visible, and whoever has read the log up to a number has missed nothing before it. One that
*reads* sees one state of the database from its first statement to its end.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from index.errors import CatalogueBusy, CatalogueUnusable
from index.sqlite_files import ReadOnlyFile

log = logging.getLogger(__name__)

WAIT_SECONDS = 30.0
"""How long a statement waits for another's lock, unless whoever opens the database says otherwise."""

SILENCE = {"tcp_user_timeout": 5_000, "keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3}
"""After so long (ms, s, s, times) a server that went silent counts as gone; by itself the system waits a quarter of an hour."""

WIDE_CACHE_KB = 131_072

_WRITERS_LOCK = 0x616C736F
_REBUILD_LOCK = 0x616C7370
"""Names of our advisory locks on PostgreSQL; any numbers that nobody else there uses."""


def open_engine(place: Path | str, wait: float = WAIT_SECONDS) -> Engine:
    """An engine over the SQLite file at a path, or the PostgreSQL database at an address; nothing is connected yet.

    Raises `CatalogueUnusable` for an address that is none, or that needs an extra which is not installed.
    """
    if isinstance(place, Path):
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(place)), connect_args={"timeout": wait})
        sa.event.listen(engine, "do_connect", _open_sqlite(ReadOnlyFile(place)))
        sa.event.listen(engine, "connect", _set_up_sqlite(wait))
        sa.event.listen(engine, "checkin", _close_reading)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = _open_postgresql(place, wait, pool_pre_ping=True)
    sa.event.listen(engine, "begin", _begin_postgresql)
    return engine


def open_for_looks(address: str, wait: float, connections: int) -> Engine:
    """An engine that only reads, for as many threads as `connections`: a statement is one round trip to the server, where
    nothing else is asked for. Whether a connection lives is not asked before it is used: who finds one broken tries again.

    Raises as `open_engine`.
    """
    pool = {"pool_size": connections, "max_overflow": 0, "pool_use_lifo": True, "pool_timeout": wait}
    return _open_postgresql(address, wait, isolation_level="AUTOCOMMIT", **pool)


def _open_postgresql(address: str, wait: float, **more: Any) -> Engine:
    url = _address(address)
    options = f"-c lock_timeout={int(wait * 1000)}"
    if wait < WAIT_SECONDS:
        options += f" -c statement_timeout={int(wait * 2000)}"
    arguments = {"connect_timeout": max(2, int(min(wait, 10))), "options": options, **SILENCE}
    try:
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), connect_args=arguments, **more)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise CatalogueUnusable(
            "PostgreSQL needs the extra 'postgres'; install it with: pip install 'alsoread[postgres]' -c constraints.txt"
        ) from None


def _address(place: str) -> sa.URL:
    """The parts of a PostgreSQL address. What is wrong with it is said without any of it, for it holds a password."""
    try:
        url = sa.make_url(place)
    except (ArgumentError, ValueError):
        raise CatalogueUnusable("expected postgresql://user:password@host/name as the catalogue's address") from None
    if url.get_backend_name() != "postgresql":
        raise CatalogueUnusable(f"expected postgresql://… as the catalogue's address, got {url.get_backend_name()}://…")
    if "@" in (url.host or "") + (url.database or ""):
        raise CatalogueUnusable("in the catalogue's address write @ as %40, : as %3A and / as %2F inside the password")
    return url


@contextmanager
def database_errors_said() -> Iterator[None]:
    """What the database says comes out as `CatalogueBusy` or `CatalogueUnusable`."""
    try:
        yield
    except SQLAlchemyError as error:
        ours = said(error)
        if isinstance(ours, CatalogueUnusable):
            log.error("the catalogue cannot be used: %s", _cause(error))
        raise ours from error


def said(error: SQLAlchemyError) -> CatalogueBusy | CatalogueUnusable:
    """A database's error as one of ours: what a person may read, without statements, values or addresses."""
    cause = _cause(error)
    for words, ours in _SAID:
        if any(word in cause for word in words):
            return ours()
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return CatalogueBusy("the connection to the catalogue broke; try again")
    return CatalogueUnusable("the catalogue cannot be used now; the log says why")


_SAID: tuple[tuple[tuple[str, ...], Callable[[], CatalogueBusy | CatalogueUnusable]], ...] = (
    (
        ("locked", "lock timeout", "statement timeout", "busy"),
        lambda: CatalogueBusy("the catalogue is locked by another process; try again in a few seconds"),
    ),
    (
        ("authentication failed",),
        lambda: CatalogueUnusable("the server of the catalogue refuses this user or password"),
    ),
    (
        ("does not exist",),
        lambda: CatalogueUnusable("the server of the catalogue has no such database or user, or its tables are gone"),
    ),
    (
        ("Connection refused", "connection failed", "starting up", "shutting down", "terminating connection"),
        lambda: CatalogueBusy("the server of the catalogue does not answer; try again in a few seconds"),
    ),
    (("full", "No space"), lambda: CatalogueUnusable("the disk of the catalogue is full; nothing was written")),
    (
        ("readonly", "read-only"),
        lambda: CatalogueUnusable("the catalogue cannot be written to (read-only); nothing was written"),
    ),
)


def _cause(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or type(error).__name__).strip().split("\n")[0]


def begin_reading(connection: Connection) -> None:
    """Begin a transaction that sees one state until it ends."""
    _begin(connection, writes=False, isolation="REPEATABLE READ")


def begin_writing(connection: Connection) -> None:
    """Begin a transaction beside which no other writes."""
    _begin(connection, writes=True, isolation="READ COMMITTED")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction beside which no other writes; committed at the end, undone by an error."""
    with engine.connect() as connection:
        begin_writing(connection)
        yield connection
        connection.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that sees one state until its end."""
    with engine.connect() as connection:
        begin_reading(connection)
        yield connection


def widen_cache(connection: Connection) -> None:
    """On SQLite: let a connection that goes through the whole catalogue keep more of it at hand. With the 2 MB that are usual
    each of a million new rows would have parts of seven indexes read and written again."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size=-{WIDE_CACHE_KB}")
        connection.rollback()


def hold_rebuild_lock(connection: Connection) -> bool:
    """On PostgreSQL: hold the lock that keeps rebuilds of several hosts apart as long as the connection lives, or give
    False when another has it. On SQLite the lock of the data folder is enough."""
    if connection.dialect.name != "postgresql":
        return True
    held = connection.execute(sa.select(sa.func.pg_try_advisory_lock(_REBUILD_LOCK))).scalar_one()
    connection.commit()
    return bool(held)


def release_rebuild_lock(connection: Connection) -> None:
    """Let go of it at once: the server notices a closed connection only a moment later. What broke has let go already."""
    if connection.dialect.name == "postgresql":
        with suppress(SQLAlchemyError):
            connection.rollback()
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_REBUILD_LOCK)))


def _begin(connection: Connection, writes: bool, isolation: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level=isolation)
    connection.execution_options(writes=writes)
    connection.begin()


def _begin_sqlite(connection: Connection) -> None:
    """The driver itself begins nothing (`isolation_level=None`), so that reads too stand in one transaction."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")


def _open_sqlite(file: ReadOnlyFile) -> Any:
    def choose(_dialect: object, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        address = file.address()
        if address is not None:
            arguments[:] = [address]
            options["uri"] = True
            record.info[_READS] = True

    return choose


def _close_reading(_connection: object, record: Any) -> None:
    """A connection that only reads is used once: it would not notice what whoever may write has written since, and as long as
    one is open SQLite takes the log's index for read-only in the whole process, also when it is not any more."""
    if _READS in record.info:
        record.close()


_READS = "only reads"


def _set_up_sqlite(wait: float) -> Any:
    def set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        ours = ("query_only=ON",) if _READS in record.info else ("journal_mode=WAL", "synchronous=FULL")
        for pragma in (f"busy_timeout={int(wait * 1000)}", *ours, "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return set_up
