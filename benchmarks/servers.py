"""Servers of the benchmarks: started on a port of their own, waited for, measured as whole trees of processes, ended."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.machine import pinned
from service.commands.serve import free_port

READY_SECONDS = 120.0
STOP_SECONDS = 10.0


class Server:
    """A running server."""

    def __init__(self, port: int, process: psutil.Process, ready_seconds: float, also: Path | None = None) -> None:
        """`also` is a file with the numbers of processes that belong to it and are not its children."""
        self.port = port
        self._also = also
        self.ready_seconds = ready_seconds
        """From its start to its first good answer."""
        self._process = process

    def processes(self) -> list[psutil.Process]:
        """It and all that it started."""
        roots = [self._process]
        if self._also is not None and self._also.is_file():
            roots += [psutil.Process(int(pid)) for pid in self._also.read_text(encoding="utf-8").split()]
        return [process for root in roots for process in (root, *root.children(recursive=True))]

    def memory(self, part: str = "Pss") -> float:
        """Proportional set size of all of them, MB: what two share counts half for each. `part` is `Pss`, or `Pss_Anon` for
        what is not a mapped file's, which the system cannot take back."""
        return sum(_pss(process, part) for process in self.processes()) / 1024

    def processor(self) -> float:
        """Seconds of the processor that all of them have used so far."""
        return sum(_busy(process) for process in self.processes())


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    path: str,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    folder: Path | None = None,
    one_core: bool = True,
    also: Path | None = None,
) -> Iterator[Server]:
    """A server that answers `path` with 200, on one core alone where not said otherwise; ended with all that it started.

    Raises `RuntimeError` with the end of its log where it does not answer in time.
    """
    sink = log.open("ab") if log else subprocess.DEVNULL
    began = time.perf_counter()
    process = subprocess.Popen(
        pinned(command, core=0) if one_core else list(command),
        env={**os.environ, **(environment or {})},
        stdout=sink,
        stderr=sink,
        cwd=folder,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(port, path):
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-600:] if log else "(no log)"
                raise RuntimeError(f"{command[0]} … did not answer {path}: {said}")
            time.sleep(0.01)
        yield Server(port, psutil.Process(process.pid), time.perf_counter() - began, also)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, then end what is left of its session."""
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(port: int, path: str) -> bool:
    """Whether a server answers there now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def entity(port: int, path: str) -> tuple[list[tuple[str, str]], bytes]:
    """An answer's headers and body, as its server sends them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return [(name, value) for name, value in response.getheaders() if name.lower() != "server"], body


def ask(port: int, paths: Sequence[str]) -> list[float]:
    """How long each question took, in ms, over one connection. Raises `SystemExit` for another status than 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took = []
    for path in paths:
        started = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        took.append((time.perf_counter() - started) * 1000)
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status}")
    connection.close()
    return took


def entity_tags(port: int, paths: Sequence[str]) -> list[str]:
    """The entity tag of each answer as it is without compression."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    tags = []
    for path in paths:
        connection.request("GET", path, headers={"Accept-Encoding": "identity"})
        response = connection.getresponse()
        response.read()
        tags.append(response.headers["ETag"])
    connection.close()
    return tags


def alsoread(data: Path, port: int, workers: int, *options: str) -> list[str]:
    """The command that serves an archive."""
    known = ["--data", str(data), "--port", str(port), "--workers", str(workers)]
    return [sys.executable, "-m", "service", "serve", *known, *options]


def new_port() -> int:
    """A port that is free now."""
    return free_port("127.0.0.1")


def _pss(process: psutil.Process, part: str) -> int:
    """In kB, as the kernel reckons it (`proc(5)`, smaps_rollup)."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{part}:")), 0)


def _busy(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        return float(times.user + times.system)
    except psutil.NoSuchProcess:
        return 0.0
