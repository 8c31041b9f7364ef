"""What readers click: over days, and by slot, section, position, source and policy, with how sure each figure is."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from index.click_counts import GROUPS, Group, places_between, utc_day
from index.engines import database_errors_said
from index.policy_versions import list_policies
from recommender.policy import load_policy
from service.clicks.report import (
    MEASURES,
    Compared,
    Row,
    Span,
    as_csv,
    compare_policies,
    group_rows,
    item_rows,
    parse_day,
    parse_groups,
    span_of,
)
from service.desk.cards import card_by_id
from service.desk.click_plots import Rates, days, percent, rates
from service.desk.frame import Desk, Refused
from service.desk.shown import SLOT_NAMES
from service.desk.visitors import Visitor
from service.errors import NothingToCompare
from service.headings import section_name
from service.problems import INVALID_PARAMETER

PATH = "/desk/clicks"

TITLES: dict[Group, str] = {
    "slot": "By slot",
    "section": "By section of the page",
    "position": "By place in the list",
    "source": "By what put it there",
    "policy": "By policy",
}

SOURCES = {
    "similar": "Related",
    "section": "From the section",
    "latest": "Newest, to fill up",
    "pinned": "Pinned by hand",
}

RANGES = ((7, "7 days"), (28, "4 weeks"), (90, "3 months"), (365, "a year"))

ITEMS = 10

MANY = 20_000
"""Where more places are counted, adding them up takes its time: the page comes first, and what it shows after it."""

FRESH_SECONDS = 120.0
"""So long figures are shown again without adding up anew."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of some days."""

    by_day: list[Row]
    grouped: dict[Group, list[Row]]
    items: list[Row]
    compared: Compared | None

    @property
    def seen(self) -> int:
        return sum(row["seen"] for row in self.by_day)

    @property
    def clicked(self) -> int:
        return sum(row["clicks"] for row in self.by_day)

    @property
    def whole(self) -> float | None:
        """Clicks for each that was seen."""
        return self.clicked / self.seen if self.seen else None


class Sums:
    """Adds counts up, one span at a time, and keeps the last for a while."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._known: tuple[Span, float, Counted] | None = None

    def of(self, span: Span, at_once: bool) -> Counted | None:
        """The figures; None where they take their time, and are not wanted `at_once`."""
        with database_errors_said():
            catalogue = self._desk.catalogue()
            many = places_between(catalogue, span.first, span.last) > MANY
            if many and (known := self._last(span)) is not None:
                return known
            if many and not at_once:
                return None
            with self._lock:
                if many and (known := self._last(span)) is not None:
                    return known
                found = Counted(
                    group_rows(catalogue, span, ("day",)),
                    {by: group_rows(catalogue, span, (by,)) for by in TITLES},
                    item_rows(catalogue, span, ITEMS),
                    _compared(self._desk, span),
                )
                self._known = (span, time.monotonic(), found)
                return found

    def _last(self, span: Span) -> Counted | None:
        known = self._known
        return known[2] if known and known[0] == span and time.monotonic() - known[1] < FRESH_SECONDS else None


def add_clicks(desk: Desk) -> None:
    """`/desk/clicks`, and the same as CSV at `/desk/clicks/export`."""

    sums = Sums(desk)

    @desk.view(PATH)
    def clicks(_visitor: Visitor) -> Response:
        span, now = _span(desk), desk.clock()
        counted = sums.of(span, at_once="counted" in request.args)
        today = utc_day(now)
        ranges = [
            (name, today - timedelta(days=length - 1), span.last == today and (today - span.first).days == length - 1)
            for length, name in RANGES
        ]
        if counted is None:
            return desk.page("clicks.html", span=span, ranges=ranges, today=today, counting=True)
        snapshot, policies = desk.recommender.index.snapshot(), _policies(desk)
        return desk.page(
            "clicks.html",
            span=span,
            ranges=ranges,
            today=today,
            seen=counted.seen,
            clicked=counted.clicked,
            whole=counted.whole,
            over_days=days(counted.by_day, span),
            plots=[_plot(by, rows, counted.whole, policies) for by, rows in counted.grouped.items() if rows],
            items=[(card_by_id(snapshot, row["id"], now), row) for row in counted.items],
            compared=counted.compared,
            policies=policies,
            percent=percent,
            slots=SLOT_NAMES,
        )

    @desk.view(f"{PATH}/export")
    def export(_visitor: Visitor) -> Response:
        span = _span(desk)
        asked = request.args.get("by", "day,slot,section,position,source,policy")
        try:
            groups = parse_groups(asked)
        except ValueError:
            raise Refused(
                INVALID_PARAMETER.status, f"“by” holds some of {', '.join(GROUPS)}, each once, with commas between."
            ) from None
        with database_errors_said():
            rows = group_rows(desk.catalogue(), span, groups)
        response = Response(as_csv((*groups, *MEASURES), rows), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="clicks-{span.first}-{span.last}.csv"'
        return response


def _span(desk: Desk) -> Span:
    """The days that the form names. Raises `Refused`."""
    first, last = (request.args.get(name, "").strip() for name in ("from", "to"))
    try:
        return span_of(parse_day(first) if first else None, parse_day(last) if last else None, utc_day(desk.clock()))
    except ValueError:
        raise Refused(
            INVALID_PARAMETER.status, "The days are two dates such as 2026-03-14, the first not after the last."
        ) from None


def _policies(desk: Desk) -> dict[str, str]:
    """What policies are called here, by their versions: of several saved under one version the newest."""
    with database_errors_said():
        saved = list_policies(desk.catalogue().engine)
    return {**{one.version: f"Policy {one.number}" for one in reversed(saved)}, load_policy().version: "As shipped"}


def _plot(by: Group, rows: list[Row], whole: float | None, policies: Mapping[str, str]) -> Rates:
    return rates(by, TITLES[by], rows, lambda value: _name(by, value, policies), whole)


def _name(by: Group, value: object, policies: Mapping[str, str]) -> str:
    """What a group's value is called."""
    text = "" if value is None else str(value)
    if by == "slot":
        return next((name for slot, name in SLOT_NAMES.items() if slot == text), text)
    if by == "section":
        return section_name(text) if text else "no section"
    if by == "source":
        return SOURCES.get(text, text)
    return {"position": f"Place {text}", "policy": policies.get(text, f"Policy {text}")}.get(by, text)


def _compared(desk: Desk, span: Span) -> Compared | None:
    try:
        return compare_policies(desk.catalogue(), span, desk.recommender.policies)
    except NothingToCompare:
        return None
