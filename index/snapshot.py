"""Snapshots: immutable generations of the index, published by one rename.

A data folder holds `segments/<id>/` (immutable, shared between generations), `snapshots/<generation>/manifest.json`
(which segments, which of their rows are deleted, made by which model) and `current`, a file with one generation's name
(and a second line, where a person went back to it). How they are written: `index.publishing`; kept: `index.kept`.
All names are relative: a data folder can be copied and moved.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.click_rates import CLICKS, ClickedRows, ClickRates
from index.columns import FileSeal, check_seals, open_array, read_sealed_json, seal_of, sync_folder
from index.eligible import Eligible
from index.errors import DamagedSnapshot, IncompatibleSnapshot, NoSnapshot
from index.faiss_index import FaissIndex
from index.gate import Holdings
from index.lexical_index import LexicalIndex
from index.link_graph import LINKS, LinkGraph
from index.segment import Segment
from index.terms import TERMS_VERSION
from index.vector_index import Filter

FORMAT = 2
"""Goes up whenever files of a snapshot change in meaning. 2 added links, titles and the kinds of term from topics on."""
READABLE = (1, FORMAT)
"""Formats that can be served; another is refused, never guessed at. The next rebuild writes the newest."""

POINTER = "current"

ROLLED_BACK = "rolled back"
"""The pointer's second line where a person went back to an older generation."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a snapshot's rows were made with; rows of two recipes never stand in one snapshot."""

    model: str
    dimension: int
    text: int
    terms: int = TERMS_VERSION


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot is made of and what it holds."""

    generation: str
    created_at: str
    parent: str | None
    recipe: Recipe
    articles: int
    vectors: int
    """Articles whose vector is not all zeros."""
    sections: Mapping[str, int]
    """Articles by top-level section; the empty name for those without one."""
    segments: tuple[tuple[str, str], ...]
    """Each segment's id and the SHA-256 of its `segment.json`, which holds those of all its files."""
    deleted: tuple[int, ...]
    """How many rows of each segment are deleted."""
    tombstones: FileSeal
    newest: str | None = None
    """Date of the newest article, ISO 8601."""
    seq: int = 0
    """Number of the change log up to which it holds what was written between rebuilds."""
    rebuild: int = 0
    """Number of the rebuild that made it."""
    folded: bool = False
    """True: the indexer made it by itself, out of what was written between rebuilds."""
    links: Mapping[str, FileSeal] = field(default_factory=dict)
    """The files of the links between its rows; none in format 1."""
    clicks: Mapping[str, FileSeal] = field(default_factory=dict)
    """The files of the click rates; none where nothing was counted."""
    format: int = FORMAT

    @property
    def seals(self) -> dict[str, FileSeal]:
        """What the files beside the manifest must be."""
        return {"tombstones.npy": self.tombstones, **self.links, **self.clicks}

    @property
    def holdings(self) -> Holdings:
        """What the gate compares."""
        return Holdings(self.articles, self.vectors, self.sections)


