"""Processes of which one works on a data folder at a time, while others of the kind wait to take its place."""

import fcntl
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from service.processes import end_with

log = logging.getLogger(__name__)

STANDBY_SECONDS = 0.5


def end_at_once(parent: int | None, last: Callable[[], None] = lambda: None) -> None:
    """A signal ends it where it stands, as a kill may: nothing is half-written. Set by hand, for as the first process of a
    container it would be spared. `last` is done before."""

    def end(*_: object) -> None:
        last()
        os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if parent is not None:
        end_with(parent)


@contextmanager
def only_one(data: Path, kind: str) -> Iterator[None]:
    """Wait until no other of the kind (`indexer`, `watch`) works on this data folder. The system lets go of the lock whenever
    a process ends."""
    handle = _lockable(data, f"{kind}.lock")
    try:
        _wait_for_lock(handle, data, kind)
        yield
    finally:
        os.close(handle)


def _lockable(data: Path, name: str) -> int:
    """The lock's file, open; where nothing can be written (the folder is read-only, or full) the folder itself."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        return os.open(data / name, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        return os.open(data, os.O_RDONLY)


def _wait_for_lock(handle: int, data: Path, kind: str) -> None:
    waiting = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not waiting:
                log.info("another %s works on %s; waiting to take its place", kind, data)
            waiting = True
            time.sleep(STANDBY_SECONDS)
