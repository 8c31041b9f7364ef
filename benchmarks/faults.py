"""What goes wrong with machines, done on purpose to a real server while it is written to and read.

    make faults                                       all of it (some twenty minutes)
    python -m benchmarks.faults --kills 20 --only kills

Prints a row per fault and ends with code 1 where an acknowledged write was lost, an answer was wrong, or a start-up
refused. What each fault looks like to an operator: docs/reliability.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.fault_archive import make_archive
from benchmarks.fault_catalogue import locked, postgres_restarts
from benchmarks.fault_damage import damage
from benchmarks.fault_folder import disk_full, read_only
from benchmarks.fault_kills import Outcome, kills
from benchmarks.machine import machine


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--only", choices=("kills", "disk", "read-only", "damage", "locked", "postgres"), action="append"
    )
    options = parser.parse_args()
    faults: Mapping[str, Callable[[Path], list[Outcome]]] = {
        "kills": lambda data: kills(data, options.kills, options.seed),
        "disk": disk_full,
        "read-only": read_only,
        "damage": damage,
        "locked": locked,
        "postgres": postgres_restarts,
    }
    print(machine(), "\n", flush=True)
    rows: list[Outcome] = []
    for name in options.only or faults:
        with tempfile.TemporaryDirectory(prefix="alsoread-faults-") as folder:
            data = Path(folder) / "data"
            make_archive(data)
            found = faults[name](data)
            rows += found
            for row in found:
                print(line(row), flush=True)
                for text in [*row.lost[:5], *row.wrong[:10], *sorted(set(row.notes))]:
                    print(f"    {text}", flush=True)
    print(f"\n{HEAD}\n" + "\n".join(map(line, rows)))
    sys.exit(any(row.bad for row in rows))


HEAD = (
    "| fault | trials | writes acknowledged | lost | wrong answers | start-ups refused | longest to recover | median |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def line(row: Outcome) -> str:
    """A row of the table."""
    seconds = np.array(row.recovered or [0.0])
    times = f"{seconds.max():.1f} s | {np.median(seconds):.1f} s" if row.recovered else "– | –"
    counts = f"{row.trials} | {row.acknowledged:,} | {len(row.lost)} | {len(row.wrong)} | {row.refused}"
    return f"| {row.fault} | {counts} | {times} |"


if __name__ == "__main__":
    main()
