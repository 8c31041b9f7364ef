"""The archives that are measured: rebuilt from the corpus by a process of its own, and kept in `.bench`.

    python -m benchmarks.archives SIZE           (10,000: seconds; 1,000,000: see docs/performance.md)

A rebuild here is what `alsoread rebuild` does to a file of JSON lines, gate and all, but that vectors are looked up.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.corpus import VECTORS_OF, LookupEmbedder, corpus, real_count
from benchmarks.machine import CACHE
from index.article_record import dump_record
from index.embedder import Vectors
from index.errors import DamagedSnapshot, IncompatibleSnapshot, NoSnapshot
from index.gate import default_checks
from index.pointer import current_generation
from index.rebuild import Options, rebuild
from index.snapshot import open_snapshot, read_manifest
from index.sources import open_source
from recommender.policy import load_policy
from service.lists_check import lists_check

CLOCK = datetime(2022, 9, 1, tzinfo=UTC)
"""Just after the newest article of the corpus."""

MAX_LIST_CHANGE = 0.5


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What one rebuild took: seconds that passed and of the processor, without the look-up of vectors; MB at its peak."""

    seconds: float
    processor: float
    peak: float
    changed: int
    embedded: int
    written: float
    """MB that went to the disk; 0 where the system does not count them."""
    segments: int
    """How many the index then stands in."""


def archive(size: int) -> Path:
    """The data folder of so many articles, built where it is not there or was written by another version."""
    data = folder_of(size)
    try:
        open_snapshot(data, current_generation(data), verify=False)
    except (NoSnapshot, DamagedSnapshot, IncompatibleSnapshot, OSError):
        print(f"building the archive of {size:,} articles …", file=sys.stderr, flush=True)
        rebuild_apart(data, size, from_nothing=True)
    return data


def folder_of(size: int) -> Path:
    """Where the archive of so many articles lies, or will."""
    return CACHE / f"archive-{size}-{real_count()}-{VECTORS_OF}"


def source_file(size: int, changed: float = 0.0, edition: int = 0) -> Path:
    """The corpus as a file of JSON lines, written when it is first asked for."""
    path = CACHE / "corpus" / f"articles-{size}-{changed:g}-{edition}.jsonl"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        with new.open("wb") as file:
            for one in corpus(size, changed, edition):
                file.write(dump_record(one) + b"\n")
        new.replace(path)
    return path


def rebuild_apart(data: Path, size: int, changed: float = 0.0, edition: int = 0, from_nothing: bool = False) -> Rebuilt:
    """Rebuild in a process of its own. Raises `CalledProcessError` where that fails."""
    if from_nothing:
        shutil.rmtree(data, ignore_errors=True)
    source_file(size, changed, edition)
    LookupEmbedder(size)
    command = [
        sys.executable,
        "-m",
        "benchmarks.archives",
        "--apart",
        str(data),
        str(size),
        f"{changed:g}",
        str(edition),
    ]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Rebuilt(**json.loads(told.stdout.splitlines()[-1]))


class _Timed:
    """The look-up embedder, with a watch on it."""

    def __init__(self, size: int) -> None:
        self._embedder = LookupEmbedder(size)
        self.model, self.dimension = self._embedder.model, self._embedder.dimension
        self.seconds = self.processor = 0.0

    def embed(self, texts: Sequence[str]) -> Vectors:
        began, busy = time.perf_counter(), time.process_time()
        vectors = self._embedder.embed(texts)
        self.seconds += time.perf_counter() - began
        self.processor += time.process_time() - busy
        return vectors


def _rebuild_here(data: Path, size: int, changed: float, edition: int) -> Rebuilt:
    embedder = _Timed(size)
    lists = lists_check(load_policy(), CLOCK, MAX_LIST_CHANGE, lambda *_: None)
    options = Options(checks=(*default_checks(), lists))
    began, busy = time.perf_counter(), time.process_time()
    report = rebuild(data, [open_source(str(source_file(size, changed, edition)))], embedder, options)
    seconds, processor = time.perf_counter() - began, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Rebuilt(
        seconds - embedder.seconds,
        processor - embedder.processor,
        peak,
        report.changed,
        report.embedded,
        _written() / 1e6,
        len(read_manifest(data, current_generation(data)).segments),
    )


def _written() -> int:
    """Bytes that this process gave to the disk; 0 where the system does not count them."""
    try:
        told = Path("/proc/self/io").read_text(encoding="ascii")
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("write_bytes"))


def main(given: Sequence[str]) -> None:
    """Build an archive, or be the process that does it."""
    if given and given[0] == "--apart":
        data, size, changed, edition = given[1:]
        print(json.dumps(asdict(_rebuild_here(Path(data), int(size), float(changed), int(edition)))))
        return
    for size in given:
        print(archive(int(size.replace(",", ""))))


if __name__ == "__main__":
    main(sys.argv[1:])
