"""A real server, and one connection to each of its workers that asks again and again."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from service.commands.serve import free_port

if TYPE_CHECKING:
    from benchmarks.live import Watch

READY_SECONDS = 60

READS_PER_SECOND = 500
"""Asked of all workers together, at most."""

KEEP_ALIVE_SECONDS = 2.0
"""A connection that rests so long is used, for the server ends those that rest."""


def quoted(article_id: str) -> str:
    """An id as it stands in a path."""
    return urllib.parse.quote(article_id, safe="")


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.used_at = time.monotonic()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        return self.send("GET", path, None, {})

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of any request."""
        self._open.request(method, path, body, headers)
        response = self._open.getresponse()
        self.used_at = time.monotonic()
        return response.status, response.read()


class LiveServer:
    """`alsoread serve` over a data folder, with a key that may write. Use it as a context."""

    def __init__(self, data: Path, workers: int) -> None:
        self._data = data
        self._workers = workers
        self._port = free_port("127.0.0.1")
        self._watched: list[list[tuple[Watch, bool]]] = [[] for _ in range(workers)]
        self._asked = [0] * workers
        self._ended = False

    def __enter__(self) -> "LiveServer":
        program = [sys.executable, "-m", "service"]
        self._process = subprocess.Popen(
            [*program, "serve", "--data", str(self._data), "--port", str(self._port), "--workers", str(self._workers)],
            env={**os.environ, "ALSOREAD_LOG_LEVEL": "warning"},
        )
        command = [*program, "keys", "add", "--scope", "write", "--data", str(self._data), "benchmark"]
        self._key = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        self._wait("/health/ready", lambda body: True)
        self._wait("/health/ready", lambda body: (body.get("indexer") or {}).get("state") != "starting")
        self._writes = Connection(self._port)
        for worker, connection in enumerate(self._one_to_each_worker()):
            threading.Thread(target=self._ask, args=(worker, connection), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)

    @property
    def asked(self) -> int:
        """How many questions were answered so far."""
        return sum(self._asked)

    def watch(self, watch: "Watch", until_held: bool = False) -> None:
        """Ask this of every worker, again and again, or until each has held it."""
        watch.first_held, watch.last_held = [0.0] * self._workers, [0.0] * self._workers
        for watched in self._watched:
            watched.append((watch, until_held))

    def forget(self, watch: "Watch") -> None:
        """Ask this no more."""
        for watched in self._watched:
            watched[:] = [one for one in watched if one[0] is not watch]

    def write(self, method: str, path: str, record: dict[str, object] | None = None) -> int:
        """The status of a write."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        return self._other().send(method, path, orjson.dumps(record) if record else None, headers)[0]

    def listed(self, article_id: str) -> list[str]:
        """The ids that an article's list holds."""
        status, body = self._other().get(f"/v1/articles/{quoted(article_id)}/also-read?limit=50")
        return [item["id"] for item in orjson.loads(body)["items"]] if status == 200 else []

    def _other(self) -> Connection:
        """The connection for all else, to whatever worker."""
        if time.monotonic() - self._writes.used_at > KEEP_ALIVE_SECONDS:
            self._writes = Connection(self._port)
        return self._writes

    def _ask(self, worker: int, connection: Connection) -> None:
        at, due = 0, time.monotonic()
        while not self._ended:
            watched = self._watched[worker]
            if not watched:
                if time.monotonic() - connection.used_at > KEEP_ALIVE_SECONDS:
                    connection.get("/health/live")
                time.sleep(0.002)
                continue
            watch, until_held = watched[at % len(watched)]
            at += 1
            due = max(due + self._workers / READS_PER_SECOND, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                watch.ask(worker, connection)
            except (OSError, http.client.HTTPException):
                if not self._ended:
                    raise
            self._asked[worker] += 1
            if until_held and watch.first_held[worker]:
                watched.remove((watch, until_held))

    def _one_to_each_worker(self) -> list[Connection]:
        found: dict[Any, Connection] = {}
        deadline = time.monotonic() + READY_SECONDS
        while len(found) < self._workers:
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {len(found)} of {self._workers} workers were met")
            connection = Connection(self._port)
            status, body = connection.get("/health/live")
            if status == 200:
                found.setdefault(json.loads(body)["worker"], connection)
        return list(found.values())

    def _wait(self, path: str, true: Any) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                status, body = Connection(self._port).get(path)
                if status == 200 and true(json.loads(body)):
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        raise RuntimeError(f"{path} was not as hoped within {READY_SECONDS} s")
