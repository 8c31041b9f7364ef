"""Snapshots: what is damaged is never served, what is whole can be copied and moved."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from helpers import article, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st

from index.archive_map import FOLDER
from index.columns import FolderColumns, FolderWriter, open_array, places, read_sealed_json, write_sealed_json
from index.embedder import WordHashEmbedder
from index.errors import DamagedSnapshot, IncompatibleSnapshot, NoSnapshot
from index.pointer import current_generation, generations, publish
from index.snapshot import open_newest_good, open_snapshot, read_manifest

ARTICLES = [
    article(
        f"a{number}",
        f"Headline {number}",
        f"Mayor Jane Roe spoke in Old Town about the {word}. She said the {word} comes first.",
        section=section,
        published_at=f"2026-01-{number + 1:02}",
        lang="en",
        url=f"https://example.org/{number}",
    )
    for number, (word, section) in enumerate(
        [("bridge", "local"), ("flood", "local"), ("market", None), ("school", "local/schools"), ("film", "culture")]
    )
]


@pytest.fixture(scope="module")
def two_generations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two generations that share no file, the second one current."""
    data = tmp_path_factory.mktemp("two")
    rebuild_with(data, ARTICLES[:-1], WordHashEmbedder(16))
    rebuild_with(data, ARTICLES, WordHashEmbedder(32))
    rebuild_with(data, ARTICLES[1:], WordHashEmbedder(32))
    shutil.rmtree(data / "snapshots" / generations(data)[1])
    return data


def files_of_current(data: Path) -> list[Path]:
    """All but the map's, whose damage costs the map alone (`test_archive_map`)."""
    generation = current_generation(data)
    folders = [data / "snapshots" / generation]
    folders += [data / "segments" / name for name, _ in read_manifest(data, generation).segments]
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if path.parent.name != FOLDER)


def flip(raw: bytes, rng: random.Random) -> Iterator[bytes]:
    for place in {0, len(raw) // 2, len(raw) - 1, rng.randrange(len(raw)), rng.randrange(len(raw))}:
        yield raw[:place] + bytes([raw[place] ^ rng.randrange(1, 256)]) + raw[place + 1 :]


def truncate(raw: bytes, rng: random.Random) -> Iterator[bytes]:
    yield from {raw[:-1], raw[: rng.randrange(len(raw))], b""}


def lengthen(raw: bytes, rng: random.Random) -> Iterator[bytes]:
    yield from (raw + b"\0", raw + b"\n", raw + raw)


def delete(raw: bytes, rng: random.Random) -> Iterator[None]:
    yield None


@pytest.mark.parametrize("damage", [flip, truncate, lengthen, delete])
def test_damage_to_any_file_is_refused_and_the_generation_before_serves(
    two_generations: Path, damage: Callable
) -> None:
    data, rng = two_generations, random.Random(7)
    previous, current = generations(data)
    files = files_of_current(data)
    assert len(files) > 30
    undetected = []
    for path in files:
        raw = path.read_bytes()
        for damaged in damage(raw, rng) if raw else []:
            path.unlink() if damaged is None else path.write_bytes(damaged)
            snapshot, problems = open_newest_good(data)
            path.write_bytes(raw)
            if snapshot.generation == current:
                undetected.append(path.name)
                continue
            assert (snapshot.generation, len(problems)) == (previous, 1)
            assert path.name in problems[0] or path.parent.name in problems[0]
    assert undetected == []
    assert open_newest_good(data)[0].generation == current


@given(place=st.integers(0), change=st.integers(1, 255), which=st.integers(0))
def test_a_flip_of_any_byte_is_refused(two_generations: Path, place: int, change: int, which: int) -> None:
    files = [path for path in files_of_current(two_generations) if path.stat().st_size]
    path = files[which % len(files)]
    raw = path.read_bytes()
    place %= len(raw)
    path.write_bytes(raw[:place] + bytes([raw[place] ^ change]) + raw[place + 1 :])
    try:
        with pytest.raises(DamagedSnapshot):
            open_snapshot(two_generations, current_generation(two_generations))
    finally:
        path.write_bytes(raw)


@pytest.mark.parametrize("pointer", [b"", b"\n", b"no such generation\n", b"\xff\xfe", b"../x\n", b".\n", b"a\0b\n"])
def test_a_damaged_pointer_is_reported_and_the_newest_generation_serves(two_generations: Path, pointer: bytes) -> None:
    newest = generations(two_generations)[-1]
    raw = (two_generations / "current").read_bytes()
    (two_generations / "current").write_bytes(pointer)
    try:
        snapshot, problems = open_newest_good(two_generations)
    finally:
        (two_generations / "current").write_bytes(raw)
    assert snapshot.generation == newest
    assert len(problems) == 1


def test_when_every_generation_is_damaged_none_is_served_and_each_is_named(two_generations: Path, data: Path) -> None:
    shutil.copytree(two_generations, data)
    for path in (data / "segments").glob("*/published.npy"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedSnapshot, match="no snapshot can be served") as caught:
        open_newest_good(data)
    assert str(caught.value).count("published.npy") == 2


def test_without_a_published_snapshot_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot, match="alsoread rebuild SOURCE"):
        open_newest_good(tmp_path)


@pytest.mark.parametrize("other_format", [0, 4, None, "1"])
def test_another_format_is_refused_with_both_numbers(two_generations: Path, data: Path, other_format: object) -> None:
    shutil.copytree(two_generations, data)
    manifest = data / "snapshots" / current_generation(data) / "manifest.json"
    body = orjson.loads(manifest.read_bytes())["body"]
    write_sealed_json(manifest, {**body, "format": other_format, "field of the future": 1})
    with pytest.raises(IncompatibleSnapshot, match=f"format {other_format}, this version reads"):
        open_snapshot(data, current_generation(data))
    snapshot, problems = open_newest_good(data)
    assert snapshot.generation == generations(data)[0]
    assert "format" in problems[0]


