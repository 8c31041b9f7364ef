"""Snapshots: immutable generations of the index, published by one rename.

A data folder holds `segments/<id>/` (immutable, shared between generations), `snapshots/<generation>/manifest.json`
(which segments, which of their rows are deleted, made by which model) and `current`, a file with one generation's name
(and a second line, where a person went back to it). How they are written: `index.publishing`; kept: `index.kept`.
All names are relative: a data folder can be copied and moved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.checked import is_checked
from index.click_rates import CLICKS, ClickedRows, ClickRates
from index.columns import FileSeal, check_seals, open_array, read_sealed_json, seal_of
from index.eligible import Eligible
from index.errors import DamagedSnapshot, IncompatibleSnapshot
from index.faiss_index import FaissIndex
from index.gate import Holdings
from index.lexical_index import LexicalIndex
from index.link_graph import LINKS, LinkGraph
from index.pointer import current_generation, generations
from index.segment import Segment
from index.terms import TERMS_VERSION
from index.vector_index import Filter

FORMAT = 3
"""Goes up whenever files of a snapshot change in meaning. 2 added links, titles and the kinds of term from topics on; 3 keeps
the vectors of large segments in half precision."""
READABLE = (1, 2, FORMAT)
"""Formats that can be served; another is refused, never guessed at. The next rebuild writes the newest."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a snapshot's rows were made with; rows of two recipes stand in one snapshot only where their rules alone differ."""

    model: str
    dimension: int
    text: int
    """How the text is made that is embedded (`index.embedder.RECIPE`)."""
    terms: int = TERMS_VERSION
    rules: int = 0
    """Number of the set of rules by which furniture was removed; a row hangs on what they remove from *it*, and no more."""

    def same_rows(self, other: "Recipe") -> bool:
        """Whether an article from which the rules of both remove the same has the same row by both."""
        return replace(self, rules=0) == replace(other, rules=0)


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
        self.asked: object = None
        """What was last asked about, for who remembers it (`index.term_scores`)."""
        self.starts = np.concatenate([[0], np.cumsum([segment.rows for segment in segments])]).astype(np.int64)
        self.vectors = FaissIndex(segments, dead)
        known = before.lexical if before is not None else None
        self.lexical: LexicalIndex = LexicalIndex([segment.lexical for segment in segments], dead, known, shared)
        clicked = before.clicked if before is not None else ClickedRows.none(clicks)
        self.clicked: ClickedRows = clicked.over(segments, shared)
        self.linking: list[npt.NDArray[np.bool_]]
        if before is not None and before.links is links:
            self.linking = before.linking
            return
        self.linking = [np.zeros(segment.rows, np.bool_) for segment in segments]
        """For each segment which of its rows link to any other."""
        for number, _, local in self.by_segment(links.sources()):
            self.linking[number][local] = True

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
        """The values of a column (`published`, `superseded_at`, `flags`, `copy_key`) at these rows, aligned."""
        like = getattr(self.segments[0], column) if self.segments else np.empty(0)
        values: npt.NDArray[Any] = np.empty((len(rows), *like.shape[1:]), dtype=like.dtype)
        for number, mine, local in self.by_segment(rows):
            values[mine] = getattr(self.segments[number], column)[local]
        return values

    def vectors_at(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The vectors of these rows, (n, dimension) float32, aligned."""
        values = np.empty((len(rows), self.vectors.dimension), dtype=np.float32)
        for number, mine, local in self.by_segment(rows):
            values[mine] = self.segments[number].vectors.rows[local]
        return values

    def by_segment(
        self, rows: npt.NDArray[np.int64]
    ) -> Iterator[tuple[int, npt.NDArray[np.bool_] | slice, npt.NDArray[np.int64]]]:
        """For each segment that holds any of these rows: its number, which of them it holds (a mask, or a slice where it is
        all), their numbers there."""
        if len(self.segments) == 1 and len(rows):
            yield 0, slice(None), rows
            return
        numbers = np.searchsorted(self.starts, rows, side="right") - 1
        for number in np.flatnonzero(np.bincount(numbers)).tolist() if len(rows) else ():
            mask = numbers == number
            if mask.all():
                mask = slice(None)
            yield number, mask, rows[mask] - self.starts[number]


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
    return manifest_of(body)


def manifest_of(body: Mapping[str, Any]) -> Manifest:
    """The manifest of a record that `dataclasses.asdict` made of one."""
    values = dict(body)
    values["recipe"] = _recipe(values["recipe"])
    values["tombstones"] = FileSeal(**values["tombstones"])
    values["segments"] = tuple((name, sha256) for name, sha256 in values["segments"])
    values["deleted"] = tuple(values["deleted"])
    for files in ("links", "clicks"):
        values[files] = {name: FileSeal(**seal) for name, seal in values.get(files, {}).items()}
    return Manifest(**values)


def _recipe(values: Mapping[str, Any]) -> Recipe:
    """The recipe of a manifest; older ones wrote the rules' number before that of the text."""
    rules, text = divmod(values["text"], 1_000)
    return Recipe(**{"rules": rules, **values, "text": text})


def open_newest_good(data: Path, believe: bool = False) -> tuple[Snapshot, list[str]]:
    """The current snapshot, or where that is damaged the newest that is whole; and what was wrong with those passed over.
    With `believe` the bytes of one are not compared that the process which started this one has compared.

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
            verify = not (believe and is_checked(data, generation))
            return open_snapshot(data, generation, verify), problems
        except (DamagedSnapshot, IncompatibleSnapshot) as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"snapshot {generation} cannot be read: {error.strerror}")
    raise DamagedSnapshot("no snapshot can be served: " + "; ".join(problems))
