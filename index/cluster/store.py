"""What replicas answer from, in the catalogue: packed rows, names and links; written by who projects, read by who answers."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.article import unix_seconds
from index.chunks import among, in_chunks
from index.click_rates import ClickRates
from index.cluster.packed_row import pack
from index.cluster.postings import ROWS
from index.cluster.segment_rows import SegmentRow
from index.cluster.tables import projections, served, served_links, served_names
from index.columns import FileSeal
from index.link_names import NameOf, hash64
from index.row import HAS_VECTOR, UNDATED, Worked
from index.schema import articles
from index.snapshot import Manifest, Recipe, manifest_of
from index.terms import Kind, kind_bounds
from index.vector_index import Filter

Name = tuple[int, int]
"""A hash (`index.link_names`) and its kind."""

AT_ONCE = 5_000
"""So many names or places are asked for together."""

EARLIEST = -(1 << 62)
"""Stands for `UNDATED` where dates are compared."""


@dataclass(frozen=True, slots=True)
class Projected:
    """What is served: which collection holds the vectors, what the archive is, up to which change it is true."""

    number: int
    collection: str
    manifest: Manifest
    seq: int
    clicks: ClickRates

    @property
    def recipe(self) -> Recipe:
        return self.manifest.recipe


def projected(connection: Connection) -> Projected | None:
    """What is served now; None where nothing was projected yet."""
    row = connection.execute(sa.select(projections).order_by(projections.c.number.desc()).limit(1)).first()
    if row is None:
        return None
    count = len(row.clicks) // 12
    clicks = ClickRates(np.frombuffer(row.clicks, "<u8", count), np.frombuffer(row.clicks, "<f4", count, 8 * count))
    return Projected(row.number, row.collection, manifest_of(orjson.loads(row.manifest)), row.seq, clicks)


def projected_number(connection: Connection) -> tuple[int, int]:
    """The number of what is served now, and up to which change it is true; zeros where there is nothing."""
    query = sa.select(projections.c.number, projections.c.seq).order_by(projections.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return (0, 0) if row is None else (row.number, row.seq)


def note_projected(
    connection: Connection, collection: str, manifest: Manifest, clicks: ClickRates, seq: int, at: float
) -> None:
    """Make this what is served; of what was, the last few states stay for who is curious."""
    bare = replace(manifest, segments=(), deleted=(), tombstones=FileSeal(0, ""), links={}, clicks={})
    values = {
        "collection": collection,
        "manifest": orjson.dumps(asdict(bare)).decode(),
        "clicks": clicks.ids.astype("<u8").tobytes() + clicks.rates.astype("<f4").tobytes(),
        "seq": seq,
        "at": at,
    }
    connection.execute(sa.insert(projections), values)
    newest = sa.select(sa.func.max(projections.c.number)).scalar_subquery()
    connection.execute(sa.delete(projections).where(projections.c.number < newest - 20))


def standing(connection: Connection) -> Iterator[tuple[str, bytes, int]]:
    """Of all that is served the id, from which row it came, and its place."""
    query = sa.select(served.c.id, served.c.fingerprint, served.c.place)
    for row in connection.execution_options(yield_per=10_000).execute(query):
        yield row.id, bytes(row.fingerprint), row.place


def move(connection: Connection, places: Mapping[str, int]) -> None:
    """Give rows that stay as they are another place."""
    moved = sa.update(served).where(served.c.id == sa.bindparam("of")).values(place=sa.bindparam("to"))
    if places:
        connection.execute(moved, [{"of": key, "to": place} for key, place in places.items()])


def segment_of(place: int) -> int:
    """The number of the segment in which a place is."""
    return place >> ROWS


@dataclass(frozen=True, slots=True)
class Placed:
    """A row to be served: how rare its terms are, (t,), and where it stands."""

    row: SegmentRow
    rarity: npt.NDArray[np.float64]
    place: int


def put(connection: Connection, rows: Sequence[Placed], seq: int) -> None:
    """Serve these rows, true up to that number of the change log, in place of what stood under their ids. What was written
    since is left as it is."""
    ids = [one.row.id for one in rows]
    hashes: dict[str, bytes] = {}
    for chunk in in_chunks(ids):
        query = sa.select(articles.c.id, articles.c.record_hash).where(articles.c.id.in_(chunk), articles.c.seq <= seq)
        hashes.update((found.id, found.record_hash) for found in connection.execute(query))
    known = [one for one in rows if one.row.id in hashes]
    remove(connection, sorted(hashes))
    names = [_called(one.row.id, name) for one in known for name in set(names_of(one.row))]
    links = [_called(one.row.id, name) for one in known for name in one.row.links]
    values = [_values(one, hashes[one.row.id]) for one in known]
    for table, found in ((served, values), (served_names, names), (served_links, links)):
        if found:
            connection.execute(sa.insert(table), found)


def remove(connection: Connection, ids: Sequence[str]) -> None:
    """Serve these no more."""
    for chunk in in_chunks(ids):
        connection.execute(sa.delete(served).where(served.c.id.in_(chunk)))
        for table in (served_names, served_links):
            connection.execute(sa.delete(table).where(table.c.article_id.in_(chunk)))


def _called(article_id: str, name: Name) -> dict[str, Any]:
    return {"hash": signed(name[0]), "kind": int(name[1]), "article_id": article_id}


def _values(one: Placed, record_hash: bytes) -> dict[str, Any]:
    row = one.row
    start, stop = kind_bounds(row.terms.hashes)[[Kind.SERIES, Kind.SERIES + 1]]
    measured = (one.rarity, row.norms, row.length)
    return {
        "id": row.id,
        "record_hash": record_hash,
        "fingerprint": row.fingerprint,
        "top": row.section.split("/")[0] or None,
        "published": EARLIEST if row.published == UNDATED else row.published,
        "series": signed(int(row.terms.hashes[start])) if stop > start else None,
        "place": one.place,
        "stand_in": None if row.flags & HAS_VECTOR else row.vector.astype("<f4").tobytes(),
        "lean": pack(row, *measured, lean=True),
        "body": pack(row, *measured),
    }


def signed(hash_: int) -> int:
    """64 bits as databases count them."""
    return hash_ - (1 << 64) if hash_ >= 1 << 63 else hash_


def named(connection: Connection, names: Iterable[Name]) -> set[str]:
    """The ids of the articles that are called by any of these names."""
    return _by_name(connection, served_names, names)


def linking(connection: Connection, names: Iterable[Name]) -> set[str]:
    """The ids of the articles that link to any of these names."""
    return _by_name(connection, served_links, names)


def _by_name(connection: Connection, table: sa.Table, names: Iterable[Name]) -> set[str]:
    by_kind: dict[int, list[int]] = {}
    for name, kind in names:
        by_kind.setdefault(int(kind), []).append(signed(name))
    found: set[str] = set()
    for kind, hashes in by_kind.items():
        for chunk in in_chunks(sorted(set(hashes)), AT_ONCE):
            query = sa.select(table.c.article_id).where(table.c.kind == kind, among(connection, table.c.hash, chunk))
            found.update(connection.execute(query).scalars())
    return found


def names_of(row: Worked) -> list[Name]:
    """What others may link to a row by."""
    names: list[Name] = [(hash64(row.id), NameOf.ID), *((name, NameOf.URL) for name, _ in row.addresses)]
    return names if row.title_hash is None else [*names, (row.title_hash, NameOf.TITLE)]


def newest_ids(connection: Connection, count: int, keep: Filter) -> list[str]:
    """The ids of the articles published last of those in the filter's section and dates, newest first; what else it says is
    left to who looks at their rows."""
    query = sa.select(served.c.id).where(served.c.published <= unix_seconds(keep.visible_at))
    if keep.section is not None:
        query = query.where(served.c.top == keep.section.split("/")[0])
    if keep.published_to is not None:
        query = query.where(served.c.published < unix_seconds(keep.published_to))
    if keep.published_from is not None:
        query = query.where(served.c.published >= unix_seconds(keep.published_from))
    return list(connection.execute(query.order_by(served.c.published.desc(), served.c.id).limit(count)).scalars())


def appearing(connection: Connection, after: int, until: int) -> list[str]:
    """The ids of the articles published after one moment and up to another, Unix time."""
    query = sa.select(served.c.id).where(served.c.published > after, served.c.published <= until)
    return list(connection.execute(query).scalars())


def ids_at(connection: Connection, places: Sequence[int]) -> list[str]:
    """The ids of the articles that stand at these places."""
    found: list[str] = []
    for chunk in in_chunks(places, AT_ONCE):
        found += connection.execute(sa.select(served.c.id).where(among(connection, served.c.place, chunk))).scalars()
    return found


def series_ids(connection: Connection, series: int, count: int) -> list[str]:
    """The ids of the articles of a series, by its term, newest first."""
    query = sa.select(served.c.id).where(served.c.series == signed(series)).order_by(served.c.published.desc())
    return list(connection.execute(query.limit(count)).scalars())


def copy_keys(connection: Connection, ids: Collection[str]) -> Mapping[str, bytes]:
    """The copy keys of these articles, by id."""
    found: dict[str, bytes] = {}
    for chunk in in_chunks(sorted(ids)):
        query = sa.select(articles.c.id, articles.c.copy_key, articles.c.copy_hash).where(articles.c.id.in_(chunk))
        found.update((row.id, row.copy_key or row.copy_hash) for row in connection.execute(query))
    return found


def copies_of(connection: Connection, keys: Collection[bytes], count: int) -> list[str]:
    """The ids of the articles with these copy keys."""
    query = sa.select(articles.c.id).where(articles.c.copy_key.in_(sorted(keys))).limit(count)
    return list(connection.execute(query).scalars())
