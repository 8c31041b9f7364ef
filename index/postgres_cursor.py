"""Cursors of psycopg that hand rows over as they are stored."""

from typing import Any


def binary_cursor() -> type:
    """The kind of cursor. Bytes that are written as text, which is psycopg's way, are twice as many."""
    from psycopg import Cursor
    from psycopg.pq import Format

    class BinaryCursor(Cursor[Any]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.format = Format.BINARY

    return BinaryCursor
