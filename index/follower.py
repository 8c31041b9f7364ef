"""The connection of those who serve to the catalogue: they read what changed, and never wait for long."""

import logging
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from weakref import ref

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from index.catalogue import Catalogue, Place
from index.change_log import Bell, Change, changes_after, load_rows, position_now, taken_down_since
from index.data_folder import check_same, identity
from index.engines import said
from index.listening import Listener, listen
from index.row import Row
from index.snapshot import Snapshot
from index.stand_in import stand_in

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.5
"""How long reading waits for a lock: a request may be waiting for it."""


CALM_SECONDS = 0.5
"""So often the log is asked although a listener would hear of what is written: what it misses is still taken down in time."""


def _standing_in(row: Row, base: Snapshot) -> Row:
    """The row with a vector that stands in for its own, where there is any to make it of."""
    if not base.segments:
        return row
    other = replace(row, vector=stand_in(base, row.terms))
    other.__dict__["terms"] = row.terms  # which were worked out already
    return other


class Follower:
    """Reads changes and the articles that they name; opens the catalogue when it is first needed."""

    def __init__(self, place: Place, data: Path) -> None:
        self._place = place
        self._catalogue: Catalogue | None = None
        self._file: tuple[int, int] | None = None
        self.bell = Bell(data)

    def changes_after(self, seq: int) -> list[Change]:
        """The changes after a number of the log, in order.

        Raises `CatalogueUnusable`, or an error of the database.
        """
        return changes_after(self._open().engine, seq)

    def position(self) -> int:
        """Number of the last change in the log. Raises as `changes_after`."""
        return position_now(self._open().engine)

    def rows(self, ids: Iterable[str], base: Snapshot) -> dict[str, Row | None]:
        """The articles as they are now, as rows that stand beside those of a snapshot; None for those not served. What is
        not embedded yet has a vector that stands in.

        Raises as `changes_after`.
        """
        recipe = base.manifest.recipe
        rows = load_rows(self._open().engine, sorted(ids), recipe.model, recipe.dimension, recipe.text)
        return {key: row if row is None or row.embedded else _standing_in(row, base) for key, row in rows.items()}

    def engine(self) -> Engine:
        """The catalogue's engine, for whatever else is read of it. Raises as `changes_after`."""
        return self._open().engine

    def said(self, error: Exception) -> str:
        """What a person may read of an error."""
        return str(said(error) if isinstance(error, SQLAlchemyError) else error)

    def taken_down_since(self, seq: int) -> set[str]:
        """The articles that were removed or unpublished after a number of the log. Raises as `changes_after`."""
        return taken_down_since(self._open().engine, seq)

    def listen(self, wake: threading.Event) -> Listener | None:
        """Have an event set whenever another host writes; None where that cannot be heard."""
        return listen(self._place, wake)

    def look_again(self) -> None:
        """Map the bell anew: another file may stand in its place."""
        self.bell.look_again()

    def close(self) -> None:
        """Close the catalogue; it may be asked again."""
        if self._catalogue is not None:
            self._catalogue.close()
        self._catalogue = None

    def _open(self) -> Catalogue:
        check_same(self._place, self._file)
        if self._catalogue is None:
            file = identity(self._place)
            self._catalogue = Catalogue.open_existing(self._place, WAIT_SECONDS)
            self._file = file  # of one that could be opened: what was none may be replaced
        return self._catalogue


class Looks(Protocol):
    """What looks for what changed."""

    def look(self) -> None: ...


def look_often(who: Looks, wake: threading.Event, seconds: float, listener: Listener | None = None) -> None:
    """Have it look every so many seconds, and when woken, in a thread that ends when nobody has it any more; where a listener
    hears who writes, less often."""
    args = (ref(who), wake, seconds, listener)
    threading.Thread(target=_look_often, args=args, name="follow-changes", daemon=True).start()


def _look_often(found: "ref[Looks]", wake: threading.Event, seconds: float, listener: Listener | None) -> None:
    while True:
        wake.wait(max(seconds, CALM_SECONDS) if listener and listener.hears else seconds)
        wake.clear()
        who = found()
        if who is None:
            if listener:
                listener.close()
            return
        try:
            who.look()
        except Exception:
            log.exception("following the change log failed; trying again")
            wake.wait(seconds)
        del who
