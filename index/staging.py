"""A rebuild's private view of the catalogue: what its sources hold, and the archive as it would be.

First the sources are *put*, into a temporary table that no one else sees and that a kill takes along. Then the state is
*frozen*: from there on everything is read as it was at one number of the change log, while writes through the API go on.
`apply` makes it true in one transaction; what was written through the API since the freeze stays as it was written.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.article import Article
from index.article_rows import KEY_COLUMNS, alias_row, article_of, row_of, set_copies
from index.catalogue_key import ArticleKey
from index.change_log import Line, log_position, write_lines
from index.chunks import CHUNK, in_chunks
from index.copies import CopyState
from index.copies_at_once import renew_copies
from index.engines import begin_reading, begin_writing
from index.schema import articles, changes, rebuilds, tombstones, url_aliases

staged = sa.Table(
    "staged",
    sa.MetaData(),
    *(sa.Column(column.name, column.type, primary_key=column.primary_key) for column in articles.columns),
    prefixes=["TEMPORARY"],
)
"""Rows that will replace those of `articles`; only what differs from it."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the catalogue holds of an article before the sources are read."""

    record_hash: bytes
    seq: int


class Staging:
    """The catalogue as a rebuild would leave it: what is there, what its sources change, what they no longer hold."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        begin_reading(connection)
        self._before: dict[str, _Known] = {
            row.id: _Known(row.record_hash, row.seq)
            for row in connection.execute(sa.select(articles.c.id, articles.c.record_hash, articles.c.seq))
        }
        self._tombstones: dict[str, float] = {
            row.article_id: row.at for row in connection.execute(sa.select(tombstones.c.article_id, tombstones.c.at))
        }
        self._last_read = int(
            connection.execute(sa.select(sa.func.max(rebuilds.c.seq)).where(rebuilds.c.from_sources)).scalar() or 0
        )
        self._start = log_position(connection)
        self._began = time.time()
        connection.commit()
        self._seen: set[str] = set()
        self._pending: dict[str, dict[str, Any]] = {}
        self._staged: dict[str, float] = {}
        self._frozen = False
        self.seq = 0
        """Number of the change log up to which everything is read, once the state is frozen."""
        self.number = 0
        """The number that this rebuild will have among all."""
        self.from_sources = False
        """Whether what was put is the whole archive."""
        self.removed: frozenset[str] = frozenset()
        self.kept_unseen: list[str] = []
        """Articles that the API wrote since the last rebuild and the sources lack; they stay this once."""
        self.removed_written: list[str] = []
        """Articles that the API wrote before that and the sources lack; they are removed."""
        self.duplicates: list[str] = []
        self._withheld: set[str] = set()
        self._kept_newer: set[str] = set()

    @property
    def withheld(self) -> list[str]:
        """Articles of the sources that were removed through the API and not changed since; they stay away. By id."""
        return sorted(self._withheld)

    @property
    def kept_newer(self) -> list[str]:
        """Articles of which the API brought a newer version than the sources hold; it stays. By id."""
        return sorted(self._kept_newer)

    def put(self, article: Article) -> None:
        """Stage one article. Of several under one id the one changed last counts; on equal dates the later one given."""
        moment = article.last_changed
        changed = moment.timestamp() if moment else float("-inf")
        if self._frozen:
            raise RuntimeError(f"{article.id}: nothing may be staged once the state is frozen")
        if article.id in self._seen:
            self.duplicates.append(article.id)
            if changed < self._staged[article.id]:
                return
        elif article.id in self._tombstones and not self._came_back(article):
            self._withheld.add(article.id)
            return
        self._withheld.discard(article.id)
        self._seen.add(article.id)
        self._staged[article.id] = changed
        self._pending[article.id] = row_of(article)
        if len(self._pending) >= CHUNK:
            self._flush()

    def _came_back(self, article: Article) -> bool:
        """Whether an article says that it was written or published after it had been removed."""
        dates = [when.timestamp() for when in (article.updated_at, article.published_at) if when is not None]
        return any(self._tombstones[article.id] < when <= self._began for when in dates)

    def remove_unseen(self) -> None:
        """Stage the removal of every article that was not put: the sources are the whole archive. What the API wrote since
        the last rebuild began stays, for the sources may be older than that."""
        self._flush()
        unseen = self._before.keys() - self._seen
        self.removed = frozenset(key for key in unseen if not self._is_recent(self._before[key]))
        self.kept_unseen = sorted(unseen - self.removed)
        self.removed_written = sorted(key for key in self.removed if self._before[key].seq)
        self.from_sources = True

    def _is_recent(self, known: _Known) -> bool:
        return known.seq > self._last_read

    def freeze(self) -> None:
        """From here on read everything as it is now; what the API wrote since the sources were read is left to it."""
        if self._frozen:
            return
        self._flush()
        self._frozen = True
        begin_reading(self._connection)
        self.seq = log_position(self._connection)
        self.number = int(self._connection.execute(sa.select(sa.func.max(rebuilds.c.number))).scalar() or 0) + 1
        self._leave_what_changed()

    def _leave_what_changed(self) -> None:
        """Take back what is staged of articles that were written or removed through the API in the meantime."""
        written = self._written_since(self._start)
        self.removed -= written
        for chunk in in_chunks(sorted(written & self._staged.keys())):
            self._connection.execute(sa.delete(staged).where(staged.c.id.in_(chunk)))

    def _written_since(self, seq: int) -> set[str]:
        """The articles that the API wrote or removed after a number of the log."""
        written = sa.select(articles.c.id).where(articles.c.seq > seq)
        gone = sa.select(tombstones.c.article_id).where(tombstones.c.seq > seq)
        return set(self._connection.execute(sa.union_all(written, gone)).scalars())

    def taken_down(self) -> set[str]:
        """The articles that the API removed or unpublished; freezes."""
        self.freeze()
        unpublished = sa.select(articles.c.id).where(articles.c.unpublished)
        gone = sa.select(tombstones.c.article_id)
        return set(self._connection.execute(sa.union_all(unpublished, gone)).scalars())

    def archive(self) -> list[ArticleKey]:
        """Every article that would be served or wait for its day, in the order of ids' code points; freezes."""
        self.freeze()
        new = sa.select(*(staged.c[column.name] for column in KEY_COLUMNS)).where(~staged.c.unpublished)
        replaced = sa.exists().where(staged.c.id == articles.c.id)
        old = sa.select(*KEY_COLUMNS).where(~replaced, ~articles.c.unpublished)
        rows = (ArticleKey(*row) for row in self._connection.execute(sa.union_all(old, new)))
        return sorted((key for key in rows if key.id not in self.removed), key=lambda key: key.id)

    def records(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Id and record of each of these articles, in no particular order; freezes."""
        self.freeze()
        for chunk in in_chunks(list(ids)):
            found = dict(self._rows(sa.select(articles.c.id, articles.c.record).where(articles.c.id.in_(chunk))))
            found.update(self._rows(sa.select(staged.c.id, staged.c.record).where(staged.c.id.in_(chunk))))
            yield from found.items()

    def _rows(self, query: sa.Select[Any]) -> list[tuple[str, bytes]]:
        return [(key, record) for key, record in self._connection.execute(query)]

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Earlier canonical addresses of articles, by id, sorted; the present one is not among them; freezes."""
        self.freeze()
        old = sa.select(articles.c.id, articles.c.canonical_url)
        present = {row.id: row.canonical_url for row in self._connection.execute(old)}
        was = sa.select(articles.c.id, articles.c.canonical_url).where(articles.c.id.in_(sa.select(staged.c.id)))
        new = sa.select(staged.c.id, staged.c.canonical_url)
        present |= {row.id: row.canonical_url for row in self._connection.execute(new)}
        former = sa.select(url_aliases.c.article_id, url_aliases.c.canonical_url)
        found: dict[str, set[str]] = {}
        for query in (former, was):
            for article_id, url in self._connection.execute(query):
                if url and article_id in present and article_id not in self.removed and url != present[article_id]:
                    found.setdefault(article_id, set()).add(url)
        return {article_id: tuple(sorted(urls)) for article_id, urls in found.items()}

    def apply(self, generation: str = "", copies: Mapping[str, CopyState] | None = None) -> int:
        """Make it true, in one transaction; gives how many articles the sources changed.

        `generation` is the snapshot that holds all of it, `copies` the copy states that were found for it.
        """
        aliases = self.aliases()
        differing = self._differing(copies or {})
        self._connection.commit()
        begin_writing(self._connection)
        touched = self._written_since(self.seq)
        changed = set(self._connection.execute(sa.select(staged.c.id)).scalars()) - touched
        removed = self.removed - touched
        for chunk in in_chunks(sorted(touched)):
            self._connection.execute(sa.delete(staged).where(staged.c.id.in_(chunk)))
        for chunk in in_chunks(sorted(removed)):
            self._connection.execute(sa.delete(articles).where(articles.c.id.in_(chunk)))
        self._connection.execute(sa.delete(articles).where(articles.c.id.in_(sa.select(staged.c.id))))
        self._connection.execute(sa.insert(articles).from_select([c.name for c in articles.columns], sa.select(staged)))
        self._write_aliases(aliases, touched)
        self._write_copies(differing, touched)
        self._join_copies(copies or {}, touched)
        for chunk in in_chunks(sorted(changed & self._tombstones.keys())):
            self._connection.execute(sa.delete(tombstones).where(tombstones.c.article_id.in_(chunk)))
        count = len(changed) + len(removed)
        self._note(generation, count)
        self._connection.execute(sa.delete(staged))
        self._connection.commit()
        self._frozen = False
        return count

    def _note(self, generation: str, count: int) -> None:
        """Leave the rebuild's row. Where the snapshot before stands, nothing that is served was changed."""
        stands = sa.select(sa.exists().where(rebuilds.c.generation == generation))
        if generation and self._connection.execute(stands).scalar():
            count = 0
        row = {"generation": generation, "seq": self._start, "from_sources": self.from_sources, "changed": count}
        self._connection.execute(sa.insert(rebuilds), {**row, "number": self.number, "at": time.time()})

    def _write_aliases(self, aliases: dict[str, tuple[str, ...]], touched: set[str]) -> None:
        known = sa.select(url_aliases.c.article_id, url_aliases.c.canonical_url)
        present = {(row.article_id, row.canonical_url) for row in self._connection.execute(known)}
        wanted = {(key, url) for key, urls in aliases.items() for url in urls}
        gone = {key for key, _ in present - wanted} - touched
        for chunk in in_chunks(sorted(gone)):
            self._connection.execute(sa.delete(url_aliases).where(url_aliases.c.article_id.in_(chunk)))
        kept = {(key, url) for key, url in present if key not in gone}
        rows = [alias_row(key, url) for key, url in sorted(wanted - kept) if key not in touched]
        if rows:
            self._connection.execute(sa.insert(url_aliases), rows)

    def _differing(self, copies: Mapping[str, CopyState]) -> dict[str, CopyState]:
        """The copy states that are to be written: they are others than the catalogue's, or of rows that come anew."""
        known = sa.select(articles.c.id, articles.c.copy_key, articles.c.superseded_at)
        present = {row.id: (row.copy_key, row.superseded_at) for row in self._connection.execute(known)}
        anew = set(self._connection.execute(sa.select(staged.c.id)).scalars())
        return {
            key: state
            for key, state in copies.items()
            if key in anew or present.get(key) != (state.key, state.superseded_at)
        }

    def _write_copies(self, copies: Mapping[str, CopyState], touched: set[str]) -> None:
        found_since = sa.select(changes.c.article_id).where(changes.c.seq > self.seq)
        touched = touched | set(self._connection.execute(found_since).scalars())
        differing = {key: state for key, state in copies.items() if key not in touched}
        for chunk in in_chunks(sorted(differing)):
            set_copies(self._connection, {key: differing[key] for key in chunk})

    def _join_copies(self, copies: Mapping[str, CopyState], touched: set[str]) -> None:
        """Find anew the copies of what the API wrote since the freeze, and of what was one with it at the freeze; the log
        says which came out otherwise than in the snapshot."""
        keys = {copies[key].key for key in touched & copies.keys()}
        around = touched | {key for key, state in copies.items() if state.key in keys} if keys else touched
        if around:
            write_lines(self._connection, [Line(key) for key in renew_copies(self._connection, sorted(around))])

    def _flush(self) -> None:
        rows = list(self._pending.values())
        if rows:
            self._connection.execute(sa.delete(staged).where(staged.c.id.in_([row["id"] for row in rows])))
            new = [row for row in rows if self._is_news(row)]
            if new:
                self._connection.execute(sa.insert(staged), new)
            self._connection.commit()
        self._pending = {}

    def _is_news(self, row: dict[str, Any]) -> bool:
        """Whether a row of the sources is to replace what the catalogue has: not the same, nor what the API brought later."""
        known = self._before.get(row["id"])
        if known is None:
            return True
        self._kept_newer.discard(row["id"])
        if known.record_hash == row["record_hash"]:
            return False
        if known.seq and self._is_newer_in_catalogue(row, known):
            self._kept_newer.add(row["id"])
            return False
        return True

    def _is_newer_in_catalogue(self, row: dict[str, Any], known: _Known) -> bool:
        record = self._connection.execute(sa.select(articles.c.record).where(articles.c.id == row["id"])).scalar()
        stored = article_of(record).updated_at if record else None
        given = article_of(row["record"]).updated_at
        return stored > given if stored and given and stored != given else self._is_recent(known)
