"""A real server, readers, and one connection to each of its workers that looks at what is watched."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from service.commands.serve import free_port

if TYPE_CHECKING:
    from benchmarks.live import Watch

READY_SECONDS = 60

LEAST_PAUSE = 0.02
"""In which one connection looks at everything that is watched, if it is answered at once."""

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

    def __init__(self, data: Path, workers: int, paths: Sequence[str], reads_per_second: float) -> None:
        """`paths` are read in turn, so many a second, or as many as are answered."""
        self._data = data
        self._workers = workers
        self._paths = paths
        self._pause = workers / reads_per_second
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
            threading.Thread(target=self._look, args=(worker, connection), daemon=True).start()
        for worker, connection in enumerate(self._one_to_each_worker()):
            threading.Thread(target=self._read, args=(worker, connection), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)

    @property
    def asked(self) -> int:
        """How many readers were answered so far."""
        return sum(self._asked)

    def watch(self, watch: "Watch", until_held: bool = False) -> None:
        """Ask this of every worker, again and again, or until each has held it."""
        watch.first_held, watch.last_held = [0.0] * self._workers, [0.0] * self._workers
        watch.asked, watch.last_begun = [0.0] * self._workers, [0.0] * self._workers
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

    def _look(self, worker: int, connection: Connection) -> None:
        at = 0
        while not self._ended:
            watched = self._watched[worker]
            time.sleep(LEAST_PAUSE / max(1, len(watched)))
            try:
                if not watched:
                    if time.monotonic() - connection.used_at > KEEP_ALIVE_SECONDS:
                        connection.get("/health/live")
                    continue
                watch, until_held = watched[at % len(watched)]
                at += 1
                if until_held and not watch.due(worker):
                    continue
                watch.ask(worker, connection)
            except (OSError, http.client.HTTPException):
                if not self._ended:
                    raise
                return
            if until_held and watch.first_held[worker]:
                watched.remove((watch, until_held))

    def _read(self, worker: int, connection: Connection) -> None:
        chance, due = Random(worker), time.monotonic()
        while not self._ended:
            due = max(due + self._pause, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                connection.get(chance.choice(self._paths))
            except (OSError, http.client.HTTPException):
                if not self._ended:
                    raise
                return
            self._asked[worker] += 1

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
