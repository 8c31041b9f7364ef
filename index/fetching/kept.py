"""What was fetched and read before: an interrupted run goes on where it was, and a later one asks only for what changed.

One SQLite file in the data folder, which may be deleted at any time: all in it can be fetched again.
"""

import logging
import sqlite3
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from index.article import Article
from index.article_record import dump_record, restore_article
from index.errors import RebuildLocked, UnreadableSource
from index.fetching import UNCONDITIONAL, Validators
from index.sources import Item, Rejected, Skipped

log = logging.getLogger(__name__)

FILE = "fetched.sqlite"
FORMAT = 1
"""Of the file; one of another is set aside."""
AT_ONCE, AT_LEAST_EVERY = 50, 2.0
"""So many changes, or so many seconds, are lost at most when the machine stops."""
OLD_RUN = 12 * 3600.0
"""Seconds after which an interrupted run is not gone on with, but begun anew."""

TABLES = """
CREATE TABLE runs (source TEXT PRIMARY KEY, run INTEGER NOT NULL, began REAL NOT NULL, whole INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE items (
    source TEXT NOT NULL, key TEXT NOT NULL, run INTEGER NOT NULL, version INTEGER NOT NULL, etag TEXT, last_modified TEXT,
    note TEXT NOT NULL, item BLOB NOT NULL, PRIMARY KEY (source, key)
);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one address or item gave when it was read."""

    item: Item
    validators: Validators = UNCONDITIONAL
    note: str = ""
    """What the reader wants to know again, such as a sitemap's date for the page."""
    version: int = 0
    """Of the reader; one of another version would make something else of the same bytes."""
    this_run: bool = False
    """True: read in the run that is going on, before it was interrupted."""


