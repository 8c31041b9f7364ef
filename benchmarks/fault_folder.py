"""A data folder whose disk is full, and one that nothing can be written to."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.fault_kills import Outcome
from benchmarks.fault_server import WORKERS, Server, serving, until
from benchmarks.fault_traffic import Traffic
from index.catalogue import FILE
from index.pointer import current_generation

MEGABYTES = 32


@contextmanager
def small_disk(beside: Path) -> Iterator[Path | None]:
    """A disk of its own with a copy of the data folder; None where none may be mounted (it takes root)."""
    disk = beside.parent / "disk"
    disk.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        yield None
        return
    try:
        shutil.copytree(beside, disk / "data")
        yield disk / "data"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def disk_full(data: Path, trials: int = 3) -> list[Outcome]:
    """The disk fills up while articles are written and a rebuild runs, and is freed again."""
    row = Outcome("disk full")
    with small_disk(data) as folder:
        if folder is None:
            row.notes.append("not tried: no disk may be mounted here")
            return [row]
        with serving(folder, ALSOREAD_FOLD_AFTER="0") as server, Traffic(server) as traffic:
            for _ in range(trials):
                time.sleep(1)
                _one_full_disk(row, server, traffic, folder)
                row.trials += 1
            row.add(traffic.truth, server)
    return [row]


def _one_full_disk(row: Outcome, server: Server, traffic: Traffic, folder: Path) -> None:
    truth, generation = traffic.truth, current_generation(folder)
    truth.refusals.clear()
    filler = folder.parent / "filler"
    _fill(filler)
    until(lambda: truth.refusals, "a write is refused")
    asked = truth.asked
    health = server.health()
    row.expect("full" in (health["problem"] or ""), f"/health/ready says {health['problem']!r}")
    row.notes.append(f"/health/ready: {_shape(health['problem'])}")
    code, said = server.rebuild()
    row.expect(code not in (0, 5), f"a rebuild on a full disk ended with {code}")
    row.expect("Traceback" not in said, f"a rebuild on a full disk said: {said[-300:]}")
    row.notes.append(f"rebuild ends with {code}: {said.strip().splitlines()[-1][:160]}")
    row.expect(current_generation(folder) == generation, "a rebuild on a full disk published")
    time.sleep(1)
    row.expect(truth.asked > asked, "no question was answered while the disk was full")
    _judge_refusals(row, traffic, "catalogue-unusable")
    filler.unlink()
    row.recovered.append(traffic.writes_go_on())
    until(lambda: server.health()["problem"] is None, "nothing is a problem any more")
    traffic.check()


def _judge_refusals(row: Outcome, traffic: Traffic, name: str) -> None:
    for seconds, status, kind, detail in traffic.truth.refusals:
        row.expect(kind == name, f"a write got {status} {kind}: {detail}")
        row.expect(seconds < 3.5, f"a write was refused after {seconds:.1f} s")
        row.notes.append(f"writes: {status} {kind}: {detail}")


def _shape(problem: object) -> str:
    return str(problem).replace("0.0 MB", "… MB")


def _fill(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    os.write(handle, bytes(size))
    os.close(handle)


STATES = ("killed, its log and index left", "ended, no log left", "killed, its log left alone")


def read_only(data: Path, states: tuple[str, ...] = STATES) -> list[Outcome]:
    """A server that is started over a folder that became read-only; what was taken down last stands in the log alone."""
    row = Outcome("read-only folder")
    for state in states:
        with small_disk(data) as folder:
            if folder is None:
                row.notes.append("not tried: no disk may be mounted here")
                return [row]
            _one_read_only(row, folder, state)
    return [row]


def _one_read_only(row: Outcome, folder: Path, state: str) -> None:
    server = Server(folder, ALSOREAD_FOLD_AFTER="0")
    server.start()
    try:
        until(server.well, "the server is well")
        with Traffic(server) as traffic:
            time.sleep(3)
            with traffic.paused():
                _leave(server, state)
                if state == STATES[2]:
                    (folder / f"{FILE}-shm").unlink()
                _remount(folder, "ro")
                server.start()
            _serves_read_only(row, server, traffic)
            _remount(folder, "rw")
            row.recovered.append(traffic.writes_go_on())
            until(server.well, "the server is well")
            row.expect(server.health()["problem"] is None, f"after it: {server.health()['problem']}")
            traffic.check()
        row.trials += 1
        row.add(traffic.truth, server)
    finally:
        server.stop()


def _leave(server: Server, state: str) -> None:
    if state == STATES[1]:
        server.stop()
        return
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(family[1:])
    assert server.process is not None
    server.process.wait()


def _serves_read_only(row: Outcome, server: Server, traffic: Traffic) -> None:
    truth = traffic.truth
    truth.refusals.clear()
    traffic.check()
    until(lambda: truth.refusals, "a write is refused")
    asked = truth.asked
    time.sleep(2)
    problem = server.health()["problem"]
    row.expect(problem and "read-only" in problem, f"/health/ready says {problem!r}")
    row.notes.append(f"/health/ready: {problem}")
    row.expect(truth.asked > asked, "no question was answered")
    row.expect(len(psutil.Process(server.pid).children()) == WORKERS + 1, "the indexer does not live")
    _judge_refusals(row, traffic, "catalogue-unusable")


def _remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder.parent)], check=True)
