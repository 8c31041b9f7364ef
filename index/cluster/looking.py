"""Looks at the catalogue that nobody waits long for: at a standby of it where there is one that is not behind, at the
catalogue itself otherwise."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from index.cluster.breaker import Breaker
from index.cluster.look import Look
from index.cluster.store import Projected
from index.cluster.tables import projections
from index.engines import begin_reading, said
from index.errors import ArchiveError, CatalogueBusy, CatalogueUnusable
from index.postgres_cursor import read_as_stored
from index.schema import changes

log = logging.getLogger(__name__)

LOOKS = 8
"""So many looks at a server at once in a process."""

LOOK_SECONDS = 1.5
"""So long a reader waits for the catalogue at most, …"""

STANDBY_SECONDS = 0.7
"""… and so long for a standby before that."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a process knows of the catalogue: the newest projection, up to which change it is true, and the last change."""

    number: int
    projected: int
    seq: int


class Looking:
    """Looks at one catalogue; any number of threads may ask."""

    def __init__(
        self, engine: Callable[[], Engine], standby: Callable[[], Engine] | None, heard: Callable[[], Heard]
    ) -> None:
        """`engine` gives the catalogue's, and raises one of our errors where it cannot be opened; `standby` that of a copy
        which follows it; `heard` says what a copy must know to be believed."""
        self._main = _Server(engine, LOOK_SECONDS)
        self._standby = None if standby is None else _Server(standby, STANDBY_SECONDS)
        self._heard = heard

    @property
    def standby_problem(self) -> str | None:
        """Why the standby is not asked; None where it is, or there is none."""
        return None if self._standby is None or not self._standby.breaker.is_open else self._standby.problem

    def close(self) -> None:
        """Look no more, and let go of all connections that nobody uses."""
        for server in (self._main, self._standby):
            if server is not None:
                server.close()

    def ask(
        self, state: Projected, work: Callable[[Look], T], about: str | None = None, at_one_moment: bool = True
    ) -> T:
        """What comes of a look at what is served now, for a question about an article. Of several statements that should see
        one state, `at_one_moment`.

        Raises `CatalogueUnusable` or `CatalogueBusy`: where the catalogue does not answer in time, and at once where it failed
        a few times in a row. The look is another thread's: a server that hangs holds that one, and not the reader's.
        """

        def look(connection: Connection) -> Look:
            return Look(connection, state, about)

        if self._standby is not None and self._standby.breaker.may_ask():
            try:
                return self._standby.ask(lambda connection: self._believed(connection, look(connection), work), True)
            except ArchiveError as error:
                self._standby.problem = f"the standby cannot be used, and the catalogue is asked instead: {error}"
        if not self._main.breaker.may_ask():
            raise CatalogueUnusable("the catalogue does not answer; it is asked again in a moment")
        return self._main.ask(lambda connection: work(look(connection)), at_one_moment)

    def _believed(self, connection: Connection, look: Look, work: Callable[[Look], T]) -> T:
        """Raises `CatalogueBusy` where the standby does not know yet what this process has heard: what was taken down would
        stand there still."""
        number, projected, seq = connection.execute(_KNOWN).one()
        heard = self._heard()
        known = max(seq or 0, projected)  # of the log's end nothing may be left: old changes are let go
        if number < heard.number or projected < heard.projected or known < heard.seq:
            raise CatalogueBusy("it is behind the catalogue")
        return work(look)


_NEWEST = sa.select(projections.c.number, projections.c.seq).order_by(projections.c.number.desc()).limit(1).subquery()
_KNOWN = sa.select(_NEWEST.c.number, _NEWEST.c.seq, sa.select(sa.func.max(changes.c.seq)).scalar_subquery())


class _Server:
    """One that holds the catalogue."""

    def __init__(self, engine: Callable[[], Engine], seconds: float) -> None:
        self._opened = engine
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(LOOKS, thread_name_prefix="catalogue")
        self.breaker = Breaker()
        self.problem = ""

    @cached_property
    def _engine(self) -> Engine:
        return self._opened()

    def close(self) -> None:
        """Let go of its connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if "_engine" in self.__dict__:
            self._engine.dispose()

    def ask(self, work: Callable[[Connection], T], at_one_moment: bool) -> T:
        """What comes of a look in time; of several statements at one state, if `at_one_moment`."""
        looking = self._threads.submit(self._looked, work, at_one_moment)
        try:
            made = looking.result(self._seconds)
        except TimeoutError:
            looking.cancel()
            self.breaker.failed()
            raise CatalogueUnusable("the catalogue does not answer in time") from None
        except ArchiveError:
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return made

    def _looked(self, work: Callable[[Connection], T], at_one_moment: bool) -> T:
        try:
            try:
                return self._tried(work, at_one_moment)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            return self._tried(work, at_one_moment)  # all that were open then are let go: this one is new
        except SQLAlchemyError as error:
            ours = said(error)
            log.warning("a look at the catalogue failed: %s", ours)
            raise ours from None

    def _tried(self, work: Callable[[Connection], T], at_one_moment: bool) -> T:
        with self._engine.connect() as connection:
            if at_one_moment or connection.dialect.name == "sqlite":
                begin_reading(connection)
            read_as_stored(connection)
            return work(connection)
