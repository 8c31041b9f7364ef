"""A real indexer under a real server: it embeds, it is started again, it ends with the server whatever ends that."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from helpers import Given, article
from ports import free_port
from server_process import server_environment, start_server, wait_for
from service_fixtures import wait_until

from index.article_writes import put_articles
from index.catalogue import Catalogue
from index.change_log import Bell, ids_not_embedded
from index.embedder import WordHashEmbedder
from index.engines import begin_writing
from index.indexer import LOCK_SECONDS
from index.indexer_state import IndexerState, read_indexer_state
from index.rebuild import rebuild

pytestmark = [pytest.mark.server, pytest.mark.timed]

MODEL = "word-hash-64"


@pytest.fixture
def archive(data: Path) -> Path:
    rebuild(data, [Given(article(f"a{n}", f"Piece {n}", f"river wall {n}") for n in range(20))], WordHashEmbedder(64))
    return data


@contextmanager
def server(data: Path, workers: int = 2) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A server that is ready, its indexer too, and its address; whatever is left of it at the end is killed."""
    port = free_port("127.0.0.1")
    process = start_server(data, port, workers)
    family: list[psutil.Process] = []
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", process)
        wait_until(lambda: ready(data), 20, "the indexer was ready")
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(15)
        for left in family:
            if left.is_running():
                left.kill()


@contextmanager
def lone_indexer(data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "service", "indexer", "--data", str(data)]
    process = subprocess.Popen(command, env=server_environment(), stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def ready(data: Path, not_pid: int = 0) -> IndexerState | None:
    state = read_indexer_state(data)
    return state if state and state.alive and state.state == "ready" and state.pid != not_pid else None


def put(data: Path, *ids: str) -> None:
    with Catalogue.open(data / "catalogue.sqlite") as catalogue:
        put_articles(catalogue, [article(key, key, f"flood {key}") for key in ids])
    Bell(data).ring()


def all_embedded(data: Path) -> bool:
    with Catalogue.open(data / "catalogue.sqlite") as catalogue:
        return not ids_not_embedded(catalogue.engine, MODEL, 1)


def gone(processes: list[psutil.Process], seconds: float = 5) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not alive


def family_of(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def test_a_new_article_is_embedded_within_a_second(archive: Path):
    with server(archive):
        began = time.monotonic()
        put(archive, "new")
        wait_until(lambda: all_embedded(archive), 5)
        print(f"embedded after {time.monotonic() - began:.3f} s")
        assert time.monotonic() - began < 1


def test_a_killed_indexer_is_started_again_and_embeds_what_waits(archive: Path):
    with server(archive):
        killed = ready(archive)
        assert killed is not None
        os.kill(killed.pid, signal.SIGKILL)
        put(archive, "one", "two")
        wait_until(lambda: all_embedded(archive), 15)
        assert wait_until(lambda: ready(archive, not_pid=killed.pid), 5)


def test_when_the_main_process_is_killed_nothing_of_it_stays(archive: Path):
    with server(archive) as (process, _):
        children = family_of(process)
        assert len(children) == 3
        process.kill()
        process.wait(5)
        assert gone(children)


@pytest.mark.parametrize("milliseconds", [0, 100, 300, 600, 1_000, 1_500])
def test_a_main_process_killed_while_it_starts_leaves_nothing(archive: Path, milliseconds: int):
    process = start_server(archive, free_port("127.0.0.1"), 2)
    main = psutil.Process(process.pid)
    while not (children := main.children(recursive=True)) and process.poll() is None:
        time.sleep(0.001)
    time.sleep(milliseconds / 1_000)
    children = {*children, *main.children(recursive=True)}
    process.kill()
    process.wait(5)
    assert gone([*children])


def test_the_indexer_ends_with_the_server(archive: Path):
    with server(archive) as (process, _):
        children = family_of(process)
        process.terminate()
        process.wait(10)
        assert gone(children, 1)


def test_a_second_indexer_waits_and_takes_over_when_the_first_is_killed(archive: Path):
    with lone_indexer(archive) as first:
        wait_until(lambda: ready(archive), 20)
        with lone_indexer(archive) as second:
            time.sleep(1.5)
            state = ready(archive)
            assert state is not None
            assert state.pid == first.pid
            assert second.poll() is None
            first.kill()
            first.wait(5)
            put(archive, "new")
            wait_until(lambda: all_embedded(archive), 10)
            state = wait_until(lambda: ready(archive, not_pid=first.pid), 5)
            assert state.pid == second.pid


def test_an_indexer_told_to_end_ends_at_once(archive: Path):
    with lone_indexer(archive) as process:
        wait_until(lambda: ready(archive), 20)
        process.terminate()
        assert process.wait(2) == 0


def test_a_lock_held_for_long_only_delays_the_embedding(archive: Path):
    with server(archive), Catalogue.open(archive / "catalogue.sqlite") as catalogue:
        state = ready(archive)
        assert state is not None
        os.kill(state.pid, signal.SIGSTOP)
        put(archive, "late")
        with catalogue.engine.connect() as connection:
            begin_writing(connection)
            os.kill(state.pid, signal.SIGCONT)
            time.sleep(LOCK_SECONDS + 2)
            assert wait_until(lambda: read_indexer_state(archive), 1).state == "catalogue-unreachable"
        wait_until(lambda: all_embedded(archive), 3)
        assert wait_until(lambda: ready(archive), 3).pid == state.pid
