"""Reports of clicks as rows: the same over HTTP and on the command line."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any

from index.catalogue import Catalogue
from index.click_counts import GROUPS, Group, Totals, days_of_policies, most_clicked, read_totals
from recommender.policy import SLOTS, Policies
from service.clicks.click_through import click_through, compare, interval_of
from service.errors import NothingToCompare
from service.spreadsheet import guarded

DEFAULT_DAYS = 28

ALL_SLOTS = "all"

MEASURES = ("seen", "clicks", "ctr", "ctr_low", "ctr_high")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last, both included, in UTC."""

    first: date
    last: date


def span_of(first: date | None, last: date | None, today: date) -> Span:
    """The days asked for: by default four weeks, up to today. Raises `ValueError` where the first comes after the last."""
    last = last or (max(today, first) if first else today)
    first = first or last - min(timedelta(days=DEFAULT_DAYS - 1), last - date.min)
    if first > last:
        raise ValueError
    return Span(first, last)


def parse_day(raw: str) -> date:
    """A day such as 2026-03-14. Raises `ValueError`."""
    day = date.fromisoformat(raw)
    if day.isoformat() != raw:
        raise ValueError
    return day


def parse_groups(raw: str) -> tuple[Group, ...]:
    """The names of groups, with commas between, each once. Raises `ValueError`."""
    known = {str(group): group for group in GROUPS}
    names = [name.strip() for name in raw.split(",")]
    if len(set(names)) != len(names) or not set(names) <= set(known):
        raise ValueError
    return tuple(known[name] for name in names)


def group_rows(catalogue: Catalogue, span: Span, by: Sequence[Group]) -> list[Row]:
    """A row for each group that something was seen or clicked in, in the order of what they are grouped by."""
    found = read_totals(catalogue, span.first, span.last, by)
    return [
        {**{name: _plain(value) for name, value in zip(by, key, strict=True)}, **_measures(found[key])}
        for key in sorted(found, key=lambda key: tuple(map(_place_in_order, key)))
    ]


def item_rows(catalogue: Catalogue, span: Span, limit: int) -> list[Row]:
    """The items that were clicked most, whatever page they stood on."""
    found = most_clicked(catalogue, span.first, span.last, limit)
    return [
        {"id": item.id, "seen": item.seen, "clicks": item.clicks, "ctr": _rounded(item.clicks, item.seen)}
        for item in found
    ]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two policies, by their versions, on the days on which both were shown; a row for all slots, and for each."""

    a: str
    b: str
    days: tuple[date, ...]
    rows: list[Row]


def compare_policies(catalogue: Catalogue, span: Span, policies: Policies) -> Compared:
    """The two policies in force against each other. Raises `NothingToCompare` where there is one, or both are the same."""
    versions = [policy.version for policy in policies.in_force()]
    if len(versions) != 2 or versions[0] == versions[1]:
        raise NothingToCompare(
            "compare: expected two policies that differ, in ALSOREAD_POLICY and ALSOREAD_POLICY_B, "
            f"got {'one' if len(versions) == 1 else 'the same twice'}"
        )
    a, b = versions
    shown = days_of_policies(catalogue, span.first, span.last)
    days = shown.get(a, set()) & shown.get(b, set())
    both = read_totals(catalogue, span.first, span.last, ["policy"], versions, days)
    apart = read_totals(catalogue, span.first, span.last, ["slot", "policy"], versions, days)
    slots = [slot for slot in SLOTS if any(key[0] == slot for key in apart)]
    rows = [_comparison(ALL_SLOTS, both.get((a,), _NOTHING), both.get((b,), _NOTHING))]
    rows += [_comparison(slot, apart.get((slot, a), _NOTHING), apart.get((slot, b), _NOTHING)) for slot in slots]
    return Compared(a, b, tuple(sorted(days)), rows)


def as_csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    out = StringIO()
    names = list(columns)
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return out.getvalue().encode()


_NOTHING = Totals(0, 0, 0, 0.0, 0.0, 0.0)


def _measures(totals: Totals) -> Row:
    low, high = interval_of(totals) or (None, None)
    values = (click_through(totals), low, high)
    return {"seen": totals.seen, "clicks": totals.clicks} | dict(
        zip(MEASURES[2:], (None if value is None else round(value, 6) for value in values), strict=True)
    )


COMPARED = (
    "slot",
    "seen_a",
    "clicks_a",
    "ctr_a",
    "seen_b",
    "clicks_b",
    "ctr_b",
    "difference",
    "difference_low",
    "difference_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "verdict",
)


def _comparison(slot: str, a: Totals, b: Totals) -> Row:
    found = compare(a, b)
    difference, ratio = found.difference_interval or (None, None), found.ratio_interval or (None, None)
    figures = (found.difference, *difference, found.ratio, *ratio)
    rounded = [None if figure is None else round(figure, 6) for figure in figures]
    arms = (a.seen, a.clicks, _rounded(a.clicks, a.seen), b.seen, b.clicks, _rounded(b.clicks, b.seen))
    return dict(zip(COMPARED, (slot, *arms, *rounded, found.verdict), strict=True))


def _rounded(clicks: int, seen: int) -> float | None:
    return round(clicks / seen, 6) if seen else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _place_in_order(value: Any) -> tuple[int, Any]:
    """Slots as on a page; what has no section last."""
    if value in SLOTS:
        return 0, str(SLOTS.index(value))
    return (1, "") if value is None else (0, value)


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value
