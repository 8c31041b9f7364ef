"""What the indexer says of itself can be read by another process, also after its death."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from index.indexer_state import DEAD_SECONDS, STATE, StateFile, read_indexer_state


def test_what_is_written_is_read_and_alive(tmp_path: Path):
    state = StateFile(tmp_path)
    state.set(state="ready", waiting=3)
    assert state.write()
    read = read_indexer_state(tmp_path)
    assert read is not None
    assert (read.state, read.waiting, read.pid, read.alive) == ("ready", 3, os.getpid(), True)


def test_it_is_written_at_most_once_a_second_and_without_news_every_other_second(tmp_path: Path):
    now = 100.0
    state = StateFile(tmp_path, lambda: now)
    assert state.write()
    state.set(waiting=1)
    assert not state.write()
    now = 101.0
    assert state.write()
    now = 102.5
    state.set(waiting=1)
    assert not state.write()
    now = 103.0
    assert state.write()


def test_a_dead_process_is_known_by_its_number_and_a_lost_one_by_its_heartbeat(tmp_path: Path):
    state = StateFile(tmp_path)
    state.write()
    fresh = read_indexer_state(tmp_path)
    assert fresh is not None
    late = read_indexer_state(tmp_path, now=fresh.heartbeat + DEAD_SECONDS + 1)
    assert late is not None
    assert not late.alive
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    body = orjson.loads((tmp_path / STATE).read_bytes())
    (tmp_path / STATE).write_bytes(orjson.dumps({**body, "pid": gone.pid}))
    dead = read_indexer_state(tmp_path)
    assert dead is not None
    assert not dead.alive
    (tmp_path / STATE).write_bytes(orjson.dumps({**body, "pid": gone.pid, "host": "elsewhere"}))
    elsewhere = read_indexer_state(tmp_path)
    assert elsewhere is not None
    assert elsewhere.alive


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_a_missing_or_foreign_file_says_nothing(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / STATE).write_bytes(content)
    assert read_indexer_state(tmp_path) is None


def test_a_folder_that_cannot_be_written_costs_the_file_only(tmp_path: Path):
    state = StateFile(tmp_path / "missing")
    assert not state.write()
    (tmp_path / "missing").mkdir()
    (tmp_path / "missing" / STATE).mkdir()
    state = StateFile(tmp_path / "missing")
    assert not state.write()
    assert not list((tmp_path / "missing").glob(".*"))
