"""Which articles wait for their vector, newest first, and what became of those whose text the model failed at."""

from collections import Counter
from collections.abc import Sequence

BATCH = 8
"""Articles embedded together at most: more gain little (measured: docs/performance.md), and what is newer waits for them."""

TRIES = 2
"""So often a text is tried."""


class Queue:
    """The first article of a burst goes alone and at once, those behind it in batches that double; one at a time those that
    were in a batch that failed."""

    def __init__(self) -> None:
        self._waiting: dict[str, float] = {}
        self._suspects: dict[str, None] = {}
        self._later: dict[str, float] = {}
        self._failed: Counter[bytes] = Counter()
        self._batch = 1

    def __len__(self) -> int:
        return len(self._waiting) + len(self._suspects) + len(self._later)

    @property
    def since(self) -> float | None:
        """Since when the oldest waits that is no suspect; None where none does."""
        return min(self._waiting.values()) if self._waiting else None

    @property
    def skipped(self) -> int:
        """Texts that were tried as often as they are."""
        return sum(count >= TRIES for count in self._failed.values())

    def forget(self) -> None:
        """Let nobody wait; what the model failed at stays known."""
        self._waiting, self._suspects, self._later = {}, {}, {}

    def try_again(self) -> None:
        """Another model: it may not fail where the last one did."""
        self._failed.clear()

    def let_wait(self, ids: Sequence[str], now: float, anew: bool = False) -> None:
        """Let these articles wait, before those that wait already, or with `anew` instead of them."""
        before = self._waiting
        self._waiting = {key: before.get(key, now) for key in ids if key not in self._suspects}
        if not anew:
            self._waiting.update((key, since) for key, since in before.items() if key not in self._waiting)

    def look_later(self, ids: Sequence[str], then: float) -> None:
        """Let these wait again from then on."""
        self._later.update(dict.fromkeys(ids, then))

    def batch(self, now: float) -> list[str]:
        """Whose turn it is; empty where nobody waits."""
        due = [key for key, then in self._later.items() if then <= now]
        for key in due:
            del self._later[key]
        self.let_wait(due, now)
        if not self._waiting and not self._suspects:
            self._batch = 1
            return []
        ids = [key for key, _ in zip(self._waiting, range(self._batch), strict=False)] or [next(iter(self._suspects))]
        self._batch = min(BATCH, 2 * self._batch)
        return ids

    def may_try(self, content_hash: bytes) -> bool:
        """Whether a text was not tried too often."""
        return self._failed[content_hash] < TRIES

    def done(self, ids: Sequence[str]) -> None:
        """These need not wait any more."""
        for key in ids:
            self._later.pop(key, None)
            self._waiting.pop(key, None)
            self._suspects.pop(key, None)

    def failed(self, hashes: Sequence[bytes], ids: Sequence[str]) -> bool:
        """The model failed at these texts, of these articles; gives whether any of them was tried often enough now. Where
        none was, each is tried alone."""
        self._failed.update(hashes)
        skipped = any(self._failed[key] >= TRIES for key in hashes)
        self.done(ids)
        if not skipped:
            self._suspects.update(dict.fromkeys(ids))
        return skipped
