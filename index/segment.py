"""A segment: some articles with everything a web worker needs of them, immutable, memory-mapped or in memory.

Rows are sorted by section, date and id, so that a section is one range of rows. Layout: docs/architecture.md.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import orjson

from index.columns import (
    ColumnReader,
    ColumnWriter,
    FileSeal,
    FolderColumns,
    FolderWriter,
    MemoryColumns,
    check_seals,
    read_sealed_json,
    write_sealed_json,
)
from index.lexical_segment import LexicalSegment, write_lexical
from index.link_names import NameOf, hash64
from index.row import HAS_VECTOR, RECOMMENDABLE, SENSITIVE, UNDATED, Row, Worked, terms_of
from index.segment_filter import SegmentFilter
from index.segment_vectors import SegmentVectors, Vectors, write_vectors
from index.vector_index import Filter

__all__ = ["HAS_VECTOR", "RECOMMENDABLE", "SENSITIVE", "UNDATED", "Row", "Segment", "terms_of", "write_segment"]


AnyRow = TypeVar("AnyRow", bound=Worked)


def write_segment(folder: Path, rows: Sequence[Worked]) -> None:
    """Write a segment of these rows into a new folder and flush it to the disk."""
    writer = FolderWriter(folder)
    vectors, body = _write_columns(writer, rows)
    write_vectors(writer, vectors)
    files = {name: (seal.size, seal.sha256) for name, seal in writer.close().items()}
    write_sealed_json(folder / "segment.json", {**body, "files": files})


def in_order(rows: "Sequence[AnyRow]") -> "list[AnyRow]":
    """Rows as a segment has them: by section, date and id."""
    return sorted(rows, key=lambda row: (row.section.split("/"), row.published, row.id))


def _write_columns(writer: ColumnWriter, rows: Sequence[Worked]) -> tuple[Vectors, dict[str, Any]]:
    """Write all columns of a segment but the vectors; gives those, and the rest of its description."""
    rows = in_order(rows)
    sections = sorted({row.section for row in rows}, key=lambda section: section.split("/"))
    languages = sorted({row.language for row in rows})
    writer.array("published", np.array([row.published for row in rows], dtype=np.int64))
    writer.array("superseded_at", np.array([row.copy.superseded_at for row in rows], dtype=np.int64))
    writer.array("section", _codes([row.section for row in rows], sections))
    writer.array("language", _codes([row.language for row in rows], languages))
    writer.array("flags", np.array([row.flags for row in rows], dtype=np.uint8))
    writer.array("copy_key", _bytes16([row.copy.key for row in rows]))
    writer.array("fingerprint", _bytes16([row.fingerprint for row in rows]))
    writer.strings("ids", [row.id.encode() for row in rows])
    writer.strings("cards", [row.card for row in rows])
    writer.strings("names", [row.names for row in rows])
    _write_lookup(writer, "id", [(hash64(row.id), number, 0) for number, row in enumerate(rows)])
    addresses = [(name, number, former) for number, row in enumerate(rows) for name, former in row.addresses]
    _write_lookup(writer, "url", addresses)
    titles = [(title, number, 0) for number, row in enumerate(rows) if (title := row.title_hash) is not None]
    _write_lookup(writer, "title", titles)
    keys = _bytes16([row.copy.key for row in rows])[:, 0]
    by_key = np.argsort(keys, kind="stable")
    writer.array("copy_hashes", keys[by_key])
    writer.array("copy_rows", by_key.astype(np.int32))
    writer.array("by_date", _by_date(np.array([row.published for row in rows], dtype=np.int64)))
    links = [(number, *name) for number, row in enumerate(rows) for name in row.links]
    for at, (name, kind) in enumerate((("rows", np.int32), ("hashes", np.uint64), ("kinds", np.uint8))):
        writer.array(f"link_{name}", np.array([link[at] for link in links], dtype=kind))
    write_lexical(writer, [row.terms for row in rows], [row.headline for row in rows])
    vectors = np.stack([row.vector for row in rows]).astype(np.float32, copy=False)
    return vectors, {"rows": len(rows), "sections": sections, "languages": languages}


class Segment:
    """An open segment. Rows are numbered from 0; arrays are memory-mapped and read-only."""

    def __init__(self, folder: Path, verify: bool = False) -> None:
        """Open the segment; with `verify` only after every byte was read and compared with what was written.

        Raises `DamagedSnapshot` when a file is missing, of another size or, with `verify`, changed.
        """
        body = read_sealed_json(folder / "segment.json")
        seals = {name: FileSeal(size, sha256) for name, (size, sha256) in body["files"].items()}
        check_seals(folder, seals, content=verify)
        columns = FolderColumns(folder)
        self._set_up(folder.name, body, columns, SegmentVectors.open(folder, seals, columns))

    @classmethod
    def in_memory(
        cls, rows: Sequence[Worked], lexical: "Callable[[ColumnReader, int], LexicalSegment]" = LexicalSegment
    ) -> "Segment":
        """A segment of these rows that is nowhere on the disk; `lexical` reads its terms."""
        columns = MemoryColumns()
        vectors, body = _write_columns(columns, rows)
        segment = cls.__new__(cls)
        segment._set_up("", body, columns, SegmentVectors.of(vectors), lexical)
        return segment

    def _set_up(
        self,
        name: str,
        body: Mapping[str, Any],
        columns: ColumnReader,
        vectors: SegmentVectors,
        lexical: "Callable[[ColumnReader, int], LexicalSegment]" = LexicalSegment,
    ) -> None:
        self.name = name
        self.rows: int = body["rows"]
        self.sections: list[str] = body["sections"]
        self.languages: list[str] = body["languages"]
        self.published = columns.open_array("published")
        self.superseded_at = columns.open_array("superseded_at")
        self.section = columns.open_array("section")
        self.language = columns.open_array("language")
        self.flags = columns.open_array("flags")
        self.copy_key = columns.open_array("copy_key")
        self.fingerprint = columns.open_array("fingerprint")
        self.ids = columns.open_strings("ids")
        self.names = columns.open_strings("names")
        self.cards = columns.open_strings("cards")
        has_links = columns.has_array("link_rows")  # format 1 kept no links
        lookups = ("id", "url", "title") if has_links else ("id", "url")
        self._lookups = {of: tuple(columns.open_array(f"{of}_{part}") for part in LOOKUP) for of in lookups}
        if columns.has_array("copy_rows"):
            self._lookups["copy"] = tuple(columns.open_array(f"copy_{part}") for part in LOOKUP[:2])
        self.by_date = columns.open_array("by_date") if columns.has_array("by_date") else _by_date(self.published)
        """The rows in the order of their dates, oldest first."""
        none = (np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(0, np.uint8))
        parts = [columns.open_array(f"link_{part}") for part in ("rows", "hashes", "kinds")] if has_links else none
        self.link_rows: npt.NDArray[np.int32] = parts[0]
        self.link_hashes: npt.NDArray[np.uint64] = parts[1]
        self.link_kinds: npt.NDArray[np.uint8] = parts[2]
        self.lexical = lexical(columns, self.rows)
        self.vectors = vectors
        self._filter = SegmentFilter(self)

    def row_of_id(self, article_id: str) -> int | None:
        """The row of an article; None when it is not in this segment."""
        wanted = article_id.encode("utf-8", "surrogatepass")
        return next((row for row, _ in self._find("id", article_id) if self.ids[row] == wanted), None)

    def rows_of_url(self, url: str) -> list[tuple[int, bool]]:
        """Rows whose canonical address this is or was, with whether it only was."""
        return self._find("url", url)

    def card(self, row: int) -> dict[str, Any]:
        """What an answer shows of an article, as a record with our field names; empty fields left out."""
        card: dict[str, Any] = orjson.loads(self.cards[row])
        return card

    def range_of(self, section: str | None) -> slice:
        """The rows of a section and those below it; all rows for None."""
        if section is None:
            return slice(0, self.rows)
        inside = [code for code, path in enumerate(self.sections) if path == section or path.startswith(f"{section}/")]
        if not inside:
            return slice(0, 0)
        start, stop = np.searchsorted(self.section, [inside[0], inside[-1] + 1])
        return slice(int(start), int(stop))

    def eligible(self, keep: Filter) -> tuple[slice, npt.NDArray[np.bool_]]:
        """The range of rows that a filter's section spans, and which of them it keeps."""
        return self._filter.eligible(keep)

    def rows_of_copy(self, key: bytes) -> list[int]:
        """The rows of the articles with this copy key."""
        first, second = np.frombuffer(key, dtype=np.uint64)
        known = self._lookups.get("copy")
        if known is None:  # a segment of before this was looked up
            rows = np.flatnonzero(self.copy_key[:, 0] == first)
        else:
            hashes, all_rows = known
            rows = all_rows[np.searchsorted(hashes, first) : np.searchsorted(hashes, first, side="right")]
        return [int(row) for row in rows if self.copy_key[row, 1] == second]

    def lookup(self, of: NameOf) -> tuple[npt.NDArray[Any], ...]:
        """The rows by a kind of name: hashes (n,) uint64 ascending, rows (n,) int32, and whether it is a former one."""
        none = (np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.uint8))
        return self._lookups.get(of.name.lower(), none)

    def _find(self, of: str, text: str) -> list[tuple[int, bool]]:
        hashes, rows, former = self._lookups[of]
        wanted = np.uint64(hash64(text))
        start, stop = np.searchsorted(hashes, wanted, "left"), np.searchsorted(hashes, wanted, "right")
        return [(int(rows[at]), bool(former[at])) for at in range(start, stop)]


LOOKUP = ("hashes", "rows", "former")


def _write_lookup(writer: ColumnWriter, of: str, entries: list[tuple[int, int, int]]) -> None:
    entries = sorted(entries)
    for part, name, kind in zip(range(3), LOOKUP, (np.uint64, np.int32, np.uint8), strict=True):
        writer.array(f"{of}_{name}", np.array([entry[part] for entry in entries], dtype=kind))


def _by_date(published: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    return np.argsort(published, kind="stable").astype(np.int32)


def _codes(values: list[str], known: list[str]) -> npt.NDArray[np.int32]:
    code = {value: number for number, value in enumerate(known)}
    return np.array([code[value] for value in values], dtype=np.int32)


def _bytes16(values: list[bytes]) -> npt.NDArray[np.uint64]:
    return np.frombuffer(b"".join(values), dtype=np.uint64).reshape(len(values), 2)
