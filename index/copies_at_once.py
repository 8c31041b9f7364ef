"""Copies of single articles, found when they are written: what `index.copies` finds for all at a rebuild, for these and for
those that are bound to them.

Bound are articles of the same words, the same address, one chain of versions, one group of copies, and those that pass
for near copies of one another; and those that are bound to these. Only they are read, so that a write costs the same in
an archive of any size. Nearly the same words are looked for among the articles published within days.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.article_rows import KEY_COLUMNS, set_copies
from index.catalogue_key import ArticleKey
from index.chunks import in_chunks
from index.copies import CopyState, find_copies
from index.near_copies import COPY_SECONDS, MIN_VERSION_RESEMBLANCE, find_links
from index.schema import articles
from index.sketch import HEAD, SKETCH_VERSION, read_heads, resemblance

MAX_BOUND = 2_000
"""So many articles are looked at for one write at most; more share one address or text only by a fault of their source."""


def renew_copies(
    connection: Connection, ids: Collection[str], before: Sequence[ArticleKey] = (), groups: Iterable[bytes] = ()
) -> list[str]:
    """Find and write the copy states of these articles and of all that are bound to them, were bound to what they were
    `before`, or are of these `groups` of copies; gives the ids, sorted, of those whose state was another.

    Works inside the caller's transaction; unpublished articles are copies of nothing.
    """
    states = _find_around(connection, ids, before, groups)
    known: dict[str, CopyState | None] = {}
    for chunk in in_chunks(sorted(states)):
        query = sa.select(articles.c.id, articles.c.copy_key, articles.c.superseded_at)
        for row in connection.execute(query.where(articles.c.id.in_(chunk))):
            known[row.id] = CopyState(row.copy_key, row.superseded_at) if row.copy_key else None
    differing = {key: state for key, state in states.items() if known.get(key) != state}
    set_copies(connection, differing)
    return sorted(differing)


def _find_around(
    connection: Connection, ids: Collection[str], before: Sequence[ArticleKey], groups: Iterable[bytes]
) -> dict[str, CopyState]:
    found: dict[str, ArticleKey] = {}
    for chunk in in_chunks(sorted(ids)):
        found |= {key.id: key for key in _keys(connection, articles.c.id.in_(chunk))}
    met = {key.id: key for key in _related(connection, before)}
    for some in in_chunks(sorted(set(groups))):
        met |= {key.id: key for key in _keys(connection, articles.c.copy_key.in_(some))}
    fresh = found | met
    most = len(found) + MAX_BOUND
    while fresh and len(found) <= most:
        found |= fresh
        keys = list(fresh.values())
        met = {key.id: key for key in (*_related(connection, keys), *_linked(connection, keys))}
        fresh = {key: one for key, one in met.items() if key not in found}
    states = find_copies(found.values())
    return {key: states[key] for key in ids if key in states} if fresh else states


def _related(connection: Connection, keys: Sequence[ArticleKey]) -> list[ArticleKey]:
    """The articles of the same words, address or group, and the versions before and after."""
    met: list[ArticleKey] = []
    for chunk in in_chunks(keys):
        for column, values in _relations(connection, chunk).items():
            if values:
                met += _keys(connection, articles.c[column].in_(sorted(values)))
    return met


def _relations(connection: Connection, keys: Sequence[ArticleKey]) -> Mapping[str, set[Any]]:
    ids = [key.id for key in keys]
    groups = connection.execute(sa.select(articles.c.copy_key).where(articles.c.id.in_(ids))).scalars()
    return {
        "id": {key.version_of for key in keys} - {None},
        "version_of": set(ids),
        "copy_hash": {key.copy_hash for key in keys},
        "canonical_url": {key.canonical_url for key in keys} - {None},
        "copy_key": set(groups) - {None},
    }


def _keys(connection: Connection, chosen: sa.ColumnElement[bool]) -> list[ArticleKey]:
    query = sa.select(*KEY_COLUMNS).where(chosen, ~articles.c.unpublished, articles.c.sketch.is_not(None))
    return [ArticleKey(*row) for row in connection.execute(query.order_by(articles.c.id).limit(MAX_BOUND))]


def _linked(connection: Connection, keys: Sequence[ArticleKey]) -> list[ArticleKey]:
    """The articles that pass for near copies of some of these."""
    comparable = [key for key in keys if key.published is not None]
    candidates: dict[str, ArticleKey] = {}
    for chunk in in_chunks(sorted(_alike(connection, comparable) - {key.id for key in keys})):
        candidates |= {key.id: key for key in _keys(connection, articles.c.id.in_(chunk))}
    if not candidates:
        return []
    own = {key.id for key in comparable}
    pairs = [set(pair) for pair in find_links([*comparable, *candidates.values()])]
    return [candidates[one] for pair in pairs if pair & own for one in pair - own]


def _alike(connection: Connection, keys: Sequence[ArticleKey]) -> set[str]:
    """Ids of the articles published within days of these whose words or title are like theirs, as far as their sketches'
    heads can tell."""
    found: set[str] = set()
    for first, last in _spans(sorted(key.published for key in keys if key.published is not None)):
        query = sa.select(articles.c.id, articles.c.head).where(
            articles.c.published.between(first - COPY_SECONDS, last + COPY_SECONDS),
            ~articles.c.unpublished,
            articles.c.head.is_not(None),
        )
        rows = connection.execute(query).all()  # at once: one by one takes twice as long
        heads = read_heads([part.ljust(HEAD.itemsize) for _, part in rows])
        own = [key for key in keys if first <= (key.published or 0) <= last]
        near = _near(heads, read_heads([key.sketch for key in own])) & (heads["version"] == SKETCH_VERSION)
        found.update(rows[at][0] for at in np.flatnonzero(near).tolist())
    return found


def _near(heads: npt.NDArray[np.void], own: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    near = np.zeros(len(heads), dtype=np.bool_)
    minhash = np.ascontiguousarray(heads["minhash"])
    for one in own:
        near |= resemblance(minhash, one["minhash"]) >= MIN_VERSION_RESEMBLANCE
        near |= (heads["title"] == one["title"]) & (one["title"] != 0)
    return near


def _spans(moments: Sequence[int]) -> list[tuple[int, int]]:
    """The moments as few spans of time: those that are days apart are not joined."""
    spans: list[tuple[int, int]] = []
    for moment in moments:
        if spans and moment - spans[-1][1] <= COPY_SECONDS:
            spans[-1] = (spans[-1][0], moment)
        else:
            spans.append((moment, moment))
    return spans
