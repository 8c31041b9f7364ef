"""How the indexer is, in a small file of the data folder: written by it, read by whoever asks for its health.

What it says may be seconds old. Whether it lives is told by its heartbeat, and on its own host at once by its number.
"""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

STATE = "indexer.state"

HEARTBEAT_SECONDS = 2.0
"""So often it is written although nothing happened."""

DEAD_SECONDS = 15.0
"""An older heartbeat than that is nobody's."""

LEAST_SECONDS = 1.0
"""It is not written more often than that."""


@dataclass(frozen=True, slots=True)
class IndexerState:
    """How an indexer is. Times are Unix time in seconds."""

    pid: int
    host: str
    started_at: float
    heartbeat: float
    state: str = "starting"
    """`starting`, `ready`, `embedding`, `no-index`, `no-model`, `embedder-away` or `catalogue-unreachable`."""
    model: str | None = None
    """The model that it embeds with, by name and fingerprint."""
    waiting: int = 0
    """Articles that the model has not embedded yet."""
    waiting_since: float | None = None
    """Since when the oldest of them waits, as far as this process knows."""
    skipped: int = 0
    """Texts that the model failed at; they are answered by terms."""
    last_embedded_at: float | None = None
    last_fold: str | None = None
    """What became of the last rebuild that it did by itself."""
    problem: str | None = None
    """Why it cannot do what it should; None when all is well."""
    alive: bool = False
    """Whether the process runs; found out by reading."""


class StateFile:
    """Keeps the file up to date. `set` may be called as often as one likes; `write` by a thread of its own.

    A folder that is full or read-only costs the file, never the indexer.
    """

    def __init__(self, data: Path, clock: Callable[[], float] = time.time) -> None:
        now = clock()
        self._path = data / STATE
        self._clock = clock
        self._lock = Lock()
        self._state = IndexerState(os.getpid(), socket.gethostname(), started_at=now, heartbeat=now)
        self._written = 0.0
        self._changed = True

    @property
    def state(self) -> IndexerState:
        """As it would be written now."""
        return self._state

    def set(self, **values: Any) -> None:
        """Note what is so now."""
        with self._lock:
            state = replace(self._state, **values)
            self._changed = self._changed or state != self._state
            self._state = state

    def write(self) -> bool:
        """Write the file where that is due; gives whether it was written."""
        now = self._clock()
        with self._lock:
            if now - self._written < (LEAST_SECONDS if self._changed else HEARTBEAT_SECONDS):
                return False
            self._written, self._changed = now, False
            self._state = state = replace(self._state, heartbeat=now)
        new = self._path.with_name(f".{STATE}.{os.getpid()}")
        try:
            new.write_bytes(orjson.dumps(asdict(state)))
            new.replace(self._path)
        except OSError:
            with suppress(OSError):
                new.unlink()
            return False
        return True


def read_indexer_state(data: Path, now: float | None = None) -> IndexerState | None:
    """What the indexer of a data folder last wrote, with whether it lives; None where none ever wrote."""
    try:
        body = orjson.loads((data / STATE).read_bytes())
        state = IndexerState(**body)
        age = (time.time() if now is None else now) - state.heartbeat
        return replace(state, alive=age < DEAD_SECONDS and _runs(state))
    except (OSError, ValueError, TypeError):
        return None


def _runs(state: IndexerState) -> bool:
    """Whether a process of that number is here; on another host (or in another container) only its heartbeat can tell."""
    if state.host != socket.gethostname():
        return True
    try:
        os.kill(state.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
