"""Following the change log: what was changed between rebuilds, as far as a snapshot does not hold it.

Whoever writes rings a *bell*: a number of eight bytes in a file of the data folder that every process maps into its memory.
Comparing it costs nothing, so that each request can; where it stands still the log is asked now and then, for a process may
be killed before it rings, and other hosts ring bells of their own.
"""

import mmap
import os
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.article_rows import article_of
from index.boilerplate.store import active_cleaner
from index.chunks import in_chunks
from index.copies import NEVER, CopyState
from index.data_folder import identity
from index.embedder import embedding_text
from index.engines import reading
from index.listening import tell_others
from index.row import Row
from index.schema import articles, changes, rebuilds, tombstones, url_aliases, vectors

BELL = "changes.bell"
_NUMBER = struct.Struct("<Q")
_NO_PRINT = bytes(16)


class Bell:
    """A number that is another after each change on this host; any number of processes ring it and look at it.

    Where its file cannot be mapped (there is no data folder yet, or it is read-only) it does not ring; the log itself says
    what changed.
    """

    def __init__(self, data: Path) -> None:
        self._path = data / BELL
        self._may_ring = False
        self._file: tuple[int, int] | None = None
        self._map = self._open()

    def number(self) -> int:
        """What it shows now."""
        if self._map is None:
            self._map = self._open()
        return int(_NUMBER.unpack_from(self._map)[0]) if self._map is not None else 0

    def look_again(self) -> None:
        """Map the file anew where another stands in its place, as after a data folder was restored."""
        self._map = self._open()

    def ring(self) -> None:
        """Show another number, one that nobody has seen: chance, so that two who ring at once need not agree."""
        if self._map is None or identity(self._path) != self._file:
            self.look_again()
        if self._map is not None and self._may_ring:
            _NUMBER.pack_into(self._map, 0, int.from_bytes(os.urandom(8), "little") | 1)

    def _open(self) -> mmap.mmap | None:
        for flags, access in ((os.O_RDWR | os.O_CREAT, mmap.ACCESS_WRITE), (os.O_RDONLY, mmap.ACCESS_READ)):
            try:
                mapped = _mapped(self._path, flags, access)
                self._may_ring, self._file = access == mmap.ACCESS_WRITE, identity(self._path)
                return mapped
            except (OSError, ValueError):
                continue
        return None


def _mapped(path: Path, flags: int, access: int) -> mmap.mmap:
    handle = os.open(path, flags, 0o644)
    try:
        if flags & os.O_CREAT:
            _allocate(handle)
        return mmap.mmap(handle, _NUMBER.size, access=access)
    finally:
        os.close(handle)


def _allocate(handle: int) -> None:
    """Give the file its bytes on the disk. With a mere length, ringing on a full disk would end the process (SIGBUS)."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, _NUMBER.size)
    elif os.fstat(handle).st_size < _NUMBER.size:
        os.pwrite(handle, bytes(_NUMBER.size), 0)


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the log: an article came out differently. `hidden`: what is served of it must go at once."""

    seq: int
    article_id: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be written: its number comes with it."""

    article_id: str
    hidden: bool = False


def log_position(connection: Connection) -> int:
    """Number of the last change in the log; 0 where nothing was changed between rebuilds yet."""
    return int(connection.execute(sa.select(sa.func.max(changes.c.seq))).scalar() or 0)


def write_lines(connection: Connection, lines: Sequence[Line]) -> int:
    """Write lines of the log, in a transaction beside which no other writes; gives the number of the first, the others
    follow it in their order."""
    if not lines:
        return log_position(connection)
    now = time.time()
    values = [{"article_id": line.article_id, "hidden": line.hidden, "at": now} for line in lines]
    connection.execute(sa.insert(changes), values)
    tell_others(connection)
    return log_position(connection) - len(lines) + 1


def changes_after(engine: Engine, seq: int, at_most: int = 100_000) -> list[Change]:
    """The changes after a number of the log, in order."""
    query = sa.select(changes.c.seq, changes.c.article_id, changes.c.hidden).where(changes.c.seq > seq)
    with engine.connect() as connection:
        return [Change(*row) for row in connection.execute(query.order_by(changes.c.seq).limit(at_most))]


def taken_down_since(engine: Engine, seq: int) -> set[str]:
    """The articles that are removed or unpublished, and were written after a number of the log, whatever of the log is
    still there."""
    removed = sa.select(tombstones.c.article_id).where(tombstones.c.seq > seq)
    unpublished = sa.select(articles.c.id).where(articles.c.unpublished, articles.c.seq > seq)
    with engine.connect() as connection:
        return set(connection.execute(sa.union_all(removed, unpublished)).scalars())


def foreign_rebuilds(engine: Engine, number: int) -> bool:
    """Whether a rebuild after that one changed articles; that its number is `number` says a snapshot's manifest."""
    query = sa.select(sa.func.count()).where(rebuilds.c.number > number, rebuilds.c.changed > 0)
    with engine.connect() as connection:
        return bool(connection.execute(query).scalar_one())


