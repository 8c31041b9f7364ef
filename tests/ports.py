"""Ports for the servers of the tests: no two of the same, also where tests run beside each other."""

import os
import socket
from collections.abc import Iterator

FIRST, SHARE, SHARES = 10_000, 450, 48
"""Below the ports that the system gives to connections by itself: between the choice of a port and the start of its server
none of them may take it."""


def _turns() -> Iterator[int]:
    """The ports of this process's share, over and over. Workers of one run have a share each."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    run = os.getppid() if worker else os.getpid()
    first = FIRST + SHARE * ((4 * run + int(worker.removeprefix("gw") or 0)) % SHARES)
    while True:
        yield from range(first, first + SHARE)


_mine = _turns()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens on now, and that no other test was given lately."""
    while True:
        port = next(_mine)
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
