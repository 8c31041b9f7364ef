"""A real server of several workers under load, its answers kept: what is taken down is in none of them a second later."""

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from server_process import LiveServer, WorkerClient
from service_fixtures import numbered, publish, small_archive

pytestmark = pytest.mark.server

PROMISED = 1.0
"""Seconds after the return of `DELETE`."""

PATHS = (
    "/v1/articles/flood-1/also-read",
    "/v1/articles/flood-1/more-in-section",
    "/v1/page?id=flood-1",
    "/v1/articles/flood-2",
    "/v1/articles/flood-2/also-read",
    "/embed?id=flood-1",
)


class Reader(threading.Thread):
    """Asks one worker for everything, again and again, and notes when each question was asked whose answer held the piece."""

    def __init__(self, client: WorkerClient, marks: tuple[bytes, ...]) -> None:
        super().__init__(daemon=True)
        self._connection: HTTPConnection = client.connection
        self._marks = marks
        self.client = client
        self.held: list[float] = []
        self.answers = 0
        self.ended = False
        self.problem: str | None = None

    def run(self) -> None:
        while not self.ended:
            for path in PATHS:
                asked = time.monotonic()
                self._connection.request("GET", path)
                response = self._connection.getresponse()
                body = response.read()
                if response.status not in (200, 404):
                    self.problem = f"{path}: {response.status}"
                self.answers += 1
                if response.status == 200 and any(mark in body for mark in self._marks):
                    self.held.append(asked)


@pytest.fixture
def server(data: Path) -> Iterator[LiveServer]:
    publish(data, small_archive())
    server = LiveServer(data, workers=3)
    server.start()
    yield server
    server.stop()


def cache_of(client: WorkerClient) -> dict[str, Any]:
    return client.get("/health/ready")[1]["cache"]


def test_under_load_what_is_taken_down_is_in_no_answer_of_any_worker_a_second_later(server: LiveServer):
    marks = (b'"id":"flood-2"', b"/flood/2")
    readers = [Reader(client, marks) for client in server.clients]
    for reader in readers:
        reader.start()
    for _ in range(3):
        time.sleep(0.5)
        gone = time.monotonic()
        assert server.delete("flood-2")[0] == 200
        returned = time.monotonic()
        time.sleep(PROMISED + 0.5)
        for reader in readers:
            assert any(asked < gone for asked in reader.held), "it was shown before"
            assert not [asked for asked in reader.held if asked > returned + PROMISED]
            reader.held.clear()
        assert server.put(numbered("flood", 2))[0] == 201
        time.sleep(PROMISED)
    for reader in readers:
        reader.ended = True
        reader.join(10)
        assert reader.problem is None
        assert reader.held, "and is shown again"
        found = cache_of(reader.client)
        assert found["hits"] > 0.5 * reader.answers, "most are kept; of what is gone nothing is"
