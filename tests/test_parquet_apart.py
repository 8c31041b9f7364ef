"""The process that reads Parquet may end at any row: what it has read counts, and what it has not is named."""

import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import psutil
import pytest
from parquet_process import Stand, speaking

pytest.importorskip("pyarrow", reason="the extra parquet is not installed")

import pyarrow as pa
import pyarrow.parquet as pq

from index.article import Article
from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.parquet.file import Group, Header
from index.sources import Rejected
from index.sources.tables import parquet_table
from index.sources.tables.parquet_table import ParquetTable


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Four thousand articles, of more bytes than a pipe holds."""
    path = tmp_path / "a.parquet"
    ids = [str(n) for n in range(4_000)]
    pq.write_table(
        pa.table({"id": ids, "title": [f"{one} {'title ' * 300}" for one in ids]}), path, row_group_size=1_000
    )
    return path


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_all_rows_come_in_order_and_the_process_is_gone(table: Path) -> None:
    before = children()
    # all are articles
    assert [item.id for item in ParquetTable.at(table, FieldNames())] == [str(n) for n in range(4_000)]  # type: ignore[union-attr]
    assert children() == before


def test_whoever_stops_early_leaves_no_process(table: Path) -> None:
    before = children()
    items = iter(ParquetTable.at(table, FieldNames()))
    next(items)
    assert len(children()) == len(before) + 1
    items.close()  # type: ignore[attr-defined]  # it is a generator
    assert children() == before


def test_a_process_that_is_killed_costs_the_row_group_that_it_was_at(table: Path) -> None:
    source = ParquetTable.at(table, FieldNames())
    (reading,) = [one for one in children() if "index.parquet.process" in one.cmdline()]
    items = iter(source)
    first = [next(items) for _ in range(100)]
    os.kill(reading.pid, signal.SIGKILL)
    rest = list(items)
    (lost,) = [item for item in rest if isinstance(item, Rejected)]
    assert lost.problems == (
        "row group 1 cannot be read further: it was killed (status -9), the process that read it; the file is damaged",
    )
    articles = [item.id for item in (*first, *rest) if isinstance(item, Article)]
    assert articles[-3_000:] == [str(n) for n in range(1_000, 4_000)]
    assert lost.place == f"{table}, rows {len(articles) - 3_000 + 1:,} to 1,000"
    assert source.position() == source.size


HEADER = Header(("id", "title"), 8, 4)


def rows(*numbers: int) -> list[list[object]]:
    return [[str(n) for n in numbers], ["T"] * len(numbers)]


def playing(monkeypatch: pytest.MonkeyPatch, *lives: list[object], status: int = -6) -> list[str]:
    """One process after another says these, and ends; gives the row groups from which each was to read."""
    groups: list[str] = []
    left: Iterator[list[object]] = iter(lives)

    def started(module: str, path: str, group: str) -> tuple[Stand, Connection]:
        groups.append(group)
        said = next(left)

        def say(connection: Connection) -> None:
            for one in said:
                connection.send(one)

        return speaking(say, status)

    monkeypatch.setattr(parquet_table, "started", started)
    return groups


def told(source: ParquetTable) -> list[str]:
    return [item.id if isinstance(item, Article) else item.place.rpartition(", ")[2] for item in source]


def test_after_a_row_group_that_ends_the_process_another_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = playing(
        monkeypatch,
        [HEADER, Group(0, 2), rows(1, 2), Group(1, 4), rows(3)],
        [HEADER, Group(2, 6), rows(5, 6), Group(3, 8), rows(7, 8), None],
    )
    source = ParquetTable.at(Path("a.parquet"), FieldNames())
    assert told(source) == ["1", "2", "3", "row 4", "5", "6", "7", "8"]
    assert groups == ["0", "2"]


def test_a_file_that_ends_process_after_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    lives = [[HEADER, Group(0, 2)], [HEADER, Group(1, 4)], [HEADER, Group(2, 6), rows(5)]]
    groups = playing(monkeypatch, *lives)
    source = ParquetTable.at(Path("a.parquet"), FieldNames())
    assert told(source) == ["rows 1 to 2", "rows 3 to 4", "5", "rows 6 to 8"]
    assert groups == ["0", "1", "2"]
    assert source.position() == source.size == 8


@pytest.mark.parametrize(("claimed", "last"), [(2, "2"), (3, "row 3"), (9, "rows 3 to 9"), (1, "2")])
def test_rows_that_the_file_claims_and_no_row_group_has_are_named(
    monkeypatch: pytest.MonkeyPatch, claimed: int, last: str
) -> None:
    playing(monkeypatch, [Header(("id", "title"), claimed, 1), Group(0, 2), rows(1, 2), None])
    source = ParquetTable.at(Path("a.parquet"), FieldNames())
    assert told(source)[-1] == last
    assert source.position() == source.size == max(claimed, 2)


def test_a_process_that_ends_before_it_says_what_there_is_makes_the_file_unreadable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    playing(monkeypatch, [])
    with pytest.raises(UnreadableSource, match=r"cannot be read: it gave up \(status -6\)"):
        ParquetTable.at(Path("a.parquet"), FieldNames())


def test_a_process_that_says_nothing_is_waited_for_no_longer_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()
    monkeypatch.setattr(
        parquet_table, "started", lambda *given: speaking(lambda connection: over.wait(60) and None, -9)
    )
    monkeypatch.setattr(parquet_table, "TIME_LIMIT", 0.05)
    started = time.monotonic()
    with pytest.raises(UnreadableSource, match=r"it took longer than 0\.05 seconds"):
        ParquetTable.at(Path("a.parquet"), FieldNames())
    assert time.monotonic() - started < 30
    over.set()
