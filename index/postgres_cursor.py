"""Cursors of psycopg that hand rows over as they are stored."""

from functools import cache
from typing import Any

from sqlalchemy.engine import Connection


def read_as_stored(connection: Connection) -> None:
    """From now on rows come as they are stored, where that is PostgreSQL: bytes written as text, which is psycopg's way, are
    twice as many. For our own tables alone; what the server tells of itself cannot all be read so."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        driver.cursor_factory = _binary_cursor()


@cache
def _binary_cursor() -> type:
    from psycopg import Cursor
    from psycopg.pq import Format

    class BinaryCursor(Cursor[Any]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.format = Format.BINARY

    return BinaryCursor