def test_a_data_folder_that_was_moved_answers_the_same(two_generations: Path, tmp_path: Path) -> None:
    before = opened(two_generations)
    shutil.copytree(two_generations, tmp_path / "a" / "b")
    (tmp_path / "a").rename(tmp_path / "moved")
    after = opened(tmp_path / "moved" / "b")
    assert after.generation == before.generation
    for one in ARTICLES[1:]:
        places = [snapshot.place(snapshot.row_of_id(one.id)) for snapshot in (before, after)]
        cards = [segment.card(row) for segment, row in places]
        assert cards[0] == cards[1]
        assert np.array_equal(before.vectors.get(one.id), after.vectors.get(one.id))


def test_no_file_of_a_data_folder_holds_the_path_where_it_was_made(two_generations: Path) -> None:
    here = str(two_generations).encode()
    files = [path for path in two_generations.rglob("*") if path.is_file()]
    assert any(path.suffix == ".json" for path in files)
    assert [path.name for path in files if here in path.read_bytes()] == []


def test_a_snapshot_knows_what_it_holds(two_generations: Path) -> None:
    snapshot = opened(two_generations)
    manifest = snapshot.manifest
    assert len(snapshot) == manifest.articles == manifest.vectors == 4
    assert manifest.sections == {"": 1, "culture": 1, "local": 2}
    assert (manifest.recipe.model, manifest.recipe.dimension) == ("word-hash-32", 32)
    assert manifest.newest == "2026-01-05T00:00:00Z"
    assert snapshot.row_of_id("a0") is None
    assert [snapshot.id_of(row) for row, _ in snapshot.rows_of_url("https://example.org/2")] == ["a2"]
    assert snapshot.rows_of_url("https://example.org/0") == []


def test_a_deleted_row_is_what_the_tombstones_say(two_generations: Path) -> None:
    snapshot = opened(two_generations)
    gone = [
        seg.ids[int(r)]
        for seg, dead in zip(snapshot.segments, snapshot.dead, strict=True)
        for r in np.flatnonzero(dead)
    ]
    assert gone == [b"a0"]
    assert snapshot.manifest.deleted == (1,)


def test_columns_are_taken_by_row_across_segments(data: Path) -> None:
    rebuild_with(data, ARTICLES[:3])
    rebuild_with(data, ARTICLES)
    snapshot = opened(data)
    assert len(snapshot.segments) == 2
    order = ["a4", "a0", "a3", "a1", "a2", "a0"]
    rows = np.array([snapshot.row_of_id(one) for one in order])
    days = [int(one[1:]) for one in order]
    first = snapshot.take("published", rows[1:2])[0]
    assert snapshot.take("published", rows).tolist() == [first + day * 86_400 for day in days]
    assert snapshot.vectors_at(rows).tolist() == [snapshot.vectors.get(one).tolist() for one in order]


def test_publishing_is_one_rename_that_leaves_nothing_else(two_generations: Path, data: Path) -> None:
    shutil.copytree(two_generations, data)
    before = sorted(path.name for path in data.iterdir())
    publish(data, generations(data)[0])
    assert current_generation(data) == generations(data)[0]
    assert sorted(path.name for path in data.iterdir()) == before


@given(values=st.lists(st.binary(max_size=20), max_size=20))
def test_strings_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, values: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("column") / "new"
    writer = FolderWriter(folder)
    writer.strings("words", values)
    assert set(writer.close()) == {"words.bytes", "words.offsets.npy"}
    column = FolderColumns(folder).open_strings("words")
    assert [column[row] for row in range(len(column))] == values


def test_an_array_comes_back_read_only(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "new")
    writer.array("numbers", np.array([[3, 1], [2, 9]], dtype=np.int32))
    numbers = open_array(tmp_path / "new", "numbers")
    assert numbers.tolist() == [[3, 1], [2, 9]]
    assert not numbers.flags.writeable


@pytest.mark.parametrize(("last", "kept"), [(2**31 - 1, np.int32), (2**31, np.int64)])
def test_places_take_four_bytes_where_these_hold_them(last: int, kept: type) -> None:
    found = places(np.array([0, 7, last], dtype=np.int64))
    assert found.dtype == kept
    assert found.tolist() == [0, 7, last]


@pytest.mark.parametrize("failures", [1, 4, 5])
def test_a_header_that_two_threads_read_at_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    folder = FolderWriter(tmp_path / "columns")
    folder.array("numbers", np.arange(3))
    folder.close()
    load, calls = np.load, 0

    def sometimes(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls <= failures:
            raise SystemError("AST constructor recursion depth mismatch (before=66, after=81)")
        return load(*given, **named)

    monkeypatch.setattr(np, "load", sometimes)
    if failures < 5:
        assert open_array(tmp_path / "columns", "numbers").tolist() == [0, 1, 2]
    else:
        with pytest.raises(SystemError):
            open_array(tmp_path / "columns", "numbers")


def test_a_sealed_file_that_is_not_json_is_damaged(tmp_path: Path) -> None:
    for raw in (b"", b"[]", b"{}", b"null", b'{"body": {}}', b'{"body": {}, "sha256": "0"}', b"\xff"):
        (tmp_path / "manifest.json").write_bytes(raw)
        with pytest.raises(DamagedSnapshot, match=r"manifest\.json"):
            read_sealed_json(tmp_path / "manifest.json")
