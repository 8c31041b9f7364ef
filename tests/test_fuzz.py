"""Damaged, hostile and nonsensical input for every reader: a little of what `make fuzz` does at length, always the same."""

import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pytest

pytest.importorskip("benchmarks.fuzz", reason="the campaign is not beside the tests (a source distribution)")

from benchmarks.fuzz import campaign, case
from benchmarks.fuzz.bundle import bundled, parts, unbundle
from benchmarks.fuzz.campaign import Row, results
from benchmarks.fuzz.readers import READERS
from benchmarks.fuzz.tally import Tally
from index.article import Article
from index.sources import Rejected

SEED = 2026
CASES = 16


@pytest.fixture(autouse=True)
def _parquet_here(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        from parquet_process import started_here
    except ImportError:
        return  # the extra is not installed, and its reader says so
    monkeypatch.setattr("index.sources.tables.parquet_table.started", started_here)


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_crashes_hangs_grows_or_loses_an_item_over_damaged_input(reader: str) -> None:
    if reader == "parquet":
        pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    for number in range(CASES):
        data = case.bytes_of(reader, SEED, number, with_real=False)
        found = case.run(reader, data, number)
        assert not found.fault, f"case {number} of seed {SEED}: {found.fault}: {found.told}"


@pytest.mark.parametrize("reader", READERS)
def test_what_is_not_damaged_is_read(reader: str) -> None:
    if reader in ("robots", "unknown", "parquet"):
        pytest.skip("gives no articles, or seeds of every kind, or needs an extra")
    seeds = [seed.encode() if isinstance(seed, str) else seed for seed in READERS[reader].own()]
    found = [case.run(reader, seed) for seed in seeds]
    assert not [one for one in found if one.fault]
    assert sum(one.articles for one in found) > 0


def test_the_same_numbers_give_the_same_case_and_others_another() -> None:
    one = [case.bytes_of("feed", 1, number, with_real=False) for number in range(20)]
    assert one == [case.bytes_of("feed", 1, number, with_real=False) for number in range(20)]
    assert len({*one, *(case.bytes_of("feed", 2, number, with_real=False) for number in range(20))}) > 30


def fail(data: bytes, folder: Path, tally: Tally) -> None:
    if b"x" in data:
        raise KeyError("what a reader may not raise")


def lose(data: bytes, folder: Path, tally: Tally) -> None:
    tally.expected = data.count(b"\n")
    tally.take([Rejected("a", ("b",))])


def say_too_much(data: bytes, folder: Path, tally: Tally) -> None:
    tally.take([Rejected("a", ("b" * 50_000,))])


def hang(data: bytes, folder: Path, tally: Tally) -> None:
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass


def grow(data: bytes, folder: Path, tally: Tally) -> None:
    assert len(bytearray(b"x") * 60_000_000) == 60_000_000


def leave_open(data: bytes, folder: Path, tally: Tally) -> None:
    LEFT.append((folder / "a").open("wb"))


LEFT: list[BinaryIO] = []


@pytest.mark.parametrize(
    ("read", "fault"),
    [(fail, "crash"), (lose, "lost"), (say_too_much, "wrong"), (hang, "hang"), (grow, "memory"), (leave_open, "wrong")],
)
def test_a_reader_that_does_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch, read: object, fault: str) -> None:
    monkeypatch.setitem(READERS, "csv", replace(READERS["csv"], read=read))  # type: ignore[arg-type]  # the table is a dict
    if fault == "hang":  # the others may take as long as they like: on a busy machine 60 MB are not had in 0.1 s
        monkeypatch.setattr(case, "HANG", 0.1)
    monkeypatch.setattr(case, "MEMORY", 30_000_000)
    gc.collect()  # files that other tests let go of are not closed in its middle
    assert case.run("csv", b"x\n\n").fault == fault
    while LEFT:
        LEFT.pop().close()


def test_a_case_is_made_smaller_as_long_as_it_fails_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, "csv", replace(READERS["csv"], read=fail))  # type: ignore[arg-type]  # the table is a dict
    data = b"a" * 700 + b"x" + b"b" * 300
    assert case.smaller("csv", data, case.run("csv", data), seconds=60) == b"x"


def test_a_process_that_dies_costs_its_case_and_another_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "CHILD", "fuzz_child_of_tests")
    found: Iterator[case.Result] = results("csv", 1, 4)
    row = Row("csv")
    kept = [row.add(one) for one in islice(found, 4)]
    assert (row.cases, row.articles, kept) == (4, 6, [False, True, False, True])
    assert row.faults == {"died": 2}
    assert row.marks == {"died: status -6": 2}


def test_a_bundle_is_written_below_its_folder_and_nowhere_else(tmp_path: Path) -> None:
    files = {"a/b.md": "one", "../../out.md": "two", "/etc/x": "three", "a/b.md/c.md": "four"}
    assert parts(bundled(files)) == {name: text.encode() for name, text in files.items()}
    assert unbundle(bundled(files), tmp_path / "site") == 3
    there = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert there == ["site/a/b.md", "site/etc/x", "site/out.md"]


def test_items_count_whatever_they_are() -> None:
    tally = Tally()
    tally.expected = 2
    tally.take([Article("a", "T"), Rejected("b", ("c",))])
    assert tally.lost() is None
    tally.expected = 3
    assert tally.lost() == "3 items in the file, {'articles': 1, 'rejected': 1} read"
