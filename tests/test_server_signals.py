"""Whenever a real server is told to end, it ends: while it starts, while a worker is replaced, while a reader dawdles."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from ports import free_port
from server_process import start_server, wait_for
from service_fixtures import publish, small_archive

from service.commands.serve import STOP_SECONDS, base_address

pytestmark = [pytest.mark.server, pytest.mark.timed]


@contextmanager
def server(data: Path, workers: int = 2) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A server just started, and its address; whatever is left of it at the end is killed."""
    publish(data, small_archive())
    port = free_port("127.0.0.1")
    process = start_server(data, port, workers)
    try:
        yield process, base_address("127.0.0.1", port)
    finally:
        for left in family_of(process):
            left.kill()
        process.wait(10)


def family_of(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def wait_for_workers(process: "subprocess.Popen[bytes]", count: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 20
    while len(workers := psutil.Process(process.pid).children()) < count and time.monotonic() < deadline:
        time.sleep(0.001)
    return workers


def ends_within(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Tell it to end; nothing of it may be left after so many seconds."""
    family = family_of(process)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    process.wait(seconds)
    _, alive = psutil.wait_procs(family, timeout=1)
    assert alive == []
    print(f"ended after {time.monotonic() - began:.2f} s")


@pytest.mark.parametrize("milliseconds", [0, 5, 40, 150])
def test_it_ends_at_once_while_its_workers_start(data: Path, milliseconds: int):
    with server(data) as (process, _):
        wait_for_workers(process, 2)
        time.sleep(milliseconds / 1_000)
        ends_within(process, STOP_SECONDS - 1)


@pytest.mark.parametrize("milliseconds", [0, 30])
def test_it_ends_at_once_while_a_worker_is_replaced(data: Path, milliseconds: int):
    with server(data) as (process, base):
        wait_for(f"{base}/health/ready", process)
        old = wait_for_workers(process, 2)
        old[0].kill()
        while {child.pid for child in psutil.Process(process.pid).children()} <= {child.pid for child in old}:
            time.sleep(0.001)
        time.sleep(milliseconds / 1_000)
        ends_within(process, STOP_SECONDS - 1)


def test_readers_who_hold_a_connection_cannot_hold_it_up(data: Path):
    with server(data, workers=1) as (process, base):
        wait_for(f"{base}/health/ready", process)
        port = int(base.rsplit(":", 1)[1])
        with (
            socket.create_connection(("127.0.0.1", port)) as idle,
            socket.create_connection(("127.0.0.1", port)) as slow,
        ):
            idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert idle.recv(1_000).startswith(b"HTTP/1.1 200")
            slow.sendall(b"GET /v1/articles/flood-1/also-read HTTP/1.1\r\nHost")
            ends_within(process, STOP_SECONDS + 3)


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "nowhere.invalid"])
def test_a_host_is_listened_on_or_refused_in_one_line(data: Path, host: str):
    publish(data, small_archive())
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "service", "serve", "--data", str(data), "--host", host, "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "ALSOREAD_LOG_LEVEL": "error"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            if host == "nowhere.invalid":
                assert process.wait(20) == 1
            else:
                wait_for(f"http://127.0.0.1:{port}/health/ready", process)
        finally:
            process.terminate()
            process.wait(10)
        said = process.stderr.read().splitlines() if process.stderr else []
    assert len(said) == 1
    assert said[0].startswith(
        "alsoread: cannot listen on" if host == "nowhere.invalid" else f"Alsoread listens on http://{host}:"
    )
