"""`ClusterIndex`: answers without an index on this host, out of PostgreSQL and Milvus.

For each question the few rows that it can concern are gathered into a snapshot of their own. Nothing is kept but what tells
whether answers that were given still hold: the change log is followed as every worker follows it.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from index.catalogue import Place
from index.cluster.breaker import Breaker
from index.cluster.gathered import gathered_snapshot
from index.cluster.look import Look
from index.cluster.looking import LOOK_SECONDS, LOOKS, STANDBY_SECONDS, Heard, Looking
from index.cluster.packed_row import PackedRow
from index.cluster.store import (
    Projected,
    appearing,
    projected,
    projected_number,
)
from index.engines import open_for_looks
from index.errors import ArchiveError, IndexAway, NoSnapshot
from index.follower import Follower, look_often
from index.link_names import NameOf, hash64
from index.live_index import Following
from index.snapshot import Snapshot
from index.turns import Turns
from index.vector_index import Filter, GenerationIndex

log = logging.getLogger(__name__)

POLL_SECONDS = 0.25
"""So often the log is asked where nobody can be listened to."""

SEARCHES = 8
"""So many searches of Milvus at once in a process."""

Connect = Callable[[], GenerationIndex]

T = TypeVar("T")

_NO_TERMS = np.zeros(0, np.uint64)

Vector = npt.NDArray[np.float32]


class ClusterIndex:
    """Gives small snapshots; any number of threads may ask."""

    def __init__(self, place: Place, data: Path, connect: Connect, standby: str | None = None) -> None:
        """`place` is the catalogue, `standby` the address of a copy that follows it; of `data` nothing needs to be there;
        `connect` gives the index of meanings, and raises `IndexAway`."""
        self._place = place
        self._follower = Follower(place, data)
        copy = None if standby is None else partial(open_for_looks, standby, STANDBY_SECONDS, LOOKS)
        self._looking = Looking(self._open_main, copy, self._heard)
        self._connect = connect
        self._connecting = threading.Lock()
        self._vectors: GenerationIndex | None = None
        self._pool = ThreadPoolExecutor(SEARCHES, thread_name_prefix="milvus")
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._state: Projected | None = None
        self._bare: Snapshot | None = None
        self._seq = self._served = 0
        self._until: int | None = None
        self._pending: dict[str, int] = {}
        self._log_problem: str | None = None
        self.milvus = Breaker()
        self.turns = Turns()

    @property
    def problem(self) -> str | None:
        """Why what is served is not the newest, or not the best; None when all is well."""
        if self._log_problem is not None:
            return self._log_problem
        if self.milvus.is_open:
            return "Milvus does not answer; lists are made of the newest articles"
        return self._looking.standby_problem

    @property
    def following(self) -> Following:
        """How far behind the change log it is."""
        return Following(self._seq, len(self._pending), self._log_problem)

    def has_heard(self) -> bool:
        """Whether nothing is known that was not looked at: the log is followed by a thread of its own."""
        return True

    def close(self) -> None:
        """Answer no more; the thread that follows the log ends with who has this."""
        self._looking.close()
        self._follower.close()
        self._let_go()

    def snapshot(self, about: str | None = None, at: str | None = None) -> Snapshot:
        """A snapshot that holds the article `about`, those at the canonical address `at`, and no others.

        Raises `NoSnapshot` while nothing is projected, `CatalogueUnusable` or `CatalogueBusy` where the catalogue cannot be
        asked.
        """
        state = self.state()
        if about is None and at is None:
            assert self._bare is not None
            return self._bare

        if about is not None:
            rows = list(self.rows({about}, state, about).values())
        else:
            named = [(hash64(at or ""), NameOf.URL)]
            rows = list(self.ask(state, lambda look: look.rows(look.named(named))).values())
        return self.gathered(rows, state, np.unique(np.concatenate([_NO_TERMS, *(row.terms.hashes for row in rows)])))

    def gathered(self, rows: list[PackedRow], state: Projected, asked: npt.NDArray[np.uint64] = _NO_TERMS) -> Snapshot:
        """These rows as a snapshot, about which something of these terms is asked."""
        snapshot = gathered_snapshot(rows, asked, state.manifest)
        snapshot.clicked = type(snapshot.clicked).none(state.clicks).over(snapshot.segments, 0)
        return snapshot

    def state(self) -> Projected:
        """What is served now. Raises as `snapshot`."""
        if self._state is None:
            with self._starting:
                if self._state is None:
                    self._look_at_log()
                    look_often(self, self._wake, POLL_SECONDS, self._follower.listen(self._wake))
        if self._state is None:
            raise NoSnapshot("nothing is projected into Milvus yet; the indexer of the host that rebuilds does it")
        return self._state

    def ask(self, state: Projected, work: Callable[[Look], T], about: str | None = None) -> T:
        """What comes of a look at one state of the catalogue, for a question about an article. Raises as `Looking.ask`."""
        return self._looking.ask(state, work, about)

    def rows(self, ids: Collection[str], state: Projected, about: str | None = None) -> dict[str, PackedRow]:
        """The rows of these articles that are served. Raises as `ask`."""
        return self._looking.ask(state, lambda look: look.rows(ids), about, at_one_moment=False)

    def _heard(self) -> Heard:
        return Heard(0 if self._state is None else self._state.number, self._served, self._seq)

    def _open_main(self) -> Engine:
        engine = self._follower.engine()  # which says what is wrong with a catalogue
        return engine if isinstance(self._place, Path) else open_for_looks(self._place, LOOK_SECONDS, LOOKS)

    def nearest(self, vector: Vector, k: int, keep: Filter, state: Projected) -> "Future[list[str]]":
        """The ids of those nearest in meaning, being looked for. Its result raises `IndexAway`."""
        return self._pool.submit(self._nearest, vector, k, keep, state.collection)

    def _nearest(self, vector: Vector, k: int, keep: Filter, collection: str) -> list[str]:
        if not self.milvus.may_ask():
            raise IndexAway("Milvus does not answer; it is asked again in a moment")
        try:
            found = [match.id for match in self._connected().search(vector, k, keep, collection)]
        except IndexAway:
            self.milvus.failed()
            if self.milvus.is_open:
                self._let_go()
            raise
        self.milvus.succeeded()
        return found

    def _connected(self) -> GenerationIndex:
        with self._connecting:
            if self._vectors is None:
                self._vectors = self._connect()
            return self._vectors

    def _let_go(self) -> None:
        """Connect anew next time: who came back may be reached by another way."""
        with self._connecting:
            gone, self._vectors = self._vectors, None
        if gone is not None:
            gone.close()

    def look(self) -> None:
        """Look at the log."""
        self._look_at_log()

    def _look_at_log(self) -> None:
        try:
            with self._follower.engine().connect() as connection:
                number, served = projected_number(connection)
                if number and (self._state is None or number != self._state.number):
                    self._switch(projected(connection))
                self._appear(connection, time.time())
            self._follow(served)
        except (SQLAlchemyError, ArchiveError) as error:
            said = self._follower.said(error)
            if self._log_problem is None:
                log.error("the change log cannot be read: %s", said)
            self._log_problem = f"the change log cannot be read: {said}"
            return
        if self._log_problem is not None:
            log.warning("the change log can be read again")
            self._log_problem = None

    def _switch(self, state: Projected | None) -> None:
        before, self._state = self._state, state
        if state is None:
            return
        self._bare = gathered_snapshot([], _NO_TERMS, state.manifest)
        if before is None:
            self._seq = state.seq
        elif (before.collection, before.manifest.generation) != (state.collection, state.manifest.generation):
            self.turns.note(None)

    def _appear(self, connection: Connection, now: float) -> None:
        """Say which articles come to be seen because their moment came: no line of the log tells."""
        before, self._until = self._until, int(now)
        if before is not None and self._until > before:
            self.turns.note(appearing(connection, before, self._until))

    def _follow(self, served: int) -> None:
        """Say which articles came out differently: taken down ones at once, others when they are served so."""
        while self._state is not None and (found := self._follower.changes_after(self._seq)):
            self._pending |= {change.article_id: change.seq for change in found if not change.hidden}
            self._seq = found[-1].seq  # before it is said: whoever looks again then must not see what was before
            self.turns.note({change.article_id for change in found if change.hidden})
        self._served = served
        there = {key for key, seq in self._pending.items() if seq <= served}
        if there:
            self.turns.note(there)
            self._pending = {key: seq for key, seq in self._pending.items() if key not in there}
