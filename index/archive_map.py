"""The map of the archive: a place for each article of a generation, kept from one rebuild to the next.

Laid out as a whole once (`index.map_layout`); after that what is there stays where it is, and what is new is put among its
nearest neighbours, so that the work follows what changed and people find things again. Once a quarter was put so, the map
is improved from where it stands. It stands beside the generation's manifest, in a folder that proves itself; one that is
missing or damaged is no map, and keeps nothing from being served.
"""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.columns import FileSeal, FolderWriter, check_seals, open_array, read_sealed_json, write_sealed_json
from index.errors import DamagedSnapshot
from index.map_layout import Floats, Rows, indexed, lay_out
from index.segment import HAS_VECTOR
from index.snapshot import Snapshot

log = logging.getLogger(__name__)

FOLDER = "map"

LATE_SHARE = 0.25
"""With more than that put among their neighbours since it was laid out, the map is laid out again."""

MOST_LAID_OUT = 200_000
"""Of a larger archive so many are laid out, evenly chosen, and the others are put among them."""

ASKED = 5
"""So many neighbours say where a new article goes."""

SEARCH_IN_PARTS = 2_000
"""So many new articles are worth parting the others into the likely and the unlikely; fewer are compared with all of them."""

SOUGHT_AT_ONCE = 16_384

APART = 0.2
"""How far at most a new article stands from there, so that copies do not hide one another; neighbours lie some 1 apart."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ArchiveMap:
    """Places by the rows of a generation."""

    places: Floats
    """(rows,) × 2 float32; not a number for rows that are deleted or have no vector."""
    late: npt.NDArray[np.bool_]
    """(rows,) bool: put among its neighbours since the map was laid out."""

    @classmethod
    def empty(cls, rows: int) -> "ArchiveMap":
        return cls(np.full((rows, 2), np.nan, np.float32), np.zeros(rows, np.bool_))

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(rows,) bool: which have a place."""
        known: npt.NDArray[np.bool_] = ~np.isnan(self.places[:, 0])
        return known


def draw_map(
    new: Snapshot, old: Snapshot | None, before: ArchiveMap | None, fold: bool = False, tell: Tell = lambda *_: None
) -> ArchiveMap | None:
    """The map of `new`, drawn on from `before`, that of `old`. A fold only puts in what is new: None where there is nothing
    to put it into."""
    drawn = _carried(new, old, before) if old is not None and before is not None else ArchiveMap.empty(_rows_of(new))
    wanted = _with_vector(new)
    missing = wanted[~drawn.known[wanted]]
    placed = len(wanted) - len(missing)
    late = int(drawn.late.sum()) + len(missing)
    if placed and (fold or late <= LATE_SHARE * len(wanted)):
        return _put_in(new, drawn, missing)
    if fold:
        return None
    if not placed:
        return _laid_out(new, drawn, wanted, None, tell)
    return _laid_out(new, _put_in(new, drawn, missing), wanted, 1, tell)


def _laid_out(new: Snapshot, drawn: ArchiveMap, wanted: Rows, start: int | None, tell: Tell) -> ArchiveMap:
    """The map laid out anew, from the places in `drawn` or (`start` None) from nothing."""
    chosen = wanted
    if len(wanted) > MOST_LAID_OUT:
        chosen = wanted[np.linspace(0, len(wanted) - 1, MOST_LAID_OUT).astype(np.int64)]
    fresh = ArchiveMap.empty(len(drawn.places))
    vectors = new.vectors_at(chosen)
    fresh.places[chosen] = lay_out(vectors, None if start is None else drawn.places[chosen], tell)
    put = _put_in(new, fresh, wanted[~fresh.known[wanted]])
    return ArchiveMap(put.places, np.zeros(len(put.places), np.bool_))


def _carried(new: Snapshot, old: Snapshot, before: ArchiveMap) -> ArchiveMap:
    """The places of what is the same in both: rows of segments that stayed, and articles that say the same in others."""
    drawn = ArchiveMap.empty(_rows_of(new))
    if len(before.places) != _rows_of(old):
        return drawn
    starts = {segment.name: int(start) for segment, start in zip(old.segments, old.starts, strict=False)}
    for segment, dead, at in zip(new.segments, new.dead, new.starts, strict=False):
        rows = slice(int(at), int(at) + segment.rows)
        if (start := starts.get(segment.name)) is not None:
            drawn.places[rows] = before.places[start : start + segment.rows]
            drawn.late[rows] = before.late[start : start + segment.rows]
            continue
        for row in np.flatnonzero(~dead).tolist():
            was = _same_in(old, segment.ids[row].decode(), segment.vectors.rows[row])
            if was is not None:
                drawn.places[int(at) + row], drawn.late[int(at) + row] = before.places[was], before.late[was]
    gone = np.concatenate([np.zeros(0, np.bool_), *new.dead])
    drawn.places[gone], drawn.late[gone] = np.nan, False
    return drawn


