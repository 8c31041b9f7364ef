"""`alsoread snapshots`, `verify` and `rollback`: what they print, and their exit codes."""

import fcntl
from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive
from service_fixtures import numbered, small_archive

from index.pointer import current_generation, generations, pointer
from index.snapshot import read_manifest


@pytest.fixture
def two(tmp_path: Path, data: Path) -> Path:
    """A data folder with two generations, of 15 and of 16 articles."""
    archive = write_archive(tmp_path / "articles.jsonl", small_archive())
    run("rebuild", archive, "--data", data)
    write_archive(archive, [*small_archive(), numbered("flood", 6)])
    run("rebuild", archive, "--data", data)
    return data


def spoil(data: Path, generation: str) -> Path:
    """Change a byte of the segment that only this generation uses."""
    path = data / "segments" / read_manifest(data, generation).segments[-1][0] / "published.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    return path


def test_snapshots_lists_a_line_each_newest_first(two: Path):
    newest, older = lines(run("snapshots", "--data", two, "--json"))
    assert [newest["generation"], older["generation"]] == generations(two)[::-1]
    assert {
        name: older[name] for name in ("current", "articles", "vectors", "model", "format", "whole", "problem")
    } == {
        "current": False,
        "articles": 15,
        "vectors": 15,
        "model": "word-hash-256",
        "format": 3,
        "whole": True,
        "problem": None,
    }
    assert (newest["current"], newest["articles"]) == (True, 16)
    assert older["newest_article"] == "2026-03-19T12:00:00Z"
    assert 0 < older["bytes_alone"] < older["bytes"] < newest["bytes"]


def test_snapshots_into_a_pipe_are_columns_apart_by_tabs(two: Path):
    heading, newest, older = run("snapshots", "--data", two).stdout.splitlines()
    assert heading.split("\t") == [
        "snapshot", "state", "made", "articles", "vectors", "newest", "model", "format", "own MB", "MB",
    ]  # fmt: skip
    assert newest.split("\t")[:2] == [current_generation(two), "current"]
    assert older.split("\t")[1] == "whole"


def test_without_any_snapshot_the_listing_says_how_to_make_one(data: Path):
    assert run("snapshots", "--data", data).stdout == "no snapshots yet; make one with: alsoread rebuild SOURCE\n"
    assert run("snapshots", "--data", data, "--json").stdout == ""


def test_a_listing_marks_a_snapshot_that_cannot_be_served_and_says_why(two: Path):
    (two / "snapshots" / generations(two)[0] / "manifest.json").write_bytes(b"{}")
    result = run("snapshots", "--data", two)
    assert result.stdout.splitlines()[2].split("\t")[1:3] == ["damaged", "–"]
    assert "manifest.json" in result.stderr
    assert lines(run("snapshots", "--data", two, "--json"))[1]["whole"] is False


def test_verify_reads_the_published_one_or_the_named_one_or_all(two: Path):
    older, current = generations(two)
    assert lines(run("verify", "--data", two, "--json")) == [{"generation": current, "whole": True, "problem": None}]
    assert [line["generation"] for line in lines(run("verify", older, "--data", two, "--json"))] == [older]
    assert [line["generation"] for line in lines(run("verify", "--all", "--data", two, "--json"))] == [current, older]
    assert run("verify", "--data", two).stdout == f"snapshot\tstate\n{current}\twhole\n"
    assert "not both" in run("verify", older, "--all", "--data", two, code=2).stderr


def test_verify_names_the_damaged_file_and_what_to_do_and_fails(two: Path):
    older, current = generations(two)
    spoil(two, current)
    result = run("verify", "--all", "--data", two, code=1)
    damaged, whole = result.stdout.splitlines()[1:]
    assert damaged.startswith(f"{current}\tdamaged: ")
    assert "published.npy is not what was written" in damaged
    assert whole == f"{older}\twhole"
    assert "alsoread rebuild" in result.stderr
    assert "alsoread rollback" in result.stderr
    run("verify", older, "--data", two)


def test_verify_of_a_damaged_one_that_is_not_published_warns_of_going_back(two: Path):
    older = generations(two)[0]
    (two / "snapshots" / older / "tombstones.npy").unlink()
    assert "Do not roll back" in run("verify", older, "--data", two, code=1).stderr


def test_verify_without_such_a_snapshot_is_one_line(two: Path, tmp_path: Path):
    assert "there are: " in one_line_error(run("verify", "nothing", "--data", two, code=1))
    assert "alsoread rebuild SOURCE" in one_line_error(run("verify", "--data", tmp_path / "none", code=1))


def test_a_rollback_says_what_it_means_and_how_to_undo_it(two: Path):
    older, current = generations(two)
    said = run("rollback", "--data", two).stdout.splitlines()
    assert said[0] == f"published {older} in place of {current}"
    assert "taken down" in said[1]
    assert "next rebuild" in said[2]
    assert said[3] == f"To undo this: alsoread rollback {current}"
    assert pointer(two).rolled_back
    assert len(lines(run("also-read", "flood-1", "--data", two, "--json"))[0]["items"]) > 0
    assert lines(run("rollback", current, "--data", two, "--json")) == [{"generation": current, "before": older}]
    assert current_generation(two) == current


def test_a_rollback_to_a_damaged_one_is_refused(two: Path):
    older, current = generations(two)
    (two / "snapshots" / older / "tombstones.npy").write_bytes(b"")
    assert "tombstones.npy has 0 bytes" in one_line_error(run("rollback", "--data", two, code=1))
    assert current_generation(two) == current


def test_a_rollback_while_a_rebuild_runs_is_locked_out(two: Path):
    with (two / "rebuild.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another rebuild of" in one_line_error(run("rollback", "--data", two, code=5))


def test_a_rollback_without_an_index_makes_no_folder(data: Path):
    assert "alsoread rebuild SOURCE" in one_line_error(run("rollback", "--data", data, code=1))
    assert not data.exists()


def test_a_rebuild_keeps_as_many_as_are_asked_for(two: Path):
    oldest = generations(two)[0]
    for _ in range(2):
        run("rollback", oldest, "--data", two)
        run("rebuild", "--data", two)
    assert len(generations(two)) == 4
    run("rebuild", "--data", two, "--keep", 3)
    assert len(generations(two)) == 3
    run("rebuild", "--data", two, ALSOREAD_KEEP_SNAPSHOTS="2")
    assert len(generations(two)) == 2
    assert "--keep" in run("rebuild", "--data", two, "--keep", 1, code=2).stderr
