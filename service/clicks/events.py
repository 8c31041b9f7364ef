"""What a browser reports, out of JSON: suggestions that were seen, and such as were clicked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from index.record_fields import MAX_ID, shown, whole
from service.errors import Fault, InvalidEvents
from service.incoming import parse_json

MAX_EVENTS = 100
MAX_FAULTS = 10

_Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
_Name = Annotated[str, Field(max_length=200)]


class Event(BaseModel):
    """An item of a list was seen or clicked; `article` is the id of the article that the list is for, `position` counts
    from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: Literal["seen", "click"]
    list_id: _Name
    slot: _Name
    article: _Id
    item: _Id
    position: Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(whole)]


class EventReport(BaseModel):
    """What a browser sends."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    events: Annotated[list[Event], Field(max_length=MAX_EVENTS)]


EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "events": f"a list of at most {MAX_EVENTS} events",
        "type": '"seen" or "click"',
        "list_id": "the list_id of an answer",
        "slot": "the name of a slot",
        "article": f"the id, of 1 to {MAX_ID} characters, of the article that the list is for",
        "item": f"the id, of 1 to {MAX_ID} characters, of the article that was suggested",
        "position": "a whole number from 1",
    }
)


def parse_events(body: bytes) -> list[Event]:
    """The events of a report. Raises `InvalidJson`, and `InvalidEvents` that names each field at fault."""
    try:
        return EventReport.model_validate(parse_json(body)).events
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        faults = tuple(_fault(one["loc"], one["type"], one["input"]) for one in found[:MAX_FAULTS])
        raise InvalidEvents(faults) from None


def _fault(place: tuple[int | str, ...], kind: str, came: object) -> Fault:
    if not place:
        return Fault(None, f'expected an object {{"events": […]}}, got {shown(came)}')
    path = ".".join(str(part) for part in place)
    name = place[-1]
    if kind == "extra_forbidden":
        return Fault(path[:200], "expected no such field")
    if kind == "too_long" and isinstance(came, list):
        return Fault(path, f"expected at most {MAX_EVENTS} events, got {len(came):,}")
    expected = "an event" if isinstance(name, int) else EXPECTED[name]
    return Fault(path, f"expected {expected}, got {'nothing' if kind == 'missing' else shown(came)}")
