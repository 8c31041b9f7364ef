"""Memory and start-up by size: the whole service, its parent and its indexer included, with 1, 2 and 3 web workers.

python -m benchmarks.performance --only footprint
"""

import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.archives import archive
from benchmarks.results import Row
from benchmarks.servers import alsoread, ask, new_port, running
from index.pointer import current_generation
from index.snapshot import open_snapshot

WORKERS = (1, 2, 3)

ASKED = 2_000
"""So many different articles are asked for before memory is read: a worker's pages are those that answers touched."""

QUICK_ASKED = 200


def measure(sizes: tuple[int, ...], quick: bool) -> Iterator[Row]:
    """Rows by size and number of workers."""
    for size in sizes:
        data = archive(size)
        paths = some_paths(data, QUICK_ASKED if quick else ASKED)
        known: float | None = None
        for workers in WORKERS:
            port = new_port()
            with running(alsoread(data, port, workers), port, "/health/ready", one_core=False) as server:
                busy, fresh = server.processor(), server.memory()
                ask(port, paths)
                memory, own = server.memory(), server.memory("Pss_Anon")
            figures = {"ready seconds": server.ready_seconds, "processor until ready": busy, "MB when ready": fresh}
            figures |= {"MB": memory, "MB of its own": own}
            if known is not None:
                figures["MB more"] = memory - known
            known = memory
            yield Row(f"{workers} worker{'s' if workers > 1 else ''}", size, figures)


def some_paths(data: Path, count: int, slot: str = "also-read") -> list[str]:
    """Addresses of the lists of so many articles from everywhere in an archive, in an order drawn once."""
    snapshot = open_snapshot(data, current_generation(data), verify=False)
    rows = np.random.default_rng(5).permutation(int(snapshot.starts[-1]))[:count].tolist()
    return [f"/v1/articles/{urllib.parse.quote(snapshot.id_of(row), safe='')}/{slot}" for row in rows]
