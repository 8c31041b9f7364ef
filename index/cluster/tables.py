"""The catalogue's tables for what is served from engines that several hosts share; beside those of `index.schema`."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from index.schema import metadata

_HASH = LargeBinary(16)

served = Table(
    "served",
    metadata,
    Column("id", String(512), primary_key=True),
    Column("record_hash", _HASH, nullable=False),
    Column("fingerprint", _HASH, nullable=False),
    Column("top", Text),
    Column("published", BigInteger, nullable=False),
    Column("series", BigInteger),
    Column("place", BigInteger, nullable=False),
    Column("stand_in", LargeBinary),
    Column("lean", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "published"),
    Index(None, "top", "published"),
    Index(None, "series"),
    Index(None, "place"),
)
"""What replicas without an index of their own answer from (`index.cluster`): an article's row, packed, and what it is looked
for by: its top-level section, its date, the hash of its series, its place among terms; and `stand_in`, what is taken for its
vector until it has one. It counts only as long as `record_hash` is the article's: what was edited since is not served as it
was."""

served_names = Table(
    "served_names",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Integer, primary_key=True, autoincrement=False),
    Column("article_id", String(512), primary_key=True),
    Index(None, "article_id"),
)
"""The names that served articles are called by (`index.link_names`), as hashes with a sign."""

served_links = Table(
    "served_links",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Integer, primary_key=True, autoincrement=False),
    Column("article_id", String(512), primary_key=True),
    Index(None, "article_id"),
)
"""The names by which served articles link to others."""

served_segments = Table(
    "served_segments",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False),
    sqlite_autoincrement=True,
)
"""The segments whose terms are served, by what the host that made them calls them."""

served_terms = Table(
    "served_terms",
    metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("segment", Integer, primary_key=True, autoincrement=False),
    Column("places", LargeBinary, nullable=False),
    Index(None, "segment"),
)
"""In which rows of a segment a term stands (`index.cluster.postings`)."""

projections = Table(
    "projections",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("collection", String(100), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("clicks", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    sqlite_autoincrement=True,
)
"""Each state of what is served from engines that several hosts share: which collection holds the vectors, what the archive is
(the manifest of the snapshot that it came from, JSON), what is clicked more than expected, and up to which number of the
change log it is true. The last counts."""
