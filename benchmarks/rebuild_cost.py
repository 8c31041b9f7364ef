"""What a rebuild costs by how much changed: from nothing, and with 0 %, 1 % and 10 % of the articles' texts changed.

    python -m benchmarks.performance --only rebuild

Embedding is left out: vectors are looked up, and the look-up is taken off. All else is what `alsoread rebuild` does to a
file of JSON lines, reading and gate included.
"""

import shutil
from collections.abc import Iterator

from benchmarks.archives import Rebuilt, archive, folder_of, rebuild_apart
from benchmarks.machine import CACHE
from benchmarks.results import Row

SHARES = (0.0, 0.01, 0.1)


def measure(sizes: tuple[int, ...], quick: bool) -> Iterator[Row]:
    """Rows by size and share. What is built from nothing stays, as the archive that the other families measure; a quick run
    takes the one that is there."""
    for size in sizes:
        if not quick:
            yield _row("from nothing", size, rebuild_apart(folder_of(size), size, from_nothing=True))
        data = CACHE / f"rebuilt-{size}"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(archive(size), data)
        for edition, share in enumerate(SHARES[:2] if quick else SHARES):
            yield _row(f"{share:.0%} changed", size, rebuild_apart(data, size, share, edition))
        shutil.rmtree(data)


def _row(name: str, size: int, found: Rebuilt) -> Row:
    figures = {
        "seconds": found.seconds,
        "processor seconds": found.processor,
        "articles a second": size / found.seconds,
        "peak MB": found.peak,
        "MB written": found.written,
        "segments": float(found.segments),
        "changed": float(found.changed),
    }
    return Row(name, size, figures)
