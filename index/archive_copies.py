"""Copy states of a whole archive, in columns: those few articles that anything binds to another are looked at one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from index.article_columns import NO_DATE, ArticleColumns, Hashes, Rows, groups_of, hashes_of, same_hashes
from index.copies import NEVER, CopyState, join_copies
from index.near_copies import MIN_VERSION_WORDS, NearCopies, SketchesOf, near_copies_among
from index.near_pairs import Nodes


@dataclass(frozen=True, slots=True)
class ArchiveCopies:
    """Copy states aligned with an archive's columns."""

    keys: Hashes
    superseded_at: npt.NDArray[np.int64]

    def of(self, row: int) -> CopyState:
        """The state of one article."""
        return CopyState(self.keys[row].tobytes(), int(self.superseded_at[row]))

    def differing(self, columns: ArticleColumns) -> Rows:
        """The rows of which the catalogue has another state, or none yet."""
        same = same_hashes(self.keys, columns.copy_key) & (self.superseded_at == columns.superseded_at)
        return np.flatnonzero(~same | ~columns.copy_key.any(axis=1))

    def sharing(self, rows: Rows) -> Rows:
        """The rows of all articles that are copies of any of these, themselves among them, ascending."""
        wanted = {self.keys[row].tobytes() for row in rows.tolist()}
        near = np.flatnonzero(np.isin(self.keys[:, 0], self.keys[rows, 0]))
        return np.array([row for row in near.tolist() if self.keys[row].tobytes() in wanted], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Bound:
    """What binds one article to others, as `index.copies` asks for it."""

    id: str
    copy_hash: bytes
    version_of: str | None
    canonical_url: str | None
    published: int | None


def find_archive_copies(columns: ArticleColumns, sketches_of: SketchesOf) -> ArchiveCopies:
    """The copy states of all articles: what `index.copies.find_copies` finds, article by article.

    An article that nothing binds to another is alone in its group, and superseded by none.
    """
    near = near_copies_among(Nodes.of_columns(columns, MIN_VERSION_WORDS), sketches_of)
    bound = {columns.ids[row]: _bound(columns, row) for row in _bound_rows(columns, near)}
    keys, superseded = columns.copy_hash.copy(), np.full(len(columns), NEVER, np.int64)
    states = join_copies(bound, near)
    rows = columns.rows_of(states)
    if len(rows):
        keys[rows] = hashes_of(state.key for state in states.values())
        superseded[rows] = [state.superseded_at for state in states.values()]
    return ArchiveCopies(keys, superseded)


def _bound_rows(columns: ArticleColumns, near: NearCopies) -> list[int]:
    """The rows of all articles that share words, an address or a chain of versions with another or are near copies of one,
    ascending."""
    bound: set[int] = set()
    for group in chain(groups_of(columns.copy_hash), groups_of(columns.url)):
        bound.update(group.tolist())
    for row, older in enumerate(columns.version_of):
        if older is not None and (parent := columns.at(older)) is not None:
            bound |= {row, parent}
    bound.update(columns.rows_of(_ids_in((*near.same, *near.versions))).tolist())
    return sorted(bound)


def _ids_in(pairs: Iterable[tuple[str, str]]) -> set[str]:
    return {article_id for pair in pairs for article_id in pair}


def _bound(columns: ArticleColumns, row: int) -> _Bound:
    published = int(columns.published[row])
    return _Bound(
        columns.ids[row],
        columns.copy_hash[row].tobytes(),
        columns.version_of[row],
        columns.url[row].tobytes().hex() if columns.url[row].any() else None,
        None if published == NO_DATE else published,
    )
