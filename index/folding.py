"""Folding: when much was written between rebuilds, a rebuild of what the catalogue holds makes a new snapshot of it.

It runs in a thread, so that new articles are embedded meanwhile. What was rolled back on purpose is left as it is.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from index.catalogue import Place
from index.change_log import foreign_rebuilds, last_rebuild, position_now
from index.errors import ArchiveError, RebuildLocked
from index.gate import DEFAULT_KEEP
from index.indexer_models import Shared
from index.memory import give_back
from index.pointer import pointer
from index.rebuild import Options, rebuild
from index.snapshot import Manifest

log = logging.getLogger(__name__)

FOLD_AFTER = 1_000
LOOK_SECONDS = 5.0
OLD_SECONDS = 7 * 86_400.0
"""An index of that age is made anew where anything was changed: the change log is not kept for ever."""

EVERY_SECONDS = 60.0
MOST_SECONDS = 1_800.0
"""So long is waited at most after failures; at first a minute, then twice as long each time."""

NICENESS = 5
"""Of the thread that folds: readers and new articles go first."""


@dataclass(frozen=True, slots=True)
class _Done:
    """Up to where a fold found nothing to publish, and upon which generation."""

    generation: str
    seq: int
    rebuild: int


class Folding:
    """Decides when to fold and does it, one at a time. `fold_after`: so many changed articles are let be; 0 never folds."""

    def __init__(
        self,
        data: Path,
        place: Place,
        fold_after: int = FOLD_AFTER,
        clock: Callable[[], float] = time.monotonic,
        in_thread: bool = True,
        keep: int = DEFAULT_KEEP,
    ) -> None:
        self._data = data
        self._place = place
        self._fold_after = fold_after
        self._clock = clock
        self._in_thread = in_thread
        self._keep = keep
        self._running = threading.Lock()
        self._next_look = float("-inf")
        self._next_fold = float("-inf")
        self._failures = 0
        self._done: _Done | None = None
        self.outcome: str | None = None
        """What became of the last fold."""

    def consider(self, engine: Engine, manifest: Manifest, changed: Iterable[int], model: Shared) -> bool:
        """Begin a fold where one is due; gives whether it did. `changed` holds, for each article that was changed since the
        snapshot, the number of its last change."""
        now = self._clock()
        if not self._fold_after or now < self._next_look or now < self._next_fold or self._running.locked():
            return False
        self._next_look = now + LOOK_SECONDS
        if _left_alone(self._data) or not (reason := self._reason(engine, manifest, changed)):
            return False
        self._next_fold = now + EVERY_SECONDS
        start = _Done(manifest.generation, position_now(engine), last_rebuild(engine))
        self._running.acquire()
        if self._in_thread:
            threading.Thread(target=self._fold_beside, args=(reason, model, start), name="fold", daemon=True).start()
        else:
            self._fold(reason, model, start)
        return True

    def _reason(self, engine: Engine, manifest: Manifest, changed: Iterable[int]) -> str | None:
        done = self._done if self._done and self._done.generation == manifest.generation else None
        count = sum(seq > done.seq for seq in changed) if done else sum(1 for _ in changed)
        if count > self._fold_after:
            return f"{count:,} articles were changed"
        if count and time.time() - made_at(manifest) > OLD_SECONDS:
            return "the index is a week old"
        if foreign_rebuilds(engine, max(manifest.rebuild, done.rebuild if done else 0)):
            return "another host's rebuild changed the catalogue"
        return None

    def _fold_beside(self, reason: str, model: Shared, start: _Done) -> None:
        if sys.platform == "linux":  # elsewhere only a whole process has a priority
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        self._fold(reason, model, start)
        give_back()  # a merge of all segments needs some 25 MB that are never needed again until the next

    def _fold(self, reason: str, model: Shared, start: _Done) -> None:
        address = self._place if isinstance(self._place, str) else None
        options = Options(checks=(), fold=True, keep=self._keep, catalogue=address, model_name=model.name)
        began = time.monotonic()
        try:
            report = rebuild(self._data, [], model.patient(), options)
            self._failures = 0
            if not report.published:
                self._done = start
            what = f"published {report.generation}" if report.published else "found nothing to publish"
            self.outcome = f"{what} in {time.monotonic() - began:.1f} s, because {reason}"
            log.info("folding %s", self.outcome)
        except RebuildLocked:
            # nothing was done, so nothing is to be waited for: another host's rebuild is noted a moment before it ends
            self._next_fold = self._clock()
            log.debug("not folding now: another rebuild is running")
        except Exception as error:  # noqa: BLE001  # a model may raise anything; what failed is said, and tried again later
            wait = min(EVERY_SECONDS * 2**self._failures, MOST_SECONDS)
            self._failures += 1
            self._next_fold = self._clock() + wait
            self.outcome = f"failed: {_first_line(error)}"
            log.error("folding failed, tried again in %.0f min: %s", wait / 60, _first_line(error))
        finally:
            self._running.release()


def _left_alone(data: Path) -> bool:
    """Whether a person went back to what is published, or nobody can tell because the pointer is damaged."""
    try:
        return pointer(data).rolled_back
    except ArchiveError:
        return True


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def made_at(manifest: Manifest) -> float:
    """When a snapshot was made, as Unix time."""
    return datetime.fromisoformat(manifest.created_at).timestamp()
