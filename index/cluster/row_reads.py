"""The rows that are served, as the catalogue has them at the moment of a question."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.chunks import among_given, in_chunks
from index.cluster.packed_row import PackedRow, unpack
from index.cluster.store import AT_ONCE, EARLIEST
from index.cluster.tables import served
from index.copies import NEVER, CopyState
from index.schema import articles, vectors
from index.snapshot import Recipe


def read_rows(
    connection: Connection, ids: Collection[str], recipe: Recipe, lean: Collection[str] = (), about: str | None = None
) -> dict[str, PackedRow]:
    """The rows of these articles that are served, as the catalogue has them at this moment: what was taken down is not among
    them, nor what was edited and not projected since, but for the one that is asked `about`. What a rebuild changed is what it
    was until its generation is projected. Those of `lean` that are not among `ids` can only be looked at."""
    found = _read(connection, sorted(set(ids)), recipe, lean=False, about=about)
    found.update(_read(connection, sorted(set(lean) - set(ids)), recipe, lean=True))
    return found


def _read(
    connection: Connection, ids: Sequence[str], recipe: Recipe, lean: bool, about: str | None = None
) -> dict[str, PackedRow]:
    found: dict[str, PackedRow] = {}
    nothing: npt.NDArray[np.float32] = np.zeros(recipe.dimension, np.float32)
    query = _rows_query(connection.dialect.name, lean, about is not None)
    given = {} if lean else {"model": recipe.model, "recipe": recipe.text}
    if about is not None:
        given["about"] = about
    for chunk in in_chunks(ids, AT_ONCE):
        for row in connection.execute(query, {**given, "ids": chunk}):
            embedded = not lean and row[5] is not None
            raw: bytes | None = None if lean else row[5] or row[6]
            if raw is not None and len(raw) != nothing.nbytes:
                raw = None  # it stood in among vectors of another model
            vector: npt.NDArray[np.float32] = nothing if raw is None else np.frombuffer(raw, "<f4")
            copy = CopyState(row[1] or row[2], NEVER if row[3] is None else row[3])
            made = unpack(row[4], row[0], copy, vector, embedded)
            if made is not None:
                found[made.id] = made
    return found


@cache
def _rows_query(dialect: str, lean: bool, about: bool) -> sa.Select[Any]:
    """Rows by `ids`; of whole ones the vectors of a `model` and `recipe`; for a question `about` one. Made once: to put it
    together takes as long as to send it."""
    holds = sa.or_(articles.c.record_hash == served.c.record_hash, articles.c.seq == 0)
    if about:  # whoever is on its page must not see nothing; but an embargo holds at once
        dated = sa.func.coalesce(articles.c.published, EARLIEST)
        holds = sa.or_(holds, sa.and_(served.c.id == sa.bindparam("about"), served.c.published == dated))
    source = served.join(articles, sa.and_(articles.c.id == served.c.id, holds))
    columns: list[Any] = [served.c.id, articles.c.copy_key, articles.c.copy_hash, articles.c.superseded_at]
    columns.append(served.c.lean if lean else served.c.body)
    if not lean:
        known = sa.and_(
            vectors.c.content_hash == articles.c.content_hash,
            vectors.c.model == sa.bindparam("model"),
            vectors.c.recipe == sa.bindparam("recipe"),
        )
        source = source.outerjoin(vectors, known)
        columns += [vectors.c.vector, served.c.stand_in]
    query = sa.select(*columns).select_from(source).where(~articles.c.unpublished)
    return query.where(among_given(dialect, served.c.id, "ids"))
