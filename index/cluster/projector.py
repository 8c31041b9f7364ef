"""The one that keeps what is served from shared engines true: each new generation, and between them each change."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from index.catalogue import Catalogue, Place
from index.cluster.projection import Engines, Meanwhile, Projection, Tell
from index.cluster.store import Projected
from index.errors import ArchiveError, NoSnapshot
from index.pointer import current_generation
from index.snapshot import Snapshot, open_snapshot
from index.vector_index import GenerationIndex

log = logging.getLogger(__name__)

LOCK = 0x616C7371
"""The name of our advisory lock on PostgreSQL, beside those of `index.engines`."""

LOOK_SECONDS = 0.1
"""So often the log is asked where nobody can be listened to."""

LEAST_SECONDS, MOST_SECONDS = 0.5, 10.0
"""Between two tries while an engine is away; doubled from the least to the most."""

Wait = Callable[[float], bool]
"""Waits so many seconds, or until woken; gives whether the end has come."""

Connect = Callable[[], GenerationIndex]
"""Gives the index of meanings. Raises `IndexAway`."""


class Projector:
    """Works through `run`, in a thread or process of its own."""

    def __init__(self, data: Path, place: Place, connect: Connect, tell: Tell | None = None) -> None:
        self._data = data
        self._place = place
        self._connect = connect
        self._tell = tell
        self._engines: Engines | None = None
        self._turn: Connection | None = None
        """Holds the lock: of several hosts that share a catalogue one projects, and another when that is gone."""
        self._catalogue: Catalogue | None = None
        self._snapshot: Snapshot | None = None
        self._over: Snapshot | None = None
        """The one that was projected last: what is written while the next one is being projected is followed over it."""
        self._checked = self._lost = False
        """Whether it was looked, since the engines were reached, if Milvus holds what is served; and that it does not."""
        self.problem: str | None = None
        """Why it does not go on; None when it does."""

    def run(self, wait: Wait) -> None:
        """Work until the end has come. What is away is tried again until it is there."""
        pause = LEAST_SECONDS
        while True:
            try:
                worked = self.step()
            except (ArchiveError, SQLAlchemyError, OSError) as error:
                said = str(getattr(error, "orig", None) or error).partition("\n")[0]
                if self.problem is None:
                    log.error("what replicas serve is not kept up: %s", said)
                self.problem = said
                self._let_go()
                if wait(pause):
                    return
                pause = min(2 * pause, MOST_SECONDS)
                continue
            if self.problem is not None:
                log.warning("what replicas serve is kept up again")
                self.problem = None
            pause = LEAST_SECONDS
            if wait(0 if worked else LOOK_SECONDS):
                return

    def step(self) -> bool:
        """Do what is to be done; gives whether there was anything."""
        engines = self._open()
        if not self._is_ours(engines.catalogue):
            return False
        projection = Projection(engines, *([self._tell] if self._tell else []))
        try:
            generation = current_generation(self._data)
        except NoSnapshot:
            return False
        state = projection.state()
        if self._snapshot is None or self._snapshot.generation != generation:
            self._snapshot = open_snapshot(self._data, generation, verify=False, serving=self._snapshot)
        if not self._checked:
            self._lost, self._checked = state is not None and not projection.is_there(), True
            if self._lost:
                log.warning("Milvus does not hold what is served any more; it is filled again")
        if state is None or self._lost or state.manifest.generation != generation:
            written = projection.renew(self._snapshot, self._meanwhile(projection, state))
            self._lost, self._over = False, self._snapshot
            log.info("projected %s: %d articles written", generation, written)
            return True
        self._over = self._snapshot
        return len(projection.follow(self._snapshot)) > 0

    def _meanwhile(self, projection: Projection, state: Projected | None) -> Meanwhile:
        """Follow what is written, while that takes long; nothing where nothing is served, or what is was made otherwise."""
        for over in (self._over, self._snapshot):
            if over is not None and state is not None and over.manifest.recipe == state.recipe and not self._lost:
                return partial(projection.follow, over)
        return lambda: ()

    def _open(self) -> Engines:
        if self._engines is None:
            self._catalogue = Catalogue.open(self._place)
            self._engines = Engines(self._catalogue.engine, self._connect())
            self._checked = False
        return self._engines

    def _is_ours(self, engine: Engine) -> bool:
        """Whether no other host projects; SQLite is one host's alone."""
        if engine.dialect.name != "postgresql":
            return True
        if self._turn is not None:
            self._turn.execute(sa.select(1))  # raises where the connection broke, and the lock with it
            self._turn.commit()
            return True
        turn = engine.connect()
        if turn.execute(sa.select(sa.func.pg_try_advisory_lock(LOCK))).scalar_one():
            turn.commit()
            self._turn = turn
            return True
        turn.close()
        return False

    def close(self) -> None:
        """Let go of the engines; whoever waits may take over."""
        self._let_go()

    def _let_go(self) -> None:
        if self._turn is not None:
            with suppress(SQLAlchemyError):
                self._turn.invalidate()
                self._turn.close()
            self._turn = None
        if self._engines is not None:
            self._engines.close()
        if self._catalogue is not None:
            self._catalogue.close()
        self._engines = self._catalogue = None
