"""When an entry of a feed was published, and dates that no article has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from index.record_fields import parse_time

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""No article of a feed is older."""
ZERO = datetime(1970, 1, 1, tzinfo=UTC)
"""What a program writes that knows no date."""
AHEAD = timedelta(days=366)
"""So far ahead an embargo may lie; a date beyond it would keep for ever what everyone can read already."""


@dataclass(frozen=True, slots=True)
class Dates:
    """What an entry says of its time, in UTC."""

    published: datetime | None
    updated: datetime | None
    problems: tuple[str, ...] = ()
    """One sentence for each date that was not taken."""


def believed(moment: datetime, now: datetime) -> bool:
    """Whether an article may have this date."""
    return EARLIEST <= moment <= now + AHEAD and moment != ZERO


def settle(published: datetime | str | None, updated: datetime | str | None, now: datetime) -> Dates:
    """The dates that are believed; a date that could not be read comes as the text it was.

    Without a date of publication, that of the last change stands for it: Atom asks for no other.
    """
    problems: list[str] = []
    kept: list[datetime | None] = []
    for name, moment in (("publication", published), ("change", updated)):
        good = isinstance(moment, datetime) and believed(moment, now)
        kept.append(moment if good and isinstance(moment, datetime) else None)
        if moment is not None and not good:
            shown = moment.isoformat() if isinstance(moment, datetime) else repr(moment[:60])
            expected = f"a date from {EARLIEST.year} to a year from now, and not {ZERO:%Y-%m-%d}T00:00:00Z"
            problems.append(f"date of {name}: expected {expected}, got {shown}; none was taken")
    first, last = kept
    if first is None:
        first, last = last, None
    return Dates(first, last if last != first else None, tuple(problems))


def read_dates(entry: Mapping[str, Any], now: datetime) -> Dates:
    """The dates of an entry as feedparser gives them: all forms that feeds have, in any zone.

    RFC 5322 and RFC 3339 ask for a zone; where there is none, the time is taken as UTC, as everywhere here.
    """
    published = next((found for key in ("published", "created") if (found := _moment(entry, key)) is not None), None)
    return settle(published, _moment(entry, "updated"), now)


def _moment(entry: Mapping[str, Any], key: str) -> datetime | str | None:
    parts = entry.get(f"{key}_parsed")
    written = entry.get(key)
    if isinstance(parts, Sequence) and len(parts) == 6:
        try:
            year, month, day, hour, minute, second = map(int, parts)
            return datetime(
                year, month, day, hour, minute, min(second, 59), tzinfo=UTC
            )  # a leap second is the one before
        except (ValueError, OverflowError):
            pass
    if not isinstance(written, str) or not written.strip():
        return None
    return read_moment(written)


def read_moment(written: str) -> datetime | str:
    """A date-time in UTC, or the text itself where it is none."""
    try:
        return parse_time(written[:200]) or written
    except ValueError:
        return written
