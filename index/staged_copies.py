"""Writing the copy states that a rebuild found, in the transaction that makes it true."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.archive_copies import ArchiveCopies
from index.article_columns import ArticleColumns
from index.article_rows import set_copies
from index.change_log import Line, write_lines
from index.chunks import in_chunks
from index.copies_at_once import renew_copies
from index.schema import articles


def write_states(
    connection: Connection,
    columns: ArticleColumns,
    copies: ArchiveCopies,
    staged: sa.Table,
    changed: Collection[str],
    noted: Collection[str],
) -> None:
    """Write the states that are others than the catalogue's, but for articles that were `noted` in the log since the freeze:
    those of what is staged (`changed`) into there, before any index of the articles has to follow."""
    for rows in in_chunks(copies.differing(columns).tolist()):
        states = {columns.ids[row]: copies.of(row) for row in rows if columns.ids[row] not in noted}
        for table, here in ((staged, True), (articles, False)):
            set_copies(connection, {key: one for key, one in states.items() if (key in changed) == here}, table)


def join_written(
    connection: Connection, columns: ArticleColumns, copies: ArchiveCopies | None, written: Collection[str]
) -> None:
    """Find anew the copies of what the API wrote since the freeze, and of what was one with it at the freeze; the log says
    which came out otherwise than in the snapshot."""
    around = set(written)
    if copies is not None and written:
        around |= {columns.ids[row] for row in copies.sharing(columns.rows_of(written)).tolist()}
    if around:
        write_lines(connection, [Line(key) for key in renew_copies(connection, sorted(around))])
