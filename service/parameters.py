"""What may follow the question mark of a suggestions request, parsed and checked in one place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from index.record_fields import MAX_ID, parse_time
from recommender.page import Asked
from recommender.policy import MAX_LIMIT, SLOTS, Slot
from recommender.question import Question
from service.errors import InvalidParameter, UnknownParameter

MAX_EXCLUDED = 200

_Value = TypeVar("_Value")

_AGE = re.compile(r"(?P<number>\d{1,6})(?P<unit>[hdwmy])", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "m": 24 * 30, "y": 24 * 365}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def _limit(raw: str) -> int:
    if not re.fullmatch(r"\d{1,4}", raw, re.ASCII) or not 1 <= int(raw) <= MAX_LIMIT:
        raise ValueError
    return int(raw)


def parse_age(raw: str) -> timedelta:
    """A span such as `36h`, `7d`, `2w`, `6m` (of 30 days) or `1y` (of 365). Raises `ValueError`."""
    match = _AGE.fullmatch(raw)
    if match is None or int(match["number"]) == 0:
        raise ValueError
    return timedelta(hours=int(match["number"]) * _HOURS[match["unit"]])


def parse_moment(raw: str) -> datetime:
    """A date or date-time out of a query, where a raw + has become a blank. Raises `ValueError`."""
    moment = parse_time(raw.replace(" ", "+"))
    if moment is None:
        raise ValueError
    return moment


def _language(raw: str) -> str:
    if not _LANGUAGE.fullmatch(raw):
        raise ValueError
    return raw.lower().split("-")[0]


def _identifier(raw: str) -> str:
    if not 1 <= len(raw) <= MAX_ID:
        raise ValueError
    return raw


def _flag(raw: str) -> bool:
    if raw not in ("true", "false"):
        raise ValueError
    return raw == "true"


PARAMETERS: Mapping[str, tuple[Callable[[str], Any], str, bool]] = {
    "limit": (_limit, f"a whole number from 1 to {MAX_LIMIT}", False),
    "exclude": (_identifier, f"the id of an article not to suggest, repeated at most {MAX_EXCLUDED} times", True),
    "max_age": (parse_age, "a span such as 36h, 7d, 2w, 6m or 1y", False),
    "before": (parse_moment, "a date or date-time such as 2026-03-14 or 2026-03-14T08:00:00Z", False),
    "lang": (_language, "a language tag such as en, repeated for several", True),
    "fallback": (_flag, "true or false", False),
}
"""How each parameter is read, what is expected, and whether it may be repeated."""


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
        read, expected, repeated = PARAMETERS[name]
        if len(values) > (MAX_EXCLUDED if repeated else 1):
            raise InvalidParameter(name, f"{len(values)} values", expected if repeated else f"{expected}, given once")
        parsed: list[Any] = []
        for raw in values:
            try:
                parsed.append(read(raw))
            except ValueError:
                raise InvalidParameter(name, raw[:200], expected) from None
        found[name] = parsed if repeated else parsed[0]
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


PAGE_PARAMETERS = ("slots", "repeat", "ui")

DEFAULT_SLOTS = (Asked("also-read"), Asked("more-in-section"))

SLOTS_EXPECTED = f"slots such as also-read:4,more-in-section:6, each once, of {', '.join(SLOTS)}"


def parse_page(arguments: "MultiDict[str, str]") -> PageRequest:
    """What a query string asks of a page. Raises `InvalidParameter`."""
    return PageRequest(
        slots=_one(arguments, "slots", parse_slots, SLOTS_EXPECTED) or DEFAULT_SLOTS,
        repeat=bool(_one(arguments, "repeat", _flag, "true or false")),
        ui=_one(arguments, "ui", _language, "a language tag such as en"),
    )


def _one(arguments: "MultiDict[str, str]", name: str, read: Callable[[str], _Value], expected: str) -> _Value | None:
    """A parameter that may come once; None where it does not. Raises `InvalidParameter`."""
    values = arguments.getlist(name)
    if len(values) > 1:
        raise InvalidParameter(name, f"{len(values)} values", f"{expected}, given once")
    try:
        return read(values[0]) if values else None
    except ValueError:
        raise InvalidParameter(name, values[0][:200], expected) from None


def parse_slots(raw: str) -> tuple[Asked, ...]:
    """Slots such as `also-read:4,more-in-section:6`, in their order. Raises `ValueError`."""
    known = {str(slot): slot for slot in SLOTS}
    asked: dict[Slot, Asked] = {}
    for part in raw.split(","):
        name, colon, limit = part.strip().partition(":")
        if name not in known or known[name] in asked:
            raise ValueError
        asked[known[name]] = Asked(known[name], _limit(limit) if colon else None)
    return tuple(asked.values())


def parse_explain(arguments: "MultiDict[str, str]") -> bool:
    """Whether the breakdown of each score is asked for. Raises `InvalidParameter`."""
    values = arguments.getlist("explain")
    if len(values) > 1 or values not in ([], ["true"], ["false"]):
        raise InvalidParameter("explain", ", ".join(values)[:200], "true or false, given once")
    return values == ["true"]


def utc_now() -> datetime:
    """The clock of the service; tests hand `create_app` another."""
    return datetime.now(UTC)
