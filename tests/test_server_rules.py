"""What an editor settles, at every worker of a real server within a second, and after a restart."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from article_life import rebuild
from server_process import LiveServer, WorkerClient
from service_fixtures import publish, small_archive
from writing_fixtures import make_key

pytestmark = pytest.mark.server

AT_ONCE = 1.0
"""Seconds after a call within which every worker shows what was settled."""

PATH = "/v1/articles/flood-1/also-read"
PIN = {"kind": "pin", "article_id": "flood-1", "item_id": "match-5", "position": 1}


@pytest.fixture
def server(data: Path) -> Iterator[LiveServer]:
    publish(data, small_archive())
    server = LiveServer(data, workers=3)
    server.start()
    yield server
    server.stop()


def call(server: LiveServer, key: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    connection = HTTPConnection("127.0.0.1", server._port, timeout=10)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "If-Match": "*"}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    response = connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    connection.close()
    assert response.status in (200, 201), answer
    return answer


def starts_with(item: str, there: bool = True):
    def check(client: WorkerClient) -> None:
        assert (client.ids(PATH)[:1] == [item]) == there

    return check


def without(item: str):
    def check(client: WorkerClient) -> None:
        found = client.ids(PATH)
        assert found
        assert item not in found

    return check


def test_what_is_settled_counts_at_every_worker_within_a_second_and_after_a_restart(server: LiveServer):
    key = make_key(server.data, "anna", "rules")
    for client in server.clients:
        assert client.ids(PATH)[0] != "match-5"
    rule = call(server, key, "POST", "/v1/rules", PIN)
    print(f"pinned after {server.within(AT_ONCE, starts_with('match-5')):.3f} s")
    block = call(server, key, "POST", "/v1/rules", {"kind": "block", "item_id": "flood-2"})
    print(f"blocked after {server.within(AT_ONCE, without('flood-2')):.3f} s")
    call(server, key, "DELETE", f"/v1/rules/{rule['id']}")
    print(f"undone after {server.within(AT_ONCE, starts_with('match-5', there=False)):.3f} s")
    server.command("rules", "add", "pin", "budget-1", "--beside", "flood-1", "--position", "1")
    print(f"pinned on the command line after {server.within(AT_ONCE, starts_with('budget-1')):.3f} s")
    server.stop()
    server.start()
    for client in server.clients:
        found = client.ids(PATH)
        assert found[0] == "budget-1"
        assert "flood-2" not in found
    assert block["id"] in server.command("rules", "list")


@pytest.mark.postgres
def test_what_is_settled_at_one_host_counts_at_another_within_a_second(postgres, tmp_path: Path):
    address = postgres.new_database()
    here, there = (LiveServer(tmp_path / name / "data", address, workers=1) for name in ("here", "there"))
    try:
        for server in (here, there):
            server.data.parent.mkdir()
            rebuild(server)
            server.start()
        here.command("rules", "add", "pin", "match-5", "--beside", "flood-1", "--position", "1")
        print(f"pinned elsewhere after {there.within(AT_ONCE, starts_with('match-5')):.3f} s")
    finally:
        for server in (here, there):
            server.stop()
