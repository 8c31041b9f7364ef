"""Which way a model is run where torch sees a GPU, with a pretended one."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from index import sentence_transformer
from index.sentence_transformer import DEFAULT_MODEL, GPU_BATCH, HALF_MODEL, SentenceTransformerEmbedder

pytest.importorskip("sentence_transformers", reason="the extra 'embed' is not installed")


class PretendedModel:
    """A sentence-transformers model that notes how it is asked; its vectors have length 2, as rounding leaves them near 1."""

    def __init__(self, place: str) -> None:
        self.calls: list[dict[str, object]] = []
        self.halved = False

    def half(self) -> "PretendedModel":
        self.halved = True
        return self

    def encode(self, texts: list[str], **options: object) -> np.ndarray:
        self.calls.append(options)
        vectors = np.zeros((len(texts), 384), dtype=np.float16 if self.halved else np.float32)
        vectors[:, 0] = 2
        return vectors


@pytest.fixture
def on_gpu(monkeypatch):
    """Makes an embedder that takes it that there is a GPU."""

    def make(name: str) -> SentenceTransformerEmbedder:
        embedder = SentenceTransformerEmbedder(name)
        quiet = SimpleNamespace(logging=SimpleNamespace(disable_progress_bar=lambda: None))
        monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=PretendedModel))
        monkeypatch.setitem(sys.modules, "transformers.utils", quiet)
        monkeypatch.setattr(sentence_transformer, "_prove", lambda folder: None)
        monkeypatch.setattr(sentence_transformer, "has_gpu", lambda: True)
        return embedder

    return make


def test_on_a_gpu_the_default_model_is_exact_and_asked_in_large_batches(on_gpu):
    embedder = on_gpu(DEFAULT_MODEL)
    assert embedder.embed(["a", "b"]).shape == (2, 384)
    assert not embedder._loaded.halved
    assert [call["batch_size"] for call in embedder._loaded.calls] == [GPU_BATCH]


def test_on_a_gpu_half_precision_gives_float32_vectors_of_length_one(on_gpu):
    embedder = on_gpu(HALF_MODEL)
    vectors = embedder.embed(["a", "b"])
    assert embedder._loaded.halved
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1).tolist() == [1, 1]
