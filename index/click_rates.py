"""How much more an article is clicked than its places explain: what a generation knows of readers' clicks.

    rate = ln( (clicks + P) / (expected + P) )        expected = Σ times seen · click-through of that slot and position

Clicks over expected clicks (Zhang and Jones 2007, "Comparing click logs and editorial labels for training query rewriting")
take out that the first place is clicked most wherever it leads; P expected clicks that came as expected are added to both, so
that a few clicks say little (the posterior mean under a gamma prior of mean 1: DuMouchel 1999, "Bayesian data mining in large
frequency tables"). Counted are whole days, so that rates stay the same for a day.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from index.engines import reading
from index.link_names import NameOf, hash64
from index.schema import click_counts
from index.segment import Segment
from index.upkeep import day_number

CLICKS = ("click_ids", "click_rates")
"""The files of a generation's click rates, where anything is clicked more than expected."""

DAYS = 28
"""Four whole weeks, so that each day of the week counts alike."""

PRIOR_CLICKS = 5.0
"""P: so many clicks as expected an article is taken to have had before any was counted."""

DECIMALS = 3
"""Rates are rounded to so many places, so that no generation differs from the last in less than anyone can see."""


@dataclass(frozen=True, slots=True)
class ClickRates:
    """The articles that are clicked more than expected: `ids` (n,) uint64 ascending, `hash64` of their ids; `rates` (n,)
    float32, over 0."""

    ids: npt.NDArray[np.uint64]
    rates: npt.NDArray[np.float32]

    @classmethod
    def none(cls) -> "ClickRates":
        """Nothing is known: what a generation has for which nothing was counted."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.float32))

    def __len__(self) -> int:
        return len(self.ids)

    def same(self, other: "ClickRates") -> bool:
        """Whether another says the same."""
        return np.array_equal(self.ids, other.ids) and np.array_equal(self.rates, other.rates)

    def rows_in(self, segment: Segment) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The rows of a segment, live or dead, that are among them, and their rates; aligned."""
        hashes, rows, _ = segment.lookup(NameOf.ID)
        if not len(hashes) or not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        at = np.minimum(np.searchsorted(hashes, self.ids), len(hashes) - 1)
        found = hashes[at] == self.ids
        return rows[at[found]].astype(np.int64), self.rates[found]


@dataclass(frozen=True, slots=True)
class ClickedRows:
    """The same by rows of a snapshot, live or dead: `rows` (m,) int64 ascending, `values` (m,) float32."""

    rates: ClickRates
    starts: tuple[int, ...]
    """The first row of each segment, and how many rows there are."""
    rows: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]

    @classmethod
    def none(cls, rates: ClickRates | None) -> "ClickedRows":
        """Of no segments yet."""
        rates = rates or ClickRates.none()
        return cls(rates, (0,), np.zeros(0, np.int64), rates.rates[:0])

    def over(self, segments: Sequence[Segment], shared: int) -> "ClickedRows":
        """With other segments after the first `shared` ones, which are not looked at again."""
        starts = [*self.starts[: shared + 1]]
        kept = int(np.searchsorted(self.rows, starts[-1]))
        rows, values = [self.rows[:kept]], [self.values[:kept]]
        for segment in segments[shared:]:
            found, known = self.rates.rows_in(segment)
            order = np.argsort(found)
            rows.append(found[order] + starts[-1])
            values.append(known[order])
            starts.append(starts[-1] + segment.rows)
        return ClickedRows(self.rates, tuple(starts), np.concatenate(rows), np.concatenate(values))

    def at(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How much more than expected these rows are clicked, (n,) float32: 0 where it is not more, or not known."""
        found = np.zeros(len(rows), np.float32)
        if len(self.rows):
            at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
            same = self.rows[at] == rows
            found[same] = self.values[at[same]]
        return found


def read_click_rates(engine: Engine, now: datetime) -> ClickRates:
    """The rates over the `DAYS` whole days (UTC) before that of `now`. At one place no more clicks count than times that it
    was seen there. Raises SQLAlchemy's errors."""
    table, today = click_counts.c, day_number(now.astimezone(UTC).date())
    place = (table.item_id, table.slot, table.position)
    sums = sa.func.sum(table.seen), sa.func.sum(table.clicks)
    query = sa.select(*place, *sums).where(table.day.between(today - DAYS, today - 1)).group_by(*place)
    with reading(engine) as connection:
        counted = [(item, (slot, position), int(seen), min(int(clicks), int(seen)))
                   for item, slot, position, seen, clicks in connection.execute(query)]  # fmt: skip
    of_place: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for _, where, seen, clicks in counted:
        of_place[where][0] += seen
        of_place[where][1] += clicks
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for item, where, seen, clicks in sorted(counted):
        all_seen, all_clicks = of_place[where]
        totals[item][0] += clicks
        totals[item][1] += seen * all_clicks / all_seen if all_seen else 0.0
    rated = ((hash64(item), round(_rate(*sums), DECIMALS)) for item, sums in totals.items())
    kept = sorted((key, rate) for key, rate in rated if rate > 0)
    return ClickRates(
        np.array([key for key, _ in kept], dtype=np.uint64), np.array([rate for _, rate in kept], dtype=np.float32)
    )


def _rate(clicks: float, expected: float) -> float:
    return log((clicks + PRIOR_CLICKS) / (expected + PRIOR_CLICKS))
