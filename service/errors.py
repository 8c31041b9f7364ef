"""Every error that this package raises on purpose, under one base class; each message may be shown as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class ServiceError(Exception):
    """Base of all errors of the service."""


class InvalidSetting(ServiceError):
    """A setting is unknown or has a value that it may not have."""


class InvalidParameter(ServiceError):
    """A request's parameter is unknown or has a value that it may not have."""

    def __init__(self, parameter: str, value: object, expected: str) -> None:
        super().__init__(f"{parameter}: expected {expected}, got {value!r}")
        self.parameter = parameter
        self.value = value
        self.expected = expected


class UnknownParameter(InvalidParameter):
    """A request's parameter is none that is taken where it was sent; `known` are those that are."""

    def __init__(self, parameter: str, value: object, known: Sequence[str]) -> None:
        expected = f"one of the parameters {', '.join(known)}" if known else "no parameter"
        super().__init__(parameter, value, expected)
        self.args = (f"unknown parameter {parameter!r}: expected {expected}",)


class KeyMissing(ServiceError):
    """A request came without a key, or with one that is unknown or revoked."""


class ScopeMissing(ServiceError):
    """A request's key is not for what was asked."""


class WrongMediaType(ServiceError):
    """A request's body is of a kind that is not read here."""

    def __init__(self, came: str, expected: tuple[str, ...]) -> None:
        super().__init__(f"expected a body of type {' or '.join(expected)}, got {came}")
        self.expected = expected


class TooLarge(ServiceError):
    """A request's body is larger, or has more lines, than one call may have; `limit` is how much may come."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"expected at most {limit:,} {what} in one call")
        self.limit = limit


class BodyTooSlow(ServiceError):
    """A request's body did not come in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"expected the body at once, got no more of it within {seconds:g} seconds; send it again")


class BodyCutOff(ServiceError):
    """A request's body ended before its end: what came may be half of what was meant."""

    def __init__(self, came: int, expected: int) -> None:
        super().__init__(f"expected a body of {expected:,} bytes as Content-Length says, got {came:,}; send it again")


class InvalidJson(ServiceError):
    """A request's body is no JSON; `line` and `column` count from 1 and say where reading ended."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"expected one JSON object in UTF-8; reading ended at line {line}, column {column}: {reason}")
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; None where it is the record as a whole."""

    field: str | None
    detail: str


class _Faulty(ServiceError):
    """What came is not what was expected; `faults` has one entry for each field at fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(
            "; ".join(f"{fault.field}: {fault.detail}" if fault.field else fault.detail for fault in faults)
        )
        self.faults = faults


class ArticleRefused(_Faulty):
    """What came is no article; `faults` has one entry for each field at fault."""


class InvalidEvents(_Faulty):
    """What came is no report of events; `faults` has one entry for each field at fault, of the first of them."""


class StaleArticle(ServiceError):
    """What came is older than what is known, by their `updated_at`."""

    def __init__(self, article_id: str, came: datetime | None, known: datetime | None) -> None:
        super().__init__("what came is older than what is known of the article; nothing was changed")
        self.id = article_id
        self.came = came
        self.known = known


class NothingToCompare(ServiceError):
    """A comparison of two policies is asked for where there are not two."""


class DeliveryFailed(ServiceError):
    """A call of the purge hook was not taken."""


class PolicyFileGoverns(ServiceError):
    """A policy is to be saved, and would not hold: a file does."""

    def __init__(self) -> None:
        super().__init__(
            "ALSOREAD_POLICY names a policy file, which governs; change that file, or unset it so that what is saved holds"
        )


class RulesRefused(ServiceError):
    """What came is no rule, or not all of it are rules: `faults` has the number from 1 (of lines in CSV, of rules in JSON) and
    the field of each."""

    def __init__(self, faults: "tuple[tuple[int | None, Fault], ...]") -> None:
        said = "; ".join(
            ": ".join(filter(None, (f"line {line}" if line else None, fault.field, fault.detail)))
            for line, fault in faults[:3]
        )
        super().__init__(said + (f"; and {len(faults) - 3:,} more" if len(faults) > 3 else ""))
        self.faults = faults


class UnknownRule(ServiceError):
    """No rule has the id that was asked for."""


class NoPrecondition(ServiceError):
    """A change came without saying what it was made from."""
