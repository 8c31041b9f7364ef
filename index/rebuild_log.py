"""What was done to the archive: the last rebuilds with what each changed, and what was taken down."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Engine

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


def read_taken_down(engine: Engine, limit: int) -> list[TakenDown]:
    """What was taken down last, newest first; what is too old to have a time comes last."""
    gone = sa.select(tombstones.c.article_id, tombstones.c.at, sa.literal(True).label("removed"))
    of_log = sa.select(sa.func.max(changes.c.at)).where(changes.c.seq == articles.c.seq).scalar_subquery()
    hidden = sa.select(articles.c.id, of_log, sa.literal(False)).where(articles.c.unpublished)
    both = sa.union_all(gone, hidden).subquery()
    query = sa.select(both).order_by(both.c.at.is_(None), both.c.at.desc(), both.c.article_id).limit(limit)
    with reading(engine) as connection:
        return [TakenDown(row.article_id, _moment(row.at), bool(row.removed)) for row in connection.execute(query)]


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def count_taken_down(engine: Engine) -> int:
    """How many articles the API removed or unpublished and has not brought back."""
    removed = sa.select(sa.func.count()).select_from(tombstones).scalar_subquery()
    hidden = sa.select(sa.func.count()).select_from(articles).where(articles.c.unpublished).scalar_subquery()
    with reading(engine) as connection:
        return int(connection.execute(sa.select(removed + hidden)).scalar_one())
