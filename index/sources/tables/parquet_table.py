"""Parquet: one article a row, read some rows at a time; the library that reads it comes with the extra `parquet`."""

import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from index.article import Article
from index.article_record import EXPECTED, FieldNames, parse_article
from index.errors import InvalidArticle, UnreadableSource
from index.parquet.values import BYTES, NoValue
from index.processes import started
from index.sources import Rejected, Skipped
from index.sources.tables.cells import Columns

PARQUET_ENDINGS = (".parquet", ".pq")

IDS = ("id", "version_of")

TIME_LIMIT = 120.0
"""Seconds until the next rows must be there; those that are unpacked at once take a tenth of one."""

GIVE_UP = 3
"""After so many row groups that end their process, no other is started: the file is damaged all over."""

MANNERS = {-6: "it gave up", -9: "it was killed", -11: "it broke down", -7: "it broke down"}


class ParquetTable:
    """Reads articles from a Parquet file, in a process of its own, which may end at a damage; size and position are in rows.

    What bounds memory: the rows unpacked at once, by what the file says of its parts; and what that process may take, where the
    file lies about them.

    Raises `UnreadableSource` for what is no Parquet, has no column for what an article needs, or when the extra is missing.
    """

    whole = True

    def __init__(self, path: Path, names: FieldNames) -> None:
        self.name = str(path)
        self.names = names
        if find_spec("pyarrow") is None:
            raise UnreadableSource("Parquet requires the extra parquet: pip install 'alsoread[parquet]'")
        self._path = path
        self._reading = _Reading(path)
        try:
            header = self._reading.header
            self.columns = Columns(header.columns, names, self.name)
        except UnreadableSource:
            self._reading.end()
            raise
        self._ids = [column for column, field in enumerate(self.columns.fields) if field in IDS]
        self.size: int | None = header.rows
        self._groups = header.groups
        self._done = 0
        self._without_text: set[int] = set()

    @classmethod
    def at(cls, path: Path, names: FieldNames) -> "ParquetTable":
        """As the other readers are opened."""
        return cls(path, names)

    def position(self) -> int:
        """Rows read so far."""
        return self._done

    def __iter__(self) -> Iterator[Article | Rejected | Skipped]:
        try:
            yield from self._rows()
        finally:
            self._reading.end()

    def _rows(self) -> Iterator[Article | Rejected | Skipped]:
        """All rows; where a row group breaks off the next one is read all the same."""
        group = end = lost = 0
        while True:
            try:
                part = self._reading.next()
            except _Gone as gone:
                lost += 1
                group += 1
                end = end if lost < GIVE_UP and group < self._groups else self.size or end
                yield from self._left_out(end, f"row group {group:,} cannot be read further: {gone}")
                if end == self.size:
                    return
                self._reading.end()
                self._reading = _Reading(self._path, group)
                continue
            if part is None:
                # the file says of itself how many rows it has, and of each row group too
                yield from self._left_out(self.size or 0, "the file says that it has them, and no row group does")
                self.size = self._done
                return
            if isinstance(part, str):
                yield from self._left_out(max(end, self._done + 1), part)
            elif isinstance(part, list):
                yield from self._batch(part)
            else:
                yield from self._left_out(end, "the file ends before its rows do")
                group, end = part.number, part.end

    def _batch(self, columns: list[list[object]]) -> Iterator[Article | Rejected | Skipped]:
        for column in self._ids:
            # data frames with gaps have whole numbers as fractions
            columns[column] = [
                int(one) if isinstance(one, float) and one.is_integer() else one for one in columns[column]
            ]
        for values in zip(*columns, strict=True):
            self._done += 1
            yield from self._read(list(values))

    def _left_out(self, end: int, problem: str) -> Iterator[Rejected]:
        """Rows up to one that are not read, if there are any."""
        if self._done < end:
            first = self._done + 1
            rows = f"rows {first:,} to {end:,}" if first < end else f"row {end:,}"
            self._done = end
            yield Rejected(f"{self.name}, {rows}", (problem,))

    def _read(self, values: list[object]) -> Iterator[Article | Rejected | Skipped]:
        place = f"{self.name}, row {self._done:,}"
        problems: list[str] = []
        for number, value in enumerate(values):
            if not isinstance(value, NoValue):
                continue
            key, values[number] = self.columns.keys[number], None
            if self.columns.fields[number] or value != BYTES:
                problems.append(
                    f"{key}: expected {EXPECTED.get(self.columns.fields[number] or '', 'JSON')}, got {value.why}"
                )
            elif number not in self._without_text:
                self._without_text.add(number)
                yield Skipped(f"{self.name}, column {key!r}", "columns of bytes")
        if problems:
            yield Rejected(place, tuple(problems))
            return
        try:
            yield parse_article(self.columns.record(values), self.names)
        except InvalidArticle as error:
            yield Rejected(place, error.problems)


class _Gone(Exception):
    """The process that reads ended, or had to be ended."""


class _Reading:
    """The process that reads a file, from a row group on."""

    def __init__(self, path: Path, group: int = 0) -> None:
        """Raises `UnreadableSource` where nothing can be read."""
        self._process: subprocess.Popen[bytes]
        self._connection: Connection
        self._process, self._connection = started("index.parquet.process", str(path.absolute()), str(group))
        try:
            self.header = self.next()
        except _Gone as gone:
            raise UnreadableSource(f"{path}: expected a Parquet file, got one that cannot be read: {gone}") from None
        if isinstance(self.header, str):
            self.end()
            raise UnreadableSource(f"{path}: {self.header}")

    def next(self) -> Any:
        """What the process sends next, as `index.parquet.process` says. Raises `_Gone`."""
        try:
            if self._connection.poll(TIME_LIMIT):
                return self._connection.recv()
            how = f"it took longer than {TIME_LIMIT:g} seconds"
        except (EOFError, OSError):
            status = self._process.wait()
            how = f"{MANNERS.get(status, 'it ended')} (status {status})"
        self.end()
        raise _Gone(f"{how}, the process that read it; the file is damaged")

    def end(self) -> None:
        """Let go of the process."""
        self._connection.close()
        self._process.kill()
        self._process.wait()
