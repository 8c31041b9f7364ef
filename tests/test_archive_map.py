"""The map of the archive: what is near in meaning stands near by, and stays there from one rebuild to the next."""

from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt
import pytest
from helpers import article, opened, rebuild_with

from index import map_layout
from index.archive_map import ASKED, ArchiveMap, read_map
from index.map_layout import FEW, lay_out, nearest
from index.pointer import current_generation, generations

TOPICS = ("ferry harbour fog", "budget council tax", "striker goal league", "vaccine clinic nurse")


def topics(count: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Vectors around a topic each, in turns."""
    chance = np.random.default_rng(seed)
    middles = np.random.default_rng(99).normal(size=(len(TOPICS), 32))
    vectors = middles[np.arange(count) % len(TOPICS)] + 0.8 * chance.normal(size=(count, 32))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def archive(count: int, first: int = 0) -> list[object]:
    words = [f"word{number}" for number in range(9)]
    return [
        article(f"a{n:03}", f"{TOPICS[n % 4]} {words[n % 9]} {words[n * 5 % 7]}", f"{TOPICS[n % 4]} number {n}")
        for n in range(first, first + count)
    ]


def places(data: Path) -> dict[str, tuple[float, float]]:
    """Where each article of the published snapshot stands; fails where one has no place."""
    snapshot, drawn = opened(data), read_map(data, current_generation(data))
    assert drawn is not None
    assert len(drawn.places) == sum(segment.rows for segment in snapshot.segments)
    live = np.flatnonzero(~np.concatenate(snapshot.dead))
    assert drawn.known[live].all()
    assert not drawn.known[np.concatenate(snapshot.dead)].any()
    return {snapshot.id_of(int(row)): tuple(drawn.places[row].tolist()) for row in live}


def same_topic_nearby(found: dict[str, tuple[float, float]], k: int = 5) -> float:
    """The share of each article's nearest on the map that are of its topic."""
    ids = sorted(found)
    at = np.array([found[key] for key in ids], dtype=np.float32)
    topic = np.array([int(key[1:]) % 4 for key in ids])
    _, near = faiss.knn(at, at, k + 1, metric=faiss.METRIC_L2)
    return float(np.mean(topic[near[:, 1:]] == topic[:, None]))


@pytest.mark.parametrize("pair_by_pair", [0, 1_000])
def test_what_is_near_in_meaning_stands_near_by_on_the_map(pair_by_pair: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(map_layout, "PAIR_BY_PAIR", pair_by_pair)
    vectors = topics(400)
    drawn = lay_out(vectors)
    ids = {f"a{n:03}": tuple(place) for n, place in enumerate(drawn.tolist())}
    assert same_topic_nearby(ids) > 0.98


def test_principal_components_of_many_dimensions_are_found_in_a_subspace(monkeypatch: pytest.MonkeyPatch):
    vectors = topics(200)
    centred = vectors - vectors.mean(axis=0)
    exact = map_layout._two_directions(centred)
    monkeypatch.setattr(map_layout, "MANY", 2)
    near = map_layout._two_directions(centred)
    assert np.abs((exact * near).sum(axis=0)) == pytest.approx([1, 1], abs=0.01)


@pytest.mark.parametrize("count", [60, 700])
def test_the_grid_pushes_as_all_pairs_do(count: int):
    spread = (np.random.default_rng(3).normal(size=(count, 2)) * np.sqrt(count)).astype(np.float32)
    exact, near = map_layout.pushed_exactly(spread), map_layout._Push().of(spread)
    assert np.linalg.norm(near - exact) < 0.15 * np.linalg.norm(exact)


def test_equal_vectors_give_an_equal_map():
    assert lay_out(topics(120)).tobytes() == lay_out(topics(120)).tobytes()


@pytest.mark.parametrize("count", [0, 1, 2, 3, FEW - 1, FEW, FEW + 1])
def test_a_small_archive_has_a_finite_place_for_each_article(count: int):
    drawn = lay_out(topics(count) if count else np.zeros((0, 32), np.float32))
    assert drawn.shape == (count, 2)
    assert np.isfinite(drawn).all()


def test_articles_that_all_say_the_same_make_no_endless_map():
    drawn = lay_out(np.repeat(topics(1), 100, axis=0))
    assert np.isfinite(drawn).all()
    assert np.ptp(drawn) < 60


def test_no_article_is_its_own_neighbour_even_where_copies_exist():
    vectors = np.repeat(topics(20), 3, axis=0)
    rows, scores = nearest(vectors, vectors, 4, itself=True)
    assert not (rows == np.arange(60)[:, None]).any()
    assert np.allclose(scores[:, :2], 1, atol=1e-5)


def test_a_rebuild_draws_the_map_and_what_stays_keeps_its_place(tmp_path: Path):
    rebuild_with(tmp_path, archive(80))
    before = places(tmp_path)
    assert same_topic_nearby(before) > 0.9
    rebuild_with(tmp_path, archive(90))
    after = places(tmp_path)
    assert {key: after[key] for key in before} == before
    assert same_topic_nearby({key: after[key] for key in after if key not in before} | before) > 0.9


def test_a_new_article_is_put_among_its_neighbours(tmp_path: Path):
    rebuild_with(tmp_path, archive(80))
    before = places(tmp_path)
    rebuild_with(tmp_path, [*archive(80), article("new", TOPICS[2], f"{TOPICS[2]} number 2")])
    x, y = places(tmp_path)["new"]
    nearest_first = sorted(before, key=lambda key: (before[key][0] - x) ** 2 + (before[key][1] - y) ** 2)
    assert {int(key[1:]) % 4 for key in nearest_first[:ASKED]} == {2}


def test_places_outlive_the_merging_of_segments(tmp_path: Path):
    rebuild_with(tmp_path, archive(80))
    before = places(tmp_path)
    rebuild_with(tmp_path, archive(40), force=True)  # half is deleted, so that all is written anew
    assert len(opened(tmp_path).segments) == 1
    assert opened(tmp_path).segments[0].rows == 40
    after = places(tmp_path)
    assert after == {key: before[key] for key in after}


def test_a_map_of_which_much_is_new_is_laid_out_again(tmp_path: Path):
    rebuild_with(tmp_path, archive(60))
    rebuild_with(tmp_path, archive(120))
    drawn = read_map(tmp_path, current_generation(tmp_path))
    assert drawn is not None
    assert not drawn.late.any()
    assert same_topic_nearby(places(tmp_path)) > 0.9


def test_a_changed_text_moves_and_its_place_counts_as_late(tmp_path: Path):
    rebuild_with(tmp_path, archive(80))
    changed = [article("a000", TOPICS[1], f"{TOPICS[1]} number 1"), *archive(79, 1)]
    before = places(tmp_path)
    rebuild_with(tmp_path, changed)
    after, drawn = places(tmp_path), read_map(tmp_path, current_generation(tmp_path))
    assert after["a000"] != before["a000"]
    assert drawn is not None
    assert drawn.late.sum() == 1


def test_a_fold_draws_no_map_anew_and_carries_one_on(tmp_path: Path):
    rebuild_with(tmp_path / "none", archive(50), fold=True)
    assert read_map(tmp_path / "none", current_generation(tmp_path / "none")) is None
    rebuild_with(tmp_path / "some", archive(50))
    before = places(tmp_path / "some")
    rebuild_with(tmp_path / "some", archive(100), fold=True)
    after = places(tmp_path / "some")
    assert {key: after[key] for key in before} == before


def test_an_index_of_before_there_were_maps_gets_one_where_nothing_else_changed(tmp_path: Path):
    rebuild_with(tmp_path, archive(50), fold=True)
    generation = current_generation(tmp_path)
    report = rebuild_with(tmp_path, archive(50))
    assert not report.published
    assert current_generation(tmp_path) == generation
    assert len(places(tmp_path)) == 50


def test_a_damaged_map_is_no_map_and_the_next_rebuild_draws_it(tmp_path: Path):
    rebuild_with(tmp_path, archive(50))
    file = tmp_path / "snapshots" / current_generation(tmp_path) / "map" / "places.npy"
    raw = bytearray(file.read_bytes())
    raw[-3] ^= 1
    file.write_bytes(raw)
    assert read_map(tmp_path, current_generation(tmp_path)) is None
    assert opened(tmp_path).manifest.articles == 50
    rebuild_with(tmp_path, archive(51))
    assert len(places(tmp_path)) == 51


def test_an_article_without_a_vector_has_no_place(tmp_path: Path):
    rebuild_with(tmp_path, [*archive(40), article("bare", "¿?")])
    snapshot, drawn = opened(tmp_path), read_map(tmp_path, generations(tmp_path)[-1])
    row = snapshot.row_of_id("bare")
    assert drawn is not None
    assert row is not None
    assert not drawn.known[row]


def test_an_empty_map_knows_no_place():
    drawn = ArchiveMap.empty(3)
    assert not drawn.known.any()
    assert replace(drawn).places.shape == (3, 2)


def test_a_map_that_cannot_be_drawn_costs_no_rebuild(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr("index.archive_map.draw_map", fail)
        assert rebuild_with(tmp_path, archive(40)).published
    assert read_map(tmp_path, current_generation(tmp_path)) is None
    assert "gets no map" in caplog.text
    rebuild_with(tmp_path, archive(40))
    assert len(places(tmp_path)) == 40
