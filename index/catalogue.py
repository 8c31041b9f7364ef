"""The catalogue: every article as it was written, vectors by content, and the change log.

SQLAlchemy Core on SQLite (WAL, so that readers never wait) or PostgreSQL. A rebuild *stages* what its sources hold
(`index.staging`); in between, single articles are written and removed (`index.article_writes`).
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from index.change_log import Line, write_lines
from index.chunks import in_chunks
from index.embedder import Vectors, check_probe
from index.engines import (
    WAIT_SECONDS,
    database_errors_said,
    hold_rebuild_lock,
    open_engine,
    release_rebuild_lock,
    widen_cache,
    writing,
)
from index.errors import ArchiveError, CatalogueMissing, CatalogueUnusable, RebuildLocked
from index.schema import articles, models, vectors
from index.schema_versions import migrate, schema_state
from index.staged_table import staged
from index.staging import Staging
from index.upkeep import forget_vectors, prune_clicks, prune_log, settle, sketch_anew

Place = Path | str
"""Where a catalogue is: a SQLite file's path, or a PostgreSQL address."""

FILE = "catalogue.sqlite"


def place_of(data: Path, address: str | None = None) -> Place:
    """Where the catalogue of a data folder is: at the address where one is given, else in the folder."""
    return address or data / FILE


