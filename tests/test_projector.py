"""The one that projects: each new generation, each change, after whatever was away; of several hosts one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cluster_fixtures import MemoryIndex
from helpers import NOW, Given, article, opened, rebuild_with

from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue, Place, place_of
from index.cluster import comparing
from index.cluster.projector import Projector
from index.cluster.reading import ClusterIndex
from index.embedder import WordHashEmbedder
from index.errors import IndexAway
from index.rebuild import Options, rebuild
from index.row import Worked


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


@dataclass
class SlowIndex(MemoryIndex):
    """One in which something happens while it is filled."""

    meanwhile: Callable[[], None] = lambda: None
    begun: int = 0

    def upsert(self, rows: Sequence[Worked], into: str | None = None) -> None:
        super().upsert(rows, into)
        self.begun += 1
        if self.begun == 2:
            self.meanwhile()


@pytest.mark.parametrize("dimension", [64, 32], ids=["same-model", "other-model"])
def test_what_is_written_while_a_generation_is_projected_does_not_wait_for_it(
    data: Path, monkeypatch: pytest.MonkeyPatch, dimension: int
) -> None:
    monkeypatch.setattr(comparing, "BATCH", 2)
    vectors = SlowIndex()
    rebuild_with(data, [article(f"a{number}", f"Number {number}") for number in range(12)])
    projector = Projector(data, place_of(data), lambda: vectors)
    index = ClusterIndex(place_of(data), data / "nowhere", lambda: vectors)
    assert projector.step()
    seen: list[tuple[int, list[str | None]]] = []

    def watch(stage: str, done: int, total: int | None) -> None:
        index.look()
        seen.append((done, titles(index, "a0", "a11", "a3", "new")))

    def write() -> None:
        with Catalogue.open(place_of(data)) as catalogue:
            late = [article(one, f"{one} later", updated_at="2026-03-01") for one in ("a0", "a11", "new")]
            put_articles(catalogue, late)
            delete_article(catalogue, "a3")

    changed = [article(f"a{number}", f"Changed {number}", updated_at="2026-02-01") for number in range(12)]
    vectors.begun, vectors.meanwhile, projector._tell = 0, write, watch
    rebuild_with(data, changed, WordHashEmbedder(dimension))
    assert projector.step()
    assert next(found for done, found in seen if done > 4) == ["a0 later", "a11 later", None, "new later"]
    assert vectors.rows[vectors.serving or ""]["a1"].vector.shape == (dimension,)
    projector.step()
    index.look()
    assert titles(index, "a0", "a11", "a3", "new", "a1") == ["a0 later", "a11 later", None, "new later", "Changed 1"]
    assert not projector.step()
    assert "a3" not in vectors.rows[vectors.serving or ""]
    projector.close()


def test_what_a_rebuild_changed_is_what_it_was_until_its_generation_is_projected(
    data: Path, vectors: MemoryIndex
) -> None:
    others = [article(f"d{number}", f"Other {number}") for number in range(7)]
    rebuild_with(data, [article("a", "One"), article("b", "Two"), article("c", "Three"), *others])
    projector = Projector(data, place_of(data), lambda: vectors)
    assert projector.step()
    index = ClusterIndex(place_of(data), data / "nowhere", lambda: vectors)
    rebuild_with(data, [article("a", "One again"), article("b", "Two"), *others])
    assert titles(index, "a", "b", "c") == ["One", "Two", None]
    assert index.rows({"a", "b", "c"}, index.state()).keys() == {"a", "b"}, "others may suggest it meanwhile"
    assert projector.step()
    assert titles(index, "a", "b", "c") == ["One again", "Two", None]
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
