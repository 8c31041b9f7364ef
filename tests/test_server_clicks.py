"""Clicks at a real server of two workers: they add up, repeats are dropped at any of them, an end in order loses none."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest
from ports import free_port
from server_process import LiveServer, WorkerClient, server_environment, start_server, wait_for
from service_fixtures import publish, small_archive, wait_until

from index.catalogue import Catalogue, place_of
from index.click_counts import read_totals, utc_day
from service.parameters import utc_now

pytestmark = pytest.mark.server

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 Zweifelsfrei"


def event(answer: dict[str, Any], position: int, kind: str = "seen") -> dict[str, Any]:
    item = answer["items"][position - 1]["id"]
    place = {"slot": answer["slot"], "article": answer["article"]["id"], "item": item, "position": position}
    return {"type": kind, "list_id": answer["list_id"], **place}


def report(client: WorkerClient, *events: dict[str, Any], reader: str = "203.0.113.7") -> dict[str, Any]:
    """POST events at one worker, through a proxy that says for whom."""
    headers = {"User-Agent": BROWSER, "X-Forwarded-For": reader, "Content-Type": "text/plain"}
    client.connection.request("POST", "/v1/events", json.dumps({"events": events}), headers)
    response = client.connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    assert response.status == 200, answer
    return answer


def counted(data: Path) -> tuple[int, int]:
    """Seen and clicked, as they stand in the catalogue."""
    today = utc_day(utc_now())
    with Catalogue.open_existing(place_of(data), 10) as catalogue:
        found = read_totals(catalogue, today, today, []).get(())
    return (found.seen, found.clicks) if found else (0, 0)


@pytest.fixture
def server(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    monkeypatch.setenv("ALSOREAD_TRUST_PROXY", "1")
    publish(data, small_archive())
    server = LiveServer(data, workers=2)
    server.start()
    yield server
    server.stop()


def test_events_at_both_workers_add_up_and_a_repeat_at_the_other_one_is_dropped(server: LiveServer):
    first, second = server.clients
    assert first.number != second.number
    _, answer = first.of("flood-1", "also-read")
    assert report(first, event(answer, 1), event(answer, 2)) == {"counted": 2, "dropped": {}}
    assert report(second, event(answer, 1), event(answer, 1, "click")) == {"counted": 1, "dropped": {"repeat": 1}}
    assert report(second, event(answer, 1), reader="203.0.113.8")["counted"] == 1
    assert report(first, event(answer, 1), reader="203.0.113.8") == {"counted": 0, "dropped": {"repeat": 1}}
    wait_until(lambda: counted(server.data) == (3, 1), 15, "counting")
    told = json.loads(server.command("clicks", "--json"))
    assert (told["slot"], told["seen"], told["clicks"]) == ("also-read", 3, 1)

    psutil.Process(second.number).kill()  # one that is started again shares the filter too
    second.connection.close()
    wait_until(lambda: _new_worker(server, {first.number, second.number}), 30, "a new worker")
    assert report(server.clients[-1], event(answer, 2)) == {"counted": 0, "dropped": {"repeat": 1}}


def _new_worker(server: LiveServer, known: set[int]) -> bool:
    try:
        client = WorkerClient.of_any(server._port)
    except OSError:
        return False
    if client.number in known:
        client.connection.close()
        return False
    server.clients.append(client)
    return True


def test_an_end_in_order_loses_no_count_and_nothing_of_the_reader_is_anywhere(data: Path, tmp_path: Path):
    publish(data, small_archive())
    port = free_port("127.0.0.1")
    environment = {"ALSOREAD_TRUST_PROXY": "1", "ALSOREAD_LOG_LEVEL": "debug", "TMPDIR": str(tmp_path / "t")}
    (tmp_path / "t").mkdir()
    command = [sys.executable, "-m", "service", "serve", "--data", str(data), "--port", str(port), "--workers", "2"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--no-indexer"], env={**server_environment(), **environment}, stdout=log, stderr=log
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health/ready", process)
            client = WorkerClient.of_any(port)
            _, answer = client.of("flood-1", "also-read")
            report(client, event(answer, 1), event(answer, 1, "click"))
            client.connection.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    assert counted(data) == (1, 1)
    for path in [*data.rglob("*"), *tmp_path.rglob("*")]:
        content = path.read_bytes() if path.is_file() else b""
        assert b"203.0.113.7" not in content, path
        assert b"Zweifelsfrei" not in content, path
    assert (tmp_path / "log").stat().st_size > 0


def test_a_full_catalogue_lock_holds_no_reader_up(data: Path):
    publish(data, small_archive())
    port = free_port("127.0.0.1")
    process = start_server(data, port, 1, indexer=False)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", process)
        client = WorkerClient(0, HTTPConnection("127.0.0.1", port, timeout=1.0))
        _, answer = client.of("flood-1", "also-read")
        with Catalogue.open(place_of(data)) as catalogue, catalogue.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA user_version")
            connection.rollback()
            connection.execution_options(writes=True)
            connection.begin()
            for position in range(1, 5):
                assert report(client, event(answer, position))["counted"] == 1
            assert counted(data) == (0, 0)
            connection.rollback()
        wait_until(lambda: counted(data) == (4, 0), 30, "counting")
    finally:
        client.connection.close()
        process.terminate()
        process.wait(20)
