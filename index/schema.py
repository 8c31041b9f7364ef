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
    false,
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
    Column("head", LargeBinary),
    Column("version_of", String(512)),
    Column("canonical_url", Text),
    Column("section", Text),
    Column("published", BigInteger),
    Column("unpublished", Boolean, nullable=False, server_default=false()),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    Column("copy_key", _HASH),
    Column("superseded_at", BigInteger),
    Column("record", LargeBinary, nullable=False),
    Index(None, "canonical_url", postgresql_using="hash"),
    Index(None, "content_hash"),
    Index(None, "copy_hash"),
    Index(None, "version_of"),
    Index(None, "copy_key"),
    Index(None, "published", "unpublished", "head", "id"),
)
"""One row an article: its record as canonical JSON, and the columns that are compared without reading it.

`published` is seconds since 1970, UTC. `seq` is the number in the change log of the last write through the API, 0 for what
a rebuild wrote. `copy_key` and `superseded_at` are the copy state (`index.copies`) as the last rebuild or write found it.
These, `sketch` (`index.sketch`) and `head`, its first bytes, are null only between a migration and the next rebuild. The
index over `head` answers alone which articles of some days are alike, without a look at their rows. All stand before `record`,
because SQLite reads all that comes before a column to get at it; addresses can be longer than a B-tree of PostgreSQL takes.
"""

url_aliases = Table(
    "url_aliases",
    metadata,
    Column("article_id", String(512), primary_key=True),
    Column("url_hash", _HASH, primary_key=True),
    Column("canonical_url", Text, nullable=False),
)
"""Addresses that an article had before; they go on finding it. `url_hash` is `index.article.digest` of the address."""

vectors = Table(
    "vectors",
    metadata,
    Column("content_hash", _HASH, primary_key=True),
    Column("model", String(256), primary_key=True),
    Column("recipe", Integer, primary_key=True),
    Column("passage", Integer, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Vectors by what they were made from: the same words are embedded once per model and recipe, whoever carries them, and
whichever rules leave them.

`vector` is little-endian float32, of length 1.
"""

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("article_id", String(512), nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("at", Float, nullable=False),
    sqlite_autoincrement=True,
)
"""The change log: a row for each article that came out differently between rebuilds, in the transaction that did it: it was
written or removed, its vector arrived, or it is a copy of another now. `hidden`: what is served of it must go at once.
`at` is Unix time. What a rebuild changes stands in its snapshot and not here.
"""

tombstones = Table(
    "tombstones",
    metadata,
    Column("article_id", String(512), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("guard", Float),
)
"""Articles removed through the API, so that no older export brings them back: when (`at`), and the newest `updated_at` that
was known then (`guard`, both Unix time)."""

rebuilds = Table(
    "rebuilds",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("generation", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("from_sources", Boolean, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("difference", Text),
    sqlite_autoincrement=True,
)
"""What each rebuild made true: the generation it published, the last number of the change log when it began to read its
sources, whether these were the whole archive, how many articles it changed here, and what is different in what it published
(JSON, as the gate saw it; null where it was not kept)."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False),
    Column("scope", String(32), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)
"""Keys of those who may write. Of the secret only its SHA-256 is kept; it has 256 bits of chance, so that no guess finds it."""

models = Table(
    "models",
    metadata,
    Column("model", String(256), primary_key=True),
    Column("name", Text, nullable=False),
    Column("probe", LargeBinary),
)
"""Under which name or path each model was loaded, by its name with fingerprint: for who embeds what came after a rebuild."""

click_counts = Table(
    "click_counts",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("key", _HASH, primary_key=True),
    Column("slot", String(32), nullable=False),
    Column("article_id", String(512), nullable=False),
    Column("item_id", String(512), nullable=False),
    Column("position", Integer, nullable=False),
    Column("source", String(16), nullable=False),
    Column("policy", String(16), nullable=False),
    Column("section", Text),
    Column("seen", BigInteger, nullable=False),
    Column("clicks", BigInteger, nullable=False),
)
"""How often an item was seen and clicked at one place on one day (`index.click_counts`); nothing of who did.

`day` counts from 1970, UTC. `key` is the digest of slot to policy: two ids are longer than a B-tree of PostgreSQL takes.
`section` is the top-level section of the article that the list was for, as it was when it was last counted.
"""

rules = Table(
    "rules",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("article_id", String(512)),
    Column("item_id", String(512)),
    Column("slot", String(32)),
    Column("position", Integer),
    Column("reason", Text, nullable=False),
    Column("expires_at", Float),
    Column("created_by", String(200), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_by", String(200), nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "article_id"),
    Index(None, "item_id"),
)
"""What editors settle by hand (`index.rules`): pins, blocks, marks as sensitive. `version` goes up with each change, so that
of two who change the same rule nobody overwrites unawares. Times are Unix times."""

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("who", String(200), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    sqlite_autoincrement=True,
)
"""Who settled what and when, in the transaction that did it; `before` and `after` are JSON, null where there was or is
nothing. Its last number tells those who serve that rules or a policy changed. Lines are added and never changed."""

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("version", String(16), nullable=False),
    Column("toml", Text, nullable=False),
    Column("saved_by", String(200), nullable=False),
    Column("at", Float, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""The policies that were saved, as TOML; the last one holds. Going back saves the older one anew."""

desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("key_id", String(16)),
    Column("name", String(200), nullable=False),
    Column("scope", String(32), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)
"""Who is signed in at the desk: of the token in the browser only its SHA-256 is kept. `key_id` is null for someone whom a
reverse proxy named."""

boilerplate_sets = Table(
    "boilerplate_sets",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rules", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("active_at", Float),
)
"""Sets of rules by which furniture is removed (`index.boilerplate`), as JSON. A set never changes: a recipe names it by its
number. The one that became active last is what the last rebuild read with."""

boilerplate_rules = Table(
    "boilerplate_rules",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("host", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("form", Text, nullable=False),
    Column("place", String(16), nullable=False),
    Column("items", Integer, nullable=False),
    Column("articles", Integer, nullable=False),
    Column("of_articles", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("example", Text, nullable=False),
    Column("seen_in", Text, nullable=False),
    Column("found_at", Float, nullable=False),
    Column("decided_by", String(200)),
    Column("decided_at", Float),
)
"""Rules that were learnt or added by hand, what speaks for each, and whether what it is for is `removed`, `kept` as text, or
only `proposed`. `seen_in` is JSON; times are Unix times."""

boilerplate_learnings = Table(
    "boilerplate_learnings",
    metadata,
    Column("rebuild", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("articles", Integer, nullable=False),
)
"""Which rebuilds learnt, and from how many articles."""
