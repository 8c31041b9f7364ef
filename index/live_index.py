"""The index as it is served: the published snapshot and what changed since, switched between two requests."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from index.catalogue import Place
from index.errors import ArchiveError, CatalogueMissing, NoSnapshot, TakeDownsUnknown
from index.follower import Follower, look_often
from index.overlay import Overlay
from index.pointer import POINTER, current_generation
from index.snapshot import Snapshot, open_newest_good, open_snapshot
from index.turns import Turns

log = logging.getLogger(__name__)

Stamp = tuple[int, int]

POLL_SECONDS = 0.25
"""How often the log is asked where no bell rings: after a kill, and for what other hosts write."""

LOAD_AT_ONCE = 50
"""So many changed articles are loaded and shown together; a long queue is shown piece by piece."""

LOAD_AT_START = 200
"""So many changed articles are loaded before a process that starts answers; of more only those taken down count at once."""

GATHER_SECONDS = 0.1
"""So long changes are gathered before they are shown, unless a request waits for one: most are embedded by then, and are
worked out once and not twice."""

MOMENT_SECONDS = 0.5
"""So long a request waits for the article that it is about, where that was just written."""

STUCK_SECONDS = 2.0
"""So long no request waits for a catalogue on which one waited in vain."""


@dataclass(frozen=True, slots=True)
class Following:
    """How far behind the change log the index is."""

    seq: int
    """Number of the last change that is known of."""
    waiting: int
    """How many changed articles are still served as they were (those taken down are not among them)."""
    problem: str | None
    """Why the log cannot be followed; None when it can."""


class LiveIndex:
    """Gives the snapshot to answer from; any number of threads may ask.

    Noticing a change costs a look at a number in mapped memory, noticing a new generation one `stat`. What was taken down
    is out before the request that noticed is answered; all else happens in threads of its own, so that no request waits.
    A generation that cannot be opened, or a log that cannot be read, is reported in `problem` and the log of the process,
    and the last good state serves on.
    """

    def __init__(self, data: Path, place: Place | None = None) -> None:
        """`place` is the catalogue whose changes are followed; None to serve the snapshots alone."""
        self._data = data
        self._current = data / POINTER
        self._follower = Follower(place, data) if place is not None else None
        self._loading = threading.Lock()
        self._changing = threading.Lock()
        self._shown = threading.Condition(self._changing)
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._stamp: Stamp | None = None
        self._overlay: Overlay | None = None
        self._error: ArchiveError | None = None
        self._heard = 0
        self._stuck_until = 0.0
        self._seq = 0
        self._waiting: Snapshot | None = None
        self._follows = False
        self._pending: dict[str, int] = {}
        self._hidden: set[str] = set()
        self._base_problem: str | None = None
        self._log_problem: str | None = None
        self.turns = Turns()

    @property
    def problem(self) -> str | None:
        """Why what is served is not the newest; None when all is well."""
        return self._base_problem or self._log_problem

    @property
    def following(self) -> Following:
        """How far behind the change log it is."""
        return Following(self._seq, len(self._pending), self._log_problem)

    def has_heard(self) -> bool:
        """Whether the bell did not ring since the log was read last: who asked before need not ask again this instant."""
        return self._follower is None or self._follower.bell.number() == self._heard

    def snapshot(self, about: str | None = None, at: str | None = None) -> Snapshot:
        """The snapshot to answer this request from; hold on to it for the whole request. If the article `about` was just
        written, it is waited for a moment, so that who wrote it finds it.

        Raises `NoSnapshot` while nothing is published, `DamagedSnapshot` when nothing that was published is whole.
        """
        stamp = self._pointer()
        if self._overlay is None:
            return self._first(stamp)
        self._notice(stamp)
        if self._follower is not None and self._follower.bell.number() != self._heard:
            self._hear()
        if about in self._pending and len(self._pending) <= LOAD_AT_ONCE and self._log_problem is None:
            self._await(about)
        return self._overlay.view

    def _await(self, article_id: str) -> None:
        if self._changing.acquire(timeout=MOMENT_SECONDS):
            try:
                self._hurry.set()
                self._shown.wait_for(lambda: article_id not in self._pending, MOMENT_SECONDS)
            finally:
                self._changing.release()

    def _notice(self, stamp: Stamp) -> None:
        """Switch, in a thread of its own, where another generation is published."""
        if stamp != self._stamp and self._loading.acquire(blocking=False):
            self._stamp = stamp
            threading.Thread(target=self._switch, name="switch-snapshot", daemon=True).start()

    def _pointer(self) -> Stamp:
        try:
            status = self._current.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_ino)

    def _first(self, stamp: Stamp) -> Snapshot:
        with self._loading:
            if self._overlay is None and (stamp != self._stamp or self._error is None):
                self._stamp = stamp
                try:
                    snapshot, problems = open_newest_good(self._data, believe=True)
                    self._base_problem = "; ".join(problems) or None
                    if self._base_problem:
                        log.error("serving %s: %s", snapshot.generation, self._base_problem)
                    if not self._serve(snapshot):
                        self._waiting = snapshot
                        self._error = TakeDownsUnknown(f"{self._log_problem}; what was taken down is not known yet")
                    self._follow_from_now_on()
                except ArchiveError as error:
                    self._error = error
            if self._overlay is None and self._error is not None:
                raise self._error.with_traceback(None)
            assert self._overlay is not None
            return self._overlay.view

    def _follow_from_now_on(self) -> None:
        """Start the one thread that follows; a process that waits for its catalogue may come here again."""
        if self._follower is not None and not self._follows:
            self._follows = True
            look_often(self, self._wake, POLL_SECONDS, self._follower.listen(self._wake))

    def _switch(self) -> None:
        serving = self._overlay.base if self._overlay else None
        try:
            generation = current_generation(self._data)
            if serving is None or generation != serving.generation:
                snapshot = open_snapshot(self._data, generation, serving=serving)
                while not self._serve(snapshot):
                    time.sleep(POLL_SECONDS)
                    if self._pointer() != self._stamp:
                        return
                log.info("now serving %s", generation)
            self._base_problem = None
        except NoSnapshot:
            self._keep(serving, "no index is published any more")
        except ArchiveError as error:
            self._keep(serving, str(error))
        except OSError as error:
            self._keep(serving, f"the published index cannot be read: {error.strerror}")
        finally:
            self._loading.release()

    def _keep(self, serving: Snapshot | None, problem: str) -> None:
        self._base_problem = problem
        log.error("still serving %s: %s", serving.generation if serving else None, problem)

    def _serve(self, base: Snapshot) -> bool:
        """Serve a snapshot, with all that changed since it was made; of much a process that starts loads the most later.
        Where that cannot be read any more, gives False and leaves what is served: what was taken down would come back."""
        overlay, seq = Overlay.over(base), base.manifest.seq
        if self._follower is not None:
            try:
                self._follower.look_again()
                overlay = overlay.without(self._follower.taken_down_since(seq))
                found = self._follower.changes_after(seq)
                changed = {change.article_id for change in found}
                if self._overlay is not None or len(changed) <= LOAD_AT_START:
                    overlay = overlay.changed(self._follower.rows(changed, base))
                    seq = found[-1].seq if found else seq
            except (SQLAlchemyError, ArchiveError) as error:
                self._cannot_follow(error)
                if not isinstance(error, CatalogueMissing):
                    return False
        with self._changing:
            self._overlay, self._seq, self._pending = overlay, seq, {}
            self.turns.note(None)
            self._catch_up()
            self._shown.notify_all()
        return True

    def _hear(self) -> None:
        """The bell rang: take down what must go, before anything is answered."""
        assert self._follower is not None
        number = self._follower.bell.number()
        if time.monotonic() < self._stuck_until:
            return
        if not self._changing.acquire(timeout=MOMENT_SECONDS):
            # a catalogue that does not even fail: whoever waits for it would take the readers' threads
            self._stuck_until = time.monotonic() + STUCK_SECONDS
            self._log_problem = self._log_problem or "the change log cannot be read: the catalogue does not answer"
            return
        try:
            if number != self._heard:
                self._heard = number
                self._catch_up()
        finally:
            self._changing.release()
        self._wake.set()

    def _catch_up(self) -> None:
        """Read the log: hide at once what it says must go, and note what is to be loaded. Called in the lock."""
        if self._follower is None or self._overlay is None:
            return
        try:
            while found := self._follower.changes_after(self._seq):
                hidden = {change.article_id for change in found if change.hidden}
                self._overlay = self._overlay.without(hidden)
                self.turns.note(hidden)
                self._hidden |= hidden
                self._pending |= {change.article_id: change.seq for change in found}
                self._seq = found[-1].seq
                self.turns.note({change.article_id for change in found} - hidden, shows=False)
        except (SQLAlchemyError, ArchiveError) as error:
            self._cannot_follow(error)
            return
        if self._log_problem is not None:
            log.warning("the change log can be read again")
            self._log_problem = None

    def _cannot_follow(self, error: Exception) -> None:
        assert self._follower is not None
        said = self._follower.said(error)
        if self._log_problem is None:
            log.error("the change log cannot be read: %s", said)
        self._log_problem = f"the change log cannot be read: {said}"

    def look(self) -> None:
        """Look at the log, and load what changed."""
        if self._overlay is None and not (self._waiting and self._serve(self._waiting)):
            return
        self._waiting = None
        self._notice(self._pointer())  # also where nobody asks: the first reader is not to get what was left
        with self._changing:
            self._catch_up()
        if self._pending:
            self._hurry.wait(GATHER_SECONDS)
            with self._changing:
                self._catch_up()
        while self._pending and self._load_some():
            with self._changing:
                self._catch_up()

    def _load_some(self) -> bool:
        """Load some of the changed articles and show them; gives False where that failed."""
        assert self._follower is not None
        with self._changing:
            overlay = self._overlay
            assert overlay is not None
            self._hurry.clear()
            known = dict(list(self._pending.items())[:LOAD_AT_ONCE])
            self._hidden = set()
        try:
            rows = self._follower.rows(known, overlay.base)
            for article_id, row in rows.items():
                if row is not None and (before := overlay.rows.get(article_id)) is not None:
                    row.know_as(before)
            changed = overlay.changed(rows)
        except (SQLAlchemyError, ArchiveError) as error:
            self._cannot_follow(error)
            return False
        with self._changing:
            if self._overlay is not None and self._overlay.base is overlay.base:
                self._overlay = changed.without(self._hidden)
                self.turns.note(known)
                self._pending = {key: seq for key, seq in self._pending.items() if known.get(key) != seq}
                self._shown.notify_all()
        return True
