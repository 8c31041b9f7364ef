"""The catalogue: every article as it was written, vectors by content, and the change log.

SQLAlchemy Core on SQLite (WAL, so that readers never wait). A rebuild first *stages* what its sources hold, in a
temporary table that no one else sees and that a kill takes along; `Staging.apply` makes it true in one transaction.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import orjson
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection, Engine

from index.article import Article, unix_seconds
from index.article_record import dump_record, parse_article, record_hash
from index.catalogue_key import ArticleKey
from index.copies import copy_hash
from index.embedder import Vectors
from index.schema import articles, changes, url_aliases, vectors
from index.sketch import SKETCH_VERSION, make_sketch
from index.urls import canonical_url

CHUNK = 500
T = TypeVar("T")

staged = sa.Table(
    "staged",
    sa.MetaData(),
    *(sa.Column(column.name, column.type, primary_key=column.primary_key) for column in articles.columns),
    prefixes=["TEMPORARY"],
)
"""Rows that will replace those of `articles`; only what differs from it."""


_KEY_COLUMNS = [articles.c[name] for name in ArticleKey.__dataclass_fields__]


class Catalogue:
    """An open catalogue. Close it, or use it as a context."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> "Catalogue":
        """Open, create or migrate the SQLite catalogue at `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": 30})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        migrate(engine)
        return cls(engine)

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def count(self) -> int:
        """How many articles there are."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(articles)).scalar_one())

    @contextmanager
    def staging(self) -> "Iterator[Staging]":
        """A rebuild's private view: the catalogue as it would be. Nothing of it lasts unless `apply` is called."""
        with self._engine.connect() as connection:
            staged.drop(connection, checkfirst=True)
            staged.create(connection)
            connection.commit()
            _sketch_anew(connection)
            try:
                yield Staging(connection)
            finally:
                connection.rollback()
                staged.drop(connection, checkfirst=True)
                connection.commit()

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
        with self._engine.connect() as connection:
            for chunk in in_chunks(sorted(set(hashes))):
                query = sa.select(*columns).where(
                    vectors.c.content_hash.in_(chunk), vectors.c.model == model, vectors.c.recipe == recipe
                )
                yield from connection.execute(query)

    def keep_vectors(self, hashes: Sequence[bytes], values: Vectors, model: str, recipe: int) -> None:
        """Store vectors, (n, dimension) float32 aligned with `hashes`; kept at once, so that a kill loses none."""
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
        keys = {row["content_hash"] for row in rows}
        with self._engine.begin() as connection:
            connection.execute(
                sa.delete(vectors).where(
                    vectors.c.content_hash.in_(keys), vectors.c.model == model, vectors.c.recipe == recipe
                )
            )
            connection.execute(sa.insert(vectors), rows)

    def forget_unused_vectors(self) -> int:
        """Drop vectors whose text no article has any more; gives how many."""
        unused = sa.delete(vectors).where(vectors.c.content_hash.not_in(sa.select(articles.c.content_hash)))
        with self._engine.begin() as connection:
            return int(connection.execute(unused).rowcount)


