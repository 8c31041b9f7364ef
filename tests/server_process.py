"""A real `alsoread serve` for the tests: started, waited for, ended."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.commands.serve import free_port

READY_SECONDS = 30


@contextmanager
def running_server(data: Path, workers: int = 1, wait: bool = True) -> Iterator[str]:
    """The base address of a server over `data`; with `wait`, once it is ready."""
    port = free_port("127.0.0.1")
    process = start_server(data, port, workers)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{base}/health/{'ready' if wait else 'live'}", process)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def start_server(data: Path, port: int, workers: int, own_group: bool = False) -> "subprocess.Popen[bytes]":
    """Start it and do not wait."""
    command = [sys.executable, "-m", "service", "serve", "--data", str(data), "--port", str(port)]
    root = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [*command, "--workers", str(workers)],
        env={**os.environ, "PYTHONPATH": root, "ALSOREAD_LOG_LEVEL": "warning"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=own_group,
    )


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the address answers 200; fails when the server ends first or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"{address} did not answer within {READY_SECONDS} s")
