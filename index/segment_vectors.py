"""The vectors of one segment, as they are kept and as the nearest are found among them.

A small segment keeps them as they are. A large one keeps them in half precision, which halves what they take and moves a
score by less than 0.0001, and once more roughly, so that not all need to be compared exactly (`index.rough_vectors`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.columns import ColumnReader, FileSeal, FolderWriter
from index.errors import DamagedSnapshot
from index.rough_vectors import GATHER_BELOW, WORTH_FROM, RoughVectors, axes_of, write_rough

FLAT = "vectors.faiss"
HALF = "half_vectors"
ROUGH = "rough.faiss"
AXES = "rough_axes"

GATHER_SHARE = 0.25
"""Where a filter keeps a smaller share of its range than this, the kept vectors are copied together and scanned."""

AT_ONCE = 50_000
"""So many vectors in half precision are brought to full precision together."""

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Scanned = tuple[Rows, Vectors]
"""Rows of a segment and their scores, best first."""


def write_vectors(writer: FolderWriter, vectors: Vectors) -> None:
    """Write the vectors of a segment, (n, dimension) float32, into its folder."""
    if len(vectors) < WORTH_FROM:
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        faiss.write_index(flat, str(writer.path(FLAT)))
        writer.seal(FLAT)
        return
    axes = axes_of(vectors)
    write_rough(writer.path(ROUGH), vectors, axes)
    writer.seal(ROUGH)
    writer.array(AXES, axes)
    writer.array(HALF, vectors.astype(np.float16))


class SegmentVectors:
    """The vectors of a segment; `rows` (n, dimension) float32 or float16, read-only."""

    def __init__(self, rows: npt.NDArray[Any], flat: Any = None, rough: RoughVectors | None = None) -> None:
        self.rows = rows
        self.rough = rough
        self._flat = flat

    @classmethod
    def of(cls, vectors: Vectors) -> "SegmentVectors":
        """Vectors in memory."""
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        return cls(np.asarray(_Mapped(flat)), flat)

    @classmethod
    def open(cls, folder: Path, seals: Mapping[str, FileSeal], columns: ColumnReader) -> "SegmentVectors":
        """The vectors in a segment's folder, memory-mapped. Raises `DamagedSnapshot`."""
        file = FLAT if FLAT in seals else ROUGH
        try:
            if file == ROUGH:
                rough = RoughVectors(folder / ROUGH, columns.open_array(AXES))
                return cls(columns.open_array(HALF), rough=rough)
            flat = faiss.read_index(str(folder / FLAT), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise DamagedSnapshot(f"{folder.name}/{file} cannot be read") from error
        return cls(np.asarray(_Mapped(flat)), flat)

    def nearest(self, query: Vectors, k: int, span: slice, kept: Mask) -> Scanned:
        """The nearest of the kept rows of a range; `query` (1, dimension) float32. FAISS's padding never leaves here."""
        eligible = int(np.count_nonzero(kept))
        if eligible == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        k = min(k, eligible)
        if self._flat is None or eligible < GATHER_SHARE * len(kept):
            return self._nearest_among(query, k, np.flatnonzero(kept) + span.start)
        if eligible == len(kept):
            selector: Any = faiss.IDSelectorRange(span.start, span.stop)
        else:
            selector = faiss.IDSelectorBitmap(np.packbits(self._over_all(span, kept), bitorder="little"))
        scores, at = self._flat.search(query, k, params=faiss.SearchParameters(sel=selector))
        return at[0], scores[0]

    @property
    def outdated(self) -> bool:
        """Whether they are kept as a large segment's were before format 3."""
        return self.rough is None and len(self.rows) >= WORTH_FROM

    def likely(self, query: Vectors, k: int, span: slice, kept: Mask) -> Scanned | None:
        """Those of the kept rows that are likely the nearest, more than `k`, with rough scores; None where `nearest` is as
        quick: in a small segment, and where few are kept."""
        if self.rough is None or np.count_nonzero(kept) < max(1, GATHER_BELOW * len(self.rows)):
            return None
        return self.rough.likely(query[0], k, self._over_all(span, kept))

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        """The exact scores of these rows, (n,) float32."""
        found: Vectors = self.rows[rows].astype(np.float32, copy=False) @ query[0]
        return found

    def _nearest_among(self, query: Vectors, k: int, rows: Rows) -> Scanned:
        found: list[Scanned] = []
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            vectors = self.rows[some].astype(np.float32, copy=False)
            scores, at = faiss.knn(query, vectors, min(k, len(some)), metric=faiss.METRIC_INNER_PRODUCT)
            found.append((some[at[0]], scores[0]))
        if len(found) == 1:
            return found[0]
        every, all_scores = (np.concatenate([part[at] for part in found]) for at in (0, 1))
        best = np.argsort(-all_scores, kind="stable")[:k]
        return every[best], all_scores[best]

    def _over_all(self, span: slice, kept: Mask) -> Mask:
        if len(kept) == len(self.rows):
            return kept
        every = np.zeros(len(self.rows), dtype=np.bool_)
        every[span] = kept
        return every


class _Mapped:
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
