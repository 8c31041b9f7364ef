"""How far each watched source was polled, in a small file of the data folder: written by `watch`, read by whoever asks.

It is no truth that anything depends on: where it is lost, the next poll looks at everything once more.
"""

import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

log = logging.getLogger(__name__)

STATE = "watch.state"


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source was when it was polled last. Moments carry UTC."""

    since: datetime | None = None
    """When the last poll began that came to its end: what changed from then on is not known yet."""
    polled_at: datetime | None = None
    """When that poll ended."""
    changed_at: datetime | None = None
    """When a poll last found something new."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """What became of the articles that the last one found, as in `Polled`."""
    failures: int = 0
    """How many polls failed since."""
    problem: str | None = None
    """Why the last one failed; None where it did not."""


_STATES = TypeAdapter(dict[str, SourceState])


class WatchState:
    """The file of one data folder, by the sources' locations."""

    def __init__(self, data: Path) -> None:
        self._path = data / STATE

    def read(self) -> dict[str, SourceState]:
        """What it says; nothing where it is missing or damaged."""
        try:
            return _STATES.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            log.warning("%s cannot be read, so every source is looked at from its beginning: %s", self._path, error)
            return {}

    def write(self, location: str, state: SourceState) -> None:
        """Note how one source is. Where it cannot be written, the next start polls more than it must."""
        states = {**self.read(), location: state}
        new = self._path.with_name(f"{STATE}.{os.getpid()}.new")
        try:
            new.write_bytes(_STATES.dump_json(states))
            new.replace(self._path)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error.strerror)
            with suppress(OSError):
                new.unlink()
