"""A fuzz campaign: damaged, hostile and nonsensical input for every reader, each in a process with limits.

    make fuzz                                         half an hour
    python -m benchmarks.fuzz --cases 200             so many of each reader
    python -m benchmarks.fuzz --only csv,parquet --minutes 5 --seed 3
    python -m benchmarks.fuzz --repeat .fuzz/csv-1-208.case

Prints a row per reader and ends with code 1 where one crashed, hung, took more memory than it may, or lost an item in silence.
Each such case is kept in `.fuzz/`, with what happened beside it. Real files of the development data are damaged too, where they
lie beside the checkout. The same seed gives the same cases; how many of them come in a time hangs on the machine.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.fuzz.campaign import ENDS, Row, results
from benchmarks.fuzz.case import Result
from benchmarks.fuzz.readers import READERS, seeds_of

KEPT = Path(".fuzz")
MANY = 10_000_000
HEAD = (
    "| reader | cases | refused whole | articles | rejected, skipped | crashes | hangs | too much memory "
    f"| items lost or wrong | longest, s | most memory, MB |\n|{' --- |' * 11}"
)


def main(given: Sequence[str]) -> None:
    """Run the campaign and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30, help="for all readers together, each the same (30)")
    parser.add_argument("--cases", type=int, help="so many of each reader, however long they take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help=f"readers, with commas between: {', '.join(READERS)}")
    parser.add_argument("--repeat", type=Path, metavar="FILE", help="read one kept case again, and say what happens")
    options = parser.parse_args(given)
    if options.repeat:
        repeat(options.repeat)
        return
    chosen = [name for name in (options.only or ",".join(READERS)).split(",") if seeds_of(_known(name))]
    print(HEAD, flush=True)
    rows: list[Row] = []
    for name in chosen:
        until = ENDS if options.cases else time.monotonic() + 60 * options.minutes / len(chosen)
        row = Row(name)
        for found in results(name, options.seed, options.cases or MANY, until):
            if row.add(found):
                keep(name, options.seed, found)
        rows.append(row)
        print(line(row), flush=True)
    for row in rows:
        for mark, count in row.marks.most_common():
            print(f"{row.reader}: {mark} ({count})")
    print(f"\n{sum(row.cases for row in rows):,} cases, {sum(row.faults.total() for row in rows)} faults")
    sys.exit(any(row.faults for row in rows))


def repeat(path: Path) -> None:
    """Read a kept case again; its reader is the first part of its name."""
    reader = _known(path.name.rpartition("-")[0].rpartition("-")[0] or path.stem)
    found = next(results(reader, 0, 1, file=str(path.resolve())))
    print(f"{found.fault or 'no fault'}: {found.told or f'{found.articles} articles, {found.others} other items'}")
    sys.exit(bool(found.fault))


def keep(reader: str, seed: int, found: Result) -> None:
    """The case and what happened, so that it can be repeated."""
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{reader}-{seed}-{found.number}.case"
    path.write_bytes(found.data or b"")
    path.with_suffix(".txt").write_text(
        f"{found.fault}: {found.mark}\n{found.told}\n", encoding="utf-8", errors="replace"
    )


def line(row: Row) -> str:
    """A row of the table."""
    faults = row.faults
    read = f"{row.cases:,} | {row.refused:,} | {row.articles:,} | {row.others:,}"
    wrong = f"{faults['crash'] + faults['died']} | {faults['hang']} | {faults['memory']} | {faults['lost'] + faults['wrong']}"
    return f"| {row.reader} | {read} | {wrong} | {row.seconds:.1f} | {row.memory / 1e6:,.0f} |"


def _known(name: str) -> str:
    if name not in READERS:
        raise SystemExit(f"no reader is called {name!r}; expected one of {', '.join(READERS)}")
    return name


if __name__ == "__main__":
    main(sys.argv[1:])
