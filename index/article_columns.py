"""The articles of a catalogue side by side in columns: what a rebuild compares of a million, in some 450 bytes each.

A Python object for each would take four times the memory and most of the time; arrays are compared at once.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.sketch import HEAD

NO_DATE = -(1 << 63)
"""`published` of an article without a date."""

Hashes = npt.NDArray[np.uint64]
"""(n, 2) uint64: hashes of 16 bytes."""
Rows = npt.NDArray[np.int64]

READ_AT_ONCE = 10_000
_NO_HASH = bytes(16)


@dataclass(frozen=True, slots=True)
class ArticleColumns:
    """Articles in the order of their ids' code points; all columns are aligned with `ids`."""

    ids: list[str]
    version_of: list[str | None]
    sections: list[str | None]
    record_hash: Hashes
    content_hash: Hashes
    copy_hash: Hashes
    url: Hashes
    """Hash of the canonical address; zeros where there is none."""
    copy_key: Hashes
    """The copy state as the catalogue has it; zeros where it has none yet."""
    superseded_at: npt.NDArray[np.int64]
    published: npt.NDArray[np.int64]
    """Unix time, or `NO_DATE`."""
    seq: npt.NDArray[np.int64]
    unpublished: npt.NDArray[np.bool_]
    heads: npt.NDArray[np.void]
    """(n,) of dtype `index.sketch.HEAD`; all zeros where there is no sketch."""

    @classmethod
    def none(cls) -> "ArticleColumns":
        """No article at all."""
        return _columns_of([])

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, article_id: str) -> int | None:
        """The row of an article; None where it is not among them."""
        row = bisect_left(self.ids, article_id)
        return row if row < len(self.ids) and self.ids[row] == article_id else None

    def rows_of(self, ids: Iterable[str]) -> Rows:
        """The rows of those of these articles that are among them, ascending."""
        return np.array(sorted(row for row in map(self.at, ids) if row is not None), dtype=np.int64)

    def mask_without(self, ids: Iterable[str]) -> npt.NDArray[np.bool_]:
        """(n,) bool: all but these articles."""
        mask = np.ones(len(self), np.bool_)
        mask[self.rows_of(ids)] = False
        return mask

    def take(self, rows: Rows | npt.NDArray[np.bool_]) -> "ArticleColumns":
        """These rows (numbers, or a mask), in their order."""
        numbers = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        if len(numbers) == len(self) and np.array_equal(numbers, np.arange(len(self))):
            return self
        values: dict[str, Any] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            known = isinstance(column, list)
            values[field.name] = [column[row] for row in numbers.tolist()] if known else column[numbers]
        return ArticleColumns(**values)

    def joined(self, other: "ArticleColumns") -> "ArticleColumns":
        """These and others, of which none is among these."""
        if not len(other):
            return self
        if not len(self):
            return other
        return _in_order(self, other)


def read_columns(
    connection: Connection, table: sa.Table, where: sa.ColumnElement[bool] | None = None
) -> ArticleColumns:
    """The articles of a table (`articles`, or one of its columns), or those of them that are asked for."""
    query = _query(table)
    return _columns_of(_parts(connection.execute(query if where is None else query.where(where))))


_HASHES = ("record_hash", "content_hash", "copy_hash", "copy_key")

_FIXED = np.dtype([*((name, np.uint64, 2) for name in _HASHES), ("head", HEAD)])
"""What has one length in every row, side by side: the database joins it, for each value that it hands over takes time."""


def _query(table: sa.Table) -> sa.Select[Any]:
    column = table.c
    fixed = column.record_hash.concat(column.content_hash).concat(column.copy_hash)
    fixed = fixed.concat(sa.func.coalesce(column.copy_key, _NO_HASH)).concat(sa.func.coalesce(column.head, b""))
    return sa.select(
        column.id,
        column.version_of,
        column.section,
        sa.cast(fixed, sa.LargeBinary),  # SQLite takes what it joined for text
        column.canonical_url,
        sa.func.coalesce(column.superseded_at, 0),
        sa.func.coalesce(column.published, sa.literal(NO_DATE, sa.BigInteger)),
        column.seq,
        column.unpublished,
    )


