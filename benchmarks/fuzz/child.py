"""A process that reads cases, one after the other: `python -m benchmarks.fuzz.child READER SEED FIRST COUNT FILE DESCRIPTOR`.

It says `begun` before and gives the result after each, so that whoever started it knows which case it died of.
"""

import logging
import resource
import sys
import time
import warnings
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fuzz.case import bytes_of, run, smaller
from benchmarks.fuzz.readers import seeds_of

ADDRESS_SPACE = 6 << 30
"""Bytes; beyond that a process is refused memory, so that no case can take the machine's."""
SMALLER_FAULTS = ("crash", "lost", "wrong")


def main(reader: str, seed: int, first: int, count: int, file: str, until: float, descriptor: int) -> None:
    """Read so many cases, or the one in a file, until a moment of the machine's clock."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    parent = Connection(descriptor)
    data = Path(file).read_bytes() if file else b""
    if not file:
        seeds_of(reader)
    run(reader, b"")  # what is imported for the first case is not the first case's
    shrunk: set[str] = set()
    for number in range(first, first + count):
        if time.monotonic() > until:
            break
        parent.send(("begun", number))
        if not file:
            data = bytes_of(reader, seed, number)
        found = run(reader, data, number)
        if found.fault:
            again = found.fault in SMALLER_FAULTS and found.mark not in shrunk and not file
            shrunk.add(found.mark)
            parent.send(("begun", number))
            found = replace(found, data=smaller(reader, data, found) if again else data)
        parent.send(("done", found))
    parent.send(("ended", None))


if __name__ == "__main__":
    # mypy cannot count what a generator gives
    main(sys.argv[1], *(int(one) for one in sys.argv[2:5]), sys.argv[5], float(sys.argv[6]), int(sys.argv[7]))  # type: ignore[arg-type]
