"""A private Milvus for the tests: the real server, in a folder of its own, gone at the end of the session.

It listens to every address there is, so that it is started only where there is none but loopback: `make test-milvus`.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

URI = "http://127.0.0.1:19530"
HEALTH = "http://127.0.0.1:9091/healthz"
START_SECONDS = 120

PROGRAM = """
import socket, sys, milvus

class Again(socket.socket):
    def bind(self, address):
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        super().bind(address)

socket.socket = Again
sys.exit(milvus.main())
"""
"""`milvus-server`, which looks for free ports before it starts. One that was just killed leaves its ports behind for a minute,
and the next would silently take others, where nobody looks for it."""


def missing() -> str | None:
    """Why there can be none here; None where there can."""
    if importlib.util.find_spec("milvus") is None:
        return "the package milvus==2.3.5 is not installed"
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        return "there is a network besides loopback, which it would listen to; run `make test-milvus`"
    return None


@contextmanager
def running_milvus() -> Iterator["subprocess.Popen[bytes]"]:
    """A server that answers."""
    folder = Path(tempfile.mkdtemp(prefix="alsoread-milvus-"))
    try:
        process = start(folder)
        try:
            wait_until_healthy(process, folder)
            yield process
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Start it over a folder, and do not wait."""
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-c", PROGRAM, "--data", str(folder / "data")]
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def wait_until_healthy(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Until it says that it is well; fails when it ends first or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(HEALTH, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Milvus did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill it and its children: asked to end it may take minutes, and nothing that it holds is needed."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait(20)
