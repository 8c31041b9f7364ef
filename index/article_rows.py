"""An article as a row of the catalogue, and the columns of it that are compared without reading the record."""

from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.article import Article, digest
from index.article_record import dump_record, record_hash, restore_article
from index.boilerplate import NO_CLEANER, Cleaner
from index.catalogue_key import ArticleKey
from index.copies import CopyState, copy_hash
from index.schema import articles, url_aliases
from index.sketch import HEAD, make_sketch
from index.urls import canonical_url

KEY_COLUMNS = tuple(articles.c[name] for name in ArticleKey.__dataclass_fields__)


def row_of(article: Article, cleaner: Cleaner = NO_CLEANER) -> dict[str, Any]:
    """The row of an article, its copy state still unknown; what `cleaner` removes makes no two articles alike,
    and is not embedded."""
    record = dump_record(article)
    read = cleaner.clean(article)
    sketch = make_sketch(read)
    return {
        "id": article.id,
        "record_hash": record_hash(record),
        "content_hash": read.content_hash,
        "copy_hash": copy_hash(read),
        "sketch": sketch,
        "head": head_of(sketch),
        "version_of": article.version_of,
        "canonical_url": canonical_url(article.url) if article.url else None,
        "section": article.section,
        "published": article.published_seconds,
        "unpublished": article.unpublished,
        "seq": 0,
        "copy_key": None,
        "superseded_at": None,
        "record": record,
    }


def head_of(sketch: bytes) -> bytes:
    """The part of a sketch that stands in the index."""
    return sketch[: HEAD.itemsize]


def article_of(record: bytes) -> Article:
    """The article of a stored record."""
    return restore_article(orjson.loads(record))


def copy_columns(state: CopyState) -> dict[str, Any]:
    """The columns that hold a copy state."""
    return {"copy_key": state.key, "superseded_at": state.superseded_at}


def alias_row(article_id: str, url: str) -> dict[str, Any]:
    """The row of an address that an article had."""
    return {"article_id": article_id, "url_hash": digest(url), "canonical_url": url}


def set_copies(connection: Connection, states: dict[str, CopyState], table: sa.Table = articles) -> None:
    """Write the copy states of these articles, into a table of the columns of `articles`."""
    if states:
        chosen = sa.update(table).where(table.c.id == sa.bindparam("of"))
        values = [{"of": article_id, **copy_columns(state)} for article_id, state in states.items()]
        connection.execute(
            chosen.values(copy_key=sa.bindparam("copy_key"), superseded_at=sa.bindparam("superseded_at")), values
        )


def set_aliases(connection: Connection, aliases: dict[str, set[str]]) -> None:
    """Make these the former addresses of these articles, in place of those they had."""
    ids = sorted(aliases)
    if ids:
        connection.execute(sa.delete(url_aliases).where(url_aliases.c.article_id.in_(ids)))
    rows = [alias_row(article_id, url) for article_id in ids for url in sorted(aliases[article_id])]
    if rows:
        connection.execute(sa.insert(url_aliases), rows)
