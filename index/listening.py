"""Hearing at once of what other hosts write: PostgreSQL's LISTEN, on a connection of its own.

It spares waiting, and asking often; whether a change is noticed hangs on nothing here. Where nothing can be heard (SQLite, a
pooler that does not pass notifications on, a connection that broke) the log is asked as often as ever.
"""

import logging
import threading
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from index.engines import open_engine
from index.errors import ArchiveError

if TYPE_CHECKING:
    from index.catalogue import Place

log = logging.getLogger(__name__)

CHANNEL = "alsoread_changes"

LOOK_SECONDS = 1.0
"""So often it is looked whether it was closed, …"""

PROVE_SECONDS = 10.0
"""… and after so long without a word a connection is asked whether it lives."""

FIRST_PAUSE = 0.5
MOST_PAUSE = 30.0
"""Between two tries to connect, in seconds; doubled from the first to the most."""


def tell_others(connection: Connection) -> None:
    """In a transaction that writes: whoever listens hears of it as soon as it is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


class Listener:
    """Sets an event whenever somebody wrote, from a thread of its own, until it is closed."""

    def __init__(self, address: str, wake: threading.Event) -> None:
        self._address = address
        self._wake = wake
        self._closed = threading.Event()
        self.hears = False
        """Whether it is connected."""
        self._thread = threading.Thread(target=self._listen, name="listen", daemon=True)
        self._thread.start()

    def close(self, wait: bool = False) -> None:
        """Listen no more; the connection is let go within a second or two, for which one may `wait`."""
        self._closed.set()
        if wait:
            self._thread.join()

    def _listen(self) -> None:
        pause = FIRST_PAUSE
        while not self._closed.is_set():
            try:
                self._hear()
                pause = FIRST_PAUSE
            except (SQLAlchemyError, ArchiveError, OSError) as error:
                log.debug("cannot listen: %s", error)
            except Exception as error:  # noqa: BLE001  # psycopg's own, which are not imported where it is not installed
                log.debug("listening ended: %s", error)
            self._closed.wait(pause)
            pause = min(2 * pause, MOST_PAUSE)

    def _hear(self) -> None:
        engine = open_engine(self._address)
        raw = engine.raw_connection()
        driver: Any = raw.driver_connection
        raw.detach()  # the pool's no more, for what is heard on it concerns nobody else
        try:
            driver.autocommit = True
            driver.execute(f"LISTEN {CHANNEL}")
            self.hears = True
            self._wake.set()  # what was written before it listened was not heard
            quiet = 0.0
            while not self._closed.is_set():
                if any(True for _ in driver.notifies(timeout=LOOK_SECONDS, stop_after=1)):
                    quiet = 0.0
                    self._wake.set()
                elif (quiet := quiet + LOOK_SECONDS) >= PROVE_SECONDS:
                    quiet = 0.0
                    driver.execute("SELECT 1")
        finally:
            self.hears = False
            driver.close()
            engine.dispose()


def listen(place: "Place", wake: threading.Event) -> Listener | None:
    """Have an event set whenever somebody writes to this catalogue; None where that cannot be heard."""
    return Listener(place, wake) if isinstance(place, str) else None
