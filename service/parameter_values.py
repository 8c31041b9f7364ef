"""What a parameter may be, said once: how it is read, what an error says was expected, and the same as JSON Schema."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.record_fields import parse_time


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a parameter may have. `read` raises `ValueError` for any other; `schema` is JSON Schema that says
    as much."""

    read: Callable[[str], Any]
    expected: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query. `says` is what it does, in Markdown, `example` a value as it stands in an address; `default`
    holds where it does not come."""

    name: str
    values: Values
    says: str
    example: str
    default: Any = None
    most: int = 1
    """How often it may come."""
    needed: bool = False

    @property
    def repeated(self) -> bool:
        """Whether it may come more than once."""
        return self.most > 1


def whole_number(least: int, most: int, digits: int = 9) -> Values:
    """A number within these bounds, written with at most so many digits."""

    def read(raw: str) -> int:
        if not re.fullmatch(rf"[0-9]{{1,{digits}}}", raw) or not least <= int(raw) <= most:
            raise ValueError
        return int(raw)

    expected = f"a whole number from {least} to {most}"
    return Values(read, expected, {"type": "integer", "minimum": least, "maximum": most})


def flag() -> Values:
    """`true` or `false`."""

    def read(raw: str) -> bool:
        if raw not in ("true", "false"):
            raise ValueError
        return raw == "true"

    return Values(read, "true or false", {"type": "boolean"})


def one_of(expected: str, *names: str) -> Values:
    """One of these words."""

    def read(raw: str) -> str:
        if raw not in names:
            raise ValueError
        return raw

    return Values(read, expected, {"type": "string", "enum": list(names)})


def some_of(read: Callable[[str], Any], expected: str, names: Sequence[str]) -> Values:
    """Some of these words, each once, with commas between, as `read` takes them."""
    items = {"type": "string", "enum": list(names)}
    return Values(read, expected, {"type": "array", "items": items, "uniqueItems": True, "minItems": 1})


def written_as(pattern: str, make: Callable[[str], Any], expected: str) -> Values:
    """A text of a form, a regular expression that Python and JavaScript read alike; `make` gives what it means."""
    form = re.compile(pattern, re.ASCII)

    def read(raw: str) -> Any:
        if not form.fullmatch(raw):
            raise ValueError
        return make(raw)

    return Values(read, expected, {"type": "string", "pattern": f"^(?:{pattern})$"})


def text(expected: str, least: int = 0, most: int | None = None) -> Values:
    """Any text of so many characters."""

    def read(raw: str) -> str:
        if len(raw) < least or (most is not None and len(raw) > most):
            raise ValueError
        return raw

    bounds = {"minLength": least or None, "maxLength": most}
    return Values(read, expected, {"type": "string", **{name: size for name, size in bounds.items() if size}})


def address(expected: str) -> Values:
    """An address of the web. It is read where an article is looked for, which says whether it is one."""
    return Values(str, expected, {"type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]"})


def moment(expected: str) -> Values:
    """A date or date-time."""
    forms = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
    return Values(parse_moment, expected, {"anyOf": forms})


def parse_moment(raw: str) -> datetime:
    """A date or date-time out of a query, where a raw + has become a blank. Raises `ValueError`."""
    found = parse_time(raw.replace(" ", "+"))
    if found is None:
        raise ValueError
    return found
