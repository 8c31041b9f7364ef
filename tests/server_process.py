"""A real `alsoread serve` for the tests: started, waited for, asked worker by worker, written to, ended."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from ports import free_port

from index.access_keys import add_key
from index.catalogue import Catalogue, place_of

READY_SECONDS = 30


@contextmanager
def running_server(data: Path, workers: int = 1, wait: bool = True, indexer: bool = True) -> Iterator[str]:
    """The base address of a server over `data`; with `wait`, once it is ready."""
    port = free_port("127.0.0.1")
    process = start_server(data, port, workers, indexer=indexer)
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


def start_server(
    data: Path,
    port: int,
    workers: int,
    own_group: bool = False,
    indexer: bool = True,
    environment: Mapping[str, str] = {},
) -> "subprocess.Popen[bytes]":
    """Start it and do not wait; `environment` holds further variables."""
    command = [sys.executable, "-m", "service", "serve", "--data", str(data), "--port", str(port)]
    return subprocess.Popen(
        [*command, "--workers", str(workers), "--indexer" if indexer else "--no-indexer"],
        env={**server_environment(), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=own_group,
    )


def server_environment() -> dict[str, str]:
    """The variables of a server out of this checkout."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "ALSOREAD_LOG_LEVEL": "warning"}


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


@dataclass
class WorkerClient:
    """One web worker, asked over a connection of its own."""

    number: int
    """Its process."""
    connection: HTTPConnection

    @classmethod
    def of_any(cls, port: int) -> "WorkerClient":
        """Whichever takes the connection."""
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        return cls(int(_ask(connection, "GET", "/health/live")[1]["worker"]), connection)

    def get(self, path: str, **query: Any) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        return _ask(self.connection, "GET", f"{path}?{urlencode(query)}" if query else path)

    def of(self, article_id: str, what: str = "", **query: Any) -> tuple[int, dict[str, Any]]:
        """An article (`what` is empty), or a list of it (`also-read`, `more-in-section`), by its id."""
        return self.get("/".join(filter(None, (_path(article_id), what))), **query)

    def ids(self, path: str, **query: Any) -> list[str]:
        """What is suggested; nothing where the article is unknown."""
        return [item["id"] for item in self.get(path, **query)[1].get("items", ())]


@dataclass
class LiveServer:
    """One host: `alsoread serve` over a data folder, by itself without an indexer, which is started and ended apart."""

    data: Path
    catalogue: str | None = None
    """Address of the catalogue; None for the one in the data folder."""
    workers: int = 3
    model: str = "word-hash-64"
    milvus: str | None = None
    """Address of the Milvus that its indexer keeps up; None for none."""
    replica: bool = False
    """Whether it answers from that Milvus alone, and has nothing in its data folder."""
    key: str = ""
    """To write with; made at the start."""
    clients: list[WorkerClient] = field(default_factory=list)
    """Each worker."""
    _process: "subprocess.Popen[bytes] | None" = None
    _indexer: "subprocess.Popen[bytes] | None" = None
    _port: int = 0
    slowest: float = 0.0
    """The longest that `within` waited."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a command of ours one of this host."""
        given = {"ALSOREAD_CATALOGUE": self.catalogue, "ALSOREAD_MODEL": self.model, "ALSOREAD_DATA": str(self.data)}
        given |= {"ALSOREAD_MILVUS": self.milvus, "ALSOREAD_REPLICA": "true" if self.replica else None}
        return {**server_environment(), **{name: value for name, value in given.items() if value}}

    def start(self) -> None:
        """Start it, wait until it is ready, and reach each worker."""
        self._port = free_port("127.0.0.1")
        self._process = start_server(self.data, self._port, self.workers, indexer=False, environment=self.environment)
        wait_for(f"http://127.0.0.1:{self._port}/health/ready", self._process)
        if not self.key:
            with Catalogue.open(place_of(self.data, self.catalogue)) as catalogue:
                self.key = add_key(catalogue, f"cms {self._port}", "write")
        self.clients = self._reach_workers()

    def start_indexer(self) -> None:
        """Start the indexer where none runs; does not wait."""
        if self._indexer is None:
            command = [sys.executable, "-m", "service", "indexer", "--data", str(self.data)]
            self._indexer = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)

    def stop_indexer(self) -> None:
        """End the indexer."""
        self._indexer = _ended(self._indexer)

    def stop(self) -> None:
        """End all of it."""
        for client in self.clients:
            client.connection.close()
        self.stop_indexer()
        self._process = _ended(self._process)

    def command(self, *words: str) -> str:
        """What a command of ours prints, run on this host; fails where it does."""
        done = subprocess.run(
            [sys.executable, "-m", "service", *words], env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def put(self, record: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of a `PUT`; any worker takes it."""
        return self._write("PUT", _path(record["id"]), json.dumps(record).encode())

    def delete(self, article_id: str, **query: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of a `DELETE`."""
        return self._write("DELETE", _path(article_id) + (f"?{urlencode(query)}" if query else ""))

    def within(self, seconds: float, check: Callable[[WorkerClient], None]) -> float:
        """Try the check at each worker until it passes, and give how long that took; fails after so many seconds."""
        began = time.monotonic()
        for client in self.clients:
            _try_until(began + seconds, check, client)
        took = time.monotonic() - began
        self.slowest = max(self.slowest, took)
        return took

    def _write(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            return _ask(connection, method, path, body, headers)
        finally:
            connection.close()

    def _reach_workers(self) -> list[WorkerClient]:
        """A connection stays with the worker that took it: open more until each has one. Not too many at a time, for one
        worker may still be starting, and another takes no more than some hundreds."""
        found: dict[int, WorkerClient] = {}
        deadline = time.monotonic() + READY_SECONDS
        while len(found) < self.workers:
            assert time.monotonic() < deadline, f"{len(found)} of {self.workers} workers were reached"
            opened = [WorkerClient.of_any(self._port) for _ in range(4 * self.workers)]
            for client in opened:
                if found.setdefault(client.number, client) is not client:
                    client.connection.close()
        return [*found.values()]


def _try_until(deadline: float, check: Callable[[WorkerClient], None], client: WorkerClient) -> None:
    while True:
        asked = time.monotonic()
        try:
            return check(client)
        except AssertionError:
            if asked >= deadline:
                raise
        time.sleep(0.01)


def _ask(
    connection: HTTPConnection, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
) -> tuple[int, dict[str, Any]]:
    connection.request(method, path, body, dict(headers))
    response = connection.getresponse()
    record: dict[str, Any] = json.loads(response.read())
    return response.status, record


def _path(article_id: str) -> str:
    return f"/v1/articles/{quote(article_id, safe='')}"


def _ended(process: "subprocess.Popen[bytes] | None") -> None:
    """End a process of ours, if need be by force."""
    if process is None:
        return
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
        raise