class Catalogue:
    """An open catalogue. Close it, or use it as a context."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, place: Place, wait: float = WAIT_SECONDS) -> "Catalogue":
        """Open, create or migrate the catalogue at `place`; a statement waits `wait` seconds for another's lock.

        Raises `CatalogueUnusable` for an address that is none, a server that is not there or refuses us, and a schema of a
        newer version; `CatalogueBusy` when another process holds the lock for too long.
        """
        if isinstance(place, Path):
            place.parent.mkdir(parents=True, exist_ok=True)
        engine = open_engine(place, wait)
        with _closed_on_error(engine):
            migrate(engine, wait)
        return cls(engine)

    @classmethod
    def open_existing(cls, place: Place, wait: float) -> "Catalogue":
        """Open a catalogue that is there and of this version's schema; creates and changes nothing.

        Raises as `open`, and `CatalogueUnusable` that says what to do where there is none, or an older one.
        """
        where = f"in {place.parent}" if isinstance(place, Path) else "at this address"
        missing = CatalogueMissing(f"no catalogue {where}; make one with: alsoread rebuild SOURCE")
        if isinstance(place, Path) and not place.is_file():
            raise missing
        engine = open_engine(place, wait)
        with _closed_on_error(engine):
            state = schema_state(engine)
            if state == "missing":
                raise missing
            if state != "current":
                error = CatalogueMissing if state == "unwritten" else CatalogueUnusable
                raise error("the catalogue is of an older version; `alsoread rebuild` brings it up to date")
        return cls(engine)

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def count(self) -> int:
        """How many articles there are, unpublished ones too."""
        with self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(articles)).scalar_one())

    @contextmanager
    def staging(self) -> "Iterator[Staging]":
        """A rebuild's private view: the catalogue as it would be. Nothing of it lasts unless `apply` is called.

        Raises `RebuildLocked` while a rebuild of the same PostgreSQL catalogue runs on another host.
        """
        with self.engine.connect() as connection:
            if not hold_rebuild_lock(connection):
                raise RebuildLocked("another rebuild of this catalogue is running; wait for it, or end it")
            try:
                widen_cache(connection)
                staged.create(connection)
                connection.commit()
                staging = Staging(connection)
                if outdated := staging.without_sketch():
                    sketch_anew(connection, outdated)
                    staging = Staging(connection)
                yield staging
            finally:
                # Closed for good, not handed back to the pool: the lock and the temporary table go with it, whatever
                # state it is in.
                release_rebuild_lock(connection)
                connection.invalidate()

    def prune(self, seq: int) -> None:
        """Forget old changes up to a number of the log that no kept snapshot needs, and old counts of clicks; leave the
        tables fit for writes."""
        with writing(self.engine) as connection:
            prune_log(connection, seq, time.time())
            prune_clicks(connection, time.time())
        settle(self.engine)

    def stored_vectors(self, hashes: Iterable[bytes], model: str, recipe: int) -> set[bytes]:
        """Which of these texts have a vector, by content hash."""
        return {row[0] for row in self._vector_rows(hashes, model, recipe, vectors.c.content_hash)}

    def vectors(self, hashes: Iterable[bytes], model: str, recipe: int) -> dict[bytes, npt.NDArray[np.float32]]:
        """Stored vectors, (dimension,) float32 of length 1, by content hash; those not stored are left out."""
        rows = self._vector_rows(hashes, model, recipe, vectors.c.content_hash, vectors.c.vector)
        return {row[0]: np.frombuffer(row[1], dtype="<f4") for row in rows}

    def _vector_rows(
        self, hashes: Iterable[bytes], model: str, recipe: int, *columns: sa.Column[Any]
    ) -> Iterator[Sequence[Any]]:
        with self.engine.connect() as connection:
            for chunk in in_chunks(sorted(set(hashes))):
                query = sa.select(*columns).where(
                    vectors.c.content_hash.in_(chunk), vectors.c.model == model, vectors.c.recipe == recipe
                )
                yield from connection.execute(query)

    def keep_vectors(
        self, hashes: Sequence[bytes], values: Vectors, model: str, recipe: int, log: bool = False
    ) -> None:
        """Store vectors, (n, dimension) float32 aligned with `hashes`; kept at once, so that a kill loses none. With `log`
        the articles that they belong to are noted as changed, for those who serve them."""
        rows = [
            {
                "content_hash": key,
                "model": model,
                "recipe": recipe,
                "passage": 0,
                "vector": value.astype("<f4").tobytes(),
            }
            for key, value in zip(hashes, values, strict=True)
        ]
        rows = list({row["content_hash"]: row for row in rows}.values())
        keys = [row["content_hash"] for row in rows]
        with writing(self.engine) as connection:
            connection.execute(
                sa.delete(vectors).where(
                    vectors.c.content_hash.in_(keys), vectors.c.model == model, vectors.c.recipe == recipe
                )
            )
            connection.execute(sa.insert(vectors), rows)
            if log:
                concerned = connection.execute(
                    sa.select(articles.c.id).where(articles.c.content_hash.in_(keys), ~articles.c.unpublished)
                )
                write_lines(connection, [Line(key) for key in sorted(concerned.scalars())])

    def forget_unused_vectors(self) -> int:
        """Drop vectors whose text no article has any more; gives how many."""
        with writing(self.engine) as connection:
            return forget_vectors(connection)

    def name_of_model(self, model: str) -> str | None:
        """The name or path under which a model was loaded here; None where it never was."""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(models.c.name).where(models.c.model == model)).scalar()

    def remember_model(self, model: str, name: str, probe: Vectors | None = None) -> None:
        """Note under which name or path a model was loaded, and of one that runs elsewhere its `probe`, (1, dimension).

        Raises `ModelMismatch` where another probe was noted under that model: then it is another one by the same name.
        """
        with self.engine.connect() as connection:
            known = connection.execute(sa.select(models.c.name, models.c.probe).where(models.c.model == model)).first()
        kept = known.probe if known else None
        if kept is not None and probe is not None:
            check_probe(np.frombuffer(kept, dtype="<f4"), probe[0], model)
        row = {"model": model, "name": name, "probe": kept if probe is None or kept else probe.astype("<f4").tobytes()}
        if known is None or (known.name, known.probe) != (row["name"], row["probe"]):
            with writing(self.engine) as connection:
                connection.execute(sa.delete(models).where(models.c.model == model))
                connection.execute(sa.insert(models), row)


@contextmanager
def _closed_on_error(engine: Engine) -> Iterator[None]:
    try:
        with database_errors_said():
            yield
    except ArchiveError:
        engine.dispose()
        raise
