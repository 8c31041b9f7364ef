"""The links of a snapshot when some of its articles changed: only those are found anew that the changes can touch.

That are the links of new articles, links that call a changed article by one of its names, and links that lead to a copy of
one. All others lead where they led (`index.link_graph`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.copies import NEVER
from index.link_graph import LinkGraph, Masks, Rows, named_links, rows_by_name
from index.link_names import NameOf
from index.segment import Segment

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class _Called:
    """Rows by a number that many of them may have: `numbers` (m,) uint64 ascending, `rows` (m,) int64 aligned."""

    numbers: Hashes
    rows: Rows

    @classmethod
    def by(cls, numbers: Hashes, rows: Rows) -> "_Called":
        order = np.argsort(numbers, kind="stable")
        return cls(numbers[order], rows[order])

    def those_of(self, numbers: Hashes) -> Rows:
        """The rows that have one of these numbers."""
        first, last = np.searchsorted(self.numbers, numbers, "left"), np.searchsorted(self.numbers, numbers, "right")
        some = np.flatnonzero(last > first).tolist()
        return np.concatenate([np.zeros(0, np.int64), *(self.rows[first[at] : last[at]] for at in some)])


@dataclass(frozen=True, slots=True)
class LinkedBase:
    """A snapshot's links, prepared for changes: its rows by the names that they link by, and by the copy keys (of each the
    first half) of what they link to."""

    graph: LinkGraph
    by_name: _Called
    by_copy: _Called

    @classmethod
    def of(cls, segments: Sequence[Segment], dead: Masks, graph: LinkGraph) -> "LinkedBase":
        """Prepare the links of these segments."""
        sources, hashes, _ = named_links(segments, dead, _starts(segments))
        linking, linked = graph.outgoing.astype(np.int64)
        return cls(graph, _Called.by(hashes, sources), _Called.by(_copy_keys(segments, linked), linking))

    def after(self, count: int, segments: Sequence[Segment], dead: Masks, gone: Rows) -> LinkGraph:
        """The links when the rows `gone` of the base died and segments were added behind its first `count`."""
        starts = _starts(segments)
        added = np.arange(int(starts[count]), int(starts[-1]))
        names = np.concatenate([_names_of(segments[:count], gone), *(_names(segment) for segment in segments[count:])])
        copies = np.unique(np.concatenate([_copy_keys(segments, gone), _copy_keys(segments, added)]))
        touched = np.concatenate([self.by_name.those_of(np.unique(names)), self.by_copy.those_of(copies)])
        alive = ~np.concatenate([np.zeros(0, np.bool_), *dead])
        stays = alive.copy()
        stays[touched] = False
        again = np.unique(np.concatenate([touched[alive[touched]], added[alive[added]]]))
        found = _resolve(segments, dead, starts, again)
        rows = max(int(starts[-1]), 1)
        return LinkGraph(*(_merged(pairs, by, found, stays, alive, rows) for by, pairs in enumerate(_both(self.graph))))


def _both(graph: LinkGraph) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    return graph.outgoing, graph.incoming


def _merged(
    pairs: npt.NDArray[np.int32],
    by: int,
    found: npt.NDArray[np.int64],
    stays: npt.NDArray[np.bool_],
    alive: npt.NDArray[np.bool_],
    rows: int,
) -> npt.NDArray[np.int32]:
    """The old pairs whose source stays and whose target is alive, and the found ones, distinct, ordered `by` source (0) or
    target (1); `pairs` are in that order already."""
    kept = pairs[:, stays[pairs[0]] & alive[pairs[1]]]
    old = kept[by].astype(np.int64) * rows + kept[1 - by]
    new = np.unique(found[by] * rows + found[1 - by])
    coded = np.insert(old, np.searchsorted(old, new), new)
    first, second = np.divmod(coded, rows)
    return np.ascontiguousarray(np.stack((first, second) if by == 0 else (second, first)).astype(np.int32))


def _starts(segments: Sequence[Segment]) -> Rows:
    return np.concatenate([[0], np.cumsum([segment.rows for segment in segments])]).astype(np.int64)


def _places(segments: Sequence[Segment], rows: Rows) -> list[tuple[Segment, npt.NDArray[np.bool_], Rows]]:
    starts = _starts(segments)
    numbers = np.searchsorted(starts, rows, side="right") - 1
    return [
        (segments[number], numbers == number, rows[numbers == number] - starts[number])
        for number in np.unique(numbers).tolist()
    ]


def _copy_keys(segments: Sequence[Segment], rows: Rows) -> Hashes:
    keys = np.zeros(len(rows), np.uint64)
    for segment, mask, local in _places(segments, rows):
        keys[mask] = segment.copy_key[local, 0]
    return keys


def _names(segment: Segment) -> Hashes:
    return np.concatenate([segment.lookup(of)[0] for of in NameOf])


def _names_of(segments: Sequence[Segment], rows: Rows) -> Hashes:
    found = [np.zeros(0, np.uint64)]
    for segment, _, local in _places(segments, rows):
        for of in NameOf:
            hashes, named, _former = segment.lookup(of)
            found.append(hashes[np.isin(named, local)])
    return np.concatenate(found)


def _resolve(segments: Sequence[Segment], dead: Masks, starts: Rows, sources: Rows) -> npt.NDArray[np.int64]:
    """The links of these rows as (2, m) pairs of source and target."""
    others = [np.ones(segment.rows, np.bool_) for segment in segments]
    for number, (start, stop) in enumerate(pairwise(starts)):
        inside = sources[(sources >= start) & (sources < stop)] - start
        others[number][inside] = False
    rows, hashes, kinds = named_links(segments, others, starts)
    targets = np.full(len(rows), -1, np.int64)
    for kind in NameOf:
        wanted = np.flatnonzero(kinds == kind)
        known, places = rows_by_name(segments, dead, starts, kind, np.unique(hashes[wanted]))
        if len(known) and len(wanted):
            at = np.minimum(np.searchsorted(known, hashes[wanted]), len(known) - 1)
            met = known[at] == hashes[wanted]
            targets[wanted[met]] = places[at[met]]
    targets = _in_place_of(segments, dead, starts, targets)
    kept = (targets >= 0) & (targets != rows)
    return np.stack([rows[kept], targets[kept]])


def _in_place_of(segments: Sequence[Segment], dead: Masks, starts: Rows, targets: Rows) -> Rows:
    """The targets, for superseded ones the newest of their copies that is not (of equally new ones the first by id)."""
    stands = targets.copy()
    for target in np.unique(targets[targets >= 0]).tolist():
        number = int(np.searchsorted(starts, target, side="right")) - 1
        segment, local = segments[number], target - int(starts[number])
        if segment.superseded_at[local] != NEVER:
            best = min(_standing(segments, dead, starts, segment.copy_key[local]), default=None)
            if best is not None:
                stands[targets == target] = best[2]
    return stands


def _standing(
    segments: Sequence[Segment], dead: Masks, starts: Rows, key: npt.NDArray[np.uint64]
) -> list[tuple[int, bytes, int]]:
    """Live articles with a copy key that nothing superseded: negated date, id, row."""
    found: list[tuple[int, bytes, int]] = []
    for segment, gone, start in zip(segments, dead, starts, strict=False):
        same = (segment.copy_key[:, 0] == key[0]) & (segment.copy_key[:, 1] == key[1]) & ~gone
        for row in np.flatnonzero(same & (segment.superseded_at == NEVER)).tolist():
            found.append((-int(segment.published[row]), segment.ids[row], row + int(start)))
    return found
