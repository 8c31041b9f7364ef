"""Another model, while readers are served: no answer mixes the two, and the way back is open."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from article_life import PUBLISHED, archive, new_piece, rebuild, shown
from server_process import LiveServer, WorkerClient
from service_fixtures import as_lines

from index.catalogue import Catalogue, place_of
from index.change_log import ids_not_embedded
from index.embedder import RECIPE
from index.pointer import current_generation

pytestmark = pytest.mark.server

OLD, NEW = "word-hash-64", "word-hash-128"


@pytest.fixture
def host(data: Path) -> Iterator[LiveServer]:
    server = LiveServer(data, workers=2, model=OLD)
    data.parent.mkdir(exist_ok=True)
    rebuild(server)
    server.start()
    server.start_indexer()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def rebuilding(server: LiveServer, model: str) -> Iterator[None]:
    """A rebuild that reads its source until the end of the block, and then goes on to its own."""
    command = [sys.executable, "-m", "service", "rebuild", "-", "--model", model, "--force"]
    process = subprocess.Popen(command, env=server.environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    try:
        process.stdin.write(as_lines(archive()))
        process.stdin.flush()
        yield
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def has_vector(server: LiveServer, article_id: str, model: str) -> bool:
    with Catalogue.open(place_of(server.data, server.catalogue)) as catalogue:
        return not ids_not_embedded(catalogue.engine, model, RECIPE, [article_id])


def serves(generation: str) -> Callable[[WorkerClient], None]:
    def check(worker: WorkerClient) -> None:
        assert worker.of("flood-1", "also-read")[1]["generation"] == generation

    return check


def test_each_index_is_served_with_vectors_of_its_own_model_before_and_after_a_switch_and_back(host: LiveServer):
    before = current_generation(host.data)
    during, after, back = new_piece("flood"), new_piece("match"), new_piece("budget")

    with rebuilding(host, NEW):
        host.put(during)
        host.within(PUBLISHED, shown(during))
        serves(before)(host.clients[0])
        assert has_vector(host, during["id"], OLD)
        assert not has_vector(host, during["id"], NEW)

    switched = current_generation(host.data)
    host.within(PUBLISHED, serves(switched))
    host.within(PUBLISHED, shown(during))
    host.put(after)
    host.within(PUBLISHED, shown(after))
    assert has_vector(host, during["id"], NEW)
    assert (has_vector(host, after["id"], NEW), has_vector(host, after["id"], OLD)) == (True, False)

    host.command("rollback")
    host.within(PUBLISHED, serves(before))
    host.put(back)
    for record in (during, after, back):
        host.within(PUBLISHED, shown(record))
    assert (has_vector(host, back["id"], OLD), has_vector(host, back["id"], NEW)) == (True, False)
    assert has_vector(host, after["id"], OLD)
