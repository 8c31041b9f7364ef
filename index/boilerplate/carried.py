"""Vectors under another recipe: those whose text did not change are carried over, those of recipes long past forgotten."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from index.boilerplate.store import RECIPES
from index.chunks import in_chunks
from index.engines import writing
from index.schema import vectors


def carry_vectors(engine: Engine, hashes: Collection[bytes], model: str, before: int, after: int) -> None:
    """Let the vectors that these texts have under one recipe hold under another too, but for those that have one there."""
    for chunk in in_chunks(sorted(hashes)):
        there = sa.select(vectors.c.content_hash).where(
            vectors.c.content_hash.in_(chunk), vectors.c.model == model, vectors.c.recipe == after
        )
        rows = sa.select(
            vectors.c.content_hash, vectors.c.model, sa.literal(after), vectors.c.passage, vectors.c.vector
        ).where(
            vectors.c.content_hash.in_(chunk),
            vectors.c.model == model,
            vectors.c.recipe == before,
            vectors.c.content_hash.not_in(there),
        )
        names = [column.name for column in vectors.columns]
        with writing(engine) as connection:
            connection.execute(sa.insert(vectors).from_select(names, rows))


def forget_recipes(engine: Engine, text: int, kept: Collection[int]) -> int:
    """Drop the vectors of recipes that make texts in this way but none of these is; gives how many."""
    with writing(engine) as connection:
        found = set(connection.execute(sa.select(vectors.c.recipe).distinct()).scalars())
        old = [recipe for recipe in found - set(kept) if recipe % RECIPES == text]
        if not old:
            return 0
        return int(connection.execute(sa.delete(vectors).where(vectors.c.recipe.in_(old))).rowcount)