def _same_in(old: Snapshot, article_id: str, vector: Floats) -> int | None:
    """The row of an article that meant the same there."""
    row = old.row_of_id(article_id)
    if row is None:
        return None
    segment, local = old.place(row)
    same = np.array_equal(segment.vectors.rows[local].astype(np.float16), vector.astype(np.float16))
    return row if same else None


def _put_in(new: Snapshot, drawn: ArchiveMap, rows: Rows) -> ArchiveMap:
    """With these rows put among the nearest of those that have a place: in the middle of them, coordinate by coordinate, so
    that one that lies far off pulls nothing away."""
    if not len(rows) or not drawn.known.any():
        return drawn
    near = _nearest_placed(new, rows, drawn.known)
    middle = np.nanmedian(np.where(near[..., None] >= 0, drawn.places[near], np.nan), axis=1)
    angles = rows * 2.399963  # the golden angle spreads neighbouring rows evenly over a circle
    beside = np.stack([np.cos(angles), np.sin(angles)], axis=1) * APART
    places, late = drawn.places.copy(), drawn.late.copy()
    places[rows], late[rows] = middle + beside, True
    return ArchiveMap(places, late)


def _nearest_placed(new: Snapshot, rows: Rows, known: npt.NDArray[np.bool_]) -> Rows:
    """The nearest rows that have a place, (n, `ASKED`) int64, best first; −1 where there are fewer. Of very many an even part
    is asked, and of few new ones as much of it as they can be compared with at once: a place needs no more."""
    placed = np.flatnonzero(known)
    among = placed[np.linspace(0, len(placed) - 1, min(len(placed), MOST_LAID_OUT)).astype(np.int64)]
    there = new.vectors_at(among)
    compared = faiss.IndexFlatIP(there.shape[1]) if len(rows) < SEARCH_IN_PARTS else None
    if compared is not None:
        compared.add(there)
    search = indexed(there) if compared is None else compared
    found = np.full((len(rows), ASKED), -1, np.int64)
    for start in range(0, len(rows), SOUGHT_AT_ONCE):
        part = rows[start : start + SOUGHT_AT_ONCE]
        vectors = new.vectors_at(part)
        at = search.search(vectors, min(ASKED, len(among)))[1]
        found[start : start + len(part), : at.shape[1]] = np.where(at >= 0, among[at], -1)
    return found


def _rows_of(snapshot: Snapshot) -> int:
    return sum(segment.rows for segment in snapshot.segments)


def _with_vector(snapshot: Snapshot) -> Rows:
    """The live rows that have a vector, ascending."""
    parts = [
        start + np.flatnonzero(~dead & ((segment.flags & HAS_VECTOR) != 0))
        for segment, dead, start in zip(snapshot.segments, snapshot.dead, snapshot.starts, strict=False)
    ]
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)


def renew_map(data: Path, folder: str, new: Snapshot, old: Snapshot | None, fold: bool, tell: Tell) -> None:
    """Draw the map of `new`, which stands in the folder of this name among the snapshots, on from that of `old`.

    Where that cannot be done there is none, and the log says why: readers need no picture of the archive.
    """
    try:
        drawn = draw_map(new, old, read_map(data, old.generation) if old else None, fold, tell)
    except (ArithmeticError, LookupError, MemoryError, RuntimeError, ValueError):
        log.exception("%s gets no map; the next rebuild tries again", new.generation)
        return
    if drawn is not None:
        write_map(data / "snapshots" / folder, drawn)


def write_map(generation: Path, drawn: ArchiveMap) -> None:
    """Write it into a generation's folder, whole or not at all."""
    building = generation / f".{FOLDER}"
    shutil.rmtree(building, ignore_errors=True)
    writer = FolderWriter(building)
    writer.array("places", drawn.places)
    writer.array("late", drawn.late)
    files = {name: (seal.size, seal.sha256) for name, seal in writer.close().items()}
    write_sealed_json(building / "map.json", {"rows": len(drawn.places), "files": files})
    shutil.rmtree(generation / FOLDER, ignore_errors=True)
    building.rename(generation / FOLDER)


def read_map(data: Path, generation: str) -> ArchiveMap | None:
    """The map of a generation; None where there is none, or it is not as it was written."""
    folder = data / "snapshots" / generation / FOLDER
    if not folder.is_dir():
        return None
    try:
        body = read_sealed_json(folder / "map.json")
        check_seals(folder, {name: FileSeal(size, sha256) for name, (size, sha256) in body["files"].items()})
        return ArchiveMap(open_array(folder, "places"), open_array(folder, "late"))
    except DamagedSnapshot as error:
        log.warning("%s has no map: %s", generation, error)
        return None
