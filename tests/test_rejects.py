"""The file of rejects: a line for each, in its place only when it is whole, and of no more than its size."""

import os
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources import Rejected, Skipped
from index.sources.rejects import ROOM_FOR_THE_END, RejectsFile


def lines(path: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_each_reject_is_a_line_and_what_was_skipped_is_counted_by_kind(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path) as rejects:
        rejects.write(Skipped("a.md", "drafts"))
        rejects.write(
            Rejected("a.csv, line 3", ("id: expected a string, got nothing", "url: expected an address, got 5"))
        )
        rejects.write(Skipped("b.md", "drafts"))
        rejects.write(Skipped("c.md", "section pages"))
        rejects.write(Rejected("a.csv, line 9", ("expected 3 cells, got 2",)))
    assert lines(path) == [
        {
            "place": "a.csv, line 3",
            "problems": ["id: expected a string, got nothing", "url: expected an address, got 5"],
        },
        {"place": "a.csv, line 9", "problems": ["expected 3 cells, got 2"]},
        {"skipped": {"drafts": 2, "section pages": 1}},
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["rejects.jsonl"]


def test_what_was_skipped_for_a_reason_is_a_line_of_its_own_and_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path) as rejects:
        rejects.write(Skipped("a.html", "pages without an article", "expected an article, got a front page"))
        rejects.write(Rejected("b.html", ("title: expected a string, got nothing",)))
        rejects.write(Skipped("c.html", "pages without an article"))
    assert lines(path) == [
        {
            "place": "a.html",
            "kind": "pages without an article",
            "reason": "expected an article, got a front page",
        },
        {"place": "b.html", "problems": ["title: expected a string, got nothing"]},
        {"skipped": {"pages without an article": 2}},
    ]


def test_a_run_without_rejects_leaves_an_empty_file(tmp_path: Path) -> None:
    with RejectsFile(tmp_path / "rejects.jsonl"):
        pass
    assert (tmp_path / "rejects.jsonl").read_bytes() == b""


def test_the_older_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    path.write_text("older\n")
    with RejectsFile(path) as rejects:
        rejects.write(Rejected("here", ("why",)))
        assert path.read_text() == "older\n"
        assert (tmp_path / "rejects.jsonl.part").exists()
    assert lines(path) == [{"place": "here", "problems": ["why"]}]


def test_a_run_that_is_killed_leaves_the_older_file_and_a_part(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    path.write_text("older\n")
    if not (child := os.fork()):
        RejectsFile(path).__enter__().write(Rejected("here", ("why",)))
        os._exit(9)
    os.waitpid(child, 0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["rejects.jsonl", "rejects.jsonl.part"]
    assert path.read_text() == "older\n"


def ended_by(path: Path, error: Exception) -> None:
    with RejectsFile(path) as rejects:
        rejects.write(Rejected("here", ("why",)))
        raise error


def test_a_run_that_ends_early_says_so_in_the_last_line(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with pytest.raises(ValueError, match="the disk"):
        ended_by(path, ValueError("the disk is full"))
    assert lines(path) == [{"place": "here", "problems": ["why"]}, {"ended": "ValueError: the disk is full"}]


def test_a_file_that_is_full_says_how_many_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path, max_bytes=ROOM_FOR_THE_END + 150) as rejects:
        for number in range(2):
            rejects.write(Rejected(f"line {number}", ("x" * 10,)))
        rejects.write(Rejected("line 2", ("x" * 200,)))
        # it has room, and would make the list look whole
        rejects.write(Rejected("line 3", ()))
        rejects.write(Rejected("line 4", ()))
        rejects.write(Skipped("line 5", "drafts"))
    assert [line.get("place") for line in lines(path)[:-2]] == ["line 0", "line 1"]
    assert lines(path)[-2:] == [
        {"skipped": {"drafts": 1}},
        {"left_out": 3, "because": "the file has reached its greatest size"},
    ]
    assert (rejects.written, rejects.left_out) == (2, 3)


def test_a_place_with_bytes_that_are_no_utf_8_is_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path) as rejects:
        rejects.write(Rejected("caf\udce9.md", ("got '\ud800'",)))
    assert lines(path) == [{"place": "caf\\udce9.md", "problems": ["got '\\ud800'"]}]


def test_a_folder_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), RejectsFile(tmp_path / "missing" / "rejects.jsonl"):
        pass


@given(st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=3)), max_size=40), st.integers(0, 3_000))
def test_it_is_never_longer_than_it_may_and_loses_none(
    tmp_path: Path, found: list[tuple[str, list[str]]], room: int
) -> None:
    path = tmp_path / "rejects.jsonl"
    with RejectsFile(path, max_bytes=ROOM_FOR_THE_END + room) as rejects:
        for place, problems in found:
            rejects.write(Rejected(place, tuple(problems)))
    assert path.stat().st_size <= ROOM_FOR_THE_END + room
    written = [line for line in lines(path) if "place" in line]
    assert len(written) + rejects.left_out == len(found)
    assert [(line["place"], line["problems"]) for line in written] == [
        (place, problems) for place, problems in found[: len(written)]
    ]
