"""What readers click: over days, and by slot, section, position, source and policy, with how sure each figure is."""

from datetime import timedelta

from flask import Response, request

from index.click_counts import GROUPS, Group, utc_day
from index.engines import database_errors_said
from service.clicks.report import (
    DEFAULT_DAYS,
    MEASURES,
    Compared,
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
    "similar": "similar in meaning",
    "section": "of the section",
    "latest": "the newest",
    "pinned": "pinned by hand",
}

RANGES = ((7, "7 days"), (28, "4 weeks"), (90, "3 months"), (365, "a year"))

ITEMS = 10


def add_clicks(desk: Desk) -> None:
    """`/desk/clicks`, and the same as CSV at `/desk/clicks/export`."""

    @desk.view(PATH)
    def clicks(_visitor: Visitor) -> Response:
        span = _span(desk)
        with database_errors_said():
            catalogue = desk.catalogue()
            by_day = group_rows(catalogue, span, ("day",))
            grouped = {by: group_rows(catalogue, span, (by,)) for by in TITLES}
            items = item_rows(catalogue, span, ITEMS)
            compared = _compared(desk, span)
        seen, clicked = sum(row["seen"] for row in by_day), sum(row["clicks"] for row in by_day)
        whole = clicked / seen if seen else None
        snapshot, now = desk.recommender.index.snapshot(), desk.clock()
        today = utc_day(now)
        return desk.page(
            "clicks.html",
            span=span,
            ranges=[
                (
                    name,
                    today - timedelta(days=length - 1),
                    span.last == today and (today - span.first).days == length - 1,
                )
                for length, name in RANGES
            ],
            today=today,
            seen=seen,
            clicked=clicked,
            whole=whole,
            over_days=days(by_day, span),
            plots=[_plot(by, grouped[by], whole) for by in TITLES if grouped[by]],
            items=[(card_by_id(snapshot, row["id"], now), row) for row in items],
            compared=compared,
            percent=percent,
            slots=SLOT_NAMES,
            default_days=DEFAULT_DAYS,
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


def _plot(by: Group, rows: list[dict[str, object]], whole: float | None) -> Rates:
    return rates(by, TITLES[by], rows, lambda value: _name(by, value), whole)


def _name(by: Group, value: object) -> str:
    """What a group's value is called."""
    text = "" if value is None else str(value)
    if by == "slot":
        return next((name for slot, name in SLOT_NAMES.items() if slot == text), text)
    if by == "section":
        return section_name(text) if text else "no section"
    if by == "source":
        return SOURCES.get(text, text)
    return {"position": f"Place {text}", "policy": f"Policy {text}"}.get(by, text)


def _compared(desk: Desk, span: Span) -> Compared | None:
    try:
        return compare_policies(desk.catalogue(), span, desk.recommender.policies)
    except NothingToCompare:
        return None
