"""Daily counts of what was seen and clicked, by where it stood: added to, read in groups, forgotten in time.

They are beside the change log, for nothing that is served depends on them. Of readers there is nothing in them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from index.article import digest
from index.catalogue import Catalogue
from index.chunks import in_chunks
from index.engines import reading, writing
from index.schema import click_counts
from index.upkeep import day_number

MAX_ROWS_A_DAY = 500_000
"""So many places a day are counted apart: what anybody may send must not fill the disk."""

Group = Literal["day", "slot", "section", "position", "source", "policy"]
GROUPS: tuple[Group, ...] = ("day", "slot", "section", "position", "source", "policy")

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stood on one day (UTC): in which slot of which article's page, at which position (from 1), by which
    source and policy."""

    day: date
    slot: str
    article_id: str
    item_id: str
    position: int
    source: str
    policy: str

    @property
    def key(self) -> bytes:
        """What tells it from the other places of its day."""
        return digest(self.slot, self.article_id, self.item_id, str(self.position), self.source, self.policy)


@dataclass(frozen=True, slots=True)
class Count:
    """How often an item was seen and clicked at a place, and the top-level section of the article that it was shown for."""

    seen: int
    clicks: int
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over clusters, one an article and day: all that the mean and its variance need.

    `seen` and `clicks` are Σn and Σy, `seen_squared`, `clicks_squared` and `product` Σn², Σy² and Σny.
    """

    clusters: int
    seen: int
    clicks: int
    seen_squared: float
    clicks_squared: float
    product: float


@dataclass(frozen=True, slots=True)
class Item:
    """How often one article was seen and clicked as a suggestion, wherever it stood."""

    id: str
    seen: int
    clicks: int


def add_counts(catalogue: Catalogue, counts: Mapping[Place, Count]) -> int:
    """Add to what is counted, all or nothing; gives how many events were not, because their day has too many places.

    Raises SQLAlchemy's errors.
    """
    if not counts:
        return 0
    rows = {(day_number(place.day), place.key): _row(place, count) for place, count in counts.items()}
    with writing(catalogue.engine) as connection:
        lost = 0
        for day in {day for day, _ in rows}:
            of_day = {key: row for (other, key), row in rows.items() if other == day}
            kept = _with_room(connection, day, of_day)
            lost += sum(row["seen"] + row["clicks"] for key, row in of_day.items() if key not in kept)
            if kept:
                connection.execute(_upsert(connection.dialect.name), [of_day[key] for key in sorted(kept)])
    return lost


def read_totals(
    catalogue: Catalogue,
    first: date,
    last: date,
    by: Sequence[Group],
    policies: Iterable[str] | None = None,
    days: Iterable[date] | None = None,
) -> dict[tuple[Any, ...], Totals]:
    """The totals of each group from the first day to the last, both included, by the values of `by` in their order; with
    `policies` or `days` of these only. A day is a `date`; a section is None where the articles had none."""
    clusters = _clusters(first, last, by)
    if policies is not None:
        clusters = clusters.where(click_counts.c.policy.in_(list(policies)))
    if days is not None:
        clusters = clusters.where(click_counts.c.day.in_([day_number(day) for day in days]))
    inner = clusters.subquery()
    named = [inner.c[f"by_{name}"] for name in by]
    seen, clicks = (sa.cast(inner.c[name], sa.Float(53)) for name in ("seen", "clicks"))
    query = sa.select(
        *named,
        sa.func.count().label("clusters"),
        sa.func.sum(inner.c.seen),
        sa.func.sum(inner.c.clicks),
        sa.func.sum(seen * seen),
        sa.func.sum(clicks * clicks),
        sa.func.sum(seen * clicks),
    ).group_by(*named)
    with reading(catalogue.engine) as connection:
        rows = connection.execute(query).all()
    return {
        tuple(_value(name, row[at]) for at, name in enumerate(by)): _totals(row[len(by) :])
        for row in rows
        if row[len(by)]
    }


def places_between(catalogue: Catalogue, first: date, last: date) -> int:
    """How many places are counted apart from the first day to the last: what reading them costs."""
    query = sa.select(sa.func.count()).select_from(click_counts).where(_between(first, last))
    with reading(catalogue.engine) as connection:
        return int(connection.execute(query).scalar_one())


def days_of_policies(catalogue: Catalogue, first: date, last: date) -> dict[str, set[date]]:
    """On which days each policy was seen or clicked, from the first day to the last."""
    table = click_counts.c
    query = sa.select(table.policy, table.day).where(_between(first, last)).distinct()
    found: dict[str, set[date]] = {}
    with reading(catalogue.engine) as connection:
        for policy, day in connection.execute(query):
            found.setdefault(policy, set()).add(_EPOCH + timedelta(days=day))
    return found


def most_clicked(catalogue: Catalogue, first: date, last: date, limit: int) -> list[Item]:
    """The items that were clicked most from the first day to the last, most first; on a tie the one seen less, then by id."""
    table = click_counts.c
    seen, clicks = sa.func.sum(table.seen), sa.func.sum(table.clicks)
    query = sa.select(table.item_id, seen, clicks).where(_between(first, last)).group_by(table.item_id)
    query = query.having(clicks > 0).order_by(clicks.desc(), seen, table.item_id).limit(limit)
    with reading(catalogue.engine) as connection:
        return [Item(row[0], int(row[1]), int(row[2])) for row in connection.execute(query)]


def utc_day(moment: datetime) -> date:
    """The day that it is in UTC at a moment."""
    return moment.astimezone(UTC).date()


def _row(place: Place, count: Count) -> dict[str, Any]:
    return {
        "day": day_number(place.day),
        "key": place.key,
        "slot": place.slot,
        "article_id": place.article_id,
        "item_id": place.item_id,
        "position": place.position,
        "source": place.source,
        "policy": place.policy,
        "section": count.section,
        "seen": count.seen,
        "clicks": count.clicks,
    }


def _with_room(connection: Connection, day: int, rows: Mapping[bytes, Any]) -> set[bytes]:
    """The keys of those places that stand there already or find room."""
    table = click_counts.c
    there = sa.select(sa.func.count()).select_from(click_counts).where(table.day == day)
    room = MAX_ROWS_A_DAY - int(connection.execute(there).scalar_one())
    if len(rows) <= room:
        return set(rows)
    known: set[bytes] = set()
    for chunk in in_chunks(sorted(rows)):
        query = sa.select(table.key).where(table.day == day, table.key.in_(chunk))
        known.update(bytes(key) for key in connection.execute(query).scalars())
    return known | set(sorted(set(rows) - known)[: max(0, room)])


def _upsert(dialect: str) -> Any:
    """The counts of a place that stands there are added to; its section is the one that came last."""
    statement: Any = (postgresql if dialect == "postgresql" else sqlite).insert(click_counts)
    came, known = statement.excluded, click_counts.c
    return statement.on_conflict_do_update(
        index_elements=["day", "key"],
        set_={"seen": known.seen + came.seen, "clicks": known.clicks + came.clicks, "section": came.section},
    )


def _clusters(first: date, last: date, by: Sequence[Group]) -> "sa.Select[Any]":
    """A row for each article and day in each group: what belongs together by chance too."""
    table = click_counts.c
    named = [table[name].label(f"by_{name}") for name in by]
    sums = [sa.func.sum(table[name]).label(name) for name in ("seen", "clicks")]
    query = sa.select(*named, *sums).where(_between(first, last))
    return query.group_by(*(table[name] for name in by), table.day, table.article_id)


def _between(first: date, last: date) -> "sa.ColumnElement[bool]":
    return click_counts.c.day.between(day_number(first), day_number(last))


def _value(name: Group, value: Any) -> Any:
    return _EPOCH + timedelta(days=value) if name == "day" else value


def _totals(row: Sequence[Any]) -> Totals:
    clusters, seen, clicks, *squares = row
    return Totals(int(clusters), int(seen), int(clicks), *(float(square) for square in squares))
