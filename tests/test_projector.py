"""The one that projects: each new generation, each change, after whatever was away; of several hosts one at a time."""

from pathlib import Path

import pytest
from cluster_fixtures import MemoryIndex
from helpers import NOW, Given, article, opened, rebuild_with

from index.article_writes import put_articles
from index.catalogue import Catalogue, Place, place_of
from index.cluster.projector import Projector
from index.cluster.reading import ClusterIndex
from index.embedder import WordHashEmbedder
from index.errors import IndexAway
from index.rebuild import Options, rebuild


@pytest.fixture
def vectors() -> MemoryIndex:
    return MemoryIndex()


def titles(index: ClusterIndex, *ids: str) -> list[str | None]:
    found = []
    for one in ids:
        snapshot = index.snapshot(one)
        row = snapshot.row_of_id(one)
        found.append(None if row is None else snapshot.segments[0].card(row)["title"])
    return found


def test_generations_and_changes_are_projected_as_they_come(data: Path, vectors: MemoryIndex) -> None:
    projector = Projector(data, place_of(data), lambda: vectors)
    assert not projector.step(), "nothing is published yet"
    rebuild_with(data, [article("a", "One"), article("b", "Two")])
    assert projector.step()
    assert not projector.step()
    index = ClusterIndex(place_of(data), data / "nowhere", lambda: vectors)
    assert titles(index, "a", "b", "c") == ["One", "Two", None]
    with Catalogue.open(place_of(data)) as catalogue:
        put_articles(catalogue, [article("c", "Three", updated_at="2026-01-02")])
    assert projector.step()
    index.look()
    assert titles(index, "a", "b", "c") == ["One", "Two", "Three"]
    rebuild_with(data, [article("a", "One again"), article("b", "Two")], keep_unseen=True)
    assert projector.step()
    index.look()
    assert titles(index, "a", "b", "c") == ["One again", "Two", "Three"]
    assert index.snapshot().generation == opened(data).generation
    projector.close()


def test_what_is_away_is_tried_again_and_said_once(
    data: Path, vectors: MemoryIndex, caplog: pytest.LogCaptureFixture
) -> None:
    rebuild_with(data, [article("a", "One")])
    asked: list[float] = []

    def connect() -> MemoryIndex:
        if len(asked) < 3:
            raise IndexAway("Milvus does not answer as it should: refused")
        return vectors

    def wait(seconds: float) -> bool:
        asked.append(seconds)
        return len(asked) > 5

    projector = Projector(data, place_of(data), connect)
    projector.run(wait)
    projector.close()
    assert asked[:3] == [0.5, 1.0, 2.0]
    assert vectors.generations()
    assert projector.problem is None
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "what replicas serve is not kept up: Milvus does not answer as it should: refused"
    ]


def test_a_milvus_that_lost_what_it_held_is_filled_again(data: Path, vectors: MemoryIndex) -> None:
    rebuild_with(data, [article("a", "One"), article("b", "Two")])
    projector = Projector(data, place_of(data), lambda: vectors)
    assert projector.step()
    projector.close()
    vectors.serving = None
    vectors.rows.clear()
    assert projector.step()
    assert vectors.rows[vectors.serving or ""].keys() == {"a", "b"}
    assert not projector.step()
    projector.close()


@pytest.fixture
def shared_place(request: pytest.FixtureRequest) -> Place:
    return request.getfixturevalue("postgres").new_database()


@pytest.mark.postgres
def test_of_two_hosts_one_projects_and_the_other_when_that_is_gone(
    data: Path, tmp_path: Path, vectors: MemoryIndex, shared_place: Place
) -> None:
    assert isinstance(shared_place, str)
    folders = (data, tmp_path / "other")
    for folder in folders:
        options = Options(catalogue=shared_place, keep_unseen=True)
        rebuild(folder, [Given([article("a", "One", published_at=NOW.isoformat())])], WordHashEmbedder(64), options)
    here, there = (Projector(folder, shared_place, lambda: vectors) for folder in folders)
    assert here.step()
    assert not there.step()
    assert not here.step()
    here.close()
    assert there.step()
    assert not here.step()
    for projector in (here, there):
        projector.close()
