"""Single articles written and removed between rebuilds: each call is one transaction, its lines in the change log included.

Whatever order and however often calls arrive, the newest state stays: the same content again is no work, and what says
that it is older (`updated_at`) than what is known changes nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.article import Article
from index.article_rows import KEY_COLUMNS, article_of, row_of, set_aliases
from index.boilerplate.store import active_cleaner
from index.catalogue import Catalogue
from index.catalogue_key import ArticleKey
from index.change_log import Line, write_lines
from index.chunks import in_chunks
from index.copies import CopyState
from index.copies_at_once import renew_copies
from index.engines import writing
from index.schema import articles, tombstones, url_aliases

Outcome = Literal["created", "updated", "unchanged", "stale", "withheld", "deleted", "absent"]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one article. `known` is, for `stale`, the `updated_at` that what came is older than, and for `withheld`
    when it was removed."""

    id: str
    outcome: Outcome
    known: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """A row as it was before the call, and the article in it."""

    key: ArticleKey
    copy: CopyState | None
    unpublished: bool
    article: Article


def put_articles(catalogue: Catalogue, given: Sequence[Article], polled: bool = False) -> list[Written]:
    """Write articles, in one transaction; what became of each, in their order. Of several under one id each counts in turn.

    All or nothing: an error leaves none of them written. What was `polled` from a source nobody decided to send now: what was
    removed stays away, as it does in a rebuild, unless it says that it was published or updated since (`withheld`), and
    without an `updated_at` it does not take the place of what has one (`stale`).
    """
    with writing(catalogue.engine) as connection:
        run = _Run(connection, [article.id for article in given], polled)
        written = [run.put(article) for article in given]
        run.finish()
    return written


def delete_article(catalogue: Catalogue, article_id: str, updated_at: datetime | None = None) -> Written:
    """Remove an article and remember that it was removed: until something newer is written it stays away, also from a
    rebuild out of an older export. `updated_at`, where it is given, is when the newsroom removed it: what is known to be
    newer stays."""
    with writing(catalogue.engine) as connection:
        run = _Run(connection, [article_id])
        written = run.delete(article_id, updated_at)
        run.finish()
    return written


