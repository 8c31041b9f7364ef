"""A segment: some articles with everything a web worker needs of them, immutable, memory-mapped or in memory.

Rows are sorted by section, date and id, so that a section is one range of rows. Layout: docs/architecture.md.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import orjson

from index.article import unix_seconds
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
from index.errors import DamagedSnapshot
from index.lexical_index import LexicalSegment, write_lexical
from index.link_names import NameOf, hash64, title_name
from index.row import HAS_VECTOR, RECOMMENDABLE, SENSITIVE, UNDATED, Row, terms_of
from index.urls import canonical_url
from index.vector_index import Filter

__all__ = ["HAS_VECTOR", "RECOMMENDABLE", "SENSITIVE", "UNDATED", "Row", "Segment", "terms_of", "write_segment"]


def write_segment(folder: Path, rows: Sequence[Row]) -> None:
    """Write a segment of these rows into a new folder and flush it to the disk."""
    writer = FolderWriter(folder)
    flat, body = _write_columns(writer, rows)
    faiss.write_index(flat, str(writer.path("vectors.faiss")))
    writer.seal("vectors.faiss")
    files = {name: (seal.size, seal.sha256) for name, seal in writer.close().items()}
    write_sealed_json(folder / "segment.json", {**body, "files": files})


def _write_columns(writer: ColumnWriter, rows: Sequence[Row]) -> tuple[Any, dict[str, Any]]:
    """Write all columns of a segment but the vectors; gives the index of those, and the rest of its description."""
    rows = sorted(rows, key=lambda row: ((row.article.section or "").split("/"), row.published, row.article.id))
    articles = [row.article for row in rows]
    sections = sorted({article.section or "" for article in articles}, key=lambda section: section.split("/"))
    languages = sorted({_primary(article.lang) for article in articles})
    writer.array("published", np.array([row.published for row in rows], dtype=np.int64))
    writer.array("superseded_at", np.array([row.copy.superseded_at for row in rows], dtype=np.int64))
    writer.array("section", _codes([article.section or "" for article in articles], sections))
    writer.array("language", _codes([_primary(article.lang) for article in articles], languages))
    writer.array("flags", np.array([row.flags for row in rows], dtype=np.uint8))
    writer.array("copy_key", _bytes16([row.copy.key for row in rows]))
    writer.array("fingerprint", _bytes16([row.fingerprint for row in rows]))
    writer.strings("ids", [article.id.encode() for article in articles])
    writer.strings("cards", [row.card for row in rows])
    writer.strings("names", [row.names for row in rows])
    _write_lookup(writer, "id", [(hash64(article.id), row, 0) for row, article in enumerate(articles)])
    addresses = [(hash64(canonical_url(article.url)), row, 0) for row, article in enumerate(articles) if article.url]
    former = [(hash64(url), number, 1) for number, row in enumerate(rows) for url in row.aliases]
    _write_lookup(writer, "url", addresses + former)
    titles = [(hash64(name), row, 0) for row, article in enumerate(articles) if (name := title_name(article.title))]
    _write_lookup(writer, "title", titles)
    links = [(number, *name) for number, row in enumerate(rows) for name in row.links]
    for at, (name, kind) in enumerate((("rows", np.int32), ("hashes", np.uint64), ("kinds", np.uint8))):
        writer.array(f"link_{name}", np.array([link[at] for link in links], dtype=kind))
    write_lexical(writer, [row.terms for row in rows], [row.headline for row in rows])
    flat = faiss.IndexFlatIP(rows[0].vector.shape[0])
    flat.add(np.stack([row.vector for row in rows]).astype(np.float32))
    return flat, {"rows": len(rows), "sections": sections, "languages": languages}


class Segment:
    """An open segment. Rows are numbered from 0; arrays are memory-mapped and read-only."""

    def __init__(self, folder: Path, verify: bool = False) -> None:
        """Open the segment; with `verify` only after every byte was read and compared with what was written.

        Raises `DamagedSnapshot` when a file is missing, of another size or, with `verify`, changed.
        """
        body = read_sealed_json(folder / "segment.json")
        seals = {name: FileSeal(size, sha256) for name, (size, sha256) in body["files"].items()}
        check_seals(folder, seals, content=verify)
        try:
            flat = faiss.read_index(str(folder / "vectors.faiss"), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise DamagedSnapshot(f"{folder.name}/vectors.faiss cannot be read") from error
        self._set_up(folder.name, body, FolderColumns(folder), flat)

    @classmethod
    def in_memory(cls, rows: Sequence[Row]) -> "Segment":
        """A segment of these rows that is nowhere on the disk."""
        columns = MemoryColumns()
        flat, body = _write_columns(columns, rows)
        segment = cls.__new__(cls)
        segment._set_up("", body, columns, flat)
        return segment

    def _set_up(self, name: str, body: Mapping[str, Any], columns: ColumnReader, flat: Any) -> None:
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
        self._cards = columns.open_strings("cards")
        has_links = columns.has_array("link_rows")  # format 1 kept no links
        lookups = ("id", "url", "title") if has_links else ("id", "url")
        self._lookups = {of: tuple(columns.open_array(f"{of}_{part}") for part in LOOKUP) for of in lookups}
        none = (np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(0, np.uint8))
        parts = [columns.open_array(f"link_{part}") for part in ("rows", "hashes", "kinds")] if has_links else none
        self.link_rows: npt.NDArray[np.int32] = parts[0]
        self.link_hashes: npt.NDArray[np.uint64] = parts[1]
        self.link_kinds: npt.NDArray[np.uint8] = parts[2]
        self.lexical = LexicalSegment(columns, self.rows)
        self.flat = flat
        self.vectors: npt.NDArray[np.float32] = np.asarray(_MappedVectors(flat))

    def row_of_id(self, article_id: str) -> int | None:
        """The row of an article; None when it is not in this segment."""
        wanted = article_id.encode("utf-8", "surrogatepass")
        return next((row for row, _ in self._find("id", article_id) if self.ids[row] == wanted), None)

    def rows_of_url(self, url: str) -> list[tuple[int, bool]]:
        """Rows whose canonical address this is or was, with whether it only was."""
        return self._find("url", url)

    def card(self, row: int) -> dict[str, Any]:
        """What an answer shows of an article, as a record with our field names; empty fields left out."""
        card: dict[str, Any] = orjson.loads(self._cards[row])
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
        span = self.range_of(keep.section)
        published, flags = self.published[span], self.flags[span]
        now = unix_seconds(keep.visible_at)
        kept = (published <= now) & (self.superseded_at[span] > now) & ((flags & RECOMMENDABLE) != 0)
        if not keep.sensitive:
            kept &= (flags & SENSITIVE) == 0
        if keep.published_from is not None:
            kept &= (published >= unix_seconds(keep.published_from)) & (published != UNDATED)
        if keep.published_to is not None:
            kept &= (published < unix_seconds(keep.published_to)) & (published != UNDATED)
        if keep.languages is not None:
            wanted = {"", *keep.languages}
            codes = [code for code, language in enumerate(self.languages) if language in wanted]
            if len(codes) < len(self.languages):
                kept &= np.isin(self.language[span], codes)
        if keep.excluded_copies:
            keys = np.frombuffer(b"".join(sorted(keep.excluded_copies)), dtype=np.uint64).reshape(-1, 2)
            alike = np.flatnonzero(np.isin(self.copy_key[span, 0], keys[:, 0]))
            excluded = [self.copy_key[span.start + row].tobytes() in keep.excluded_copies for row in alike.tolist()]
            kept[alike[np.array(excluded, dtype=np.bool_)]] = False
        for section in keep.excluded_sections:
            out = self.range_of(section)
            kept[max(0, out.start - span.start) : max(0, out.stop - span.start)] = False
        if keep.excluded_terms:
            rows = self.lexical.postings(np.array(sorted(keep.excluded_terms), dtype=np.uint64))[1]
            kept[rows[(rows >= span.start) & (rows < span.stop)] - span.start] = False
        for article_id in keep.excluded_ids:
            row = self.row_of_id(article_id)
            if row is not None and span.start <= row < span.stop:
                kept[row - span.start] = False
        return span, kept

    def lookup(self, of: NameOf) -> tuple[npt.NDArray[Any], ...]:
        """The rows by a kind of name: hashes (n,) uint64 ascending, rows (n,) int32, and whether it is a former one."""
        none = (np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.uint8))
        return self._lookups.get(of.name.lower(), none)

    def _find(self, of: str, text: str) -> list[tuple[int, bool]]:
        hashes, rows, former = self._lookups[of]
        wanted = np.uint64(hash64(text))
        start, stop = np.searchsorted(hashes, wanted, "left"), np.searchsorted(hashes, wanted, "right")
        return [(int(rows[at]), bool(former[at])) for at in range(start, stop)]


class _MappedVectors:
    """The vectors of a mapped index as NumPy takes them up: read-only, and the mapping lives as long as any view of it."""

    def __init__(self, flat: Any) -> None:
        mapped = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d)
        address, _ = mapped.__array_interface__["data"]
        self._flat = flat
        self.__array_interface__ = {
            "version": 3,
            "typestr": mapped.dtype.str,
            "shape": (flat.ntotal, flat.d),
            "data": (address, True),
        }


LOOKUP = ("hashes", "rows", "former")


def _write_lookup(writer: ColumnWriter, of: str, entries: list[tuple[int, int, int]]) -> None:
    entries = sorted(entries)
    for part, name, kind in zip(range(3), LOOKUP, (np.uint64, np.int32, np.uint8), strict=True):
        writer.array(f"{of}_{name}", np.array([entry[part] for entry in entries], dtype=kind))


def _codes(values: list[str], known: list[str]) -> npt.NDArray[np.int32]:
    code = {value: number for number, value in enumerate(known)}
    return np.array([code[value] for value in values], dtype=np.int32)


def _bytes16(values: list[bytes]) -> npt.NDArray[np.uint64]:
    return np.frombuffer(b"".join(values), dtype=np.uint64).reshape(len(values), 2)


def _primary(lang: str | None) -> str:
    return (lang or "").split("-")[0]
