"""Which articles a rebuild's sources held so far, in columns for those that the catalogue knows."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from index.article_columns import ArticleColumns, Hashes, KnownHashes, Rows


class Seen:
    """What was put, and when each was last changed (Unix time, −∞ without a date)."""

    def __init__(self, before: ArticleColumns, buried: Iterable[str]) -> None:
        """`before` is the catalogue; of what is `buried` each article is looked at itself."""
        self._before = before
        self._records = KnownHashes(before.record_hash)
        self._seen = np.zeros(len(before), np.bool_)
        self._changed = np.full(len(before), -np.inf)
        self._buried = before.rows_of(buried)
        self._new: dict[str, float] = {}

    def changed_at(self, article_id: str) -> float | None:
        """When an article that was put was last changed; None where it was not put."""
        row = self._before.at(article_id)
        if row is None:
            return self._new.get(article_id)
        return float(self._changed[row]) if self._seen[row] else None

    def note(self, article_id: str, changed: float) -> None:
        """One was put."""
        row = self._before.at(article_id)
        if row is None:
            self._new[article_id] = changed
        else:
            self._seen[row], self._changed[row] = True, changed

    def known(self, record_hashes: Hashes) -> Rows:
        """The rows of the articles that the catalogue holds with these very records, (n,) int64; −1 where there is none, or
        it is buried."""
        rows = self._records.find(record_hashes)
        return np.where(np.isin(rows, self._buried), -1, rows) if len(self._buried) else rows

    def note_known(self, rows: Rows, changed: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Note these articles, by `known`, as far as they were not put before; gives which these are, (n,) bool."""
        fresh = np.zeros(len(rows), np.bool_)
        fresh[np.unique(rows, return_index=True)[1]] = True
        fresh &= ~self._seen[rows]
        self._seen[rows[fresh]], self._changed[rows[fresh]] = True, changed[fresh]
        return fresh

    def unseen(self) -> npt.NDArray[np.bool_]:
        """(n,) bool: which of the catalogue's articles no source held."""
        return ~self._seen
