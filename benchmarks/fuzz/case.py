"""One case: what it is, and what reading it comes to."""

import gc
import os
import resource
import tempfile
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import psutil

from benchmarks.fuzz.mutate import damaged
from benchmarks.fuzz.readers import READERS, seeds_of
from benchmarks.fuzz.tally import Tally
from index.errors import FetchFailed, UnreadableSource

HANG = 20.0
"""Seconds of processor time that one case may take, its reader's own processes included."""
MEMORY = 1_000_000_000
"""Bytes that one case may take in memory, above what the process has without it; likewise each process of a reader's own."""
OURS = ("index/", "benchmarks/fuzz/stub_site")


@dataclass(frozen=True, slots=True)
class Result:
    """What reading a case came to; `fault` is empty where all was well."""

    number: int
    fault: str = ""
    """`crash`, `hang`, `memory`, `died`, `lost` or `wrong`."""
    told: str = ""
    """What happened, for a person."""
    mark: str = ""
    """The same for the same fault: by it faults are told apart."""
    seconds: float = 0.0
    memory: int = 0
    articles: int = 0
    others: int = 0
    refused: bool = False
    data: bytes | None = None
    """The case, made smaller, where there is a fault."""


def bytes_of(reader: str, seed: int, number: int, with_real: bool = True) -> bytes:
    """The bytes of a case; the same numbers give the same, where the seeds are the same."""
    return damaged(seeds_of(reader, with_real), READERS[reader].shape, Random(f"{seed}/{reader}/{number}"))


def run(reader: str, data: bytes, number: int = 0) -> Result:
    """Read a case in this process, in a folder of its own."""
    tally, refused, found = Tally(), False, Result(number)
    before, open_files = _peak(fresh=True), _open_files()
    started = _seconds()
    with tempfile.TemporaryDirectory(prefix="alsoread-fuzz-") as folder:
        try:
            READERS[reader].read(data, Path(folder), tally)
        except (UnreadableSource, FetchFailed) as error:
            refused = True
            if len(str(error)) > 5_000:
                found = replace(
                    found, fault="wrong", told=f"a message of {len(str(error)):,} characters", mark="message"
                )
        except MemoryError as error:
            found = replace(found, fault="memory", told=_told(error), mark=_place(error))
        except Exception as error:  # noqa: BLE001  # a crash is what is being looked for
            found = replace(found, fault="crash", told=_told(error), mark=_place(error))
    found = replace(
        found,
        seconds=_seconds() - started,
        memory=max(0, _peak() - before),
        articles=tally.counts["articles"],
        others=tally.counts.total() - tally.counts["articles"],
        refused=refused,
    )
    return found if found.fault else _judged(found, tally, open_files)


def _judged(found: Result, tally: Tally, open_files: tuple[int, int]) -> Result:
    if found.seconds > HANG:
        return replace(found, fault="hang", told=f"{found.seconds:.0f} s of processor time", mark="hang")
    if found.memory > MEMORY:
        return replace(found, fault="memory", told=f"{found.memory / 1e6:,.0f} MB", mark="memory")
    if tally.fault:
        return replace(found, fault="wrong", told=tally.fault, mark=tally.fault.split(":")[0][:40])
    if not found.refused and (lost := tally.lost()):
        return replace(found, fault="lost", told=lost, mark="lost")
    if (left := _open_files()) > open_files:
        gc.collect()
        if (left := _open_files()) > open_files:
            return replace(
                found, fault="wrong", told=f"files, processes: {open_files} before, {left} after", mark="left open"
            )
    return found


def smaller(reader: str, data: bytes, found: Result, seconds: float = 15.0) -> bytes:
    """The case without what the fault does not need, as far as that is found out in so many seconds."""
    until = time.monotonic() + seconds
    step = len(data) // 2
    while step and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            shorter = data[:at] + data[at + step :]
            again = run(reader, shorter)
            if (again.fault, again.mark) == (found.fault, found.mark):
                data = shorter
            else:
                at += step
        step //= 2
    return data


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}\n{''.join(traceback.format_tb(error.__traceback__)[-14:])}"[
        -4_000:
    ]


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if any(name in one.filename for name in OURS)] or frames
    return f"{type(error).__name__} in {Path(ours[-1].filename).name}:{ours[-1].name}"


def _seconds() -> float:
    """Processor time of this process, and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _open_files() -> tuple[int, int]:
    me = psutil.Process()
    return me.num_fds(), len(me.children())


_children = 0


def _peak(fresh: bool = False) -> int:
    """Most bytes in memory since the last `fresh` call, of this process or of one of those that it waited for since then."""
    global _children  # the system remembers the greatest for ever
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if fresh:
        _children = children
        try:
            Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            pass  # elsewhere the greatest ever must do
        return psutil.Process().memory_info().rss
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    try:
        status = Path("/proc/self/status").read_text()
        own = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        pass
    return max(own, children if children > _children else 0)
