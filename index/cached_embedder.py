"""An embedder that keeps what it embedded, from one run to the next."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.article import digest
from index.catalogue import Catalogue
from index.embedder import RECIPE, Embedder, Vectors


class CachedEmbedder:
    """An embedder that looks in a catalogue of its own first. Close it, or use it as a context."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._catalogue = Catalogue.open(path)

    def __enter__(self) -> "CachedEmbedder":
        return self

    def __exit__(self, *_: object) -> None:
        self._catalogue.close()

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        keys = [digest(text) for text in texts]
        known = self._catalogue.vectors(keys, self.model, RECIPE)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            vectors = self._embedder.embed(list(new.values()))
            self._catalogue.keep_vectors(list(new), vectors, self.model, RECIPE)
            known |= dict(zip(new, vectors, strict=True))
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, self.dimension), np.float32)
