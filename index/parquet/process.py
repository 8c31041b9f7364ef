"""The process that reads one Parquet file: `python -m index.parquet.process DESCRIPTOR FILE FIRST_GROUP`.

It sends the file's `Header`, then what `ParquetFile.parts` gives, and None at the end; or a text alone, why nothing is read. It
ends when its connection is closed.
"""

import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

MEMORY = 4 << 30
"""Bytes of address space that the process may take: far more than the rows that are unpacked at once."""


def main(descriptor: int, path: str, first: int) -> None:
    """Read and send."""
    # Ctrl-C goes to all processes of a terminal; this one ends when the one that it works for has closed the connection
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _hold_to_memory()
    with suppress(BrokenPipeError, ConnectionResetError):
        send_all(Connection(descriptor), Path(path), first)


def send_all(connection: Connection, path: Path, first: int) -> None:
    """Send a file from a row group on. Raises `OSError` where the other end is closed."""
    from index.parquet.file import NotReadable, ParquetFile

    try:
        file = ParquetFile(path)
    except NotReadable as error:
        connection.send(str(error))
        return
    connection.send(file.header)
    for part in file.parts(first):
        connection.send(part)
    connection.send(None)


def _hold_to_memory() -> None:
    try:
        import resource
    except ImportError:  # elsewhere there is no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
