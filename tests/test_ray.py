"""A rebuild that embeds on a Ray cluster: the same index, also where a node is lost on the way, and nothing embedded twice."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_fixtures import leave_out
from helpers import Given, article, opened
from indexer_fixtures import Recording
from ray_cluster import HEAD, Cluster, missing, running_cluster

from index import ray_embedding
from index.article_record import dump_record
from index.boilerplate.rules import NO_RULES
from index.catalogue import Catalogue
from index.embedder import WordHashEmbedder, embedding_text
from index.embedding_chunks import EMBED_CHUNK
from index.errors import EmbedderAway, ModelMismatch, ModelMissing
from index.ray_embedding import embed_new_by_ray
from index.rebuild import Options, rebuild
from index.snapshot import Snapshot

pytestmark = pytest.mark.ray

MODEL = "word-hash-64"
COUNT = 40 * EMBED_CHUNK
ARTICLES = [article(f"a{n}", f"Piece {n}", f"river wall {n} {n % 97} {n % 53}", section="news") for n in range(COUNT)]


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[Cluster]:
    if reason := missing():
        leave_out(reason)
    with running_cluster() as found:
        yield found


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    data = tmp_path_factory.mktemp("home") / "data"
    rebuild(data, [Given(ARTICLES)], WordHashEmbedder(64), Options(boilerplate="off"))
    return opened(data)


def assert_the_same(data: Path, at_home: Snapshot) -> None:
    found = opened(data)
    assert found.manifest.recipe == at_home.manifest.recipe
    assert len(found) == COUNT
    for one in ARTICLES[:: EMBED_CHUNK // 3]:
        mine, theirs = found.vectors.get(one.id), at_home.vectors.get(one.id)
        assert mine is not None
        assert theirs is not None
        assert np.array_equal(mine, theirs)


def test_the_index_is_the_one_that_a_rebuild_at_home_makes(data: Path, at_home: Snapshot) -> None:
    told: list[int] = []
    options = Options(embed_new=embed_new_by_ray(HEAD, MODEL), boilerplate="off")
    report = rebuild(
        data,
        [Given(ARTICLES)],
        WordHashEmbedder(64),
        options,
        lambda stage, done, _: told.append(done) if stage == "embedding" else None,
    )
    assert (report.embedded, report.not_embedded) == (COUNT, [])
    assert told == sorted(told)
    assert told[-1] == COUNT
    assert_the_same(data, at_home)


def test_a_text_that_a_readers_model_fails_at_is_told_from_those_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_embedding, "make_embedder", lambda name: Recording())
    reader = ray_embedding.Reader(MODEL, NO_RULES)
    records = [dump_record(one) for one in (ARTICLES[0], article("bad", "poison"), ARTICLES[1])]
    vectors, failed = reader.embed(records)
    assert failed == [1]
    assert np.array_equal(vectors, WordHashEmbedder(64).embed([embedding_text(one) for one in ARTICLES[:2]]))


def test_readers_with_another_model_embed_nothing(data: Path) -> None:
    options = Options(embed_new=embed_new_by_ray(HEAD, "word-hash-32"), boilerplate="off")
    with pytest.raises(ModelMismatch, match="has word-hash-32 of 32 dimensions, expected word-hash-64"):
        rebuild(data, [Given(ARTICLES[:10])], WordHashEmbedder(64), options)
    with Catalogue.open(data / "catalogue.sqlite") as catalogue:
        hashes = [one.content_hash for one in ARTICLES[:10]]
        assert catalogue.stored_vectors(hashes, MODEL, 1) == set()


def test_readers_that_do_not_start_are_not_tried_for_ever(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, *_: object) -> None:
            raise OSError("no space for the model")

        def model(self) -> None: ...

        def embed(self, records: object) -> None: ...

    monkeypatch.setattr(ray_embedding, "Reader", Broken)
    monkeypatch.setattr(ray_embedding, "LOOK_SECONDS", 0.5)
    options = Options(embed_new=embed_new_by_ray(HEAD, MODEL), boilerplate="off")
    with pytest.raises(EmbedderAway, match=r"readers of the Ray cluster do not start: .*no space for the model"):
        rebuild(data, [Given(ARTICLES[:10])], WordHashEmbedder(64), options)


def test_a_cluster_that_is_not_there_is_said(data: Path) -> None:
    options = Options(embed_new=embed_new_by_ray("127.0.0.1:6398", MODEL), boilerplate="off")
    with pytest.raises(EmbedderAway, match=r"the Ray cluster at 127.0.0.1:6398 does not answer"):
        rebuild(data, [Given(ARTICLES[:10])], WordHashEmbedder(64), options)


@pytest.mark.parametrize("address", ["cluster", "host:", ":6379", "host:port", "ray://"])
def test_what_is_no_address_is_said(data: Path, address: str) -> None:
    options = Options(embed_new=embed_new_by_ray(address, MODEL), boilerplate="off")
    with pytest.raises(ModelMissing, match="expected auto, local, HOST:PORT"):
        rebuild(data, [Given(ARTICLES[:10])], WordHashEmbedder(64), options)


def test_a_node_that_is_lost_costs_no_article_its_vector_and_none_is_embedded_twice(
    cluster: Cluster, data: Path, at_home: Snapshot
) -> None:
    killed: list[int] = []
    told: list[int] = []

    def progress(stage: str, done: int, _: int | None) -> None:
        if stage == "embedding":
            told.append(done)
            if done >= COUNT // 4 and not killed:
                killed.append(done)
                cluster.kill_second()

    options = Options(embed_new=embed_new_by_ray(HEAD, MODEL), boilerplate="off")
    report = rebuild(data, [Given(ARTICLES)], WordHashEmbedder(64), options, progress)
    assert killed[0] < COUNT, "it was killed on the way"
    assert told[-1] == COUNT
    assert (report.embedded, report.not_embedded) == (COUNT, [])
    assert_the_same(data, at_home)
