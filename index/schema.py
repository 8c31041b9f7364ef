"""The catalogue's tables. Every change of them is a migration under `index/migrations/versions`, which a test compares."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"},
)

_HASH = LargeBinary(16)

articles = Table(
    "articles",
    metadata,
    Column("id", String(512), primary_key=True),
    Column("record_hash", _HASH, nullable=False),
    Column("content_hash", _HASH, nullable=False),
    Column("copy_hash", _HASH, nullable=False),
    Column("sketch", LargeBinary),
    Column("version_of", String(512)),
    Column("canonical_url", Text),
    Column("section", Text),
    Column("published", BigInteger),
    Column("record", LargeBinary, nullable=False),
    Index(None, "canonical_url"),
    Index(None, "content_hash"),
)
"""One row an article: its record as canonical JSON, and the columns that a rebuild compares without reading it.

`published` is seconds since 1970, UTC. `sketch` (`index.sketch`) is null only between a migration and the next rebuild.
It stands before `record`, because SQLite reads all that comes before a column to get at it.
"""

url_aliases = Table(
    "url_aliases",
    metadata,
    Column("article_id", String(512), primary_key=True),
    Column("canonical_url", Text, primary_key=True),
)
"""Addresses that an article had before; they go on finding it."""

vectors = Table(
    "vectors",
    metadata,
    Column("content_hash", _HASH, primary_key=True),
    Column("model", String(256), primary_key=True),
    Column("recipe", Integer, primary_key=True),
    Column("passage", Integer, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Vectors by what they were made from: the same words are embedded once per model and recipe, whoever carries them.

`vector` is little-endian float32, of length 1.
"""

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("article_id", String(512), nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("at", Float, nullable=False),
    sqlite_autoincrement=True,
)
"""The change log: a row for each article written or removed, in the transaction that did it. `at` is Unix time."""
