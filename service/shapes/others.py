"""Events, reports of clicks, and how the service is."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from service.clicks.intake import Reason
from service.shapes.lists import Share
from service.shapes.shape import shape

Count = Annotated[int, Field(ge=0)]
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


@shape
class Live:
    """The process runs."""

    status: Literal["live"]
    worker: int


@shape
class Following:
    """How far this worker is in the change log."""

    seq: int
    waiting: int


@shape
class Indexer:
    """How the indexer is."""

    state: str
    alive: bool | None
    model: str | None
    waiting: int
    """Articles that the model has not embedded yet."""
    waiting_since: float | None
    """Unix time in seconds, as the next one."""
    last_embedded_at: float | None
    last_fold: str | None
    problem: str | None


@shape
class Purging:
    """How far the purge hook is."""

    seq: int | None
    waiting: int | None
    problem: str | None


@shape
class Cache:
    """How this worker's cache does."""

    hits: Count
    misses: Count
    answers: Count
    bytes: Count
    evicted: Count


@shape
class Ready:
    """What is served, and whether anything is wrong."""

    status: Literal["ready"]
    generation: str
    created_at: datetime
    articles: Count
    newest_article: datetime | None
    policy: str
    policy_b: str | None
    policy_split: Share | None
    """Which share of the articles has the second policy."""
    rolled_back: bool
    """The index is one that a person went back to."""
    changes: Following | None
    indexer: Indexer | None
    purge: Purging | None
    cache: Cache | None
    problem: str | None
    """A sentence about what is wrong; null when all is well."""
