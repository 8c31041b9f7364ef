"""Articles and lists of suggestions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from recommender.policy import Slot
from service.shapes.shape import shape

Share = Annotated[float, Field(ge=0, le=1)]
Source = Literal["pinned", "similar", "section", "latest"]


@shape
class Article:
    """What may be shown of an article. Every member stands in it, null where it is not known."""

    id: str
    url: str | None
    title: str | None
    summary: str | None
    section: str | None
    """Its path, such as `culture/music`."""
    tags: list[str]
    authors: list[str]
    series: str | None
    lang: str | None
    """A language tag in lower case."""
    published_at: datetime | None
    updated_at: datetime | None
    image_url: str | None


@shape
class FeatureShare:
    """One feature's part in a score."""

    value: Share
    weight: float
    """What the policy gives to it."""
    log_odds: float
    """`value` · `weight`."""


@shape
class Breakdown:
    """How a score came about: the log-odds and `recency` · ln `freshness` add up to its logarithm."""

    features: dict[str, FeatureShare]
    """By feature, greatest first."""
    freshness: float
    recency: float


@shape
class Item:
    """A suggestion. Every member but `breakdown` stands in it, null where it is not known."""

    id: str
    url: str | None
    title: str | None
    section: str | None
    published_at: datetime | None
    image_url: str | None
    summary: str | None
    score: Share
    """Higher is better, relative to the best candidate; it compares items of one list only."""
    source: Source
    """How it came to be there: by an editor, related, of the section, newest of all."""
    reasons: list[str]
    """Why, in an editor's words."""
    breakdown: Breakdown | None = None
    """Only with `explain=true`; null for an item that fills up."""


@shape
class Suggestions:
    """One list, best first."""

    article: Article
    slot: Slot
    items: list[Item]
    fallback: str | None
    """A sentence where the list is not, or not only, what was asked for."""
    list_id: str
    """Names the list in reports of clicks."""
    generation: str
    """Of which index it was made."""


@shape
class PageSlot:
    """One box of a page."""

    heading: str
    """What stands above it, in the language `ui`."""
    items: list[Item]
    fallback: str | None
    list_id: str


@shape
class Page:
    """The boxes of a page; no piece stands in two of them."""

    article: Article
    slots: dict[Slot, PageSlot]
    """By slot, in the order in which they were asked for."""
    ui: str
    """Language of the headings."""
    generation: str


@shape
class DraftArticle(Article):
    """What would be shown of a draft."""

    id: str | None  # type: ignore[assignment]  # a draft may have none yet


@shape
class DraftSlot:
    """One list of a draft."""

    items: list[Item]
    fallback: str | None


@shape
class Start:
    """A published article that would show the draft."""

    article: Article
    slot: Slot
    position: Annotated[int, Field(ge=1)]
    """Where in that article's list."""
    score: Share
    source: Source
    reasons: list[str]
    breakdown: Breakdown | None = None


@shape
class Preview:
    """What a draft would bring."""

    article: DraftArticle
    slots: dict[Slot, DraftSlot]
    would_suggest: list[Start] | None
    """Which published articles would start to show it; null where it was not asked for."""
    looked_at: int
    """How many articles were asked."""
    by_terms: str | None
    """A sentence where the draft was compared by its words alone."""
    known_as: list[str]
    """Ids of articles that it is a copy or another version of."""
    generation: str
    unknown_fields: list[str] | None = None
    """Fields that no name fits; missing where there are none."""