class _Run:
    """One transaction's work."""

    def __init__(self, connection: Connection, ids: Sequence[str], polled: bool = False) -> None:
        self._connection = connection
        self._polled = polled
        self._now = time.time()
        self._cleaner = active_cleaner(connection)
        self._stored = _stored(connection, sorted(set(ids)))
        self._rows: dict[str, dict[str, Any]] = {}
        self._articles = {key: one.article for key, one in self._stored.items()}
        stones = _tombstones(connection, sorted(set(ids)))
        self._buried = {key: guard for key, (guard, _) in stones.items()}
        self._removed_at = {key: at for key, (_, at) in stones.items()}
        self._removed: dict[str, float | None] = {}
        self._numbers: dict[str, int] = {}

    def put(self, article: Article) -> Written:
        present = self._articles.get(article.id)
        if present is None and (removed := self._stays_away(article)) is not None:
            return Written(article.id, "withheld", removed)
        if (known := self._newer(article, present)) is not None:
            return Written(article.id, "stale", known)
        row = row_of(article, self._cleaner)
        was = self._rows.get(article.id)
        before = was["record_hash"] if was else self._hash_of_stored(article.id)
        if present is not None and before == row["record_hash"]:
            return Written(article.id, "unchanged")
        self._rows[article.id] = row
        self._articles[article.id] = article
        self._buried.pop(article.id, None)
        return Written(article.id, "created" if present is None else "updated")

    def delete(self, article_id: str, updated_at: datetime | None) -> Written:
        """Also what is not there is noted as removed, anew each time: it may be on its way, in a rebuild or a late call."""
        present = self._articles.get(article_id)
        if updated_at and present and present.updated_at and present.updated_at > updated_at:
            return Written(article_id, "stale", present.updated_at)
        dates = [when.timestamp() for when in (updated_at, present.updated_at if present else None) if when]
        guard = self._buried.get(article_id)
        self._removed[article_id] = max([*dates, *([guard] if guard is not None else [])], default=None)
        return Written(article_id, "deleted" if present else "absent")

    def finish(self) -> None:
        """Write what came of it, with the log."""
        self._rows = {key: row for key, row in self._rows.items() if row["record_hash"] != self._hash_of_stored(key)}
        touched = sorted({*self._rows, *self._removed})
        if not touched:
            return
        first = write_lines(self._connection, [Line(key, self._hides(key)) for key in touched])
        self._numbers = {key: first + at for at, key in enumerate(touched)}
        for chunk in in_chunks(touched):
            self._connection.execute(sa.delete(articles).where(articles.c.id.in_(chunk)))
            self._connection.execute(sa.delete(tombstones).where(tombstones.c.article_id.in_(chunk)))
        rows = [{**row, "seq": self._numbers[key]} for key, row in self._rows.items() if key not in self._removed]
        if rows:
            self._connection.execute(sa.insert(articles), rows)
        stones = [
            {"article_id": key, "seq": self._numbers[key], "at": self._now, "guard": guard}
            for key, guard in self._removed.items()
        ]
        if stones:
            self._connection.execute(sa.insert(tombstones), stones)
        self._renew_aliases(touched)
        self._renew_copies(touched)

    def _hides(self, article_id: str) -> bool:
        """Whether what is served of an article must go before anything else of it can come."""
        row = self._rows.get(article_id)
        return row is None or row["unpublished"] or (row["published"] or 0) > self._now

    def _renew_aliases(self, touched: Sequence[str]) -> None:
        """Former addresses: of a removed article none, of a written one those it had and the one it leaves."""
        former: dict[str, set[str]] = {key: set() for key in touched}
        for chunk in in_chunks(touched):
            query = sa.select(url_aliases.c.article_id, url_aliases.c.canonical_url)
            for known in self._connection.execute(query.where(url_aliases.c.article_id.in_(chunk))):
                former[known.article_id].add(known.canonical_url)
        wanted: dict[str, set[str]] = {}
        for key, urls in former.items():
            row = self._rows.get(key)
            kept = urls | {self._stored[key].key.canonical_url} if key in self._stored else urls
            present = {row["canonical_url"]} if row else set()
            aliases = {url for url in kept - present if url} if row and key not in self._removed else set()
            if aliases != urls:
                wanted[key] = aliases
        for chunk in in_chunks(sorted(wanted)):
            set_aliases(self._connection, {key: wanted[key] for key in chunk})

    def _renew_copies(self, touched: Sequence[str]) -> None:
        """Find the copies of what was written or removed; note the articles that are copies of others than before."""
        stored = [self._stored[key] for key in touched if key in self._stored]
        groups = {one.copy.key for one in stored if one.copy}
        differing = renew_copies(self._connection, touched, [one.key for one in stored], groups)
        write_lines(self._connection, [Line(key) for key in differing if key not in self._numbers])

    def _newer(self, article: Article, present: Article | None) -> datetime | None:
        """The `updated_at` that is known and that an article's own is older than; None where it may be written."""
        given = article.updated_at
        if given is None:
            return present.updated_at if self._polled and present is not None and self._differs(article) else None
        if present is not None and present.updated_at is not None and present.updated_at > given:
            return present.updated_at
        guard = self._buried.get(article.id)
        if present is None and guard is not None and guard >= given.timestamp():
            return datetime.fromtimestamp(guard, UTC)
        return None

    def _differs(self, article: Article) -> bool:
        was = self._rows.get(article.id)
        before = was["record_hash"] if was else self._hash_of_stored(article.id)
        return bool(before != row_of(article)["record_hash"])

    def _stays_away(self, article: Article) -> datetime | None:
        """When a polled article was removed, where it does not say that it was published or updated since and by now."""
        removed = self._removed_at.get(article.id) if self._polled else None
        dates = [when.timestamp() for when in (article.updated_at, article.published_at) if when is not None]
        if removed is None or any(removed < when <= self._now for when in dates):
            return None
        return datetime.fromtimestamp(removed, UTC)

    def _hash_of_stored(self, article_id: str) -> bytes | None:
        one = self._stored.get(article_id)
        return one.key.record_hash if one else None


def _stored(connection: Connection, ids: Sequence[str]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    columns = (articles.c.copy_key, articles.c.superseded_at, articles.c.unpublished, articles.c.record)
    for chunk in in_chunks(ids):
        for row in connection.execute(sa.select(*KEY_COLUMNS, *columns).where(articles.c.id.in_(chunk))):
            key = ArticleKey(*row[: len(KEY_COLUMNS)])
            copy = CopyState(row.copy_key, row.superseded_at) if row.copy_key else None
            found[key.id] = _Stored(key, copy, row.unpublished, article_of(row.record))
    return found


def _tombstones(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[float | None, float]]:
    """The guards of removed articles, and when they were removed, by id."""
    found: dict[str, tuple[float | None, float]] = {}
    wanted = (tombstones.c.article_id, tombstones.c.guard, tombstones.c.at)
    for chunk in in_chunks(ids):
        query = sa.select(*wanted).where(tombstones.c.article_id.in_(chunk))
        found.update({row.article_id: (row.guard, row.at) for row in connection.execute(query)})
    return found