class Snapshot:
    """An open snapshot: a row is named by one number over all segments, and means the same article as long as it is open."""

    def __init__(
        self,
        manifest: Manifest,
        segments: Sequence[Segment],
        dead: Sequence[npt.NDArray[np.bool_]],
        links: LinkGraph,
        before: "Snapshot | None" = None,
        shared: int = 0,
        clicks: ClickRates | None = None,
    ) -> None:
        """`before` is the same archive earlier: its first `shared` segments are the first here, what was dead in them is dead
        here, and its click rates are these."""
        self.manifest = manifest
        self.links = links
        self.segments = segments
        self.dead = dead
        self.starts = np.concatenate([[0], np.cumsum([segment.rows for segment in segments])]).astype(np.int64)
        self.vectors = FaissIndex(segments, dead)
        known = before.lexical if before is not None else None
        self.lexical: LexicalIndex = LexicalIndex([segment.lexical for segment in segments], dead, known, shared)
        clicked = before.clicked if before is not None else ClickedRows.none(clicks)
        self.clicked: ClickedRows = clicked.over(segments, shared)
        if before is not None and before.links is links:
            self._link_as(before)
            return
        self.linking_rows = links.sources()
        """Rows that link to any other, ascending, (m,) int64; …"""
        self.linking_published = self.take("published", self.linking_rows)
        """… when each was published, (m,) int64; …"""
        self.linking_keys = self.take("copy_key", self.linking_rows)[:, 0] if len(links) else np.zeros(0, np.uint64)
        """… the first half of their copy keys, (m,) uint64; …"""
        self.linking_parts = [(number, local) for number, _, local in self.by_segment(self.linking_rows)]
        """… and their numbers in each segment, for every question looks at all of them."""

    def _link_as(self, other: "Snapshot") -> None:
        self.linking_rows, self.linking_published = other.linking_rows, other.linking_published
        self.linking_keys, self.linking_parts = other.linking_keys, other.linking_parts

    @property
    def generation(self) -> str:
        return self.manifest.generation

    def __len__(self) -> int:
        return self.manifest.articles

    def place(self, row: int) -> tuple[Segment, int]:
        """The segment of a row, and its number there."""
        number = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.segments[number], row - int(self.starts[number])

    def row_of_id(self, article_id: str) -> int | None:
        """The row of a live article; None for an unknown or deleted one."""
        for segment, dead, start in zip(self.segments, self.dead, self.starts, strict=False):
            row = segment.row_of_id(article_id)
            if row is not None and not dead[row]:
                return int(start) + row
        return None

    def rows_of_url(self, url: str) -> list[tuple[int, bool]]:
        """Live rows whose canonical address this is or was, with whether it only was."""
        return [
            (int(start) + row, former)
            for segment, dead, start in zip(self.segments, self.dead, self.starts, strict=False)
            for row, former in segment.rows_of_url(url)
            if not dead[row]
        ]

    def eligible(self, keep: Filter) -> Eligible:
        """The rows that a filter keeps."""
        return Eligible.under(keep, self.segments, self.dead)

    def id_of(self, row: int) -> str:
        segment, local = self.place(row)
        return segment.ids[local].decode()

    def take(self, column: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """The values of a column (`published`, `superseded_at`, `flags`, `copy_key`, `vectors`) at these rows, aligned."""
        like = getattr(self.segments[0], column) if self.segments else np.empty(0)
        values: npt.NDArray[Any] = np.empty((len(rows), *like.shape[1:]), dtype=like.dtype)
        for number, mask, local in self.by_segment(rows):
            values[mask] = getattr(self.segments[number], column)[local]
        return values

    def by_segment(
        self, rows: npt.NDArray[np.int64]
    ) -> Iterator[tuple[int, npt.NDArray[np.bool_], npt.NDArray[np.int64]]]:
        """For each segment that holds any of these rows: its number, which of them it holds, their numbers there."""
        numbers = np.searchsorted(self.starts, rows, side="right") - 1
        for number in np.flatnonzero(np.bincount(numbers)) if len(rows) else ():
            mask = numbers == number
            yield int(number), mask, rows[mask] - self.starts[number]


def open_snapshot(data: Path, generation: str, verify: bool = True, serving: Snapshot | None = None) -> Snapshot:
    """Open one generation; with `verify` every byte of it is read and compared with its checksums, but for the segments
    that `serving` has open: those were compared when they were opened. One that is still being built opens by the name of
    its folder.

    Raises `DamagedSnapshot` or `IncompatibleSnapshot`.
    """
    folder = data / "snapshots" / generation
    manifest = read_manifest(data, generation)
    check_seals(folder, manifest.seals, content=verify)
    tombstones = open_array(folder, "tombstones")
    opened = dict(zip(serving.manifest.segments, serving.segments, strict=False)) if serving else {}
    segments: list[Segment] = []
    dead: list[npt.NDArray[np.bool_]] = []
    start = 0
    for (name, sha256), deleted in zip(manifest.segments, manifest.deleted, strict=True):
        place = data / "segments" / name
        if not (place / "segment.json").is_file() or seal_of(place / "segment.json").sha256 != sha256:
            raise DamagedSnapshot(f"segments/{name} is missing, or is not the one that {generation} was made of")
        segment = opened.get((name, sha256)) or Segment(place, verify)
        mask = np.zeros(segment.rows, dtype=np.bool_)
        mask[tombstones[start : start + deleted]] = True
        start += deleted
        segments.append(segment)
        dead.append(mask)
    links = LinkGraph(*(open_array(folder, name) for name in LINKS)) if manifest.links else LinkGraph.empty()
    clicks = ClickRates(*(open_array(folder, name) for name in CLICKS)) if manifest.clicks else None
    return Snapshot(manifest, segments, dead, links, clicks=clicks)


def read_manifest(data: Path, generation: str) -> Manifest:
    """What a generation is made of. Raises `DamagedSnapshot` or `IncompatibleSnapshot`."""
    body = read_sealed_json(data / "snapshots" / generation / "manifest.json")
    if body.get("format") not in READABLE:
        raise IncompatibleSnapshot(
            f"snapshot {generation} has format {body.get('format')}, this version reads {READABLE}; rebuild it"
        )
    values = dict(body)
    values["recipe"] = Recipe(**values["recipe"])
    values["tombstones"] = FileSeal(**values["tombstones"])
    values["segments"] = tuple((name, sha256) for name, sha256 in values["segments"])
    values["deleted"] = tuple(values["deleted"])
    for files in ("links", "clicks"):
        values[files] = {name: FileSeal(**seal) for name, seal in values.get(files, {}).items()}
    return Manifest(**values)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which generation is published."""

    generation: str
    rolled_back: bool = False
    """True: a person went back to it, which nothing but a rebuild or another rollback undoes."""


def publish(data: Path, generation: str, rolled_back: bool = False) -> None:
    """Make a generation the current one by an atomic rename: readers see the old one or the new one, nothing between."""
    new = data / f".{POINTER}"
    with new.open("w", encoding="utf-8") as file:
        file.write(f"{generation}\n{ROLLED_BACK}\n" if rolled_back else f"{generation}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(data / POINTER)
    sync_folder(data)


def pointer(data: Path) -> Pointer:
    """What is published. Raises `NoSnapshot` when nothing was, `DamagedSnapshot` when the file names no generation."""
    try:
        text = (data / POINTER).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise NoSnapshot(f"no index in {data}; make one with: alsoread rebuild SOURCE --data {data}") from None
    name, _, mark = text.strip().partition("\n")
    if not name or "/" in name or name.startswith("."):
        raise DamagedSnapshot(f"{data / POINTER} names no generation")
    return Pointer(name.strip(), mark.strip() == ROLLED_BACK)


def current_generation(data: Path) -> str:
    """The published generation's name. Raises as `pointer` does."""
    return pointer(data).generation


def generations(data: Path) -> list[str]:
    """All finished generations, oldest first."""
    folder = data / "snapshots"
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []


def open_newest_good(data: Path) -> tuple[Snapshot, list[str]]:
    """The current snapshot, or where that is damaged the newest that is whole; and what was wrong with those passed over.

    Raises `NoSnapshot` when nothing was published, `DamagedSnapshot` when none is whole.
    """
    problems: list[str] = []
    try:
        current = current_generation(data)
    except DamagedSnapshot as error:
        current = ""
        problems.append(str(error))
    for generation in filter(None, [current, *reversed([name for name in generations(data) if name != current])]):
        try:
            return open_snapshot(data, generation), problems
        except (DamagedSnapshot, IncompatibleSnapshot) as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"snapshot {generation} cannot be read: {error.strerror}")
    raise DamagedSnapshot("no snapshot can be served: " + "; ".join(problems))
