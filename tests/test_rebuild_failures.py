"""Whatever ends a rebuild, at whatever step, the last good snapshot serves on and the next rebuild makes up for it."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import CountingEmbedder, article, opened, rebuild_with
from test_rebuild_properties import assert_same_answers, built_from_nothing

from index import embedding_chunks, publishing
from index import rebuild as rebuild_module
from index.catalogue import Catalogue
from index.columns import FolderWriter
from index.embedder import WordHashEmbedder
from index.errors import ModelMismatch
from index.gate import DEFAULT_KEEP
from index.pointer import current_generation, generations
from index.rebuild import rebuild
from index.snapshot import open_newest_good, read_manifest
from index.staging import Staging

OLD = [article(f"a{number}", "Flood", f"flood number {number}", section="local") for number in range(6)]
NEW = [*OLD[1:], article("a6", "Vote", "a vote", section="local"), article("a7", "Bridge", "a bridge")]


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def failing_rebuild(monkeypatch: pytest.MonkeyPatch, data: Path, owner: object, step: str, fault: object) -> None:
    """A rebuild to `NEW` that finds the disk full at one step."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, fault)
        with pytest.raises(OSError, match="No space left"):
            rebuild_with(data, NEW)


def failing_at(call: int) -> Callable[..., None]:
    """Works until the given call of it, then finds the disk full."""
    calls = iter(range(1_000_000))
    original = FolderWriter.seal

    def seal(self: FolderWriter, name: str) -> None:
        if next(calls) == call:
            no_space()
        original(self, name)

    return seal


def assert_serves(data: Path, generation: str, ids: int) -> None:
    snapshot, problems = open_newest_good(data)
    assert (snapshot.generation, problems, len(snapshot)) == (generation, [], ids)


def assert_next_rebuild_makes_up_for_it(data: Path, embedded: int) -> None:
    embedder = CountingEmbedder()
    report = rebuild_with(data, NEW, embedder)
    assert (report.published, len(embedder.texts)) == (True, embedded)
    assert_same_answers(opened(data), built_from_nothing(data.with_name("built"), NEW))
    assert_nothing_is_left_over(data)


def assert_nothing_is_left_over(data: Path) -> None:
    used = {segment for name in generations(data) for segment in segments_of(data, name)}
    assert {path.name for path in (data / "segments").iterdir()} == used
    assert not [path for path in (data / "snapshots").iterdir() if path.name.startswith(".")]


def segments_of(data: Path, generation: str) -> list[str]:
    return [name for name, _ in read_manifest(data, generation).segments]


def test_an_embedder_that_fails_in_the_middle_costs_only_what_was_not_kept(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_chunks, "EMBED_CHUNK", 2)
    first = rebuild_with(data, OLD).generation
    many = [*OLD, *(article(f"b{number}", "Film", f"film number {number}") for number in range(9))]
    with pytest.raises(RuntimeError, match="the embedder failed"):
        rebuild_with(data, many, CountingEmbedder(fail_after=5))
    assert_serves(data, first, 6)
    embedder = CountingEmbedder()
    assert rebuild_with(data, many, embedder).published
    assert len(embedder.texts) == 9 - 4


def test_an_embedder_that_fails_on_the_first_rebuild_leaves_no_snapshot_and_a_later_one_succeeds(data: Path) -> None:
    with pytest.raises(RuntimeError):
        rebuild_with(data, OLD, CountingEmbedder(fail_after=0))
    assert generations(data) == []
    assert rebuild_with(data, OLD).added == 6