class KeptItems:
    """The file; one process has it open at a time. Close it, or use it in a `with`: what is not written then is lost."""

    def __init__(self, data: Path, now: Callable[[], float] = time.time) -> None:
        """Opens or makes it. A damaged file is set aside and begun anew.

        Raises `RebuildLocked` where another process has it open, and `UnreadableSource` where the folder cannot be written.
        """
        self._path = data / FILE
        self._now = now
        self._runs: dict[str, int] = {}
        self._changes, self._written = 0, now()
        self._database = self._open()

    def begin(self, source: str) -> bool:
        """A run over a source begins, or goes on: True where one was interrupted less than half a day ago."""
        found = self._ask("SELECT run, began, whole FROM runs WHERE source = ?", source)
        run, began, whole = found if found is not None else (0, 0.0, 1)
        goes_on = not whole and 0 <= self._now() - began < OLD_RUN
        if not goes_on:
            run += 1
            self._change("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, 0)", source, run, self._now())
        self._runs[source] = run
        return goes_on

    def find(self, source: str, key: str) -> Kept | None:
        """What is kept under a key, of whatever version."""
        found = self._ask(
            "SELECT run, version, etag, last_modified, note, item FROM items WHERE source = ? AND key = ?", source, key
        )
        if found is None:
            return None
        run, version, etag, last_modified, note, packed = found
        try:
            item = _unpack(packed)
        except (ValueError, KeyError, TypeError, zlib.error):
            return None  # something else wrote into the file; it will be fetched again
        return Kept(item, Validators(etag, last_modified), note, version, run == self._runs.get(source))

    def keys(self, source: str) -> list[str]:
        """Under which keys something of a source is kept, in order."""
        return [key for (key,) in self._ask_all("SELECT key FROM items WHERE source = ? ORDER BY key", source)]

    def forget(self, source: str, key: str) -> None:
        """Forget what is kept under a key."""
        self._change("DELETE FROM items WHERE source = ? AND key = ?", source, key)

    def keep(self, source: str, key: str, kept: Kept) -> None:
        """Keep what a key gave, in place of what it gave before, as seen in this run."""
        self._change(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            source, key, self._runs.get(source, 0), kept.version, kept.validators.etag, kept.validators.last_modified,
            kept.note, _pack(kept.item),
        )  # fmt: skip

    def see(self, source: str, key: str) -> None:
        """What is kept under a key was seen in this run, and is as it was."""
        self._change("UPDATE items SET run = ? WHERE source = ? AND key = ?", self._runs.get(source, 0), source, key)

    def forget_unseen(self, source: str) -> int:
        """The run is over and was whole: forget what it did not see; how many that were."""
        forgotten = self._change("DELETE FROM items WHERE source = ? AND run <> ?", source, self._runs.get(source, 0))
        self.end(source)
        return forgotten

    def end(self, source: str) -> None:
        """The run is over, but did not look at everything: nothing is forgotten, and the next run begins anew."""
        self._change("UPDATE runs SET whole = 1 WHERE source = ?", source)
        self._runs.pop(source, None)
        self._commit()

    def close(self) -> None:
        """Write what is not written yet, and let others have the file."""
        try:
            self._commit()
        finally:
            self._database.close()

    def __enter__(self) -> "KeptItems":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._database.execute(statement, values).fetchone()
            return row
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            return None

    def _ask_all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            return []

    def _change(self, statement: str, *values: object) -> int:
        try:
            changed = self._database.execute(statement, values).rowcount
            self._changes += 1
            if self._changes >= AT_ONCE or self._now() - self._written >= AT_LEAST_EVERY:
                self._commit()
            return changed
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
            return 0

    def _commit(self) -> None:
        try:
            self._database.commit()
        except sqlite3.DatabaseError as error:
            self._begin_anew(error)
        self._changes, self._written = 0, self._now()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._opened()
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
        try:
            return self._opened()
        except sqlite3.DatabaseError as error:
            raise UnreadableSource(f"{self._path}: cannot be used: {error}; delete it") from None

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=0, check_same_thread=False)
        try:
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
                database.execute(f"PRAGMA {pragma}")
            database.execute("BEGIN EXCLUSIVE")
            written = database.execute("PRAGMA user_version").fetchone()[0]
            _check_format(written)
            if not written:
                for statement in TABLES.split(";")[:-1]:
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {FORMAT}")
            database.execute("SELECT count(*) FROM runs").fetchone()
            database.commit()
        except BaseException:
            database.close()
            raise
        return database

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """After damage that showed itself in the middle: the run goes on, only that nothing is kept from before."""
        self._database.close()
        self._set_aside(error)
        self._database = self._open()
        for source, run in self._runs.items():
            self._database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, 0)", (source, run, self._now()))

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        if isinstance(error, sqlite3.OperationalError):  # nothing is wrong with what is in it
            if "locked" in str(error):
                raise RebuildLocked(f"{self._path} is in use by another process; wait for it, or end it") from None
            if "disk" in str(error) or "readonly" in str(error) or "unable to open" in str(error):
                raise UnreadableSource(f"{self._path}: cannot be written: {error}") from None
        aside = self._path.with_name(f"{FILE}.damaged")
        log.warning(
            "%s is damaged (%s); it is set aside as %s, and all is fetched again", self._path, error, aside.name
        )
        try:
            self._path.replace(aside)
            for ending in ("-wal", "-shm"):
                self._path.with_name(FILE + ending).unlink(missing_ok=True)
        except OSError as failed:
            raise UnreadableSource(f"{self._path}: is damaged, and cannot be set aside: {failed.strerror}") from None


def _check_format(written: int) -> None:
    if written not in (0, FORMAT):
        raise sqlite3.DatabaseError(f"expected format {FORMAT}, got {written}")


def _pack(item: Item) -> bytes:
    if isinstance(item, Article):
        return zlib.compress(b"A" + dump_record(item), 1)
    if isinstance(item, Rejected):
        return zlib.compress(b"R" + orjson.dumps([item.place, *item.problems]), 1)
    return zlib.compress(b"S" + orjson.dumps([item.place, item.kind, item.reason]), 1)


def _unpack(packed: object) -> Item:
    raw = zlib.decompress(packed if isinstance(packed, bytes) else b"")
    value = orjson.loads(raw[1:])
    if raw[:1] == b"A":
        return restore_article(value)
    return Rejected(value[0], tuple(value[1:])) if raw[:1] == b"R" else Skipped(*value[:3])