def load_rows(engine: Engine, ids: Sequence[str], model: str, dimension: int, recipe: int) -> dict[str, Row | None]:
    """The rows of these articles as they are now, None for those that are not served (removed, unpublished).

    An article whose text was not embedded by this model and recipe yet has a vector of zeros, (dimension,) float32. The
    furniture that the last rebuild's rules remove is not in the rows.
    """
    found: dict[str, Row | None] = dict.fromkeys(ids)
    with reading(engine) as connection:
        clean = active_cleaner(connection).clean
        for chunk in in_chunks(ids):
            for row in _rows(connection, chunk, model, dimension, recipe):
                found[row.article.id] = replace(row, article=clean(row.article))
    return found


def _rows(connection: Connection, ids: Sequence[str], model: str, dimension: int, recipe: int) -> Iterable[Row]:
    known = sa.and_(
        vectors.c.content_hash == articles.c.content_hash, vectors.c.model == model, vectors.c.recipe == recipe
    )
    columns = (articles.c.record, articles.c.copy_hash, articles.c.copy_key, articles.c.superseded_at, vectors.c.vector)
    query = sa.select(articles.c.id, *columns).select_from(articles.outerjoin(vectors, known))
    former: dict[str, list[str]] = {}
    for article_id, url in connection.execute(
        sa.select(url_aliases.c.article_id, url_aliases.c.canonical_url).where(url_aliases.c.article_id.in_(ids))
    ):
        former.setdefault(article_id, []).append(url)
    for row in connection.execute(query.where(articles.c.id.in_(ids), ~articles.c.unpublished)):
        yield Row(
            article=article_of(row.record),
            vector=_vector(row.vector, dimension),
            fingerprint=_NO_PRINT,
            copy=CopyState(row.copy_key or row.copy_hash, NEVER if row.superseded_at is None else row.superseded_at),
            aliases=tuple(sorted(former.get(row.id, ()))),
            embedded=row.vector is not None,
        )


def _vector(raw: bytes | None, dimension: int) -> npt.NDArray[np.float32]:
    return np.frombuffer(raw, dtype="<f4") if raw else np.zeros(dimension, np.float32)


def not_embedded(
    engine: Engine, model: str, recipe: int, at_most: int, ids: Sequence[str] | None = None
) -> list[tuple[bytes, str]]:
    """Content hash and text of articles that this model has not embedded yet, newest first; with `ids` among these only."""
    query = _not_embedded((articles.c.content_hash, articles.c.record), model, recipe).limit(at_most)
    if ids is not None:
        query = query.where(articles.c.id.in_(ids))
    with reading(engine) as connection:
        clean = active_cleaner(connection).clean
        return [(row.content_hash, embedding_text(clean(article_of(row.record)))) for row in connection.execute(query)]


def ids_not_embedded(engine: Engine, model: str, recipe: int, ids: Sequence[str] | None = None) -> list[str]:
    """The ids of articles that this model has not embedded yet, newest first; with `ids` among these only.

    Without `ids` it looks at the whole table.
    """
    query = _not_embedded((articles.c.id,), model, recipe)
    with engine.connect() as connection:
        if ids is None:
            return list(connection.execute(query).scalars())
        return [
            key
            for chunk in in_chunks(ids)
            for key in connection.execute(query.where(articles.c.id.in_(chunk))).scalars()
        ]


def _not_embedded(columns: Sequence[sa.Column[Any]], model: str, recipe: int) -> sa.Select[Any]:
    known = sa.and_(
        vectors.c.content_hash == articles.c.content_hash, vectors.c.model == model, vectors.c.recipe == recipe
    )
    return (
        sa.select(*columns)
        .select_from(articles.outerjoin(vectors, known))
        .where(vectors.c.content_hash.is_(None), ~articles.c.unpublished)
        .order_by(articles.c.published.desc().nulls_last(), articles.c.id)
    )


def position_now(engine: Engine) -> int:
    """Number of the last change in the log; 0 where nothing was changed between rebuilds yet."""
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.max(changes.c.seq))).scalar() or 0)


def last_rebuild(engine: Engine) -> int:
    """Number of the last rebuild; 0 where there was none."""
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.max(rebuilds.c.number))).scalar() or 0)
