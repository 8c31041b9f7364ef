"""Where the indexer's socket is, and how it is reached: its name may have some 100 bytes, a data folder's path any number.

Where the path is too long, the folder is opened and the socket named below its descriptor, which Linux resolves.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOCKET = "embeddings.sock"

LONGEST = 100
"""Bytes that a socket's name may have on every system: 104 with the closing zero on some, 108 on Linux."""


@contextmanager
def socket_name(data: Path) -> Iterator[str]:
    """The name by which the socket of a data folder can be bound or connected to, good within the context.

    Raises `OSError` where the folder cannot be opened, or its path is too long and the system knows no other way.
    """
    path = str(data / SOCKET)
    if len(os.fsencode(path)) <= LONGEST:
        yield path
        return
    if sys.platform != "linux":
        raise OSError(f"the path of the data folder has more than {LONGEST - len(SOCKET)} bytes; use a shorter one")
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)
