"""Who links to whom: the links that editors placed, as rows of a snapshot.

A segment keeps the names of its articles' links as hashes, independent of what else the archive holds; which rows they
mean is found once for each generation, when it is written, so that a link to an article that came later counts too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index.copies import NEVER
from index.link_names import NameOf
from index.segment import Segment

LINKS = ("links_out", "links_in")
"""The files of the links between a generation's rows, ordered by source and by target."""

Rows = npt.NDArray[np.int64]
Masks = Sequence[npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class LinkGraph:
    """Distinct links between live articles, none to oneself: two (2, m) int32 arrays of source and target rows, `outgoing`
    ordered by source, `incoming` by target."""

    outgoing: npt.NDArray[np.int32]
    incoming: npt.NDArray[np.int32]

    @classmethod
    def empty(cls) -> "LinkGraph":
        """No links: what a generation has that was written before links were kept."""
        return cls(np.zeros((2, 0), np.int32), np.zeros((2, 0), np.int32))

    @classmethod
    def between(cls, segments: Sequence[Segment], dead: Masks) -> "LinkGraph":
        """The links of the live rows of these segments. Of several articles that share a link's address or title it means
        the one that is there now, of those the newest; a link to a superseded article means the one in its place."""
        starts = np.concatenate([[0], np.cumsum([segment.rows for segment in segments])]).astype(np.int64)
        sources, hashes, kinds = named_links(segments, dead, starts)
        targets = np.full(len(sources), -1, dtype=np.int64)
        for kind in NameOf:
            wanted = np.flatnonzero(kinds == kind)
            if not len(wanted):
                continue
            known, rows = rows_by_name(segments, dead, starts, kind, np.unique(hashes[wanted]))
            if len(known):
                at = np.minimum(np.searchsorted(known, hashes[wanted]), len(known) - 1)
                found = known[at] == hashes[wanted]
                targets[wanted[found]] = rows[at[found]]
        targets = _in_place_of(segments, dead, starts)[targets] if starts[-1] else targets
        kept = (targets >= 0) & (targets != sources)
        width = max(int(starts[-1]), 1)
        out, into = np.divmod(np.unique(sources[kept] * width + targets[kept]), width)
        outgoing = np.stack([out, into]).astype(np.int32)
        return cls(outgoing, np.ascontiguousarray(outgoing[:, np.argsort(into, kind="stable")]))

    def __len__(self) -> int:
        return int(self.outgoing.shape[1])

    def sources(self) -> Rows:
        """The rows that link to any other, distinct, ascending."""
        sources = self.outgoing[0]
        distinct: Rows = sources[np.diff(sources, prepend=-1) != 0].astype(np.int64)
        return distinct

    def from_rows(self, rows: Rows) -> tuple[Rows, Rows]:
        """The links from these rows: each one's position in `rows`, and its target, aligned."""
        return _spans(self.outgoing, 0, rows)

    def to_rows(self, rows: Rows) -> tuple[Rows, Rows]:
        """The links to these rows: each one's position in `rows`, and its source, aligned."""
        return _spans(self.incoming, 1, rows)


def _spans(pairs: npt.NDArray[np.int32], by: int, rows: Rows) -> tuple[Rows, Rows]:
    wanted = rows.astype(np.int32)  # of one type with the rows that are searched, which would be copied otherwise
    starts = np.searchsorted(pairs[by], wanted, "left")
    sizes = np.searchsorted(pairs[by], wanted, "right") - starts
    which = np.repeat(np.arange(len(rows)), sizes)
    at = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(starts, sizes)
    return which, pairs[1 - by, at].astype(np.int64)


def named_links(
    segments: Sequence[Segment], dead: Masks, starts: Rows
) -> tuple[Rows, npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """Each link's source row, its target's hashed name and the name's kind, aligned."""
    sources, hashes, kinds = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)], [np.zeros(0, np.uint8)]
    for segment, gone, start in zip(segments, dead, starts, strict=False):
        live = ~gone[segment.link_rows]
        sources.append(segment.link_rows[live].astype(np.int64) + start)
        hashes.append(segment.link_hashes[live])
        kinds.append(segment.link_kinds[live])
    return np.concatenate(sources), np.concatenate(hashes), np.concatenate(kinds)


def rows_by_name(
    segments: Sequence[Segment],
    dead: Masks,
    starts: Rows,
    of: NameOf,
    wanted: npt.NDArray[np.uint64] | None = None,
) -> tuple[npt.NDArray[np.uint64], Rows]:
    """Distinct hashed names, ascending, and the row that each means; of `wanted` names alone where they are given."""
    hashes, rows, former = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], [np.zeros(0, np.uint8)]
    published = [np.zeros(0, np.int64)]
    for segment, gone, start in zip(segments, dead, starts, strict=False):
        names = segment.lookup(of) if wanted is None else _those_named(segment.lookup(of), wanted)
        live = ~gone[names[1]]
        hashes.append(names[0][live])
        rows.append(names[1][live].astype(np.int64) + start)
        former.append(names[2][live])
        published.append(segment.published[names[1][live]])
    every, places = np.concatenate(hashes), np.concatenate(rows)
    order = np.lexsort((places, -np.concatenate(published).astype(np.float64), np.concatenate(former), every))
    distinct, first = np.unique(every[order], return_index=True)
    return distinct, places[order][first]


def _those_named(names: tuple[npt.NDArray[Any], ...], wanted: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[Any], ...]:
    """The entries of a look-up with one of these names, in its order; `wanted` ascends."""
    first, last = np.searchsorted(names[0], wanted, "left"), np.searchsorted(names[0], wanted, "right")
    sizes = last - first
    at = np.arange(int(sizes.sum())) + np.repeat(first - np.cumsum(sizes) + sizes, sizes)
    return tuple(part[at] for part in names)


def _in_place_of(segments: Sequence[Segment], dead: Masks, starts: Rows) -> Rows:
    """For each row the row that stands in its place: itself, or of a superseded one the newest of its copies that is not
    (of equally new ones the first by id); and −1 at the end, so that what is not found stays so."""
    stands = np.append(np.arange(int(starts[-1])), -1)
    replaced = {row: key for row, key, _ in _keys(segments, dead, starts, superseded=True)}
    if replaced:
        wanted = set(replaced.values())
        halves = np.frombuffer(b"".join(sorted(wanted)), np.uint64)[::2]
        best: dict[bytes, tuple[int, bytes, int]] = {}
        for row, key, published in _keys(segments, dead, starts, superseded=False, halves=halves):
            if key in wanted:
                number = int(np.searchsorted(starts, row, side="right")) - 1
                newest_first = (-published, segments[number].ids[row - int(starts[number])], row)
                best[key] = min(best.get(key, newest_first), newest_first)
        for row, key in replaced.items():
            stands[row] = best[key][2] if key in best else row
    return stands


def _keys(
    segments: Sequence[Segment],
    dead: Masks,
    starts: Rows,
    superseded: bool,
    halves: npt.NDArray[np.uint64] | None = None,
) -> Iterator[tuple[int, bytes, int]]:
    """The row, copy key and date of the live articles that are superseded, or of those that are not; where `halves` are
    given, of those alone whose copy key begins with one of them."""
    for segment, gone, start in zip(segments, dead, starts, strict=False):
        chosen = ~gone & ((segment.superseded_at != NEVER) == superseded)
        if halves is not None:
            chosen &= np.isin(segment.copy_key[:, 0], halves)
        for row in np.flatnonzero(chosen).tolist():
            yield int(row + start), segment.copy_key[row].tobytes(), int(segment.published[row])
