"""What readers saw and clicked: reported by their browsers, read by who has a key."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, request

from index.archive_writer import ArchiveWriter
from index.catalogue import Catalogue
from index.click_counts import utc_day
from index.engines import database_errors_said
from recommender.recommend import Recommender
from service.access import Access
from service.answers import dump
from service.api.bodies import body_seat, read_body
from service.api.queries import only
from service.api.responses import uncached
from service.clicks.addresses import address_of
from service.clicks.events import parse_events
from service.clicks.intake import Intake, Sender
from service.clicks.report import (
    COMPARED,
    MEASURES,
    Span,
    as_csv,
    compare_policies,
    group_rows,
    item_rows,
    span_of,
)
from service.errors import InvalidParameter
from service.parameter_table import BY, COMPARE, FORMAT, FROM, ITEMS, REPORT, TO
from service.parameter_values import Parameter
from service.parameters import read_once

BODIES = ("application/json", "text/plain")
MAX_BYTES = 64_000

CSV, JSON = "text/csv", "application/json"


def make_events(intake: Intake, clock: Callable[[], datetime], proxies: int) -> Blueprint:
    """`POST /v1/events`. `proxies` of ours stand in front."""
    views = Blueprint("events", __name__)

    @views.post("/v1/events")
    def take() -> Response:
        only()
        with body_seat():
            body = read_body(MAX_BYTES, BODIES)
        events = parse_events(body)
        headers = request.headers
        sender = Sender(
            address_of(request.environ, proxies),
            headers.get("User-Agent"),
            (headers.get("Sec-Purpose"), headers.get("Purpose")),
        )
        taken = intake.take(events, sender, clock())
        return uncached(dump({"counted": taken.counted, "dropped": taken.dropped}))

    return views


def make_click_reports(
    recommender: Recommender, writer: ArchiveWriter, access: Access, clock: Callable[[], datetime]
) -> Blueprint:
    """`GET /v1/reports/clicks`."""
    views = Blueprint("click-reports", __name__)

    @views.get("/v1/reports/clicks")
    def clicks() -> Response:
        with access.granted(request.headers.get("Authorization"), "read"), database_errors_said():
            comparing = _one(COMPARE)
            taken = ("from", "to", "compare", "format") if comparing else _PARAMETERS
            only(*taken)
            span = _span(utc_day(clock()))
            return _compared(writer.catalogue(), span) if comparing else _grouped(writer.catalogue(), span)

    def _grouped(catalogue: Catalogue, span: Span) -> Response:
        groups = _one(BY) or tuple(BY.default)
        items = _one(ITEMS)
        as_table = _wants_csv()
        if as_table and items is not None:
            raise InvalidParameter("items", items, "none where the format is csv, which holds one table")
        rows = group_rows(catalogue, span, groups)
        if as_table:
            return uncached(as_csv((*groups, *MEASURES), rows), CSV)
        record: dict[str, Any] = {**_days(span), "by": list(groups), "rows": rows}
        if items is not None:
            record["items"] = item_rows(catalogue, span, items)
        return uncached(dump(record))

    def _compared(catalogue: Catalogue, span: Span) -> Response:
        as_table = _wants_csv()
        found = compare_policies(catalogue, span, recommender.policies)
        if as_table:
            return uncached(as_csv(COMPARED, found.rows), CSV)
        record = {**_days(span), "a": found.a, "b": found.b, "days": len(found.days), "rows": found.rows}
        return uncached(dump(record))

    return views


_PARAMETERS = tuple(one.name for one in REPORT)


def _span(today: date) -> Span:
    first, last = _one(FROM), _one(TO)
    try:
        return span_of(first, last, today)
    except ValueError:
        raise InvalidParameter("from", str(first), f"a day not after {last}") from None


def _days(span: Span) -> dict[str, str]:
    return {"from": span.first.isoformat(), "to": span.last.isoformat()}


def _wants_csv() -> bool:
    asked = _one(FORMAT)
    return asked == "csv" or (asked is None and request.accept_mimetypes.best_match([JSON, CSV]) == CSV)


def _one(parameter: Parameter) -> Any:
    """A parameter that came once; None where it did not come. Raises `InvalidParameter`."""
    return read_once(only(*_PARAMETERS), parameter)
