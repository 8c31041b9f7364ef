"""What a worker does when the change log, the catalogue or the bell fails: nothing comes back, and it goes on by itself."""

import errno
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from helpers import article, rebuild_with
from live_fixtures import NEW, A, B, C, has, until
from sqlalchemy.exc import OperationalError

from index import live_index
from index.archive_writer import ArchiveWriter
from index.catalogue import FILE
from index.change_log import BELL, Bell, Change
from index.errors import CatalogueUnusable, TakeDownsUnknown
from index.live_index import LiveIndex
from index.pointer import current_generation, publish


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rebuild_with(tmp_path / "data", [A, B, C])
    return tmp_path / "data"


def following_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "follow-changes"}


def broken(*_: object) -> None:
    raise OperationalError("SELECT", {}, Exception("disk I/O error"))


def test_a_locked_catalogue_is_reported_serves_on_and_recovers(
    live: LiveIndex, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locker = sqlite3.connect(data / FILE, isolation_level=None)
    moved = (data / FILE).rename(data / "moved")
    (data / FILE).write_text("this is no database at all")
    live._follower._catalogue.close()
    until(lambda: live.problem is not None)
    assert "change log cannot be read" in live.problem
    assert has(live, "a")
    moved.rename(data / FILE)
    until(lambda: live.problem is None)
    locker.close()


def _unreadable(_seq: int) -> list[Change]:
    raise TakeDownsUnknown("the server of the catalogue does not answer")


def test_what_was_taken_down_stays_down_when_the_log_cannot_be_read_at_a_switch(
    live: LiveIndex, writer: ArchiveWriter, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = live.snapshot().generation
    rebuild_with(data, [A, B, C, NEW])
    until(lambda: live.snapshot().generation != first)
    second = live.snapshot().generation
    writer.delete("a")
    assert not has(live, "a")
    with monkeypatch.context() as away:
        away.setattr(live._follower, "changes_after", _unreadable)
        publish(data, first, rolled_back=True)
        until(lambda: live.snapshot() and live.problem is not None)
        time.sleep(2 * live_index.POLL_SECONDS)
        assert live.snapshot().generation == second
        assert not has(live, "a")
    until(lambda: live.snapshot().generation == first)
    assert not has(live, "a")
    until(lambda: live.problem is None)


def test_a_generation_is_not_switched_to_while_the_log_cannot_be_read(
    live: LiveIndex, writer: ArchiveWriter, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.delete("a")
    assert not has(live, "a")
    before = live.snapshot().generation
    with monkeypatch.context() as patch:
        patch.setattr(live._follower, "changes_after", broken)
        rebuild_with(data, [A, B, C, article("d", "Ferry")], force=True)
        (data / "current").touch()
        for _ in range(50):
            assert not has(live, "a")
            time.sleep(0.02)
        assert live.snapshot().generation == before
    until(lambda: live.snapshot().generation != before)
    assert not has(live, "a")


def test_a_process_that_starts_while_the_log_cannot_be_read_answers_nothing_until_it_can(
    writer: ArchiveWriter, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.delete("a")
    late = LiveIndex(data, data / FILE)
    before = following_threads()
    with monkeypatch.context() as patch:
        patch.setattr(late._follower, "changes_after", broken)
        for _ in range(3):
            with pytest.raises(TakeDownsUnknown, match="what was taken down is not known yet"):
                late.snapshot()
            publish(data, current_generation(data))
            time.sleep(0.1)
    assert len(following_threads() - before) == 1

    def answers() -> bool:
        try:
            return late.snapshot() is not None
        except TakeDownsUnknown:
            return False

    until(answers)
    assert not has(late, "a")


def test_what_was_taken_down_stays_down_though_its_line_of_the_log_is_gone(writer: ArchiveWriter, data: Path) -> None:
    writer.delete("a")
    writer.put([article("b", B.title, status="unpublished")])
    with sqlite3.connect(data / FILE) as connection:
        connection.execute("DELETE FROM changes")
    connection.close()
    late = LiveIndex(data, data / FILE)
    assert [has(late, one) for one in "abc"] == [False, False, True]


def test_a_catalogue_that_was_replaced_under_a_running_service_takes_no_write_and_it_is_said(
    live: LiveIndex, writer: ArchiveWriter, data: Path, tmp_path: Path
) -> None:
    writer.put([NEW])
    rebuild_with(tmp_path / "backup", [A, B, C])
    (tmp_path / "backup" / FILE).replace(data / FILE)
    with pytest.raises(CatalogueUnusable, match="replaced while the service ran"):
        writer.delete("a")
    until(lambda: live.problem is not None)
    assert "start it again" in live.problem
    assert has(live, "a")


def test_a_data_folder_without_a_catalogue_is_served_and_it_is_said(data: Path) -> None:
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (data / name).unlink(missing_ok=True)
    live = LiveIndex(data, data / FILE)
    assert has(live, "a")
    assert "no catalogue" in live.problem


def test_a_long_queue_is_shown_piece_by_piece(live: LiveIndex, writer: ArchiveWriter, monkeypatch) -> None:
    monkeypatch.setattr(live_index, "LOAD_AT_ONCE", 7)
    writer.put([article(f"n{number}", f"Title {number}") for number in range(50)])
    until(lambda: len(live.snapshot()) == 53)
    assert live.following.waiting == 0


def test_a_bell_that_finds_no_room_on_the_disk_does_not_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as for_now:
        for_now.setattr(os, "posix_fallocate", full)
        bell = Bell(tmp_path)
        bell.ring()
        assert bell.number() == 0
    bell.ring()
    assert bell.number() != 0


def test_a_bell_is_heard_by_all_and_survives_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    one, other = Bell(tmp_path), Bell(tmp_path)
    before = other.number()
    one.ring()
    assert other.number() == one.number() != before
    assert Bell(tmp_path).number() == one.number()
    nowhere = Bell(tmp_path / BELL / "no folder")
    nowhere.ring()
    assert nowhere.number() == 0


@pytest.mark.parametrize(("schema", "answers"), [("0002", True), ("9999", False)])
def test_an_old_catalogue_that_took_no_writes_yet_is_no_reason_not_to_answer(
    data: Path, schema: str, answers: bool
) -> None:
    with sqlite3.connect(data / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    connection.close()
    live = LiveIndex(data, data / FILE)
    if answers:
        assert has(live, "a")
        assert "of an older version" in live.problem
    else:
        with pytest.raises(TakeDownsUnknown, match="newer version"):
            live.snapshot()
