"""What of a snapshot is served from shared engines already, by fingerprints, so that a night costs what changed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.cluster.postings import place_of
from index.cluster.segment_rows import SegmentRow, SegmentRows
from index.cluster.store import Placed
from index.snapshot import Snapshot

BATCH = 500
"""Articles that are written together."""


@dataclass(frozen=True, slots=True)
class Live:
    """A live row of a snapshot."""

    snapshot: Snapshot
    rows: SegmentRows
    id: str
    fingerprint: bytes
    local: int
    place: int

    def placed(self) -> Placed:
        """As it is to be served."""
        row = self.rows[self.local]
        return Placed(row, rarity(self.snapshot, row), self.place)


@dataclass(frozen=True, slots=True)
class Compared:
    """What of a snapshot is served otherwise, or not yet; what stays as it is at another place; the ids of all."""

    missing: Sequence[Live]
    moved: Mapping[str, int]
    there: Collection[str]


def compare(
    snapshot: Snapshot, numbers: Mapping[str, int], known: Mapping[str, tuple[bytes, int]], since: Collection[str]
) -> Compared:
    """A snapshot, whose segments have these numbers, against what is `known` to be served, by id; what was written `since` it
    is left out of what is missing and moved."""
    missing: list[Live] = []
    moved: dict[str, int] = {}
    there: set[str] = set()
    for one in live(snapshot, numbers):
        there.add(one.id)
        fingerprint, place = known.get(one.id, (b"", 0))
        if one.id in since:
            continue
        if fingerprint != one.fingerprint:
            missing.append(one)
        elif place != one.place:
            moved[one.id] = one.place
    return Compared(missing, moved, there)


def live(snapshot: Snapshot, numbers: Mapping[str, int]) -> Iterator[Live]:
    """All live rows of a snapshot, whose segments have these numbers."""
    for segment, dead in zip(snapshot.segments, snapshot.dead, strict=True):
        rows, number = SegmentRows(segment), numbers[segment.name]
        for local in np.flatnonzero(~dead).tolist():
            fingerprint, place = segment.fingerprint[local].tobytes(), place_of(number, local)
            yield Live(snapshot, rows, segment.ids[local].decode(), fingerprint, local, place)


def batches(rows: Iterable[Live]) -> Iterator[list[Live]]:
    """The rows, as many at a time as are written together."""
    some: list[Live] = []
    for row in rows:
        some.append(row)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some


def rarity(snapshot: Snapshot, row: SegmentRow) -> npt.NDArray[np.float64]:
    """ln(N / df) of a row's terms, (t,) float64, df being at least 1."""
    frequency = np.maximum(1, snapshot.lexical.document_frequency(row.terms.hashes))
    found: npt.NDArray[np.float64] = np.log(max(1, snapshot.lexical.articles) / frequency)
    return found
