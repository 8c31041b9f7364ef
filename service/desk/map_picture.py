"""What the map of the archive shows: a point for each article that readers can get, islands with their names, and the same
in words."""

import json
import re
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.archive_map import ArchiveMap, read_map
from index.snapshot import Snapshot
from index.vector_index import Filter

SECTIONS = 9
"""So many sections have a colour of their own; the others share one."""

CELLS = 48
"""The map is looked at in so many cells a side where it is told in words."""

NAMED = 26
"""At most so many places of the map get a name."""
TOLD = 24
"""Headlines read for the name of a place."""

MARGIN = 0.02
FULL = 65_535
"""Coordinates are whole numbers from 0 to this."""

MEETS = 0.02
"""A smaller share of another section is not told."""

_WORD = re.compile(r"[^\W\d_][\w’'-]{3,}")
_COMMON = frozenset(
    "about after again against also another back been before being between could does down first from gets give goes "
    "good have here into just last like look made make many more most much must near need never next only other over "
    "part plan plans says seen sets show some still take takes than that their them then there these they this those "
    "time today under until upon very want wants were what when where which while whose will with without work would "
    "year years your".split()
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section as the legend has it; `number` is its colour's."""

    number: int
    name: str | None
    """Its path; None for those that share a colour."""
    articles: int
    meets: tuple[tuple[str | None, float], ...]
    """The sections whose articles stand among its own, by share, the most first."""
    newest: int
    """The row of its newest article."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a place of the map is about: a word of its headlines, at coordinates from 0 to 1."""

    word: str
    x: float
    y: float
    articles: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The points of one moment, aligned: rows ascending, places from 0 to `FULL`, numbers of sections."""

    generation: str
    rows: npt.NDArray[np.uint32]
    x: npt.NDArray[np.uint16]
    y: npt.NDArray[np.uint16]
    section: npt.NDArray[np.uint8]
    sections: tuple[Section, ...]
    unplaced: int
    """Articles that readers can get and that have no place yet."""

    def shows_what(self, other: "Picture") -> bool:
        """Whether another shows the same articles."""
        return self.generation == other.generation and np.array_equal(self.rows, other.rows)

    def packed(self) -> bytes:
        """For the browser, little-endian: how many there are, uint32; rows, uint32; x and y, uint16; sections, uint8."""
        count = np.array([len(self.rows)], dtype="<u4").tobytes()
        columns = (self.rows.astype("<u4"), self.x.astype("<u2"), self.y.astype("<u2"), self.section.astype("u1"))
        return count + b"".join(column.tobytes() for column in columns)


class Maps:
    """The maps of the generations that are served, read once each."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = threading.Lock()
        self._known: tuple[str, ArchiveMap] | None = None
        self._named: tuple[Picture, tuple[Named, ...]] | None = None

    def of(self, snapshot: Snapshot) -> ArchiveMap | None:
        """The map of a snapshot; None where it has none."""
        with self._lock:
            if self._known is None or self._known[0] != snapshot.generation:
                drawn = read_map(self._data, snapshot.generation)
                self._known = None if drawn is None else (snapshot.generation, drawn)
            return self._known[1] if self._known else None

    def picture(self, snapshot: Snapshot, now: datetime) -> Picture | None:
        """What is to be seen of it at a moment; None where there is no map, or nothing on it."""
        drawn = self.of(snapshot)
        if drawn is None:
            return None
        eligible = snapshot.eligible(Filter(visible_at=now))
        everything = int(sum(mask.sum() for mask in eligible.masks))
        rows = eligible.only(np.flatnonzero(drawn.known))
        if not len(rows):
            return None
        x, y = _scaled(drawn, rows)
        names = _sections_at(snapshot, rows)
        counted = Counter(names.tolist())
        largest = [name for name, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])) if name][:SECTIONS]
        shown = sorted(largest)  # so that a section keeps its colour when another outgrows it
        number_of = {name: number for number, name in enumerate(shown)}
        numbers = np.array([number_of.get(name, SECTIONS) for name in names.tolist()], dtype=np.uint8)
        return Picture(
            snapshot.generation,
            rows.astype(np.uint32),
            x,
            y,
            numbers,
            _told(snapshot, rows, x, y, numbers, shown),
            everything - len(rows),
        )

    def names(self, snapshot: Snapshot, picture: Picture) -> tuple[Named, ...]:
        """What the fullest places of a map are about; worked out again when other articles are on it: what was taken
        down names nothing any more."""
        with self._lock:
            known = self._named
            if known is None or not known[0].shows_what(picture):
                known = self._named = (picture, _names(snapshot, picture))
            return known[1]


