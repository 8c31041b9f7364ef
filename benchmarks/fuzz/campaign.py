"""A campaign over one reader: processes that read cases, watched; whoever hangs or dies is counted, and another goes on."""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe

import psutil

from benchmarks.fuzz.case import HANG, Result, bytes_of
from index.processes import environment

AT_ONCE = 400
"""Cases of one process; then another, so that nothing gathers."""
GRACE = 10.0
"""Seconds of processor time beyond `HANG` until a process is ended: it may still come to say so itself."""
LONGEST = 300.0
"""Seconds by the clock that one case may take, however little it works, on a machine that is busy with others."""
ENDS = float("inf")
CHILD = "benchmarks.fuzz.child"
"""The module that a process runs."""


@dataclass(slots=True)
class Row:
    """What a reader went through."""

    reader: str
    cases: int = 0
    articles: int = 0
    others: int = 0
    refused: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    memory: int = 0

    def add(self, found: Result) -> bool:
        """Count a result; whether it is a fault that is one of the first of its mark."""
        self.cases += 1
        self.articles += found.articles
        self.others += found.others
        self.refused += found.refused
        self.seconds = max(self.seconds, found.seconds)
        self.memory = max(self.memory, found.memory)
        if found.fault:
            self.faults[found.fault] += 1
            self.marks[f"{found.fault}: {found.mark}"] += 1
        return bool(found.fault) and self.marks[f"{found.fault}: {found.mark}"] <= 3


def results(reader: str, seed: int, cases: int, until: float = ENDS, file: str = "") -> Iterator[Result]:
    """The results of so many cases, from the first, as far as there is time until a moment of `time.monotonic`."""
    number = 0
    while number < cases and time.monotonic() < until:
        last = None
        for found in _of_one_process(reader, seed, number, min(AT_ONCE, cases - number), until, file):
            last = found
            yield found
        if last is None:
            return
        number = last.number + 1


def _of_one_process(reader: str, seed: int, first: int, count: int, until: float, file: str) -> Iterator[Result]:
    ours, theirs = Pipe()
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", CHILD, reader, str(seed), str(first), str(count), file]
        with theirs:
            process = psutil.Popen(
                [*command, str(until), str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, env=environment(),
            )  # fmt: skip
        number = first
        try:
            while True:
                try:
                    answer = _next(ours, process)
                except (EOFError, OSError):
                    said.seek(0)
                    yield _died(reader, seed, number, process.wait(), said.read(), file)
                    return
                if answer is None:
                    yield _fault(Result(number, "hang", "ended, for it did not end", "hang", HANG), reader, seed, file)
                    return
                kind, value = answer
                if kind == "ended":
                    return
                if kind == "begun":
                    number = value
                else:
                    yield value
        finally:
            ours.close()
            _end(process)


def _next(ours: Connection, process: psutil.Popen) -> tuple[str, object] | None:
    """What the process says next; None where it works, or waits, for too long."""
    started, worked = time.monotonic(), _worked(process)
    while not ours.poll(1.0):
        if time.monotonic() - started > LONGEST or _worked(process) - worked > HANG + GRACE:
            return None
    answer: tuple[str, object] = ours.recv()
    return answer


def _worked(process: psutil.Popen) -> float:
    """Processor seconds of a process and of those below it."""
    total = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
    except psutil.Error:
        pass
    return total


def _died(reader: str, seed: int, number: int, status: int, said: bytes, file: str) -> Result:
    told = f"ended with status {status}: {said.decode('utf-8', 'replace')[-2_000:]}"
    kind = "memory" if b"MemoryError" in said or b"bad_alloc" in said else "died"
    return _fault(Result(number, kind, told, f"status {status}"), reader, seed, file)


def _fault(found: Result, reader: str, seed: int, file: str) -> Result:
    data = None if file else bytes_of(reader, seed, found.number)
    return Result(found.number, found.fault, found.told, found.mark, found.seconds, data=data)


def _end(process: psutil.Popen) -> None:
    """End a process and those that it started."""
    try:
        below = process.children(recursive=True)
    except psutil.Error:
        below = []
    for one in (process, *below):
        try:
            one.kill()
        except psutil.Error:
            pass
    process.wait()
