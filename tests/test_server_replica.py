"""A replica without an index: the same lists from PostgreSQL and Milvus, kept up by the host that has one, and what it does
while either is away."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from article_life import SLOTS, archive, lives_and_dies, neighbour, new_piece, rebuild, shown
from server_process import LiveServer, WorkerClient

pytestmark = [pytest.mark.milvus, pytest.mark.server, pytest.mark.timed]

pytest.importorskip("pymilvus", reason="the extra 'milvus' is not installed")

URI = "http://127.0.0.1:19530"
PROJECTED = 60.0
"""Seconds within which a new generation is served: Milvus builds and loads two collections."""

RECOVERED = 10.0
"""Seconds after which nothing is to be seen of an engine that was away."""

Pair = tuple[LiveServer, LiveServer]


@pytest.fixture(scope="module")
def hosts(postgres, milvus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A host that rebuilds and indexes, and a replica."""
    address, folder = postgres.new_database(), tmp_path_factory.mktemp("hosts")
    host = LiveServer(folder / "host" / "data", address, workers=1, milvus=URI)
    replica = LiveServer(folder / "replica" / "nothing", address, workers=2, milvus=URI, replica=True)
    try:
        host.data.parent.mkdir()
        rebuild(host)
        host.start()
        host.start_indexer()
        wait_until_projected(host, address)
        replica.start()
        yield host, replica
    finally:
        for server in (host, replica):
            server.stop()


def wait_until_projected(host: LiveServer, address: str) -> None:
    from index.catalogue import Catalogue
    from index.cluster.store import projected_number

    deadline = time.monotonic() + PROJECTED
    with Catalogue.open(address) as catalogue:
        while True:
            with catalogue.engine.connect() as connection:
                if projected_number(connection)[0]:
                    return
            assert time.monotonic() < deadline, "nothing was projected"
            time.sleep(0.2)


def lists(worker: WorkerClient, article_id: str) -> list[object]:
    """All that is shown beside an article but for what names the moment."""
    answers = [worker.of(article_id, slot)[1] for slot in SLOTS]
    return [(one["article"], one["items"], one["fallback"], one["list_id"]) for one in answers]


def test_the_lists_are_those_of_the_host_with_an_index(hosts: Pair) -> None:
    host, replica = hosts
    for record in archive():
        own = lists(host.clients[0], record["id"])
        for worker in replica.clients:
            assert lists(worker, record["id"]) == own
        assert [item["id"] for item in own[0][1]]  # type: ignore[index]


def test_what_is_written_at_either_is_seen_at_the_other_and_taken_down_in_time(hosts: Pair) -> None:
    for here, there in (hosts, hosts[::-1]):
        lives_and_dies(here, there)


def test_a_rebuild_is_served_by_the_replica_soon(hosts: Pair) -> None:
    host, replica = hosts
    brought = new_piece("match")
    rebuild(host, brought)
    print(f"served after {replica.within(20, shown(brought)):.3f} s")


def test_while_milvus_is_away_lists_are_made_of_the_newest_and_say_so(hosts: Pair, milvus) -> None:
    _, replica = hosts
    worker = replica.clients[0]
    with stopped(*family(milvus.pid)):
        for record in archive():
            began = time.monotonic()
            status, answer = worker.of(record["id"], "also-read", limit=4)  # a question that was not asked before
            assert status == 200
            assert answer["items"]
            assert "index of meanings does not answer" in answer["fallback"]
            assert time.monotonic() - began < 5
        began = time.monotonic()
        assert worker.of(archive()[0]["id"], "also-read", limit=3)[0] == 200
        assert time.monotonic() - began < 1, "who does not answer is not waited for again and again"
    within(RECOVERED, lambda: same(worker, archive()[0]["id"]))


def same(worker: WorkerClient, article_id: str) -> None:
    status, answer = worker.of(article_id, "also-read", limit=4)
    assert (status, answer["fallback"]) == (200, None)


def test_while_the_catalogue_is_away_kept_answers_serve_and_others_are_empty(hosts: Pair, postgres) -> None:
    host, replica = hosts
    worker = replica.clients[0]
    kept = worker.of("flood-1", "also-read")[1]
    with stopped(*family(server_of(postgres.port))):
        assert worker.of("flood-1", "also-read") == (200, kept)
        began = time.monotonic()
        for at in range(6):
            status, answer = worker.of("flood-2", "also-read", limit=5 + at)
            assert (status, answer["items"]) == (200, [])
            assert "does not answer" in answer["fallback"]
        assert time.monotonic() - began < 10
        assert worker.get("/v1/page", id="flood-2", slots="also-read:7")[0] == 200
    record = new_piece()
    within(RECOVERED, lambda: same(worker, "flood-2"))
    host.put(record)
    replica.within(RECOVERED, shown(record))
    assert neighbour(record)


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def server_of(port: int) -> int:
    """The process of a PostgreSQL that listens to a port."""
    return next(one.pid for one in psutil.process_iter() if one.name() == "postgres" and str(port) in one.cmdline())


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Processes that hang, and then go on."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def within(seconds: float, check: Callable[[], None]) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
