"""A text at which the model fails costs its own vector, and nothing else."""

from pathlib import Path

import pytest
from helpers import CountingEmbedder, article, rebuild_with

from index.embedder import WordHashEmbedder
from index.row import HAS_VECTOR
from index.snapshot import open_newest_good

GOOD = [article(f"a{number}", "Flood", f"flood number {number}") for number in range(6)]
HARD = article("hard", "Flood", "flood and poison")


class Picky(WordHashEmbedder):
    """Fails at every text with the word *poison*, and at whatever comes with it."""

    def embed(self, texts):
        if any("poison" in text for text in texts):
            raise RuntimeError("index out of range in self")
        return super().embed(texts)


def with_vector(data: Path) -> dict[str, bool]:
    snapshot, problems = open_newest_good(data)
    assert not problems
    return {
        snapshot.id_of(start + row): bool(segment.flags[row] & HAS_VECTOR)
        for segment, start, dead in zip(snapshot.segments, snapshot.starts, snapshot.dead, strict=False)
        for row in range(segment.rows)
        if not dead[row]
    }


def test_all_others_are_embedded_and_published(tmp_path: Path):
    report = rebuild_with(tmp_path, [*GOOD, HARD], Picky(64))
    assert report.published
    assert report.not_embedded == ["hard"]
    assert with_vector(tmp_path) == {**{one.id: True for one in GOOD}, "hard": False}


def test_a_night_that_brings_nothing_else_is_published_too(tmp_path: Path):
    rebuild_with(tmp_path, GOOD, Picky(64))
    assert rebuild_with(tmp_path, [*GOOD, HARD], Picky(64)).published
    assert with_vector(tmp_path)["hard"] is False


def test_the_next_rebuild_tries_again_and_embeds_that_one_alone(tmp_path: Path):
    rebuild_with(tmp_path, [*GOOD, HARD], Picky(64))
    better = CountingEmbedder()
    report = rebuild_with(tmp_path, [*GOOD, HARD], better)
    assert (len(better.texts), report.changed, report.not_embedded) == (1, 1, [])
    assert all(with_vector(tmp_path).values())
    assert not rebuild_with(tmp_path, [*GOOD, HARD], better).published


def test_articles_of_the_same_words_share_the_fate(tmp_path: Path):
    twin = article("twin", HARD.title, HARD.text)
    rebuild_with(tmp_path, [*GOOD, HARD, twin], Picky(64))
    found = with_vector(tmp_path)
    assert (found["hard"], found["twin"]) == (False, False)
    rebuild_with(tmp_path, [*GOOD, HARD, twin], WordHashEmbedder(64))
    assert all(with_vector(tmp_path).values())


def test_a_model_that_fails_at_everything_ends_the_rebuild(tmp_path: Path):
    with pytest.raises(RuntimeError, match="the embedder failed"):
        rebuild_with(tmp_path, [*GOOD, HARD], CountingEmbedder(fail_after=0))
