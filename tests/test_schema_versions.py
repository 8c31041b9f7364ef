"""A schema that is brought up to date while others read: nobody waits behind it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Engine

from index.engines import open_engine, reading
from index.schema_versions import PAUSE_SECONDS, TURN_MS, _alembic, migrate, schema_state

pytestmark = pytest.mark.postgres

pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")

LOOK = sa.text("SELECT count(*) FROM articles")


@pytest.fixture
def old(postgres) -> Iterator[Engine]:
    """A catalogue of the first versions, whose table of articles has changed since."""
    engine = open_engine(postgres.new_database())
    with engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.commit()
    yield engine
    engine.dispose()


@contextmanager
def asking(engine: Engine) -> Iterator[list[float]]:
    """Someone asks again and again; gives how long each answer took, in seconds."""
    over, took = threading.Event(), []

    def ask() -> None:
        while not over.wait(0.01):
            began = time.monotonic()
            with engine.connect() as connection:
                connection.execute(LOOK)
            took.append(time.monotonic() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join(30)


def test_while_a_rebuild_reads_for_long_the_schema_waits_and_nobody_waits_behind_it(old: Engine) -> None:
    with asking(old) as took, reading(old) as long:
        long.execute(LOOK)
        changing = threading.Thread(target=migrate, args=(old, 30))
        changing.start()
        time.sleep(2 * PAUSE_SECONDS + 1)
        assert schema_state(old) != "current"
        long.rollback()
        changing.join(20)
    assert schema_state(old) == "current"
    assert max(took) < TURN_MS / 1000 + 1


def test_who_waits_for_too_long_says_so_and_changes_nothing(old: Engine) -> None:
    with reading(old) as long:
        long.execute(LOOK)
        began = time.monotonic()
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            migrate(old, 1)
        assert time.monotonic() - began < 10
        assert schema_state(old) == "unwritten"
    migrate(old)
    assert schema_state(old) == "current"
