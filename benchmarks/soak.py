"""A long time of mixed reads and writes: does any process grow?

    python -m benchmarks.soak --minutes 30

Five writes a second over a few thousand articles, folded into new snapshots every few hundred; two connections read as
fast as they are answered. Every ten seconds the memory (PSS), the threads and the open files of each process are noted (of
files, those that are not of the published segments; a replaced segment is one). Prints them, and the slope over the last two
thirds; ends with code 1 where memory, threads or files grow.
"""

import argparse
import http.client
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import psutil

from benchmarks.fault_archive import make_archive
from benchmarks.fault_server import BROKEN, Server, send, serving
from benchmarks.fault_traffic import Traffic
from benchmarks.machine import machine
from index.pointer import current_generation
from index.snapshot import read_manifest

EVERY_SECONDS = 10
FLAT_MB = 8
"""So much may come and go over the last two thirds without being called growth: an overlay fills up between two folds."""


@dataclass
class Samples:
    """What was noted of one process: seconds since the start, PSS in MB, threads, open files but the published segments'."""

    rows: list[tuple[float, float, int, int]] = field(default_factory=list)

    def growth(self, column: int) -> float:
        """By how much a column grew an hour, by a straight line through the last two thirds."""
        part = np.array(self.rows[len(self.rows) // 3 :], dtype=float)
        if len(part) < 3:
            return 0.0
        return float(np.polyfit(part[:, 0] / 3600, part[:, column], 1)[0])

    def leaks(self) -> list[str]:
        """What grew: by more than it goes up and down, judged by the means of the last third and of the one before."""
        third = len(self.rows) // 3
        middle, last = (np.array(self.rows[at : at + third], dtype=float) for at in (third, 2 * third))
        if not third:
            return []
        limits = (("memory", 1, FLAT_MB), ("threads", 2, 2), ("files", 3, 3))
        return [name for name, column, most in limits if last[:, column].mean() - middle[:, column].mean() > most]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--ids", type=int, default=500, help="articles that come and go beside the 3,000 that stay")
    parser.add_argument("--fold-after", type=int, default=250)
    options = parser.parse_args()
    print(machine(), "\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="alsoread-soak-") as folder:
        data = Path(folder) / "data"
        make_archive(data, count=3_000)
        with (
            serving(data, ALSOREAD_FOLD_AFTER=str(options.fold_after)) as server,
            Traffic(server, ids=options.ids, rate=5, reads=5) as traffic,
        ):
            samples, asked = watch(server, options.minutes * 60)
            folds = server.log.read_text().count("folding published")
    truth = traffic.truth
    print(f"\n{asked:,} reads, {truth.acknowledged:,} writes, {folds} folds, {len(truth.wrong)} wrong answers\n")
    print(
        "| process | MB at first | MB at last | MB an hour | threads | files | |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    failed = bool(truth.wrong)
    for name, found in samples.items():
        leaks = found.leaks()
        failed |= bool(leaks)
        (_, first, threads, files), (_, last, threads_last, files_last) = found.rows[0], found.rows[-1]
        counts = f"{threads} → {threads_last} | {files} → {files_last}"
        verdict = f"grows: {', '.join(leaks)}" if leaks else "flat"
        print(f"| {name} | {first:.0f} | {last:.0f} | {found.growth(1):+.1f} | {counts} | {verdict} |")
    sys.exit(failed)


def watch(server: Server, seconds: float) -> tuple[dict[str, Samples], int]:
    """Read as fast as two connections are answered, and note how the processes are."""
    over, counts = threading.Event(), [0, 0]
    readers = [threading.Thread(target=_read, args=(server, number, counts, over), daemon=True) for number in (0, 1)]
    for reader in readers:
        reader.start()
    samples: dict[str, Samples] = defaultdict(Samples)
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        current = {name for name, _ in read_manifest(server.data, current_generation(server.data)).segments}
        for name, process in _family(server).items():
            with suppress(psutil.Error), process.oneshot():
                memory = process.memory_full_info().pss / 1e6
                samples[name].rows.append((now, memory, process.num_threads(), _files(process.pid, current)))
        print(
            f"{now:6.0f} s  " + "  ".join(f"{name} {found.rows[-1][1]:.0f} MB" for name, found in samples.items()),
            flush=True,
        )
        time.sleep(EVERY_SECONDS)
    over.set()
    for reader in readers:
        reader.join(20)
    return samples, sum(counts)


def _family(server: Server) -> dict[str, psutil.Process]:
    workers = {f"worker {number + 1}": pid for number, pid in enumerate(sorted(server.workers()))}
    state = server.indexer()
    numbers = {"main": server.pid, **workers, **({"indexer": state.pid} if state else {})}
    return {name: psutil.Process(pid) for name, pid in numbers.items()}


def _files(pid: int, current: set[str]) -> int:
    """Open files but those of the published snapshot's segments, of which there are some forty for each segment. One that was
    replaced is let go within a minute or so, and counts as one file."""
    names, replaced = 0, set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            parts = path.readlink().parts
            if "segments" in parts:
                replaced.add(parts[parts.index("segments") + 1].removesuffix(" (deleted)"))
            else:
                names += 1
    return names + len(replaced - current)


def _read(server: Server, number: int, counts: list[int], over: threading.Event) -> None:
    chance = Random(number)
    held = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    while not over.is_set():
        article_id = f"{chance.choice(('base', 'live'))}-{chance.randrange(3_000)}"
        try:
            send(held, "GET", f"/v1/articles/{article_id}/also-read")
            counts[number] += 1
        except BROKEN:
            held.close()


if __name__ == "__main__":
    main()
