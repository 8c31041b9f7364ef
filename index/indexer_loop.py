"""The indexer's loop: step after step, whatever happens to the catalogue meanwhile."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from index.errors import ArchiveError
from index.indexer import LOG_SECONDS, Indexer
from index.indexer_state import StateFile

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
"""So often the bell is looked at; that costs a comparison of two numbers."""

LEAST_SECONDS = 0.1
MOST_SECONDS = 2.0
"""Between two tries while the catalogue cannot be used; doubled from the least to the most."""

Wait = Callable[[float], bool]
"""Waits so many seconds; gives whether the end has come. An event's `wait` does."""


def run(indexer: Indexer, wait: Wait) -> None:
    """Work until the end has come. What the catalogue or the disk refuses is said once for each time that they do, and tried
    again until they do not: a lock held for long, a database that restarts, a disk that is full."""
    pause, troubled = LEAST_SECONDS, False
    while True:
        try:
            worked = indexer.step()
        except (SQLAlchemyError, ArchiveError, OSError) as error:
            if not troubled:
                log.error("embedding waits: %s", str(getattr(error, "orig", None) or error).partition("\n")[0])
            troubled = True
            indexer.lost(error)
            if wait(pause):
                return
            pause = min(2 * pause, MOST_SECONDS)
            continue
        if troubled:
            log.warning("embedding goes on")
        pause, troubled = LEAST_SECONDS, False
        if wait(0) if worked else _pause(indexer, wait):
            return


def _pause(indexer: Indexer, wait: Wait) -> bool:
    """Wait for the bell, or until it is time to ask the log; gives whether the end has come."""
    for _ in range(round(LOG_SECONDS / POLL_SECONDS)):
        if wait(POLL_SECONDS):
            return True
        if indexer.rang():
            break
    return False


def keep_writing(state: StateFile) -> None:
    """Write the state whenever that is due, in a thread of its own: also while a model is loaded."""

    def write() -> None:
        pause = threading.Event()
        while not pause.wait(0.2):
            state.write()

    threading.Thread(target=write, name="indexer-state", daemon=True).start()
