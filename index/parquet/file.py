"""One Parquet file, some rows at a time; what is hopeless or a bomb is refused before it is unpacked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from index.parquet.values import depth, values_of

ROWS_AT_ONCE = 64
BYTES_AT_ONCE = 64_000_000
"""A value stands in a file once and may be meant by every row: so many of the longest that there can be are unpacked at once,
and at least one."""

BOMB_BYTES = 64_000_000
BOMB_RATIO = 200
"""A row group that unpacks to more than that, and to so many times the whole file's size, is refused; text packs to a tenth."""

ROWS_A_BYTE = 100
"""A file that claims more rows than that for each of its bytes is none of articles."""

MAX_DEPTH = 16

ERRORS = (pyarrow.ArrowException, OSError, ValueError)
"""What the library raises for a damaged file, where it does not end the process."""


class NotReadable(Exception):
    """A file of which nothing is read, and why."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself."""

    columns: tuple[str, ...]
    rows: int
    groups: int


@dataclass(frozen=True, slots=True)
class Group:
    """A row group begins; `end` is how many rows of the file there are up to its end."""

    number: int
    end: int


Columns = list[list[object]]
"""The values of some rows, a list a column."""


class ParquetFile:
    """An open file. Raises `NotReadable`."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = pyarrow.parquet.ParquetFile(
                path, buffer_size=1 << 20, pre_buffer=False, page_checksum_verification=True
            )
            schema, about = self._file.schema_arrow, self._file.metadata
            self.header = Header(tuple(str(name) for name in schema.names), about.num_rows, about.num_row_groups)
        except ERRORS as error:
            raise NotReadable(f"expected a Parquet file, got one that cannot be read: {_short(error)}") from error
        self._bytes = path.stat().st_size
        if not 0 <= self.header.rows <= self._bytes * ROWS_A_BYTE:
            raise NotReadable(f"claims {self.header.rows:,} rows in {self._bytes:,} bytes, which no articles fit in")
        for field in schema:
            if depth(field.type) > MAX_DEPTH:
                raise NotReadable(f"column {field.name!r} is nested more than {MAX_DEPTH} levels deep")

    def parts(self, first: int = 0) -> Iterator[Group | Columns | str]:
        """From a row group on, each with its rows; a text says why the rest of a group cannot be read."""
        end = sum(self._file.metadata.row_group(number).num_rows for number in range(first))
        for number in range(first, self.header.groups):
            about = self._file.metadata.row_group(number)
            end += about.num_rows
            yield Group(number, end)
            if bomb := _bomb(about, self._bytes):
                yield bomb
                continue
            try:
                for batch in self._file.iter_batches(_rows_at_once(about), row_groups=[number], use_threads=False):
                    yield [values_of(column) for column in batch.columns]
            except ERRORS as error:
                yield f"row group {number + 1:,} cannot be read further: {_short(error)}"


def _rows_at_once(group: Any) -> int:
    unpacked = max(1, int(group.total_byte_size))
    return max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // unpacked))


def _bomb(group: Any, file_size: int) -> str | None:
    """Why a row group is not unpacked. Only what it says of itself is asked: the library ends the process where the part about
    one of its columns is damaged."""
    unpacked = group.total_byte_size
    if unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * file_size:
        return f"{unpacked:,} bytes are said to be packed in a file of {file_size:,}, which no text is"
    return None


def _short(error: Exception) -> str:
    return (str(error).partition("\n")[0] or type(error).__name__)[:200]
