"""`alsoread rebuild` where something stands in its way, what it says meanwhile, and where its settings come from."""

import fcntl
import json
from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive
from service_fixtures import small_archive

from index.snapshot import current_generation
from service import console


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "articles.jsonl", small_archive())


def test_the_gate_refuses_a_great_loss_until_it_is_forced(archive: Path, tmp_path: Path, data: Path):
    run("rebuild", archive, "--data", data)
    before = current_generation(data)
    half = write_archive(tmp_path / "half.jsonl", small_archive()[:8])
    said = run("rebuild", half, "--data", data, code=4).stderr.splitlines()
    assert said[0] == "refused, nothing was published:"
    assert "  - 7 of 15 articles would be lost (47%; at most 20% may be)" in said
    assert "--force" in said[-1]
    assert current_generation(data) == before
    assert run("rebuild", half, "--data", data, "--max-loss", "0.5", code=4).stderr.count("  - ") == 1
    forced = run("rebuild", half, "--data", data, "--force", "--json")
    assert "published by force: 7 of 15 articles would be lost" in forced.stderr
    assert lines(forced)[0]["articles"] == 8
    assert current_generation(data) != before


def test_an_empty_archive_is_refused(tmp_path: Path, data: Path):
    empty = write_archive(tmp_path / "empty.jsonl", [])
    assert "the sources hold no article" in run("rebuild", empty, "--data", data, code=4).stderr
    assert "the sources hold no article" in run("rebuild", "--data", data, code=4).stderr


def test_a_second_rebuild_at_the_same_time_is_locked_out(archive: Path, data: Path):
    run("rebuild", archive, "--data", data)
    with (data / "rebuild.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = one_line_error(run("rebuild", "--data", data, code=5))
    assert said.startswith("alsoread: another rebuild of ")
    run("rebuild", archive, "--data", data)


def test_what_cannot_be_read_is_one_line(tmp_path: Path, data: Path):
    assert "no such file or folder" in one_line_error(run("rebuild", tmp_path / "none.jsonl", "--data", data, code=1))
    (tmp_path / "a.pdf").touch()
    assert "expected JSON lines" in one_line_error(run("rebuild", tmp_path / "a.pdf", "--data", data, code=1))
    (tmp_path / "file").touch()
    one_line_error(run("rebuild", "--data", tmp_path / "file" / "data", code=1))


def test_a_broken_catalogue_is_one_line(data: Path):
    data.mkdir()
    (data / "catalogue.sqlite").write_bytes(b"no database " * 1_000)
    assert "catalogue" in one_line_error(run("rebuild", "--data", data, code=1))


@pytest.mark.parametrize("share", ["2", "-0.1", "nan", "some"])
def test_a_share_is_a_number_from_0_to_1(archive: Path, data: Path, share: str):
    said = run("rebuild", archive, "--data", data, "--max-loss", share, code=2).stderr
    assert "--max-loss" in said
    assert share in said


def test_progress_goes_to_standard_error_and_json_stays_pure(
    archive: Path, data: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(console, "LOG_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(console, "QUIET_SECONDS", 0.0)
    result = run("rebuild", archive, "--data", data, "--json")
    assert len(lines(result)) == 1
    said = result.stderr.splitlines()
    assert any(line.startswith(f"reading {archive}: ") for line in said)
    assert any(line.startswith("embedding: 15 of 15") for line in said)
    assert "\x1b" not in result.stderr


def test_a_quick_rebuild_says_nothing_of_its_progress(archive: Path, data: Path):
    assert run("rebuild", archive, "--data", data).stderr == ""


def test_settings_come_from_the_environment_and_options_win(archive: Path, tmp_path: Path):
    run("rebuild", archive, ALSOREAD_DATA=str(tmp_path / "environment"))
    run("rebuild", archive, "--data", tmp_path / "option", ALSOREAD_DATA=str(tmp_path / "other"))
    assert current_generation(tmp_path / "environment")
    assert current_generation(tmp_path / "option")
    assert not (tmp_path / "other").exists()
    said = one_line_error(run("rebuild", archive, ALSOREAD_DTA="x", code=1))
    assert said.startswith("alsoread: ALSOREAD_DTA is no setting; settings are ALSOREAD_DATA, ")


def test_a_dry_run_says_what_the_gate_would_say(archive: Path, tmp_path: Path, data: Path):
    run("rebuild", archive, "--data", data)
    half = write_archive(tmp_path / "half.jsonl", small_archive()[:7])
    assert "would be refused: 8 of 15" in run("rebuild", half, "--data", data, "--dry-run").stderr


def test_a_refused_rebuild_still_names_the_records_that_it_rejected(tmp_path: Path, data: Path):
    source = write_archive(tmp_path / "a.jsonl", [{"guid": "x", "title": json.dumps("T")}])
    assert "line 1: id: expected" in run("rebuild", source, "--data", data, code=4).stderr


def test_a_dry_run_makes_no_data_folder(archive: Path, data: Path):
    run("rebuild", archive, "--data", data, "--dry-run")
    assert not data.exists()
