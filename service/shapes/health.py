"""How the service is."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from service.shapes.lists import Share
from service.shapes.shape import shape

Count = Annotated[int, Field(ge=0)]


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
