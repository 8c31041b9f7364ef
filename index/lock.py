"""The lock of a data folder: one at a time changes what is published."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import RebuildLocked


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the folder's rebuild lock; the system lets go of it when the process ends, however it ends.

    Raises `RebuildLocked` when another process holds it.
    """
    with (data / "rebuild.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RebuildLocked(f"another rebuild of {data} is running; wait for it, or end it") from None
        yield
