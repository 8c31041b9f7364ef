"""The `Embedder` protocol, what of an article is embedded, and the word-hash embedder of the tests."""

import re
import zlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.errors import ModelMismatch

Vectors = npt.NDArray[np.float32]
"""(n, dimension) float32, each row of length 1 (or all zeros where a text has nothing to embed)."""

RECIPE = 1
"""Goes up whenever the same article would be embedded from another text; vectors of two recipes are never mixed."""

MAX_CHARACTERS = 10_000
"""How much of an article an embedder is handed: several times what a model of 256 tokens reads."""


class Embedder(Protocol):
    """Turns texts into vectors whose inner product is their likeness in meaning (cosine, −1 to 1, higher is closer)."""

    @property
    def model(self) -> str:
        """Name and fingerprint of the weights: two embedders with the same `model` give the same vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, in their order."""
        ...


def embedding_text(article: Article) -> str:
    """The text that stands for an article's meaning under the present recipe: title, blank line, body."""
    return f"{article.title}\n\n{article.text[:MAX_CHARACTERS]}".strip()


def check_vectors(vectors: Vectors, expected: tuple[int, int], model: str) -> None:
    """Raises `ModelMismatch` for vectors of another shape, or with NaN or infinity in them."""
    if vectors.shape != expected:
        raise ModelMismatch(f"{model}: expected vectors of shape {expected}, got {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ModelMismatch(f"{model}: expected vectors of finite numbers, got some with NaN or infinity")


SAME_PROBE = 0.98
"""Least cosine of what one model makes of one text on two machines: rounding, half precision and eight bits are to pass; two
models differ in dimension, or have next to nothing in common."""


def check_probe(known: npt.NDArray[np.float32], now: npt.NDArray[np.float32], model: str) -> None:
    """Raises `ModelMismatch` where two vectors, (dimension,), of one text cannot be of one model."""
    if known.shape != now.shape or float(known @ now) < SAME_PROBE:
        how = (
            f"a cosine of {float(known @ now):.2f}"
            if known.shape == now.shape
            else f"{len(known)} and {len(now)} numbers"
        )
        raise ModelMismatch(
            f"{model}: the embedding server gives other vectors under this name than it did ({how}), so they cannot be "
            "compared; set ALSOREAD_MODEL to another name for the new model, and rebuild"
        )


class WordHashEmbedder:
    """Vectors that can be read by eye: each distinct word adds 1 at a place that its CRC-32 names; then length 1.

    Knows no meaning: for tests, and for trying the service where no model can be installed.
    """

    def __init__(self, dimension: int = 256) -> None:
        self._dimension = dimension

    @property
    def model(self) -> str:
        return f"word-hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in set(re.findall(r"\w+", text.lower())):
                vectors[row, zlib.crc32(word.encode("utf-8", "surrogatepass")) % self._dimension] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
