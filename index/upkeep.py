"""Upkeep of the catalogue beside a rebuild: what is no longer needed is forgotten, what is outdated made anew."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from index.article_rows import article_of, head_of
from index.boilerplate.store import active_cleaner
from index.change_log import log_position
from index.chunks import in_chunks
from index.engines import begin_writing
from index.schema import articles, changes, click_counts, vectors
from index.sketch import make_sketch

LOG_SECONDS = 30 * 86_400
"""So long changes stay in the log, for snapshots that may still be rolled back to."""

CLICK_DAYS = 400
"""So long daily counts of clicks stay: a year can be compared with the one before."""


def forget_vectors(connection: Connection) -> int:
    """Drop vectors whose text no article has any more; gives how many.

    They are looked for first, which two indexes side by side tell, and then dropped: SQLite would go through the vectors
    themselves to drop them at once.
    """
    used = sa.exists().where(articles.c.content_hash == vectors.c.content_hash)
    unused = sorted(connection.execute(sa.select(vectors.c.content_hash).where(~used).distinct()).scalars())
    dropped = (
        connection.execute(sa.delete(vectors).where(vectors.c.content_hash.in_(some))) for some in in_chunks(unused)
    )
    return sum(int(result.rowcount) for result in dropped)


def prune_log(connection: Connection, seq: int, now: float) -> None:
    """Forget changes up to a number that are older than any snapshot may be that is rolled back to; the last one stays."""
    old = sa.and_(changes.c.seq < min(seq, log_position(connection)), changes.c.at < now - LOG_SECONDS)
    connection.execute(sa.delete(changes).where(old))


def prune_clicks(connection: Connection, now: float, days: int = CLICK_DAYS) -> int:
    """Forget counts of clicks that are more than so many days old; gives how many rows."""
    oldest = day_number(datetime.fromtimestamp(now, UTC).date()) - days
    return int(connection.execute(sa.delete(click_counts).where(click_counts.c.day < oldest)).rowcount)


def day_number(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def settle(engine: Engine, *tables: str) -> None:
    """Let PostgreSQL mark what a rebuild wrote as seen by all: until then it looks up the row of everything that it finds
    in an index, which makes a write three times slower. Its own daemon comes a minute later, or never where few rows
    changed. `tables` are those that were written, `articles` where none are named."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {', '.join(tables or ('articles',))}")


def sketch_anew(connection: Connection, ids: Sequence[str]) -> None:
    """Make the sketches of these articles, which are of another version or not there (after a migration); kept at once, a
    chunk at a time."""
    chosen = sa.update(articles).where(articles.c.id == sa.bindparam("of"))
    chosen = chosen.values(sketch=sa.bindparam("made"), head=sa.bindparam("first"))
    clean = active_cleaner(connection).clean
    connection.rollback()
    for chunk in in_chunks(ids):
        begin_writing(connection)
        rows = connection.execute(sa.select(articles.c.id, articles.c.record).where(articles.c.id.in_(chunk)))
        sketches = {row.id: make_sketch(clean(article_of(row.record))) for row in rows}
        made = [{"of": key, "made": sketch, "first": head_of(sketch)} for key, sketch in sketches.items()]
        if made:
            connection.execute(chosen, made)
        connection.commit()
