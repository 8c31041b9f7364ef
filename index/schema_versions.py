"""Which version the catalogue's schema is of, and how it comes to the newest: migrations (`index/migrations`)."""

import logging
import time
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from index.engines import WAIT_SECONDS, begin_writing, said
from index.errors import CatalogueBusy, CatalogueUnusable

log = logging.getLogger(__name__)

TURN_MS = 300
"""So long a change of the schema waits for others, and they for it, …"""

PAUSE_SECONDS = 1.0
"""… and so long after that it is tried again."""


def migrate(engine: Engine, patience: float = WAIT_SECONDS) -> None:
    """Bring the schema to the newest version. Raises `CatalogueUnusable` for one that a newer version of us has made, and
    the database's error where others hold it for more than `patience` seconds.

    Changing a table of PostgreSQL waits for whoever reads it, and whoever comes after waits behind that: so it waits for a
    moment only, lets them pass, and tries again.
    """
    config = _alembic()
    known = ScriptDirectory.from_config(config)
    deadline = time.monotonic() + patience
    while True:
        try:
            with engine.connect() as connection:
                if _state(_version_of(connection), known) == "current":
                    return
                begin_writing(connection)
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {TURN_MS}")
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
                return
        except OperationalError as error:
            if not isinstance(said(error), CatalogueBusy) or time.monotonic() > deadline:
                raise
            log.warning("the schema cannot be changed while others read; it is tried again in %g s", PAUSE_SECONDS)
        time.sleep(PAUSE_SECONDS)


State = Literal["missing", "unwritten", "old", "current"]


_WITHOUT_WRITES = frozenset({"0001", "0002"})
"""Schemas of versions that took no writes between rebuilds: in such a catalogue nothing can have been taken down."""


def schema_state(engine: Engine) -> State:
    """How the schema stands to this version. Raises `CatalogueUnusable` for one that a newer version of us has made."""
    with engine.connect() as connection:
        return _state(_version_of(connection), ScriptDirectory.from_config(_alembic()))


def _state(version: str | None, known: ScriptDirectory) -> State:
    newest = known.get_current_head()
    if version is None or version == newest:
        return "current" if version else "missing"
    if version not in {script.revision for script in known.walk_revisions()}:
        raise CatalogueUnusable(
            f"the catalogue has schema {version}, this version knows up to {newest}: "
            "a newer version of Alsoread made it; use that one"
        )
    return "unwritten" if version in _WITHOUT_WRITES else "old"


def _version_of(connection: Connection) -> str | None:
    version = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return version


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
