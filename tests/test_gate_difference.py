"""What the gate sees and says: both snapshots at hand, the difference line by line, nothing left of what it refuses."""

from hashlib import sha256
from pathlib import Path

import pytest
from helpers import article, examples, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st

from index.embedder import WordHashEmbedder
from index.errors import RebuildRefused
from index.gate import Change, Count, Finding, Holdings, judge, sections_lost
from index.pointer import current_generation, generations

LOCAL = [article(f"l{number}", "Flood", f"flood {number}", section="local") for number in range(20)]
SPORT = [article(f"s{number}", "Match", f"match {number}", section="sport") for number in range(5)]


def bytes_of(data: Path) -> dict[str, str]:
    """Every file of what is published and kept, by its content."""
    paths = [data / "current", *(data / "snapshots").rglob("*"), *(data / "segments").rglob("*")]
    return {
        str(path.relative_to(data)): sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in paths
    }


EDITS = st.lists(st.tuples(st.integers(0, 19), st.sampled_from(["drop", "change"])), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two generations, to which every rebuild is refused: it never changes."""
    data = tmp_path_factory.mktemp("standing") / "data"
    rebuild_with(data, LOCAL)
    rebuild_with(data, [*LOCAL, *SPORT])
    return data


@examples(15)
@given(edits=EDITS)
def test_a_refused_rebuild_leaves_every_byte_that_is_published_or_kept(
    standing: Path, edits: list[tuple[int, str]]
) -> None:
    archive = {one.id: one for one in [*LOCAL, *SPORT]}
    for number, edit in edits:
        archive.pop(f"l{number}", None)
        if edit == "change":
            archive[f"l{number}"] = article(f"l{number}", "Flood", "other words", section="sport")
    before = bytes_of(standing)
    with pytest.raises(RebuildRefused):
        rebuild_with(standing, archive.values(), checks=(lambda _: "never",))
    assert bytes_of(standing) == before


def test_checks_see_both_snapshots_before_the_new_one_is_one_of_those_that_may_be_served(data: Path) -> None:
    first = rebuild_with(data, LOCAL).generation
    seen: list[Change] = []

    def look(change: Change) -> str | None:
        assert change.old_snapshot is not None
        assert change.new_snapshot is not None
        assert change.old_snapshot.generation == first
        assert change.old_snapshot.row_of_id("s1") is None
        assert change.new_snapshot.id_of(change.new_snapshot.row_of_id("s1")) == "s1"
        assert generations(data) == [first]
        assert current_generation(data) == first
        seen.append(change)
        return None

    report = rebuild_with(data, [*LOCAL, *SPORT], checks=(look,))
    assert [change.new_snapshot.generation for change in seen] == [report.generation]
    assert opened(data).generation == report.generation


def test_on_a_dry_run_and_at_the_first_rebuild_the_missing_snapshot_is_none(data: Path) -> None:
    seen: list[tuple[bool, bool]] = []

    def look(change: Change) -> None:
        seen.append((change.old_snapshot is not None, change.new_snapshot is not None))

    rebuild_with(data, LOCAL, checks=(look,), dry_run=True)
    rebuild_with(data, LOCAL, checks=(look,))
    rebuild_with(data, SPORT, checks=(look,), dry_run=True)
    assert seen == [(False, False), (False, True), (True, False)]


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_difference_counts_articles_vectors_and_the_sections_that_changed(data: Path, dry_run: bool) -> None:
    rebuild_with(data, [*LOCAL, *SPORT])
    changed = article("l0", "Flood", "quite other words", section="local")
    moved = article("s0", "Match", "match 0", section="culture")
    archive = [changed, *LOCAL[1:18], moved, *SPORT[1:], article("n", section="culture")]
    difference = rebuild_with(data, archive, dry_run=dry_run).difference
    assert difference.articles == Count(25, 24)
    assert (difference.added, difference.removed, difference.changed) == (1, 2, 2)
    assert difference.vectors == Count(25, 24)
    assert list(difference.sections.items()) == [
        ("local", Count(20, 18)),
        ("sport", Count(5, 4)),
        ("culture", Count(0, 2)),
    ]
    assert (difference.made_with, difference.findings, difference.first) == ({}, (), False)


def test_sections_that_lost_most_come_first_then_those_that_gained_most() -> None:
    old = Holdings(30, 30, {"a": 10, "b": 10, "c": 10, "d": 1})
    new = Holdings(46, 46, {"a": 9, "b": 2, "c": 10, "d": 5, "e": 20})
    assert list(judge((), Change(old, new, 9)).sections) == ["b", "a", "e", "d"]


def test_a_change_of_model_stands_in_the_difference(data: Path) -> None:
    rebuild_with(data, LOCAL, WordHashEmbedder(32))
    difference = rebuild_with(data, LOCAL, WordHashEmbedder(64)).difference
    assert difference.made_with == {"model": ("word-hash-32", "word-hash-64"), "dimension": (32, 64)}


def test_a_finding_names_the_lines_that_it_is_about(data: Path) -> None:
    rebuild_with(data, [*LOCAL, *SPORT])
    with pytest.raises(RebuildRefused):
        rebuild_with(data, LOCAL, checks=(sections_lost,))
    report = rebuild_with(data, LOCAL, checks=(sections_lost,), dry_run=True)
    assert report.difference.findings == (Finding(("section sport",), "sections would vanish: 'sport' (5)"),)


def test_a_finding_without_a_reason_refuses_nothing(data: Path) -> None:
    shown = Finding(("lists",), None, "none differ", {"compared": 3})
    report = rebuild_with(data, LOCAL, checks=(lambda _: shown,))
    assert (report.published, report.refusals, report.difference.findings) == (True, (), (shown,))
