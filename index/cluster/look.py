"""A look at what is served in the catalogue, as it is at one moment: rows, names, links, terms."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from index.cluster.packed_row import PackedRow
from index.cluster.postings import Alike, Strongest, find_alike
from index.cluster.row_reads import read_rows
from index.cluster.store import (
    Name,
    Projected,
    copies_of,
    copy_keys,
    ids_at,
    linking,
    named,
    newest_ids,
    series_ids,
)
from index.vector_index import Filter


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the catalogue as it is at one moment."""

    connection: Connection
    state: Projected
    about: str | None = None
    """Which article is asked about: it is what it was while an edit of it is not projected yet."""

    def rows(self, ids: Collection[str], lean: Collection[str] = ()) -> dict[str, PackedRow]:
        """The rows of these articles that are served, by id, and of those of `lean` what counts of who only links."""
        return read_rows(self.connection, ids, self.state.recipe, lean, self.about)

    def alike(self, asked: Strongest) -> Alike:
        """What shares any of a text's strongest terms."""
        return find_alike(self.connection, asked)

    def at(self, places: Sequence[int]) -> list[str]:
        """The ids of the articles at these places of terms."""
        return ids_at(self.connection, places)

    def named(self, names: Collection[Name]) -> set[str]:
        """The ids of the articles that are called by any of these names."""
        return named(self.connection, names)

    def linking(self, names: Collection[Name]) -> set[str]:
        """The ids of the articles that link to any of these names."""
        return linking(self.connection, names)

    def newest(self, count: int, keep: Filter) -> list[str]:
        """The ids of those published last in a filter's section and dates."""
        return newest_ids(self.connection, count, keep)

    def series(self, series: int, count: int) -> list[str]:
        """The ids of the newest of a series, by its term."""
        return series_ids(self.connection, series, count)

    def copies_among(self, ids: Collection[str], rows: Collection[PackedRow]) -> set[str]:
        """Which of these articles are copies of any of these rows."""
        keys = {row.copy.key for row in rows}
        return {key for key, copied in copy_keys(self.connection, ids).items() if copied in keys} if ids else set()

    def copies_of(self, rows: Collection[PackedRow], count: int) -> list[str]:
        """The ids of so many copies of these rows."""
        return copies_of(self.connection, {row.copy.key for row in rows}, count)
