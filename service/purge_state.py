"""How far the purge hook is, in a small file of the data folder: a restart goes on from there, and readiness shows it."""

import hashlib
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

STATE = "purge.state"

LEAST_SECONDS = 0.5
"""What is no position is not written more often than that."""


@dataclass(frozen=True, slots=True)
class PurgeState:
    """How far the purge hook is."""

    receiver: str
    """Of which receiver this is said: a digest of its address."""
    seq: int = 0
    """Number of the last change of the log that was delivered, with all before it."""
    serving: str = ""
    """What was served when everything was purged for the last time: an index and a policy; empty before the first time."""
    at: float = 0.0
    """When this was written, Unix time in seconds."""
    waiting: int = 0
    """Changes that were not delivered yet."""
    problem: str | None = None
    """Why they were not; None when all is well."""


def receiver_of(url: str) -> str:
    """What stands for an address in the file: it may hold a token."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


class PurgeFile:
    """Keeps the file. A folder that is full or read-only costs the file, never the purges."""

    def __init__(self, data: Path, url: str) -> None:
        self._path = data / STATE
        self._receiver = receiver_of(url)
        self._written = 0.0
        self.state = self.stored() or PurgeState(self._receiver)

    def stored(self) -> PurgeState | None:
        """What the file says of this receiver; None where it says nothing that can be read."""
        try:
            state = PurgeState(**orjson.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return state if state.receiver == self._receiver else None

    def keep(self, seq: int, serving: str) -> None:
        """Note what was delivered; written at once."""
        self.state = replace(self.state, seq=seq, serving=serving)
        self._write()

    def tell(self, waiting: int, problem: str | None) -> None:
        """Note how it is; written now and then."""
        if (waiting, problem) != (self.state.waiting, self.state.problem):
            if problem == self.state.problem and time.monotonic() - self._written < LEAST_SECONDS:
                return
            self.state = replace(self.state, waiting=waiting, problem=problem)
            self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        self.state = replace(self.state, at=time.time())
        new = self._path.with_name(f".{STATE}")
        try:
            new.write_bytes(orjson.dumps(asdict(self.state)))
            new.replace(self._path)
        except OSError:
            with suppress(OSError):
                new.unlink()


def purge_record(data: Path, url: str) -> dict[str, object]:
    """What readiness says of the purge hook."""
    state = PurgeFile(data, url).stored()
    if state is None:
        return {"seq": None, "waiting": None, "problem": "nothing is purged yet: that is the indexer's work"}
    return {"seq": state.seq, "waiting": state.waiting, "problem": state.problem}
