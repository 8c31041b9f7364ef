"""The models that the indexer holds: found by what a snapshot was made with, loaded once, used by two threads in turn."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from index.embedder import RECIPE, Embedder, Vectors
from index.errors import ModelMismatch, ModelMissing
from index.remote_embedder import probe_of
from index.sentence_transformer import BUILT_IN
from index.snapshot import Recipe

log = logging.getLogger(__name__)

MOST_LOADED = 2
"""Two: the one that serves, and the one that comes after it."""

SLICE = 2
"""Texts that a rebuild embeds before new articles may come between: few, for it has the lower priority of the two and
others wait for it."""


class Shared:
    """An embedder that threads use in turn: tokenizers must not be used by two at once."""

    def __init__(self, embedder: Embedder, name: str) -> None:
        self.name = name
        """Under which it was loaded."""
        self.model = embedder.model
        self.dimension = embedder.dimension
        self.probe = probe_of(embedder)
        self._embedder = embedder
        self._in_use = threading.Lock()
        self._urgent = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self._urgent += 1
        try:
            with self._in_use:
                return self._embedder.embed(texts)
        finally:
            self._urgent -= 1

    def patient(self) -> "Patient":
        """The same, for work that can wait: whoever calls `embed` goes first."""
        return Patient(self)

    def embed_slice(self, texts: Sequence[str]) -> Vectors:
        """Embed a few when nobody is in a hurry."""
        while self._urgent:
            time.sleep(0.005)
        with self._in_use:
            return self._embedder.embed(texts)


class Patient:
    """An embedder that lets others go first between every few texts."""

    def __init__(self, shared: Shared) -> None:
        self.model = shared.model
        self.dimension = shared.dimension
        self._shared = shared

    def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        parts = [self._shared.embed_slice(texts[at : at + SLICE]) for at in range(0, len(texts), SLICE)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)


class Models:
    """Finds and keeps models. Only one thread asks."""

    def __init__(self, embedder_named: Callable[[str], Embedder], configured: str) -> None:
        self._embedder_named = embedder_named
        self._configured = configured
        self._loaded: dict[str, Shared] = {}

    def find(self, recipe: Recipe, remembered: str | None) -> Shared:
        """The embedder that a snapshot's vectors were made with, loaded and tried. `remembered`: the name it had then.

        Raises `ModelMissing` or `ModelMismatch`, which say what to do.
        """
        if recipe.text != RECIPE:
            raise ModelMismatch(
                f"the index was made from texts of recipe {recipe.text}, this version makes {RECIPE}; "
                "`alsoread rebuild` renews it"
            )
        if recipe.model not in self._loaded:
            found = self._load(recipe, remembered)
            found.embed(["ready"])
            while len(self._loaded) >= MOST_LOADED:
                self._loaded.pop(next(iter(self._loaded)))
            self._loaded[recipe.model] = found
        return self._loaded[recipe.model]

    def _load(self, recipe: Recipe, remembered: str | None) -> Shared:
        problems: list[str] = []
        for name in self._names(recipe.model, remembered):
            try:
                embedder = self._embedder_named(name)
                if (embedder.model, embedder.dimension) == (recipe.model, recipe.dimension):
                    return Shared(embedder, name)
                problems.append(f"{name} is {embedder.model} of {embedder.dimension} dimensions")
            except (ModelMissing, ModelMismatch) as error:
                problems.append(str(error))
        raise ModelMissing(
            f"the index was made with {recipe.model}: "
            + ("; ".join(problems) or "under which name it was loaded is not known; `alsoread rebuild` notes it")
        )

    def _names(self, model: str, remembered: str | None) -> list[str]:
        """Under which names it may be found, the likeliest first. The configured one is loaded only where its name fits, for
        the fingerprint of a model is known only once it is loaded."""
        base = model.partition("@")[0]
        fits = base in (self._configured, self._configured.rstrip("/").rpartition("/")[2])
        known = base if base in BUILT_IN or base.startswith("word-hash") else None
        names = [self._configured if fits else None, remembered, known]
        return list(dict.fromkeys(name for name in names if name))
