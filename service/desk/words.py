"""What the desk's templates write: dates and ages as people say them."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from service.headings import section_name

MONTHS = "Jan Feb Mar Apr May June July Aug Sept Oct Nov Dec".split()

MOST_LAID_OUT = 50
"""Of a longer list, such as all rules that a file replaced, no more stand on a page: megabytes of them nobody reads."""

DAYS_SAID = 7
"""Older than so many days, a date says more than an age."""


def on_day(moment: datetime) -> str:
    """`14 Mar 2026`."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def at_time(moment: datetime) -> str:
    """`14 Mar 2026, 08:30 UTC`."""
    moment = moment.astimezone(UTC)
    return f"{on_day(moment)}, {moment:%H:%M} UTC"


def ago(moment: datetime, now: datetime) -> str:
    """`3 hours ago`; the day where it is long ago."""
    gone = now - moment
    if gone < timedelta(minutes=1):
        return "just now" if gone > timedelta(minutes=-1) else on_day(moment)
    if gone > timedelta(days=DAYS_SAID):
        return on_day(moment)
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if gone.total_seconds() >= seconds:
            return f"{count(int(gone.total_seconds() // seconds), unit)} ago"
    return on_day(moment)


def until(moment: datetime, now: datetime) -> str:
    """`for 3 more days`, `until 14 Mar 2026`, `ended`."""
    left = moment - now
    if left <= timedelta(0):
        return "ended"
    if left > timedelta(days=DAYS_SAID):
        return f"until {on_day(moment)}"
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if left.total_seconds() >= seconds:
            number = round(left.total_seconds() / seconds)
            return f"for {number} more {unit}{'s' if number != 1 else ''}"
    return "for a moment more"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 rule`, `1,200 rules`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def pretty(value: Any) -> str:
    """What JSON can say, laid out to be read, of a long list its beginning; a template escapes it as any text."""
    if isinstance(value, list) and len(value) > MOST_LAID_OUT:
        more = f"… and {len(value) - MOST_LAID_OUT:,} more, which the export has"
        return f"{json.dumps(value[:MOST_LAID_OUT], ensure_ascii=False, indent=2)}\n{more}"
    return json.dumps(value, ensure_ascii=False, indent=2)


FILTERS: Mapping[str, Callable[..., str]] = {
    "on_day": on_day,
    "pretty": pretty,
    "at_time": at_time,
    "ago": ago,
    "until": until,
    "counted": count,
    "section_name": section_name,
}
"""By the names under which templates use them."""
