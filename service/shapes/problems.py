"""Problem details (RFC 9457), and what each kind of problem holds besides."""

from datetime import datetime
from typing import Any

from service.shapes.shape import shape
from service.shapes.writes import Fault, KeptRule


@shape
class Problem:
    """What every problem says."""

    type: str
    """`urn:alsoread:problem:` and its name."""
    title: str
    status: int
    detail: str
    """What came, what was expected, and what to do."""


@shape
class ParameterMembers:
    """A parameter, or an option in a body."""

    parameter: str
    value: Any
    expected: str


@shape
class JsonMembers:
    """Where reading ended, counted from 1."""

    line: int
    column: int


@shape
class FaultMembers:
    """Each field at fault."""

    errors: list[Fault]


@shape
class LineFault(Fault):
    """What is wrong with one field of one rule."""

    line: int | None
    """Of the table, or the number in the list, from 1; null where one rule came."""


@shape
class RuleFaultMembers:
    """Each fault."""

    errors: list[LineFault]


@shape
class RuleMembers:
    """The rule as it is now."""

    rule: KeptRule


@shape
class NumberMembers:
    """The number of the rules now."""

    number: int


@shape
class StaleMembers:
    """What came, and what is known."""

    id: str
    updated_at: datetime | None
    known_updated_at: datetime | None


@shape
class LimitMembers:
    """How many bytes, or lines, may come."""

    limit: int


@shape
class MediaMembers:
    """The media types that are read here."""

    expected: list[str]


@shape
class MethodMembers:
    """The methods that are taken here."""

    expected: list[str]
