"""The real embedding model, in its own few tests."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import article, opened, rebuild_with

from index import sentence_transformer
from index.errors import ModelMismatch, ModelMissing
from index.sentence_transformer import DEFAULT_DIMENSION, DEFAULT_MODEL, SentenceTransformerEmbedder, make_embedder

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


def test_vectors_are_float32_of_length_one_and_near_in_meaning_though_no_word_is_shared(embedder):
    texts = [
        "The council voted to raise taxes",
        "Local politicians increase levies",
        "Rovers won the cup final on penalties",
    ]
    vectors = embedder.embed(texts)
    assert (vectors.shape, vectors.dtype) == ((3, DEFAULT_DIMENSION), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.4 > 0.15 > vectors[0] @ vectors[2]


def test_a_text_has_the_same_vector_alone_and_among_others(embedder):
    texts = ["short", "a much longer text " * 60, "pumps ran all night"]
    together = embedder.embed(texts)
    for row, text in enumerate(texts):
        assert embedder.embed([text])[0] == pytest.approx(together[row], abs=2e-6)


def test_no_text_gives_no_vector(embedder):
    assert embedder.embed([]).shape == (0, DEFAULT_DIMENSION)


def test_the_name_carries_the_proven_weights(embedder):
    assert embedder.model == "all-MiniLM-L6-v2@53aa51172d142c89"
    assert embedder.dimension == DEFAULT_DIMENSION


def test_other_weights_under_the_same_name_are_refused(monkeypatch, tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr(sentence_transformer, "_default_folder", lambda: tmp_path)
    with pytest.raises(ModelMismatch, match=r"hash to .*, expected 53aa51172d142c89"):
        SentenceTransformerEmbedder().embed(["x"])


def test_a_missing_model_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(sentence_transformer, "DEFAULT_PACKAGE", "no_such_package")
    with pytest.raises(ModelMissing, match=r"pip install .*\[embed\]"):
        make_embedder(DEFAULT_MODEL)


def test_a_model_that_cannot_be_found_is_named(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissing, match="nowhere"):
        _ = make_embedder(str(tmp_path / "nowhere")).dimension


def test_a_rebuild_with_nothing_new_never_loads_the_model(monkeypatch, data: Path):
    articles = [article("a", "Flood", "The river rose"), article("b", "Cup", "Rovers won")]
    rebuild_with(data, articles, SentenceTransformerEmbedder())
    monkeypatch.setattr(sentence_transformer, "_prove", lambda folder: pytest.fail("the model was loaded"))
    report = rebuild_with(data, articles, SentenceTransformerEmbedder())
    assert (report.embedded, report.published) == (0, False)
    assert opened(data).manifest.recipe.model == "all-MiniLM-L6-v2@53aa51172d142c89"


@pytest.mark.data
def test_on_a_real_publishers_links_the_pipeline_is_right_and_our_rankings_earn_their_place(
    development_data: Path, tmp_path: Path
):
    folder = development_data / "digitalgov"
    command = [sys.executable, "-m", "service", "evaluate", "--json", "--only-older", "--data", str(tmp_path)]
    command += ["--articles", str(folder / "articles.jsonl.gz"), "--links", str(folder / "editorial_links.tsv")]
    command += ["--text-field", "text_without_links"]

    def table(*options: str) -> dict[str, dict[str, float]]:
        printed = subprocess.run([*command, *options], capture_output=True, text=True, check=True).stdout
        print(printed)
        return {row["ranking"]: row for row in map(json.loads, printed.splitlines())}

    rows = table()
    assert list(rows) == ["dense", "lexical", "more-like-this", "shipped"]
    assert {row["sources"] for row in rows.values()} == {712}
    assert rows["dense"]["ndcg@10"] == pytest.approx(0.320, abs=0.02)
    assert rows["more-like-this"]["ndcg@10"] == pytest.approx(0.372, abs=0.02)
    assert rows["shipped"]["ndcg@10"] >= 0.47
    assert rows["shipped"]["ndcg@10"] >= 1.15 * rows["more-like-this"]["ndcg@10"]
    newer = table("--test-fraction", "0.5")
    assert list(newer) == ["dense", "lexical", "more-like-this", "shipped", "fitted"]
    assert {row["sources"] for row in newer.values()} == {356}
    assert newer["fitted"]["ndcg@10"] >= 0.505
    assert newer["fitted"]["ndcg@10"] >= 1.25 * newer["more-like-this"]["ndcg@10"]
