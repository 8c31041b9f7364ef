"""What a query string asks, parsed and checked in one place; what each parameter may be stands in the table of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict

from recommender.page import Asked
from recommender.policy import SLOTS
from recommender.question import Question
from service.errors import InvalidParameter, UnknownParameter
from service.parameter_table import COUNT, EXPLAIN, PAGE, QUESTION, REPEAT, SLOTS_ASKED, SLOTS_VALUES, UI
from service.parameter_values import Parameter

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({one.name: one for one in QUESTION})
"""What may be asked of any list, by name."""

PAGE_PARAMETERS = tuple(one.name for one in PAGE)

SLOTS_EXPECTED = SLOTS_VALUES.expected


def parse_question(
    arguments: "MultiDict[str, str]", now: datetime, also: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> Question:
    """The question that a query string asks at the moment `now`; `also` names parameters that the view reads itself,
    `without` those that it does not take.

    Raises `InvalidParameter`: nothing is passed over in silence, for a misspelt parameter would be.
    """
    found: dict[str, Any] = {}
    for name, values in arguments.lists():
        if name in also:
            continue
        if name not in PARAMETERS or name in without:
            taken = (*also, *(one for one in PARAMETERS if one not in without))
            raise UnknownParameter(name[:200], values[0][:200], taken)
        found[name] = read_all(PARAMETERS[name], values)
    return Question(
        now=now,
        limit=found.get("limit"),
        exclude=frozenset(found.get("exclude", ())),
        max_age=found.get("max_age"),
        before=found.get("before"),
        languages=frozenset(found["lang"]) if "lang" in found else None,
        fallback=found.get("fallback", True),
    )


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What is asked of a page besides the question: its slots in order, whether an article may stand in several, and the
    language of the headings."""

    slots: tuple[Asked, ...]
    repeat: bool
    ui: str | None


def parse_slots(raw: str) -> tuple[Asked, ...]:
    """Slots such as `also-read:4,more-in-section:6`, in their order. Raises `ValueError`."""
    SLOTS_VALUES.read(raw)
    known = {str(slot): slot for slot in SLOTS}
    asked: list[Asked] = []
    for part in raw.split(","):
        name, colon, limit = part.strip().partition(":")
        asked.append(Asked(known[name], COUNT.read(limit) if colon else None))
    return tuple(asked)


DEFAULT_SLOTS = parse_slots(SLOTS_ASKED.default)


def parse_page(arguments: "MultiDict[str, str]") -> PageRequest:
    """What a query string asks of a page. Raises `InvalidParameter`."""
    return PageRequest(
        slots=parse_slots(asked) if (asked := read_once(arguments, SLOTS_ASKED)) else DEFAULT_SLOTS,
        repeat=bool(read_once(arguments, REPEAT)),
        ui=read_once(arguments, UI),
    )


def read_all(parameter: Parameter, values: list[str]) -> Any:
    """What the values of a parameter mean, as a list where it may come more than once. Raises `InvalidParameter`."""
    expected = parameter.values.expected
    if len(values) > parameter.most:
        said = expected if parameter.repeated else f"{expected}, given once"
        raise InvalidParameter(parameter.name, f"{len(values)} values", said)
    parsed: list[Any] = []
    for raw in values:
        try:
            parsed.append(parameter.values.read(raw))
        except ValueError:
            raise InvalidParameter(parameter.name, raw[:200], expected) from None
    return parsed if parameter.repeated else parsed[0]


def read_once(arguments: "MultiDict[str, str]", parameter: Parameter) -> Any:
    """What a parameter that may come once means; None where it does not come. Raises `InvalidParameter`."""
    values = arguments.getlist(parameter.name)
    return read_all(parameter, values) if values else None


def parse_explain(arguments: "MultiDict[str, str]") -> bool:
    """Whether the breakdown of each score is asked for. Raises `InvalidParameter`."""
    return bool(read_once(arguments, EXPLAIN))


def utc_now() -> datetime:
    """The clock of the service; tests hand `create_app` another."""
    return datetime.now(UTC)
