"""A rebuild's private view of the catalogue: what its sources hold, and the archive as it would be.

First the sources are *put*, into a temporary table that no one else sees and that a kill takes along. Then the state is
*frozen*: from there on everything is read as it was at one number of the change log, while writes through the API go on.
`apply` makes it true in one transaction; what was written through the API since the freeze stays as it was written.
"""

import time
from collections.abc import Iterable, Iterator
from functools import partial, reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.archive_copies import ArchiveCopies
from index.article import Article
from index.article_columns import ArticleColumns, Hashes, Rows, read_columns
from index.article_rows import article_of, row_of
from index.boilerplate.rereading import make_active
from index.boilerplate.store import active_cleaner
from index.change_log import log_position
from index.chunks import CHUNK, in_chunks
from index.engines import begin_reading, begin_writing
from index.former_addresses import former_addresses, write_former_addresses
from index.schema import articles, changes, rebuilds, tombstones
from index.seen import Seen
from index.sketch import SKETCH_VERSION
from index.staged_copies import join_written, write_states
from index.staged_table import staged


class Staging:
    """The catalogue as a rebuild would leave it: what is there, what its sources change, what they no longer hold."""

    def __init__(self, connection: Connection) -> None:
        self._connection = self.connection = connection
        begin_reading(connection)
        self._before = read_columns(connection, articles)
        self._tombstones: dict[str, float] = {
            row.article_id: row.at for row in connection.execute(sa.select(tombstones.c.article_id, tombstones.c.at))
        }
        self._last_read = int(
            connection.execute(sa.select(sa.func.max(rebuilds.c.seq)).where(rebuilds.c.from_sources)).scalar() or 0
        )
        self._start = log_position(connection)
        self._began = time.time()
        self.cleaner = self._active = active_cleaner(connection)
        """What removes furniture from articles, as they are sketched and embedded."""
        self.known_before = len(self._before)
        """How many articles the catalogue held."""
        connection.commit()
        self._seen = Seen(self._before, self._tombstones)
        self._columns: ArticleColumns | None = None
        self._aliases: dict[str, tuple[str, ...]] | None = None
        self._pending: dict[str, dict[str, Any]] = {}
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
        self._unpublished: list[str] = []
        self._withheld: set[str] = set()
        self._kept_newer: set[str] = set()

    def without_sketch(self) -> list[str]:
        """Articles that the catalogue holds without a sketch, or with one of another version; before anything is put."""
        return self._ids(self._before.heads["version"] != SKETCH_VERSION)

    @property
    def withheld(self) -> list[str]:
        """Articles of the sources that were removed through the API and not changed since; they stay away. By id."""
        return sorted(self._withheld)

    @property
    def kept_newer(self) -> list[str]:
        """Articles of which the API brought a newer version than the sources hold; it stays. By id."""
        return sorted(self._kept_newer)

    def put(self, article: Article) -> bytes | None:
        """Stage one article. Of several under one id the one changed last counts; on equal dates the later one given. Gives
        the hash of its record, or None where it does not count."""
        changed = self.changed_at(article)
        if self._frozen:
            raise RuntimeError(f"{article.id}: nothing may be staged once the state is frozen")
        if (known := self._seen.changed_at(article.id)) is not None:
            self.duplicates.append(article.id)
            if changed < known:
                return None
        elif article.id in self._tombstones and not self._came_back(article):
            self._withheld.add(article.id)
            return None
        self._withheld.discard(article.id)
        self._seen.note(article.id, changed)
        row = self._pending[article.id] = row_of(article, self.cleaner)
        if len(self._pending) >= CHUNK:
            self._flush()
        record_hash: bytes = row["record_hash"]
        return record_hash

    @staticmethod
    def changed_at(article: Article) -> float:
        """When an article was last changed, Unix time; −∞ without a date."""
        moment = article.last_changed
        return moment.timestamp() if moment else float("-inf")

    def known(self, record_hashes: Hashes) -> Rows:
        """For these records, by their hashes, the numbers by which `put_known` takes them, (n,) int64; −1 for those that the
        catalogue does not hold as they are."""
        return self._seen.known(record_hashes)

    def put_known(self, rows: Rows, changed: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Put articles that the catalogue holds as they are, with when each was last changed; gives which were not put
        before, (n,) bool. The others are to be put themselves."""
        return self._seen.note_known(rows, changed)

    def _came_back(self, article: Article) -> bool:
        """Whether an article says that it was written or published after it had been removed."""
        dates = [when.timestamp() for when in (article.updated_at, article.published_at) if when is not None]
        return any(self._tombstones[article.id] < when <= self._began for when in dates)

    def remove_unseen(self) -> None:
        """Stage the removal of every article that was not put: the sources are the whole archive. What the API wrote since
        the last rebuild began stays, for the sources may be older than that."""
        self._flush()
        unseen, recent = self._seen.unseen(), self._before.seq > self._last_read
        self.removed = frozenset(self._ids(unseen & ~recent))
        self.kept_unseen = self._ids(unseen & recent)
        self.removed_written = self._ids(unseen & ~recent & (self._before.seq != 0))
        self.from_sources = True

    def _ids(self, rows: npt.NDArray[np.bool_]) -> list[str]:
        return [self._before.ids[row] for row in np.flatnonzero(rows).tolist()]

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
        for chunk in in_chunks(sorted(written)):
            self._connection.execute(sa.delete(staged).where(staged.c.id.in_(chunk)))

    def _logged_since(self, seq: int) -> sa.Select[Any]:
        """The articles that the log names after a number: so nobody need look through all rows for their numbers."""
        return sa.select(changes.c.article_id).where(changes.c.seq > seq)

    def _written_since(self, seq: int) -> set[str]:
        """The articles that the API wrote or removed after a number of the log."""
        written = sa.select(articles.c.id).where(articles.c.id.in_(self._logged_since(seq)), articles.c.seq > seq)
        gone = sa.select(tombstones.c.article_id).where(tombstones.c.seq > seq)
        return set(self._connection.execute(sa.union_all(written, gone)).scalars())

    def taken_down(self) -> set[str]:
        """The articles that the API removed or unpublished; freezes."""
        self.columns()
        gone = self._connection.execute(sa.select(tombstones.c.article_id)).scalars()
        return {*self._unpublished, *gone}

    def columns(self) -> ArticleColumns:
        """Every article that would be served or wait for its day, and its copy state in the catalogue; freezes."""
        self.freeze()
        if self._columns is None:
            read = partial(read_columns, self._connection)
            logged = sorted(set(self._connection.execute(self._logged_since(self._start)).scalars()))
            parts = [read(articles, articles.c.id.in_(chunk)) for chunk in in_chunks(logged)]
            renewed = reduce(ArticleColumns.joined, parts, ArticleColumns.none())
            fresh = read(staged)
            stays = self._before.mask_without(logged)
            self._unpublished = [
                *self._ids(stays & self._before.unpublished),
                *(renewed.ids[row] for row in np.flatnonzero(renewed.unpublished).tolist()),
            ]
            out = [*fresh.ids, *self.removed]
            stays &= self._before.mask_without(out) & ~self._before.unpublished
            known = self._before.take(stays)
            renewed = renewed.take(renewed.mask_without(out) & ~renewed.unpublished)
            self._columns = known.joined(renewed).joined(
                fresh.take(fresh.mask_without(self.removed) & ~fresh.unpublished)
            )
            self._before = ArticleColumns.none()
            self._seen = Seen(self._before, ())
        return self._columns

    def sketches(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The sketches of these articles; freezes."""
        self.freeze()
        found: dict[str, bytes] = {}
        for chunk in in_chunks(list(ids)):
            for table in (articles, staged):
                found.update(self._rows(sa.select(table.c.id, table.c.sketch).where(table.c.id.in_(chunk))))
        return found

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
        if self._aliases is None:
            self._aliases = former_addresses(self._connection, staged, self.removed)
        return self._aliases

    def apply(self, generation: str = "", copies: ArchiveCopies | None = None) -> int:
        """Make it true, in one transaction; gives how many articles the sources changed.

        `generation` is the snapshot that holds all of it, `copies` the copy states that were found for its `columns`.
        """
        aliases, columns = self.aliases(), self.columns()
        self._connection.commit()
        begin_writing(self._connection)
        touched = self._written_since(self.seq)
        changed = set(self._connection.execute(sa.select(staged.c.id)).scalars()) - touched
        removed = self.removed - touched
        for chunk in in_chunks(sorted(touched)):
            self._connection.execute(sa.delete(staged).where(staged.c.id.in_(chunk)))
        for chunk in in_chunks(sorted(removed)):
            self._connection.execute(sa.delete(articles).where(articles.c.id.in_(chunk)))
        if copies is not None:
            noted = touched | set(self._connection.execute(self._logged_since(self.seq)).scalars())
            write_states(self._connection, columns, copies, staged, changed, noted)
        self._connection.execute(sa.delete(articles).where(articles.c.id.in_(sa.select(staged.c.id))))
        ordered = sa.select(staged).order_by(staged.c.id)
        self._connection.execute(sa.insert(articles).from_select([c.name for c in articles.columns], ordered))
        write_former_addresses(self._connection, aliases, touched)
        if self.cleaner.number != self._active.number:
            make_active(self._connection, touched, self.cleaner)
        join_written(self._connection, columns, copies, touched)
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
        known = self._before.at(row["id"])
        if known is None:
            return True
        self._kept_newer.discard(row["id"])
        if self._before.record_hash[known].tobytes() == row["record_hash"]:
            return False
        if self._before.seq[known] and self._is_newer_in_catalogue(row, int(self._before.seq[known])):
            self._kept_newer.add(row["id"])
            return False
        return True

    def _is_newer_in_catalogue(self, row: dict[str, Any], seq: int) -> bool:
        record = self._connection.execute(sa.select(articles.c.record).where(articles.c.id == row["id"])).scalar()
        stored = article_of(record).updated_at if record else None
        given = article_of(row["record"]).updated_at
        return stored > given if stored and given and stored != given else seq > self._last_read
