"""Dates as spreadsheets write them: 14.03.2026, 3/14/2026 8:05 PM, 2026/03/14.

With dots the day comes first, everywhere. With slashes or dashes it comes first in one country and second in another, which
a single 3/4/2026 does not tell: the other dates of its column may.
"""

import re
from dataclasses import dataclass
from datetime import datetime

_DATE = re.compile(
    r"\s*(?P<a>\d{1,4})(?P<mark>[./-])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{1,4})(?P<rest>(?:\D.*)?)", re.DOTALL
)
_TIME = re.compile(
    r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?)?\s*+(?P<zone>Z|[+-]\d\d:?\d\d)?\s*+",
    re.IGNORECASE,
)


@dataclass(slots=True)
class DateOrder:
    """What the dates of one column say about its order."""

    day_first: int = 0
    """How many of them have a first number that is no month."""
    month_first: int = 0
    """How many of them have a second number that is no month."""

    def notice(self, text: str) -> None:
        """Take one cell of the column into account."""
        if found := _day_and_month(text):
            first, second = found
            self.day_first += first > 12 >= second
            self.month_first += second > 12 >= first

    @property
    def is_day_first(self) -> bool | None:
        """None where no date tells, or where they contradict each other."""
        return self.day_first > 0 if bool(self.day_first) != bool(self.month_first) else None


def is_ambiguous(text: str) -> bool:
    """True for a date that is another when its day and its month are exchanged, and that does not tell itself."""
    found = _day_and_month(text)
    return found is not None and found[0] != found[1] and max(found) <= 12


def iso_date(text: str, is_day_first: bool | None = None) -> str:
    """The date as ISO 8601 where it is one of a spreadsheet's; anything else as it came.

    Raises `ValueError`, with the reason, for a day that is in no calendar and for a date that is ambiguous where
    `is_day_first` is None.
    """
    match = _DATE.fullmatch(text)
    if match is None or (match["mark"] == "-" and len(match["a"]) == 4):
        return text
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) == 4:
        year, month, day = a, b, c
    elif len(c) != 4:
        return text
    elif match["mark"] == "." or int(a) > 12 or (int(b) <= 12 and is_day_first):
        day, month, year = a, b, c
    elif int(b) > 12 or int(a) == int(b) or is_day_first is False:
        month, day, year = a, b, c
    else:
        raise ValueError("whether the day or the month comes first is told by no other date of the column")
    time = _TIME.fullmatch(match["rest"])
    if time is None:
        return text
    try:
        moment = datetime(int(year), int(month), int(day), *_clock(time))  # noqa: DTZ001  # the zone, if any, is put behind it
    except ValueError as error:
        raise ValueError("no calendar has that day, or no clock that time") from error
    if not time["hour"]:
        return moment.date().isoformat()
    return moment.isoformat() + (time["zone"] or "").upper()


def _day_and_month(text: str) -> tuple[int, int] | None:
    """The first two numbers of a date with slashes or dashes whose year comes last."""
    match = _DATE.fullmatch(text)
    if match is None or match["mark"] == "." or len(match["a"]) > 2 or len(match["c"]) != 4:
        return None
    return int(match["a"]), int(match["b"])


def _clock(time: re.Match[str]) -> tuple[int, int, int]:
    if not time["hour"]:
        return 0, 0, 0
    hour, half = int(time["hour"]), (time["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of half a day")
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(time["minute"]), int(time["second"] or 0)