def _parts(result: sa.CursorResult[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows as the driver gives them, some at a time: SQLAlchemy's own would take half as long again."""
    cursor = result.cursor
    while part := cursor.fetchmany(READ_AT_ONCE):
        yield part
    result.close()


def _columns_of(parts: Iterable[Sequence[Sequence[Any]]]) -> ArticleColumns:
    ids: list[str] = []
    versions: list[str | None] = []
    sections: list[str | None] = []
    shared: dict[str | None, str | None] = {}
    fixed, urls = [np.zeros(0, _FIXED)], [_empty(np.uint64)]
    numbers = [[_empty(kind)] for kind in (np.int64, np.int64, np.int64, np.bool_)]
    for part in parts:
        keys, version, section, joined, url, *rest = zip(*part, strict=True)
        ids += keys
        versions += version
        sections += [shared.setdefault(one, one) for one in section]
        if set(map(len, joined)) != {_FIXED.itemsize}:  # some have no head yet, or one of another version
            joined = tuple(one[: _FIXED.itemsize].ljust(_FIXED.itemsize, b"\0") for one in joined)
        fixed.append(np.frombuffer(b"".join(joined), _FIXED))
        urls.append(hashes_of(map(_hash_of_address, url)))
        for column, values in zip(numbers, rest, strict=True):
            column.append(np.array(values, column[0].dtype))
    record, content, copy, group, heads = (
        np.concatenate([some[name] for some in fixed]) for name in (*_HASHES, "head")
    )
    whole = (record, content, copy, np.concatenate(urls), group, *map(np.concatenate, numbers), heads)
    return _in_order(ArticleColumns(ids, versions, sections, *whole))


def _in_order(*parts: ArticleColumns) -> ArticleColumns:
    """The articles of all parts by their ids."""
    values: dict[str, Any] = {}
    for field in fields(ArticleColumns):
        columns = [getattr(part, field.name) for part in parts]
        if len(parts) == 1:
            values[field.name] = columns[0]
        else:
            known = isinstance(columns[0], list)
            values[field.name] = [one for column in columns for one in column] if known else np.concatenate(columns)
    ids = values["ids"]
    return ArticleColumns(**values).take(np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64))


def hashes_of(values: Iterable[bytes | None]) -> Hashes:
    """Hashes of 16 bytes as an array; zeros for None."""
    return np.frombuffer(b"".join(value or _NO_HASH for value in values), np.uint64).reshape(-1, 2)


def same_hashes(one: Hashes, other: Hashes) -> npt.NDArray[np.bool_]:
    """(n,) bool: where two aligned arrays hold the same hash."""
    same: npt.NDArray[np.bool_] = (one[:, 0] == other[:, 0]) & (one[:, 1] == other[:, 1])
    return same


def groups_of(hashes: Hashes) -> Iterator[Rows]:
    """The rows of each hash that stands there more than once, ascending; hashes of zeros are none."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    order = order[hashes[order].any(axis=1)]
    ordered = hashes[order]
    cuts = np.flatnonzero(np.append(True, ~same_hashes(ordered[1:], ordered[:-1])) if len(order) else [])
    sizes = np.diff(np.append(cuts, len(order)))
    for start, size in zip(cuts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        yield order[start : start + size]


def numbered(hashes: Hashes) -> Rows:
    """(n,) int64: equal numbers for equal hashes."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    ordered = hashes[order]
    numbers = np.empty(len(hashes), np.int64)
    numbers[order] = np.cumsum(np.append(False, ~same_hashes(ordered[1:], ordered[:-1]))) if len(hashes) else 0
    return numbers


class KnownHashes:
    """Where hashes stand among known ones, which are distinct."""

    def __init__(self, known: Hashes) -> None:
        self._order = np.argsort(known[:, 0], kind="stable")
        self._known = known[self._order]

    def find(self, wanted: Hashes) -> Rows:
        """The row of each among the known ones, (n,) int64; −1 where it is not."""
        if not len(self._known):
            return np.full(len(wanted), -1, np.int64)
        first = self._known[:, 0]
        at = np.searchsorted(first, wanted[:, 0])
        found = np.full(len(wanted), -1, np.int64)
        open_ = np.arange(len(wanted))
        while len(open_):  # hashes that share their first half stand side by side; nearly always one step is enough
            inside = at[open_] < len(first)
            open_ = open_[inside]
            alike = first[at[open_]] == wanted[open_, 0]
            open_ = open_[alike]
            same = self._known[at[open_], 1] == wanted[open_, 1]
            found[open_[same]] = self._order[at[open_[same]]]
            open_ = open_[~same]
            at[open_] += 1
        return found


def _hash_of_address(url: str | None) -> bytes | None:
    return blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).digest() if url else None


def _empty(kind: Any) -> npt.NDArray[Any]:
    return np.zeros((0, 2) if kind is np.uint64 else 0, kind)
