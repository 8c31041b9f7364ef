"""Events and reports of clicks."""

from datetime import date
from typing import Annotated

from pydantic import Field

from service.clicks.intake import Reason
from service.shapes.health import Count
from service.shapes.lists import Share
from service.shapes.shape import shape

First = Annotated[date, Field(alias="from")]


@shape
class Counted:
    """What became of the events of a report."""

    counted: Count
    dropped: dict[Reason, Count]
    """How many were not counted, by why."""


@shape
class ClickRow:
    """Counts of one group; of what the rows are grouped by, its members stand first."""

    day: date | None = None
    slot: str | None = None
    section: str | None = None
    """Null: articles without a section."""
    position: int | None = None
    source: str | None = None
    policy: str | None = None
    """The version of a policy; `other` for one that is not in force."""
    seen: Count
    clicks: Count
    ctr: Share | None
    """Clicks for each time seen."""
    ctr_low: Share | None
    ctr_high: Share | None


@shape
class ClickedItem:
    """Counts of one item, on whatever page it stood."""

    id: str
    seen: Count
    clicks: Count
    ctr: float | None


@shape
class ClickReport:
    """What was seen and clicked, in groups."""

    first: First
    to: date
    by: list[str]
    rows: list[ClickRow]
    items: list[ClickedItem] | None = None
    """Those clicked most; only where they were asked for."""


@shape
class ComparedRow:
    """Two policies on one slot, or on `all`, on the days on which both were shown."""

    slot: str
    seen_a: Count
    clicks_a: Count
    ctr_a: float | None
    seen_b: Count
    clicks_b: Count
    ctr_b: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    verdict: str


@shape
class Comparison:
    """Two policies on split traffic against each other."""

    first: First
    to: date
    a: str
    b: str
    days: Count
    """On how many days both were shown."""
    rows: list[ComparedRow]
