"""`alsoread rebuild` where something stands in its way, what it says meanwhile, and where its settings come from."""

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive
from service_fixtures import WORDS, record, small_archive, subject_words

from index.pointer import current_generation
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
    said = run("rebuild", empty, "--data", data, code=4).stderr
    assert "the sources hold no article" in said
    assert "nothing was published before; --force" in said, "no index serves on where there is none"
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
    assert "would be refused: 8 of 15" in run("rebuild", half, "--data", data, "--dry-run", code=4).stderr
    run("rebuild", half, "--data", data, "--dry-run", "--force")


def test_a_refused_rebuild_still_names_the_records_that_it_rejected(tmp_path: Path, data: Path):
    source = write_archive(tmp_path / "a.jsonl", [{"guid": "x", "title": json.dumps("T")}])
    assert "line 1: id: expected" in run("rebuild", source, "--data", data, code=4).stderr


def test_a_dry_run_makes_no_data_folder(archive: Path, data: Path):
    run("rebuild", archive, "--data", data, "--dry-run")
    assert not data.exists()


def test_a_refused_rebuild_shows_the_difference_and_which_line_was_the_reason(
    archive: Path, tmp_path: Path, data: Path
):
    run("rebuild", archive, "--data", data)
    half = write_archive(tmp_path / "half.jsonl", small_archive()[:8])
    printed = run("rebuild", half, "--data", data, code=4).stdout.splitlines()[2:]
    rows = {row[0]: row[1:] for row in (line.split("\t") for line in printed)}
    assert rows == {
        "": ["before", "after", "change", "what"],
        "articles": ["15", "8", "-7", "✗ fails the gate · 7 removed"],
        "vectors": ["15", "8", "-7", "✗ fails the gate"],
        "section council": ["5", "0", "-5", "✗ fails the gate"],
        "section sport": ["5", "3", "-2", ""],
        "lists": ["", "", "", rows["lists"][3]],
    }
    assert rows["lists"][3].endswith(" of 8 lists differ")
    (report,) = lines(run("rebuild", half, "--data", data, "--json", code=4))
    assert report["published"] is False
    assert report["difference"]["sections"] == {
        "council": {"before": 5, "after": 0},
        "sport": {"before": 5, "after": 3},
    }
    assert report["difference"]["lists"]["compared"] == 8
    assert [fault["lines"] for fault in report["difference"]["refused"]] == [
        ["articles"],
        ["vectors"],
        ["section council"],
    ]


def test_a_dry_run_shows_the_difference_without_the_lists(archive: Path, tmp_path: Path, data: Path):
    run("rebuild", archive, "--data", data)
    fewer = write_archive(tmp_path / "fewer.jsonl", small_archive()[:14])
    printed = run("rebuild", fewer, "--data", data, "--dry-run").stdout
    assert "articles\t15\t14\t-1\t1 removed\n" in printed
    assert "lists" not in printed


def test_many_sections_are_cut_to_those_at_fault_and_the_greatest_changes(tmp_path: Path, data: Path):
    def archive_of(sections: dict[str, int]) -> Path:
        records = [record(f"{name}-{n}", section=name) for name, count in sections.items() for n in range(count)]
        return write_archive(tmp_path / "sections.jsonl", records)

    run("rebuild", archive_of({"gone": 5, **{f"s{n:02}": 20 for n in range(15)}}), "--data", data)
    fewer = archive_of({f"s{n:02}": 20 - n // 5 for n in range(15)})
    printed = run("rebuild", fewer, "--data", data, code=4).stdout.splitlines()
    named = [line.split("\t")[0] for line in printed if line.startswith(("section", "…"))]
    assert named == [
        "section gone",
        *(f"section s{n:02}" for n in (10, 11, 12, 13, 14, 5, 6, 7, 8)),
        "… and 1 more",
    ]


def test_a_great_change_of_lists_is_refused_until_it_is_allowed(tmp_path: Path, data: Path):
    def archive_of(subject_of: Callable[[int], int]) -> Path:
        subjects = list(WORDS)
        records = [record(f"a{n}", subject_words(subjects[subject_of(n)], 8 + n % 7)) for n in range(45)]
        return write_archive(tmp_path / "a.jsonl", records)

    run("rebuild", archive_of(lambda n: n % 3), "--data", data)
    mixed_up = archive_of(lambda n: n // 15)
    said = run("rebuild", mixed_up, "--data", data, code=4)
    assert "of the suggestions in 45 lists would change (at most 40% may)" in said.stderr
    assert "lists\t\t\t\t✗ fails the gate · " in said.stdout
    run("rebuild", mixed_up, "--data", data, "--max-change", 1)
