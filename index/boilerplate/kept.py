"""The rules that a snapshot was made with, for who serves: read once each, out of the catalogue."""

import logging
import threading
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from index.boilerplate.apply import NO_CLEANER, Cleaner
from index.boilerplate.store import cleaner_of
from index.catalogue import Place
from index.errors import ArchiveError
from index.follower import Follower

log = logging.getLogger(__name__)


class Cleaners:
    """Any number of threads may ask."""

    def __init__(self, place: Place, data: Path) -> None:
        self._follower = Follower(place, data)
        self._reading = threading.Lock()
        self._known: dict[int, Cleaner] = {}

    def of(self, number: int) -> Cleaner:
        """What removes furniture by the set of that number; where the catalogue cannot be read, nothing does for now."""
        if not number:
            return NO_CLEANER
        with self._reading:
            if number not in self._known:
                try:
                    with self._follower.engine().connect() as connection:
                        self._known[number] = cleaner_of(connection, number)
                except (ArchiveError, SQLAlchemyError) as error:
                    log.warning("a draft is read with its boilerplate: %s", error)
                    return NO_CLEANER
            return self._known[number]