class Staging:
    """The catalogue as a rebuild would leave it: what is there, what its sources change, what they no longer hold."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._before: dict[str, bytes] = {
            row.id: row.record_hash for row in connection.execute(sa.select(articles.c.id, articles.c.record_hash))
        }
        self._seen: set[str] = set()
        self._pending: dict[str, dict[str, Any]] = {}
        self._staged: dict[str, float] = {}
        self.removed: frozenset[str] = frozenset()
        self.duplicates: list[str] = []

    def put(self, article: Article) -> None:
        """Stage one article. Of several under one id the one changed last counts; on equal dates the later one given."""
        moment = article.last_changed
        changed = moment.timestamp() if moment else float("-inf")
        if article.id in self._seen:
            self.duplicates.append(article.id)
            if changed < self._staged[article.id]:
                return
        self._seen.add(article.id)
        self._staged[article.id] = changed
        self._pending[article.id] = _row_of(article)
        if len(self._pending) >= CHUNK:
            self._flush()

    def remove_unseen(self) -> None:
        """Stage the removal of every article that was not put: the sources are the whole archive."""
        self.removed = frozenset(self._before.keys() - self._seen)

    def archive(self) -> list[ArticleKey]:
        """Every article as it would be, in the order of ids' code points."""
        self._flush()
        new = sa.select(*(staged.c[column.name] for column in _KEY_COLUMNS))
        old = sa.select(*_KEY_COLUMNS).where(articles.c.id.not_in(sa.select(staged.c.id)))
        rows = (ArticleKey(*row) for row in self._connection.execute(sa.union_all(old, new)))
        return sorted((key for key in rows if key.id not in self.removed), key=lambda key: key.id)

    def records(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Id and record of each of these articles, in no particular order."""
        self._flush()
        for chunk in in_chunks(list(ids)):
            found = dict(self._rows(sa.select(articles.c.id, articles.c.record).where(articles.c.id.in_(chunk))))
            found.update(self._rows(sa.select(staged.c.id, staged.c.record).where(staged.c.id.in_(chunk))))
            yield from found.items()

    def _rows(self, query: sa.Select[Any]) -> list[tuple[str, bytes]]:
        return [(key, record) for key, record in self._connection.execute(query)]

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Earlier canonical addresses of articles, by id, sorted; the present one is not among them."""
        self._flush()
        present = {key.id: key.canonical_url for key in self.archive()}
        was = sa.select(articles.c.id, articles.c.canonical_url).where(articles.c.id.in_(sa.select(staged.c.id)))
        found: dict[str, set[str]] = {}
        for query in (sa.select(url_aliases), was):
            for article_id, url in self._connection.execute(query):
                if url and article_id in present and url != present[article_id]:
                    found.setdefault(article_id, set()).add(url)
        return {article_id: tuple(sorted(urls)) for article_id, urls in found.items()}

    def apply(self) -> int:
        """Make it true, in one transaction with its lines in the change log; gives how many articles changed."""
        aliases = [
            {"article_id": article_id, "canonical_url": url}
            for article_id, urls in self.aliases().items()
            for url in urls
        ]
        self._connection.rollback()
        changed = list(self._connection.execute(sa.select(staged.c.id)).scalars())
        now = time.time()
        for chunk in in_chunks(sorted(self.removed)):
            self._connection.execute(sa.delete(articles).where(articles.c.id.in_(chunk)))
        self._connection.execute(sa.delete(articles).where(articles.c.id.in_(sa.select(staged.c.id))))
        self._connection.execute(sa.insert(articles).from_select([c.name for c in articles.columns], sa.select(staged)))
        self._connection.execute(sa.delete(url_aliases))
        if aliases:
            self._connection.execute(sa.insert(url_aliases), aliases)
        log = [{"article_id": key, "deleted": False, "at": now} for key in sorted(changed)]
        log += [{"article_id": key, "deleted": True, "at": now} for key in sorted(self.removed)]
        if log:
            self._connection.execute(sa.insert(changes), log)
        self._connection.execute(sa.delete(staged))
        self._connection.commit()
        return len(log)

    def _flush(self) -> None:
        rows = self._pending.values()
        if rows:
            self._connection.execute(sa.delete(staged).where(staged.c.id.in_([row["id"] for row in rows])))
            new = [row for row in rows if row["record_hash"] != self._before.get(row["id"])]
            if new:
                self._connection.execute(sa.insert(staged), new)
            self._connection.commit()
        self._pending = {}


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest version."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def in_chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in runs of at most `size`, in their order."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _sketch_anew(connection: Connection) -> None:
    """Make the sketches that are of another version or not there (after a migration); kept at once, a chunk at a time."""
    version = sa.func.substr(articles.c.sketch, 1, 1)
    outdated = sa.or_(articles.c.sketch.is_(None), version != bytes([SKETCH_VERSION]))
    chosen = sa.update(articles).where(articles.c.id == sa.bindparam("of")).values(sketch=sa.bindparam("made"))
    ids = list(connection.execute(sa.select(articles.c.id).where(outdated)).scalars())
    for chunk in in_chunks(ids):
        rows = connection.execute(sa.select(articles.c.id, articles.c.record).where(articles.c.id.in_(chunk)))
        made = [{"of": row.id, "made": make_sketch(parse_article(orjson.loads(row.record)))} for row in rows]
        connection.execute(chosen, made)
        connection.commit()


def _row_of(article: Article) -> dict[str, Any]:
    record = dump_record(article)
    return {
        "id": article.id,
        "record_hash": record_hash(record),
        "content_hash": article.content_hash,
        "copy_hash": copy_hash(article),
        "sketch": make_sketch(article),
        "version_of": article.version_of,
        "canonical_url": canonical_url(article.url) if article.url else None,
        "section": article.section,
        "published": unix_seconds(article.published_at) if article.published_at else None,
        "record": record,
    }


def _set_up_sqlite(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
