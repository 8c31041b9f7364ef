"""What became of what was written, and rules."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from index.rules import MAX_POSITION, RuleKind
from recommender.policy import Slot
from service.shapes.shape import shape

Outcome = Literal["created", "updated", "unchanged", "deleted", "absent"]


@shape
class Written:
    """What became of one article; what there is nothing to say about is missing."""

    id: str
    result: Outcome
    """`created` comes with status 201. Calls can be repeated: the same again is `unchanged` or `absent`."""
    embargoed_until: datetime | None = None
    """`published_at` is in the future, and nothing is served before."""
    status: Literal["unpublished"] | None = None
    """It is kept, and not served."""
    unknown_fields: list[str] | None = None
    """Fields that no name fits; they are kept with the article and not used."""


@shape
class Fault:
    """What is wrong with one field."""

    field: str | None
    """Its name; null where it is the whole that is at fault."""
    detail: str
    """What was expected, and what came."""


@shape
class LineWritten:
    """What became of one line of a batch."""

    line: Annotated[int, Field(ge=1)]
    id: str | None
    """Null where the line has none that could be one."""
    result: Literal[Outcome, "stale", "rejected", "failed"]
    """As for one article; or `stale` (older than what is known), `rejected` (no article), `failed` (send it again)."""
    errors: list[Fault] | None = None
    """Why it was rejected, or failed."""
    updated_at: datetime | None = None
    """Where it is stale: what came …"""
    known_updated_at: datetime | None = None
    """… and what is known."""
    embargoed_until: datetime | None = None
    status: Literal["unpublished"] | None = None
    unknown_fields: list[str] | None = None


@shape
class KeptRule:
    """A rule as it is kept; what it leaves open is missing."""

    id: str
    kind: RuleKind
    article_id: str | None = None
    """The article beside which it holds; everywhere where it is missing."""
    item_id: str
    """What is pinned, blocked or marked."""
    slot: Slot | None = None
    """Of a pin: the only slot in which it holds."""
    position: Annotated[int, Field(ge=1, le=MAX_POSITION)] | None = None
    """Of a pin: its place."""
    reason: str | None = None
    expires_at: datetime | None = None
    """Until when it holds; for ever where it is missing."""
    created_by: str
    created_at: datetime
    updated_by: str
    updated_at: datetime
    version: Annotated[int, Field(ge=1)]
    """One more with each change; what `If-Match` names."""


@shape
class Rule(KeptRule):
    """A rule, and whether it does what it says."""

    conflicts: list[str]
    """Why it has no effect, or not the one that is meant; none where all is well."""


@shape
class Rules:
    """The rules, oldest first."""

    rules: list[Rule]
    number: int
    """Another one after each change of any rule; what `If-Match` names."""


@shape
class RemovedRule:
    """A rule that was removed, as it was."""

    removed: KeptRule
