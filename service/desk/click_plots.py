"""Click-through as pictures: rates with their intervals on one scale, and a line over days. Written by the server as SVG;
what they show stands beside them as numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor, log10
from typing import Any

from service.clicks.report import Row, Span

HEIGHT = 100.0
WIDTH = 1_000.0
"""Of the line's picture; it is stretched to its place."""

LABELS = 6
"""At most so many days are written below the line."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One group's click-through; `low`, `middle`, `high` from 0 to 100, on the scale of its plot."""

    name: str
    seen: int
    clicks: int
    rate: float | None
    interval: tuple[float, float] | None
    low: float = 0.0
    middle: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """A plot of some groups on one scale from 0 to `top`, with where `whole`, the rate of all together, lies on it."""

    by: str
    title: str
    rows: tuple[Rate, ...]
    top: float
    whole: float | None
    more: int = 0


@dataclass(frozen=True, slots=True)
class Days:
    """A line over days: paths in a picture of `WIDTH` by `HEIGHT`; labels with where they stand, 0 to 100. Where nothing was
    seen the line has a gap."""

    line: str
    band: str
    ticks: tuple[tuple[float, str], ...]
    """Heights from 0 to 100, from below, and what they mean."""
    labels: tuple[tuple[float, date], ...]
    rows: tuple[Rate, ...]
    best: Rate | None
    worst: Rate | None


MOST_ROWS = 12


def rates(by: str, title: str, rows: Sequence[Row], name: Callable[[Any], str], whole: float | None) -> Rates:
    """The plot of the rows of a report that are grouped by one thing; the most seen ones, where there are many."""
    by_seen = sorted(rows, key=lambda row: -row["seen"])[:MOST_ROWS]
    shown = [row for row in rows if row in by_seen]
    top = nice_top(max((row["ctr_high"] or row["ctr"] or 0.0 for row in shown), default=0.0))
    return Rates(
        by, title, tuple(_rate(row, name(row[by]), top) for row in shown), top, _on(whole, top), len(rows) - len(shown)
    )


def _rate(row: Row, name: str, top: float) -> Rate:
    low, high = row["ctr_low"], row["ctr_high"]
    interval = (low, high) if low is not None and high is not None else None
    at = [_on(value, top) or 0.0 for value in (low, row["ctr"], high)]
    return Rate(name, row["seen"], row["clicks"], row["ctr"], interval, *at)


def _on(value: float | None, top: float) -> float | None:
    return None if value is None else round(100 * min(value, top) / top, 2)


def nice_top(most: float) -> float:
    """The end of a scale that holds a share: 1, 2, 2.5, 4, 5 or 8 times a power of ten; 0.01 where there is nothing."""
    if most <= 0:
        return 0.01
    power = 10.0 ** floor(log10(most))
    return min(1.0, next(step * power for step in (1, 2, 2.5, 4, 5, 8, 10) if step * power >= most * 0.999))


def days(rows: Sequence[Row], span: Span) -> Days:
    """The line over the days of a span, from a report by day."""
    known = {date.fromisoformat(row["day"]): row for row in rows}
    count = (span.last - span.first).days + 1
    all_days = [span.first + timedelta(days=number) for number in range(count)]
    top = nice_top(max((row["ctr_high"] or 0.0 for row in rows), default=0.0))
    points = [
        (_across(at, count), known[day]) for at, day in enumerate(all_days) if day in known and known[day]["seen"]
    ]
    runs: list[list[tuple[float, Row]]] = []
    for at, day in enumerate(all_days):
        if day not in known or not known[day]["seen"]:
            runs.append([])
            continue
        if not runs:
            runs.append([])
        runs[-1].append((_across(at, count), known[day]))
    runs = [run for run in runs if run]
    line = " ".join(_path([(x, _down(row["ctr"], top)) for x, row in run]) for run in runs)
    band = " ".join(
        _path(
            [(x, _down(row["ctr_high"], top)) for x, row in run]
            + [(x, _down(row["ctr_low"], top)) for x, row in run[::-1]]
        )
        + " Z"
        for run in runs
    )
    told = [_rate(row, row["day"], top) for _, row in points]
    written = min(LABELS, count)
    places = [round(at * (count - 1) / max(1, written - 1)) for at in range(written)]
    labels = tuple((round(_across(at, count) / WIDTH * 100, 2), all_days[at]) for at in places)
    return Days(
        line,
        band,
        tuple((share * 100, percent(top * share)) for share in (0.0, 0.5, 1.0)),
        labels,
        tuple(told),
        max(told, key=lambda one: one.rate or 0.0, default=None),
        min(told, key=lambda one: one.rate or 0.0, default=None),
    )


def _across(at: int, count: int) -> float:
    return WIDTH / 2 if count == 1 else round(at / (count - 1) * WIDTH, 2)


def _down(value: float | None, top: float) -> float:
    return round(HEIGHT * (1 - min(value or 0.0, top) / top), 2)


def _path(points: Sequence[tuple[float, float]]) -> str:
    first, *others = points
    return f"M{first[0]:g} {first[1]:g}" + "".join(f" L{x:g} {y:g}" for x, y in others or [first])


def percent(share: float | None) -> str:
    """`2.4 %`; a dash where there is none."""
    if share is None:
        return "–"
    value = share * 100
    digits = 0 if value == 0 or value >= 99.95 else 2 if value < 1 else 1
    text = f"{value:.{digits}f}"
    return f"{text} %"
