"""Pairs of articles whose sketches are alike, found for all at once by locality-sensitive hashing.

Two texts that share a band of their MinHash, or two titles that are the same but for a mark, become a pair: by sorting,
in time that grows with the number of articles and not with its square.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.article_columns import NO_DATE, ArticleColumns, numbered
from index.catalogue_key import ArticleKey
from index.sketch import BANDS, MARKED, ROWS, SKETCH_VERSION, read_heads, resemblance

NEIGHBOURS = 16
"""Of the articles that share a band each is paired with so many that follow by date: a thousand that share one template
make 16,000 pairs, not half a million."""

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Nodes:
    """Articles as rows, by date and id; those without a date last, by length. Columns are aligned with `ids`."""

    ids: Sequence[str]
    heads: npt.NDArray[np.void]
    """(n,) of dtype `index.sketch.HEAD`."""
    published: npt.NDArray[np.int64]
    """Unix time, 0 where there is none."""
    dated: npt.NDArray[np.bool_]
    text: npt.NDArray[np.int64]
    """Equal numbers: the same words."""
    marked: npt.NDArray[np.bool_]
    """True: the title says that the article updates, corrects or repeats an earlier one."""

    @classmethod
    def of(cls, keys: Sequence[ArticleKey], min_words: int) -> "Nodes":
        """The articles whose text has at least so many words; the same whatever the order of `keys`."""
        known = sorted((key for key in keys if key.sketch[:1] == bytes([SKETCH_VERSION])), key=lambda key: key.id)
        numbers: dict[bytes, int] = {}
        return cls._over(
            [key.id for key in known],
            read_heads([key.sketch for key in known]),
            np.array([key.published or 0 for key in known], np.int64),
            np.array([key.published is not None for key in known], np.bool_),
            np.array([numbers.setdefault(key.copy_hash, len(numbers)) for key in known], np.int64),
            min_words,
        )

    @classmethod
    def of_columns(cls, columns: ArticleColumns, min_words: int) -> "Nodes":
        """The same of a whole archive's columns."""
        dated = columns.published != NO_DATE
        published, text = np.where(dated, columns.published, 0), numbered(columns.copy_hash)
        known = np.flatnonzero(columns.heads["version"] == SKETCH_VERSION)
        if len(known) == len(columns):
            return cls._over(columns.ids, columns.heads, published, dated, text, min_words)
        ids = [columns.ids[row] for row in known.tolist()]
        return cls._over(ids, columns.heads[known], published[known], dated[known], text[known], min_words)

    @classmethod
    def _over(
        cls,
        ids: Sequence[str],
        heads: npt.NDArray[np.void],
        published: npt.NDArray[np.int64],
        dated: npt.NDArray[np.bool_],
        text: npt.NDArray[np.int64],
        min_words: int,
    ) -> "Nodes":
        """Aligned columns of articles in the order of their ids."""
        words = heads["words"].astype(np.int64)
        order = np.lexsort((np.where(dated, published, words), ~dated))
        order = order[words[order] >= min_words]
        heads = heads[order]
        marked = (heads["flags"] & MARKED) > 0
        return cls([ids[at] for at in order.tolist()], heads, published[order], dated[order], text[order], marked)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows, each once: `first` before `second`, both (m,) int64, and their `resemblance`, (m,) float64."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    resemblance: npt.NDArray[np.float64]

    def where(self, kept: npt.NDArray[np.bool_]) -> "Pairs":
        """Those of the pairs for which `kept`, (m,) bool, is true."""
        return Pairs(self.first[kept], self.second[kept], self.resemblance[kept])


def like_pairs(nodes: Nodes, min_resemblance: float, within_seconds: int) -> Pairs:
    """Pairs of articles that are estimated to be alike at least so far, and dated so near to each other.

    Not those of the same words, unless one is marked. Articles without a date are near to all, but met only by those
    that stand next to them.
    """
    found = [np.empty(0, np.int64)]
    for band in range(BANDS):
        rows = nodes.heads["minhash"][:, band * ROWS : (band + 1) * ROWS]
        values = np.ascontiguousarray(rows).view(np.uint64).reshape(-1)
        for first, second in _neighbours(nodes, values, np.arange(len(values)), within_seconds):
            alike = _resemblances(nodes, first, second) >= min_resemblance
            found.append(first[alike] * len(values) + second[alike])
    return _unique(nodes, found)


def same_title_pairs(nodes: Nodes, within_seconds: int) -> Pairs:
    """Pairs of articles with the same title but for marks, at least one of them marked, dated so near to each other."""
    rows = np.flatnonzero(nodes.heads["title"])
    found = [np.empty(0, np.int64)]
    for first, second in _neighbours(nodes, nodes.heads["title"][rows], rows, within_seconds):
        marked = nodes.marked[first] | nodes.marked[second]
        found.append(first[marked] * len(nodes.ids) + second[marked])
    return _unique(nodes, found)


def _neighbours(
    nodes: Nodes, values: npt.NDArray[np.uint64], rows: npt.NDArray[np.int64], within_seconds: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Rows of equal value, near in time: (m,) int64 twice, aligned, the first before the second."""
    order = np.argsort(values, kind="stable")
    values, rows = values[order], rows[order]
    for step in range(1, NEIGHBOURS + 1):
        at = np.flatnonzero(values[step:] == values[:-step])
        first, second = rows[at], rows[at + step]
        near = nodes.published[second] - nodes.published[first] <= within_seconds
        near |= ~(nodes.dated[first] & nodes.dated[second])
        near &= (nodes.text[first] != nodes.text[second]) | nodes.marked[first] | nodes.marked[second]
        yield first[near], second[near]
        if not len(at):
            return


def _unique(nodes: Nodes, found: Sequence[npt.NDArray[np.int64]]) -> Pairs:
    coded = np.unique(np.concatenate(found))
    first, second = np.divmod(coded, max(len(nodes.ids), 1))
    return Pairs(first, second, _resemblances(nodes, first, second))


def _resemblances(nodes: Nodes, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    minhash = nodes.heads["minhash"]
    found = np.empty(len(first))
    for start in range(0, len(first), _CHUNK):
        part = slice(start, start + _CHUNK)
        found[part] = resemblance(minhash[first[part]], minhash[second[part]])
    return found
