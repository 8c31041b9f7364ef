"""The vectors of a large segment once more, roughly: fewer numbers, a byte each, to find the likely nearest of many quickly,
whose exact scores then decide.

The directions in which vectors differ most hold most of a score (principal components of the vectors as they are, for it is
their products that are to stay), and the sum of many products cares little how exactly each is known (scalar quantisation).
All rows that a filter keeps are compared, and no others: no filter is over-fetched, and nothing needs to be trained but the
directions. Lists of like vectors and graphs of neighbours, which look at fewer, were slower for equal answers under a filter,
or took minutes to make; measured: docs/performance.md.
"""

import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

WORTH_FROM = 20_000
"""Segments of fewer rows have none: to compare all their vectors exactly is as quick."""

HELD = 0.74
"""So much of the squared lengths the directions hold that are kept, …"""
STEP = 32
"""… whose number is a multiple of this."""

SPARE = 4
"""For each row that is wanted so many are scored exactly, …"""
SPARE_AT_LEAST = 200
"""… and at least so many."""

GATHER_BELOW = 1 / 100
"""Where fewer than this share of the rows are kept, those alone are scored, exactly: to pass over all others costs more."""

SAMPLE = 50_000
AT_ONCE = 100_000

Vectors = npt.NDArray[np.float32]


def axes_of(vectors: Vectors) -> Vectors:
    """The directions to keep of these vectors, (axes, dimension) float32, orthonormal, those that hold most first."""
    dimension = vectors.shape[1]
    some = vectors[:: max(1, -(-len(vectors) // SAMPLE))].astype(np.float64)
    weights, directions = np.linalg.eigh(some.T @ some)
    held = np.cumsum(weights[::-1]) / max(float(weights.sum()), 1e-12)
    count = min(dimension, STEP * -(-(int(np.searchsorted(held, HELD)) + 1) // STEP))
    axes = directions[:, ::-1][:, :count].T
    signs = np.sign(axes[np.arange(count), np.abs(axes).argmax(axis=1)])
    return np.ascontiguousarray(axes * signs[:, None], dtype=np.float32)


def write_rough(path: Path, vectors: Vectors, axes: Vectors) -> None:
    """Write vectors, (n, dimension), roughly, along these axes."""
    rough = faiss.IndexScalarQuantizer(len(axes), faiss.ScalarQuantizer.QT_8bit_uniform, faiss.METRIC_INNER_PRODUCT)
    rough.train(np.ascontiguousarray(vectors[:: max(1, -(-len(vectors) // SAMPLE))] @ axes.T))
    for start in range(0, len(vectors), AT_ONCE):
        rough.add(np.ascontiguousarray(vectors[start : start + AT_ONCE] @ axes.T))
    faiss.write_index(rough, os.fspath(path))


class RoughVectors:
    """The rough vectors of a segment, memory-mapped."""

    def __init__(self, path: Path, axes: Vectors) -> None:
        """Raises `RuntimeError` where they cannot be read."""
        self._index: Any = faiss.read_index(os.fspath(path), faiss.IO_FLAG_MMAP_IFC)
        self._axes = axes

    @property
    def axes(self) -> int:
        """How many numbers stand for a vector."""
        return len(self._axes)

    def likely(
        self, vector: Vectors, k: int, kept: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The rows (`spared(k)` of them) that are likely the nearest to a vector, (dimension,), of those kept, and their rough
        scores, best first; `kept` is a mask over all rows, not all of them False."""
        parameters = faiss.SearchParameters()
        count = int(np.count_nonzero(kept))
        if count < len(kept):
            parameters.sel = faiss.IDSelectorBitmap(np.packbits(kept, bitorder="little"))
        query = np.ascontiguousarray((self._axes @ vector)[None, :], dtype=np.float32)
        scores, rows = self._index.search(query, min(spared(k), count), params=parameters)
        there = rows[0] >= 0
        return rows[0][there], scores[0][there]


def spared(k: int) -> int:
    """How many rows are scored exactly where `k` are wanted."""
    return max(SPARE * k, SPARE_AT_LEAST)