def _scaled(drawn: ArchiveMap, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Places as whole numbers; the map keeps its proportions, by what is on it at all, so that it does not jump."""
    known = drawn.places[drawn.known]
    low, high = known.min(axis=0), known.max(axis=0)
    side = max(float((high - low).max()), 1e-6)
    middle = (low + high) / 2
    scaled = ((drawn.places[rows] - middle) / side * (1 - 2 * MARGIN) + 0.5) * FULL
    whole = np.clip(np.rint(scaled), 0, FULL).astype(np.uint16)
    return whole[:, 0], whole[:, 1]


def _sections_at(snapshot: Snapshot, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """The top-level section of each row; the empty name for none."""
    found = np.empty(len(rows), dtype=object)
    for number, mask, local in snapshot.by_segment(rows):
        segment = snapshot.segments[number]
        tops = np.array([path.split("/")[0] for path in segment.sections], dtype=object)
        found[mask] = tops[segment.section[local]]
    return found


def _told(
    snapshot: Snapshot,
    rows: npt.NDArray[np.int64],
    x: npt.NDArray[np.uint16],
    y: npt.NDArray[np.uint16],
    numbers: npt.NDArray[np.uint8],
    shown: list[str],
) -> tuple[Section, ...]:
    kinds = SECTIONS + 1
    cell = _cells(x, y, CELLS)
    counts = np.bincount(cell * kinds + numbers, minlength=CELLS * CELLS * kinds).reshape(-1, kinds).astype(float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    together = counts.T @ shares
    published = snapshot.take("published", rows)
    told = []
    for number in range(kinds):
        mine = np.flatnonzero(numbers == number)
        if not len(mine):
            continue
        others = sorted(((float(together[number, other]) / len(mine), other) for other in range(kinds)), reverse=True)
        meets = tuple(
            (shown[other] if other < len(shown) else None, share)
            for share, other in others
            if other != number and share >= MEETS
        )[:3]
        newest = int(rows[mine[np.argmax(published[mine])]])
        name = shown[number] if number < len(shown) else None
        told.append(Section(number, name, len(mine), meets, newest))
    return tuple(sorted(told, key=lambda one: (one.name is None, -one.articles)))


def _cells(x: npt.NDArray[np.uint16], y: npt.NDArray[np.uint16], side: int) -> npt.NDArray[np.int64]:
    return (x.astype(np.int64) * side // (FULL + 1)) * side + y.astype(np.int64) * side // (FULL + 1)


def _names(snapshot: Snapshot, picture: Picture) -> tuple[Named, ...]:
    """The word that stands in more headlines of a place than elsewhere, for the fullest places, none twice."""
    side = 11
    cell = _cells(picture.x, picture.y, side)
    sizes = np.bincount(cell, minlength=side * side)
    fullest = [int(one) for one in np.argsort(-sizes, kind="stable")[: 2 * NAMED] if sizes[one] >= 3]
    words: dict[int, Counter[str]] = {}
    written: dict[str, Counter[str]] = {}
    for one in fullest:
        inside = np.flatnonzero(cell == one)
        chosen = inside[np.linspace(0, len(inside) - 1, min(TOLD, len(inside))).astype(int)]
        said: Counter[str] = Counter()
        for row in picture.rows[chosen].tolist():
            segment, local = snapshot.place(row)
            for word in {*_WORD.findall(str(segment.card(local).get("title") or ""))}:
                key = word.lower().removesuffix("’s").removesuffix("'s")
                if key not in _COMMON and len(key) > 3:
                    said[key] += 1
                    written.setdefault(key, Counter())[word.removesuffix("’s").removesuffix("'s")] += 1
        words[one] = said
    everywhere = sum(words.values(), Counter[str]())
    named: list[Named] = []
    taken: set[str] = set()
    for one in fullest:
        if len(named) == NAMED:
            break
        best = max(words[one], key=lambda key: (words[one][key] ** 1.5 / everywhere[key] ** 0.5, key), default=None)
        if best is None or words[one][best] < max(2, 0.12 * min(TOLD, int(sizes[one]))) or best in taken:
            continue
        taken.add(best)
        inside = cell == one
        x, y = float(np.median(picture.x[inside])) / FULL, float(np.median(picture.y[inside])) / FULL
        named.append(Named(written[best].most_common(1)[0][0], round(x, 4), round(y, 4), int(sizes[one])))
    return tuple(named)


def names_as_json(names: tuple[Named, ...]) -> str:
    """The names as a page hands them to its script."""
    return json.dumps([[one.word, one.x, one.y, one.articles] for one in names], ensure_ascii=False)
