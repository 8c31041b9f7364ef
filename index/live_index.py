"""The index as it is served: the published snapshot, switched between two requests when another is published."""

import logging
import threading
from pathlib import Path

from index.errors import ArchiveError, NoSnapshot
from index.snapshot import POINTER, Snapshot, current_generation, open_newest_good, open_snapshot

log = logging.getLogger(__name__)

Stamp = tuple[int, int]


class LiveIndex:
    """Gives the snapshot to answer from; any number of threads may ask.

    Noticing a new generation costs one `stat`; opening it happens in a thread of its own, so that no request waits.
    A generation that cannot be opened is reported in `problem` and the log, and the last good one serves on.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._loading = threading.Lock()
        self._stamp: Stamp | None = None
        self._snapshot: Snapshot | None = None
        self._error: ArchiveError | None = None
        self.problem: str | None = None
        """Why the published generation is not the one being served; None when all is well."""

    def snapshot(self) -> Snapshot:
        """The snapshot to answer this request from; hold on to it for the whole request.

        Raises `NoSnapshot` while nothing is published, `DamagedSnapshot` when nothing that was published is whole.
        """
        stamp = self._pointer()
        if self._snapshot is None:
            return self._first(stamp)
        if stamp != self._stamp and self._loading.acquire(blocking=False):
            self._stamp = stamp
            threading.Thread(target=self._switch, name="switch-snapshot", daemon=True).start()
        return self._snapshot

    def _pointer(self) -> Stamp:
        try:
            status = (self._data / POINTER).stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_ino)

    def _first(self, stamp: Stamp) -> Snapshot:
        with self._loading:
            if self._snapshot is None and (stamp != self._stamp or self._error is None):
                self._stamp = stamp
                try:
                    self._snapshot, problems = open_newest_good(self._data)
                    self.problem = "; ".join(problems) or None
                    if self.problem:
                        log.error("serving %s: %s", self._snapshot.generation, self.problem)
                except ArchiveError as error:
                    self._error = error
            if self._snapshot is None and self._error is not None:
                raise self._error.with_traceback(None)
            assert self._snapshot is not None
            return self._snapshot

    def _switch(self) -> None:
        serving = self._snapshot
        try:
            generation = current_generation(self._data)
            if serving is None or generation != serving.generation:
                self._snapshot = open_snapshot(self._data, generation)
                log.info("now serving %s", generation)
            self.problem = None
        except NoSnapshot:
            self._keep(serving, "no index is published any more")
        except ArchiveError as error:
            self._keep(serving, str(error))
        except OSError as error:
            self._keep(serving, f"the published index cannot be read: {error.strerror}")
        finally:
            self._loading.release()

    def _keep(self, serving: Snapshot | None, problem: str) -> None:
        self.problem = problem
        log.error("still serving %s: %s", serving.generation if serving else None, problem)
