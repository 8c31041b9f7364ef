"""A real server for attacks on its transport: bytes as they are, answers as they come."""

import re
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from ports import free_port
from server_process import start_server, wait_for

LIST = "/v1/articles/flood-1/also-read?limit=1"


@dataclass(frozen=True, slots=True)
class Answers:
    """What came over one connection."""

    raw: bytes
    ended: bool
    """Whether the server hung up."""
    seconds: float

    @property
    def statuses(self) -> list[int]:
        return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", self.raw)]


@dataclass
class Victim:
    """One worker of four threads."""

    data: Path
    port: int = field(default_factory=lambda: free_port("127.0.0.1"))

    def __enter__(self) -> "Victim":
        self._process = start_server(self.data, self.port, 1, indexer=False, environment={"ALSOREAD_THREADS": "4"})
        wait_for(f"http://127.0.0.1:{self.port}/health/ready", self._process)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(15)

    def connect(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(sent)
        return connection

    def send(self, sent: bytes, seconds: float = 1.0) -> Answers:
        """What is answered, until the server hangs up or has said nothing for so long."""
        with self.connect(sent) as connection:
            return heard(connection, seconds)

    def reader_seconds(self) -> float:
        """How long a reader waits for a list that is not kept ready."""
        began = time.monotonic()
        path = f"{LIST}&before=20{int(began * 1000) % 70 + 30}-01-01"
        answers = self.send(request(f"GET {path}", "Connection: close"), 5)
        assert answers.statuses == [200], answers.raw
        return time.monotonic() - began


def heard(connection: socket.socket, seconds: float) -> Answers:
    """All that comes over a connection."""
    began, raw = time.monotonic(), b""
    connection.settimeout(seconds)
    try:
        while part := connection.recv(65_536):
            raw += part
    except TimeoutError:
        return Answers(raw, False, time.monotonic() - began)
    except ConnectionError:
        pass
    return Answers(raw, True, time.monotonic() - began)


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    """A request with a `Host`; headers and body as they are."""
    return "\r\n".join((f"{line} HTTP/1.1", "Host: paper.example", *headers, "", "")).encode("latin-1") + body


def report(*headers: str, body: bytes = b"") -> bytes:
    """A report of events, which needs no key."""
    return request("POST /v1/events", "Content-Type: application/json", *headers, body=body)
