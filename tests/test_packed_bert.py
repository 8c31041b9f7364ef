"""The default model laid out for this processor, against sentence-transformers on the same texts."""

import logging
import subprocess
import sys

import numpy as np
import pytest

from index import sentence_transformer
from index.embedder import MAX_CHARACTERS, RECIPE
from index.indexer_models import Models
from index.sentence_transformer import (
    DEFAULT_DIMENSION,
    DEFAULT_MODEL,
    HALF_MODEL,
    SentenceTransformerEmbedder,
    make_embedder,
)
from index.snapshot import Recipe

pytestmark = pytest.mark.model

TEXTS = [
    "",
    "short",
    "   \n\t ",
    "Überschwemmung in Köln: der Rhein steigt, naïve café ﬁne",
    "大雨による洪水で住民が避難した",
    "🌊🌊 flood \x00 \u200b zero width",
    "x" * MAX_CHARACTERS,
    "The river rose in the night and the lower town was under water by six. " * 140,
    "The council voted to raise taxes",
    "Local politicians increase levies",
    "Pumps ran all night, said the mayor, and would run on. " * 9,
]


@pytest.fixture(scope="module")
def exact() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="module")
def half() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(HALF_MODEL)


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    """What sentence-transformers says, with its defaults but for the length of 1."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(sentence_transformer._default_folder()))
    return model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)


def test_vectors_are_those_of_sentence_transformers_whatever_the_text(exact, reference):
    assert np.abs(exact.embed(TEXTS) - reference).max() < 2e-6


def test_plain_torch_gives_the_same_where_onednn_cannot_be_used(monkeypatch, reference):
    from index import linear_layer

    asked = []
    monkeypatch.setattr(linear_layer, "preparable", lambda dtype: bool(asked.append(dtype)))
    assert np.abs(SentenceTransformerEmbedder().embed(TEXTS) - reference).max() < 2e-6
    assert len(asked) == 24


@pytest.mark.parametrize("mistake", [RuntimeError("no kernel"), AttributeError("_linear_pointwise")])
def test_operators_that_fail_are_not_used_and_that_is_said_once(monkeypatch, caplog, mistake):
    import torch

    from index import linear_layer

    def failing(*_: object) -> None:
        raise mistake

    monkeypatch.setattr(linear_layer, "_prepared", failing)
    linear_layer.preparable.cache_clear()
    try:
        with caplog.at_level(logging.INFO):
            assert not any(linear_layer.preparable(torch.float32) for _ in range(3))
    finally:
        linear_layer.preparable.cache_clear()
    assert [record.message for record in caplog.records if "plain torch" in record.message] == [
        f"embedding by plain torch, for its operators of oneDNN cannot be used: {mistake}"
    ]


def test_operators_that_give_something_else_are_not_used(monkeypatch):
    import torch

    from index import linear_layer

    plain = linear_layer._plain
    monkeypatch.setattr(linear_layer, "_prepared", lambda weights, bias, gelu: plain(weights, bias, not gelu))
    linear_layer.preparable.cache_clear()
    try:
        assert not linear_layer.preparable(torch.float32)
    finally:
        linear_layer.preparable.cache_clear()


def test_a_text_has_the_same_vector_whatever_it_comes_with(exact):
    alone = np.concatenate([exact.embed([text]) for text in TEXTS])
    assert np.abs(exact.embed(TEXTS) - alone).max() < 2e-6
    assert np.abs(exact.embed(TEXTS[::-1] * 3)[: len(TEXTS)][::-1] - alone).max() < 2e-6


def test_several_threads_give_the_same_vectors_and_leave_torchs_own_number_alone(monkeypatch, reference):
    import torch

    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    several = SentenceTransformerEmbedder()
    several.embed(["loaded"])
    monkeypatch.undo()
    before = torch.get_num_threads()
    assert np.abs(several.embed(TEXTS * 2) - np.tile(reference, (2, 1))).max() < 2e-6
    assert torch.get_num_threads() == before


def test_half_precision_is_a_model_of_its_own_near_the_exact_one(half, reference):
    assert half.model == "all-MiniLM-L6-v2-half@53aa51172d142c89"
    vectors = half.embed(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert (vectors * reference).sum(axis=1).min() > 0.999


def test_the_indexer_finds_half_precision_by_what_a_snapshot_was_made_with(half):
    recipe = Recipe(half.model, half.dimension, RECIPE)
    found = Models(make_embedder, DEFAULT_MODEL).find(recipe, remembered=None)
    assert (found.name, found.model) == (HALF_MODEL, half.model)


def test_half_precision_is_exact_where_the_processor_has_no_instructions_for_it(monkeypatch, reference):
    from index import packed_bert

    monkeypatch.setattr(packed_bert, "has_bfloat16", lambda: False)
    assert np.abs(SentenceTransformerEmbedder(HALF_MODEL).embed(TEXTS) - reference).max() < 2e-6


def test_what_cannot_be_encoded_is_refused_and_the_model_works_on(exact):
    with pytest.raises((TypeError, UnicodeEncodeError)):
        exact.embed(["fine", "a lone \ud800 surrogate"])
    assert exact.embed(["fine"]).shape == (1, DEFAULT_DIMENSION)


def test_the_default_model_needs_neither_transformers_nor_sentence_transformers_in_memory():
    code = (
        "import sys; from index.sentence_transformer import make_embedder; "
        f"make_embedder({DEFAULT_MODEL!r}).embed(['ready']); print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["True", "False"]
