"""What was done to the archive: the last rebuilds with what each changed, and what was taken down."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.chunks import in_chunks
from index.difference_record import difference_record
from index.engines import reading, writing
from index.gate import Difference
from index.schema import articles, changes, rebuilds, tombstones


@dataclass(frozen=True, slots=True)
class RebuildDone:
    """A rebuild that ended well."""

    number: int
    generation: str
    """What it published; where nothing had changed, the generation that stayed."""
    from_sources: bool
    """False: made by the indexer out of what was written, or of an addition to the archive."""
    changed: int
    """How many articles it changed."""
    at: float
    """Unix time."""
    difference: dict[str, Any] | None
    """What is different in what it published (`index.difference_record`); None where nothing is, or it was not kept."""


@dataclass(frozen=True, slots=True)
class TakenDown:
    """An article that the API removed or unpublished."""

    article_id: str
    at: datetime | None
    """None where it is too long ago for the change log."""
    removed: bool
    """False: it is unpublished, and its text is still in the catalogue."""


def keep_difference(engine: Engine, number: int, difference: Difference) -> None:
    """Note what a rebuild, by its number, changed in what is served."""
    said = orjson.dumps(difference_record(difference)).decode()
    with writing(engine) as connection:
        connection.execute(sa.update(rebuilds).where(rebuilds.c.number == number).values(difference=said))


def read_rebuilds(engine: Engine, limit: int) -> list[RebuildDone]:
    """The last rebuilds, newest first."""
    query = sa.select(rebuilds).order_by(rebuilds.c.number.desc()).limit(limit)
    with reading(engine) as connection:
        return [
            RebuildDone(
                row.number,
                row.generation,
                row.from_sources,
                row.changed,
                row.at,
                orjson.loads(row.difference) if row.difference else None,
            )
            for row in connection.execute(query)
        ]


def read_taken_down(engine: Engine, limit: int) -> tuple[list[TakenDown], int]:
    """What was taken down last, newest first, what is too old to have a time last; and how many articles are, in all."""
    with reading(engine) as connection:
        count = int(connection.execute(sa.select(sa.func.count()).select_from(tombstones)).scalar_one())
        gone = sa.select(tombstones.c.article_id, tombstones.c.at).order_by(tombstones.c.at.desc()).limit(limit)
        taken = [TakenDown(row.article_id, _moment(row.at), True) for row in connection.execute(gone)]
        hidden = list(connection.execute(sa.select(articles.c.id).where(articles.c.unpublished)).scalars())
        taken += _hidden(connection, hidden, limit)
    newest = sorted(taken, key=lambda one: (-one.at.timestamp() if one.at else 0.0, one.article_id))
    return newest[:limit], count + len(hidden)


def _hidden(connection: Connection, ids: list[str], limit: int) -> list[TakenDown]:
    """The last of these unpublished articles. That they are found by their ids alone first spares a look at all rows."""
    written: dict[str, int] = {}
    for chunk in in_chunks(ids):
        rows = connection.execute(sa.select(articles.c.id, articles.c.seq).where(articles.c.id.in_(chunk)))
        written.update({row.id: row.seq for row in rows})
    last = sorted(written, key=lambda one: (-written[one], one))[:limit]
    seqs = [written[one] for one in last]
    noted = connection.execute(sa.select(changes.c.seq, changes.c.at).where(changes.c.seq.in_(seqs)))
    times: dict[int, float] = {row.seq: row.at for row in noted}
    return [TakenDown(one, _moment(times.get(written[one])), False) for one in last]


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
