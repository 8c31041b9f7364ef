"""Pieces that are in the archive and not published yet. An editor may open her own by its id or its address, and sees what its
readers would get; nobody finds one by its headline, and no other page of the desk shows one."""

import re
from datetime import UTC, datetime

from index.snapshot import Snapshot
from index.urls import canonical_url
from recommender.recommend import Located


def coming(snapshot: Snapshot, article_id: str, now: datetime) -> Located | None:
    """The piece of that id, if it is published later than `now`; None otherwise."""
    row = snapshot.row_of_id(article_id)
    return None if row is None or published_at(snapshot, row) <= now else Located(snapshot, row)


def coming_id(snapshot: Snapshot, query: str, now: datetime) -> str | None:
    """The id of the piece to come that is exactly of this id or address; None where there is none."""
    if not re.match(r"https?://", query, re.IGNORECASE):
        return query if coming(snapshot, query, now) else None
    try:
        rows = [row for row, _ in snapshot.rows_of_url(canonical_url(query))]
    except ValueError:
        return None
    return next((snapshot.id_of(row) for row in rows if published_at(snapshot, row) > now), None)


def published_at(snapshot: Snapshot, row: int) -> datetime:
    """When the article of a row is published; long ago where it has no date."""
    segment, local = snapshot.place(row)
    return datetime.fromtimestamp(max(0, int(segment.published[local])), UTC)
