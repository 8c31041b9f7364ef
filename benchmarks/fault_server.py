"""`alsoread serve` as a supervisor runs it: started, killed, started again, and asked whether all of it is well."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from index.indexer_state import IndexerState, read_indexer_state
from service.commands.serve import free_port

WORKERS = 2
START_SECONDS = 60
MODEL = "word-hash-64"
BROKEN = (OSError, http.client.HTTPException)
"""What a request meets whose server was just killed."""

Answer = tuple[int, Any, Mapping[str, str]]


class TornAnswer(Exception):
    """A whole answer came, and its body is no JSON."""


class Server:
    """One data folder's server. `log` holds what all of its processes say."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = free_port("127.0.0.1")
        # not on a disk that is full or read-only, as the log of a service is not
        self.log = (data.parent.parent if data.parent.is_mount() else data.parent) / f"{data.name}.log"
        self.environment = {**os.environ, "ALSOREAD_MODEL": MODEL, "ALSOREAD_LOG_LEVEL": "info", **environment}
        self.ended_by_itself = 0
        """How often it ended without being told to, so that the supervisor started it again."""
        self.refused = 0
        """How often it did not come up."""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [sys.executable, "-m", "service", "serve", "--data", str(self.data), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(WORKERS)], env=self.environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(*BROKEN):
                if self.get("/health/ready")[0] == 200:
                    return
            time.sleep(0.05)
        self.refused += 1

    def stop(self) -> None:
        """End it as a supervisor does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def supervise(self) -> None:
        """Start it again where it has ended."""
        if self.process is not None and self.process.poll() is not None:
            self.ended_by_itself += 1
            self.start()

    @property
    def pid(self) -> int:
        """Number of the main process."""
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        """Numbers of the web workers."""
        with suppress(psutil.Error):
            found = psutil.Process(self.pid).children()
            state = read_indexer_state(self.data)
            return [one.pid for one in found if "indexer" not in one.cmdline() and not (state and state.pid == one.pid)]
        return []

    def indexer(self) -> IndexerState | None:
        """The indexer, where it lives and has loaded its model."""
        state = read_indexer_state(self.data)
        return state if state and state.alive and state.state in ("ready", "embedding") else None

    def get(self, path: str) -> Answer:
        """Status, body and headers. Raises one of `BROKEN`, or `TornAnswer`."""
        return ask(self.port, "GET", path)

    def health(self) -> dict[str, Any]:
        """What `/health/ready` says."""
        body: dict[str, Any] = self.get("/health/ready")[1]
        return body

    def of_each_worker(self, path: str) -> dict[int, Answer]:
        """The answers of the workers to a question, by worker, as far as they could be met."""
        found: dict[int, Answer] = {}
        for _ in range(30):
            with suppress(*BROKEN):
                held = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                worker = send(held, "GET", "/health/live")[1]["worker"]
                found[worker] = send(held, "GET", path)
                held.close()
            if len(found) == WORKERS:
                break
        return found

    def well(self, not_pid: int = 0) -> bool:
        """Whether every worker and the indexer work, none of them being the process that was killed."""
        indexer = self.indexer()
        if indexer is None or indexer.pid == not_pid or len(self.workers()) != WORKERS:
            return False
        answers = self.of_each_worker("/health/ready")
        return len(answers) == WORKERS and not_pid not in answers and all(a[0] == 200 for a in answers.values())

    def run(self, *command: str) -> "subprocess.Popen[bytes]":
        """One of our commands over the same data."""
        return subprocess.Popen(
            [sys.executable, "-m", "service", *command, "--data", str(self.data)],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def rebuild(self, *options: str) -> tuple[int, str]:
        """Index again what the catalogue holds; exit code and what it said."""
        process = self.run("rebuild", *options)
        _, said = process.communicate()
        return process.returncode, said.decode()

    def key(self) -> str:
        """A new key that may write."""
        command = [
            sys.executable,
            "-m",
            "service",
            "keys",
            "add",
            "--scope",
            "write",
            "--data",
            str(self.data),
            "faults",
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment)
        return done.stdout.strip()


@contextmanager
def serving(data: Path, **environment: str) -> Iterator[Server]:
    """A server that is well; ended at the end."""
    server = Server(data, **environment)
    server.start()
    try:
        until(server.well, "the server and its indexer are well")
        yield server
    finally:
        server.stop()


def ask(port: int, method: str, path: str, body: bytes | None = None, key: str = "", timeout: float = 10) -> Answer:
    """One request on a connection of its own."""
    held = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        return send(held, method, path, body, key)
    finally:
        held.close()


def send(held: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, key: str = "") -> Answer:
    """One request on a connection: status, body, headers."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"} if key else {}
    held.request(method, path, body, headers)
    response = held.getresponse()
    raw = response.read()
    try:
        return response.status, json.loads(raw), dict(response.headers)
    except ValueError:
        raise TornAnswer(f"{method} {path}: {response.status} {raw[:200]!r}") from None


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> float:
    """Ask until it is so; gives after how many seconds. Raises `TimeoutError`."""
    began = time.monotonic()
    while True:
        with suppress(*BROKEN):
            if true():
                return time.monotonic() - began
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)
