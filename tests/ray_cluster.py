"""A private Ray cluster of two nodes on this host, each with processors to spare on paper; gone at the end.

Its processes listen to every address there is, so that it is started only where there is none but loopback: `make test-ray`.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

HEAD = "127.0.0.1:6399"
PROCESSORS = "4"
START_SECONDS = 90


def missing() -> str | None:
    """Why there can be none here; None where there can."""
    if not _program().is_file():
        return "the extra 'ray' is not installed"
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        return "there is a network besides loopback, which it would listen to; run `make test-ray`"
    return None


@dataclass
class Cluster:
    """Two nodes."""

    head: "subprocess.Popen[bytes]"
    second: "subprocess.Popen[bytes]"

    def kill_second(self) -> None:
        """Kill the second node with all of its processes, as a machine that loses its power does."""
        _kill(self.second)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A cluster whose two nodes know each other."""
    folder = tempfile.mkdtemp(prefix="ray-")  # short: it holds sockets, whose paths may not be long
    head = second = None
    try:
        head = _start(folder, "--head", "--port", HEAD.rpartition(":")[2])
        _wait(head, 1)
        second = _start(folder, "--address", HEAD)
        _wait(second, 2)
        yield Cluster(head, second)
    finally:
        for process in (second, head):
            if process is not None:
                _kill(process)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: str, *arguments: str) -> "subprocess.Popen[bytes]":
    options = ["--num-cpus", PROCESSORS, "--num-gpus", "0", "--object-store-memory", "100000000"]
    options += ["--node-ip-address", "127.0.0.1", "--disable-usage-stats", "--block"]
    if arguments[0] == "--head":
        options += ["--include-dashboard", "false", "--temp-dir", folder]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "RAY_USAGE_STATS_ENABLED": "0"}
    return subprocess.Popen(
        [str(_program()), "start", *arguments, *options],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait(process: "subprocess.Popen[bytes]", nodes: int) -> None:
    """Until so many nodes are alive."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "a node of the Ray cluster ended"
        code = f"import ray; ray.init('{HEAD}', log_to_driver=False); print(sum(n['Alive'] for n in ray.nodes()))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
        if done.stdout.strip().endswith(str(nodes)):
            return
        time.sleep(0.5)
    raise AssertionError(f"the Ray cluster did not have {nodes} nodes within {START_SECONDS} s")


def _kill(process: "subprocess.Popen[bytes]") -> None:
    family = [process.pid]
    with suppress(psutil.Error):
        family += [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(20)


def _program() -> Path:
    return Path(sys.executable).parent / "ray"