@pytest.mark.parametrize("call", [0, 1, 12, 20, 28])
def test_a_disk_that_is_full_while_files_are_written_leaves_the_last_snapshot(
    data: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    first = rebuild_with(data, OLD).generation
    failing_rebuild(monkeypatch, data, FolderWriter, "seal", failing_at(call))
    assert_serves(data, first, 6)
    assert_next_rebuild_makes_up_for_it(data, embedded=0)


@pytest.mark.parametrize(
    ("owner", "step", "embedded"),
    [
        (FolderWriter, "close", 0),
        (FolderWriter, "__init__", 0),
        (publishing, "write_fresh", 0),
        (publishing, "make_manifest", 0),
        (publishing, "write_snapshot", 0),
        (publishing, "open_snapshot", 0),
        (rebuild_module, "put_in_place", 0),
        (rebuild_module, "publish", 0),
        (Staging, "apply", 0),
        (Catalogue, "keep_vectors", 2),
    ],
)
def test_a_disk_that_is_full_at_any_step_leaves_the_last_snapshot(
    data: Path, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, embedded: int
) -> None:
    first = rebuild_with(data, OLD).generation
    failing_rebuild(monkeypatch, data, owner, step, no_space)
    assert_serves(data, first, 6)
    assert current_generation(data) == first
    assert_next_rebuild_makes_up_for_it(data, embedded)


def test_a_failure_after_publication_leaves_the_new_snapshot(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild_with(data, OLD)
    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "forget_unused_vectors", no_space)
        assert rebuild_with(data, NEW).published
    assert_same_answers(opened(data), built_from_nothing(data.with_name("built"), NEW))


def test_what_a_killed_rebuild_left_behind_is_removed_by_the_next(data: Path) -> None:
    rebuild_with(data, OLD)
    for left_over in ("segments/.half", "segments/20200101T000000-dead", "snapshots/.20200101"):
        (data / left_over).mkdir()
        (data / left_over / "published.npy").write_bytes(b"half")
    (data / ".current").write_text("half")
    rebuild_with(data, NEW)
    assert_nothing_is_left_over(data)
    assert not (data / ".current").exists()


def test_failing_night_after_night_does_not_fill_the_disk(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild_with(data, OLD)
    sizes = []
    for _ in range(3):
        failing_rebuild(monkeypatch, data, publishing, "write_snapshot", no_space)
        sizes.append(len(list((data / "segments").iterdir())))
    assert max(sizes) <= 2


def test_a_few_generations_stay_and_no_segment_that_none_of_them_uses(data: Path) -> None:
    seen = []
    for number in range(DEFAULT_KEEP + 3):
        seen.append(rebuild_with(data, [*OLD[1:], article("a0", "Flood", f"changed {number}")]).generation)
    assert generations(data) == seen[-DEFAULT_KEEP:]
    assert_nothing_is_left_over(data)
    assert open_newest_good(data)[0].generation == seen[-1]


def test_a_damaged_snapshot_is_built_anew_without_embedding(data: Path) -> None:
    rebuild_with(data, OLD)
    damaged = next((data / "segments").glob("*/published.npy"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    embedder = CountingEmbedder()
    report = rebuild_with(data, OLD, embedder)
    assert (report.published, embedder.texts) == (True, [])
    assert_same_answers(opened(data), built_from_nothing(data.with_name("built"), OLD))


def test_a_lost_catalogue_is_made_up_for_by_the_next_rebuild(data: Path) -> None:
    first = rebuild_with(data, OLD)
    for path in data.glob("catalogue.sqlite*"):
        path.unlink()
    report = rebuild_with(data, OLD)
    assert (report.generation, report.published, report.embedded) == (first.generation, False, 0)
    assert rebuild(data, [], WordHashEmbedder(64)).articles == 6


def test_lost_segments_are_made_up_for_by_the_next_rebuild(data: Path) -> None:
    rebuild_with(data, OLD)
    shutil.rmtree(data / "segments")
    assert rebuild_with(data, OLD).published
    assert len(opened(data)) == 6


class Wrong(WordHashEmbedder):
    """Gives vectors that are not what it promised."""

    def __init__(self, change: Callable[[np.ndarray], np.ndarray]) -> None:
        super().__init__(64)
        self.change = change

    def embed(self, texts):
        return self.change(super().embed(texts))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda vectors: vectors[:, :63], r"expected vectors of shape \(6, 64\), got \(6, 63\)"),
        (lambda vectors: vectors[:-1], r"expected vectors of shape \(6, 64\), got \(5, 64\)"),
        (lambda vectors: vectors * np.float32("nan"), "finite"),
        (lambda vectors: np.where(vectors > 0, np.float32("inf"), vectors), "finite"),
    ],
)
def test_vectors_that_are_not_as_promised_are_refused_before_they_are_kept(
    data: Path, change: Callable[[np.ndarray], np.ndarray], said: str
) -> None:
    with pytest.raises(ModelMismatch, match=said):
        rebuild_with(data, OLD, Wrong(change))
    embedder = CountingEmbedder()
    rebuild_with(data, OLD, embedder)
    assert len(embedder.texts) == 6
