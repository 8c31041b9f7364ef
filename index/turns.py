"""What came out differently, turn by turn, in what a process serves: by it who keeps an answer knows whether it still holds."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

KEPT = 512
"""So many turns are remembered: a minute of a busy newsroom. Who looks less often takes everything for changed."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something changed. `number` counts from 1; `ids` are the articles that came out differently, None where all may have.

    `shows`: what is served is another since. Otherwise it only became known that these articles changed, and they are about
    to be loaded.
    """

    number: int
    ids: frozenset[str] | None
    shows: bool
    at: float = field(default_factory=time.monotonic)
    """When, by the monotonic clock, in seconds."""


class Turns:
    """Remembers the last turns. One at a time may note; any number of threads may look, and none waits."""

    def __init__(self) -> None:
        self._known: tuple[Turn, ...] = ()
        self.number = 0
        """Of the last turn; 0 before the first."""

    def note(self, ids: Iterable[str] | None, shows: bool = True) -> None:
        """Remember a turn; call it after what is served was switched. That of no article is none."""
        changed = None if ids is None else frozenset(ids)
        if changed is None or changed:
            turn = Turn(self.number + 1, changed, shows)
            self._known = (*self._known[1 - KEPT :], turn)
            self.number = turn.number

    def since(self, number: int) -> tuple[Turn, ...] | None:
        """The turns after that number, in order; None where they are not all remembered any more."""
        known = self._known
        missed = known[-1].number - number if known else 0
        if missed > len(known):
            return None
        return known[len(known) - missed :] if missed > 0 else ()
