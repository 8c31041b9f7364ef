"""Moments as pages write them: read where they are whole, refused where they are absurd."""

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from htmldate import find_date
from lxml.html import HtmlElement

from index.record_fields import parse_time

FIRST_SEEN = 1990
"""No page of the web is older, so no day that is only seen on one is believed to be."""
FIRST_YEAR, LAST_YEAR = 1600, 2100
"""No newspaper is older; no article is dated later."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What a page says that has no date and a programmer."""

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ]+(\d{1,2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?(?:\[[^\]]*\])?"
)
_ZONES = {
    "CET": "+0100",
    "CEST": "+0200",
    "BST": "+0100",
    "IST": "+0530",
    "JST": "+0900",
    "MSK": "+0300",
    "ET": "-0500",
    "PT": "-0800",
}
"""Those that a date in letters may have and RFC 5322 does not know."""
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?")
_TIME_FIRST = re.compile(
    r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?(?: [A-Z]{2,4})?),? "
    r"(?P<day>[a-z]{3,9}\.? \d{1,2},? \d{4})",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(
    r"/((?:19|20)\d\d)[/-](1[0-2]|0?[1-9]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[/-](3[01]|[12]\d|0?[1-9])(?=[/-]|$)",
    re.IGNORECASE,
)
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?")
_NAMED_ZONE = re.compile(r"\b([A-Z]{2,4})$")
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_DAY_IN_LETTERS = (
    r"(?:(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,?"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)?\.? (?P<month2>[a-z]{3,9})\.?,?) (?P<year>\d{4})"
)
_TIME_BEHIND = (
    r",?(?: at)?[ |–-]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?: (?P<zone>[a-z]{2,4}))?"
)
_IN_LETTERS = re.compile(rf"(?:[a-z]+,? )?{_DAY_IN_LETTERS}(?:{_TIME_BEHIND})?", re.IGNORECASE)
"""March 14, 2026 at 8:05 pm; 14 March 2026."""


def read_moment(value: object) -> tuple[datetime, bool] | None:
    """The moment of what a page wrote, and whether it said its zone; a time without one is taken as UTC. None for what
    is no date and for what is absurd: before 1600, after 2100, and the first second of 1970."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = " ".join(str(value).split())
    if not text or len(text) > 100:
        return None
    if match := _TIME_FIRST.fullmatch(text):
        text = f"{match['day']} {match['time']}"
    if _SECONDS.fullmatch(text):
        return EPOCH + timedelta(seconds=int(text[:10])), True
    if match := _ISO.fullmatch(text):
        day, minute, second, _, zone = match.groups()
        zone = "" if zone is None else "+00:00" if zone in ("Z", "z", "UTC", "GMT") else zone
        text = f"{day}T{minute.zfill(5)}{second or ':00'}{zone}" if minute else day
        has_zone = bool(zone)
    elif match := _COMPACT.fullmatch(text):
        year, month, date, hour, minute, second, zone = match.groups()
        text = f"{year}-{month}-{date}" + (f"T{hour}:{minute}:{second or '00'}{zone or ''}" if hour else "")
        has_zone = bool(zone)
    elif match := _IN_LETTERS.fullmatch(text):
        text, has_zone = _from_letters(match)
    else:
        text = _NAMED_ZONE.sub(lambda match: _ZONES.get(match[1], match[1]), text)
        has_zone = bool(re.search(r"(?:[+-]\d{2}:?\d{2}|\b[A-Z]{1,4})\)?$", text))
    try:
        moment = parse_time(text)
    except ValueError:
        return None
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR or moment == EPOCH:
        return None
    return moment, has_zone


def best_moment(values: list[object]) -> datetime | None:
    """The first of the values that is a moment; where that is a time without a zone, or a day, the first that says the
    same moment with its zone."""
    moments = [read for value in values if (read := read_moment(value)) is not None]
    if not moments:
        return None
    first, has_zone = moments[0]
    if has_zone:
        return first
    for moment, zoned in moments[1:]:
        if zoned and abs(moment - first) <= timedelta(hours=26 if first.time() == datetime.min.time() else 14):
            return moment
    return first


def _from_letters(match: re.Match[str]) -> tuple[str, bool]:
    """A date in English words as RFC 5322 has it, and whether it has a zone."""
    name = (match["month"] or match["month2"])[:3].lower()
    if name not in _MONTHS:
        return "", False
    half = (match["half"] or "").lower()
    hour = int(match["hour"] or 0) % (12 if half else 24) + (12 if half == "p" else 0)
    zone = (match["zone"] or "").upper()
    minute, second = match["minute"] or "00", match["second"] or "00"
    text = (
        f"{match['day'] or match['day2']} {name} {match['year']} {hour:02}:{minute}:{second} {_ZONES.get(zone, zone)}"
    )
    return text.strip(), bool(zone)


def date_in_address(url: str | None) -> datetime | None:
    """The day in the path of an address, such as `/2026/03/14/` or `/2026/mar/14/`; None where there is none."""
    match = _IN_ADDRESS.search(url or "")
    if match is None:
        return None
    month = _MONTHS.get(match[2].lower(), match[2])
    read = read_moment(f"{match[1]}-{int(month):02}-{int(match[3]):02}")
    return read[0] if read else None


def date_seen(root: HtmlElement, url: str | None) -> datetime | None:
    """The day that htmldate sees on a page which states none."""
    found = find_date(
        deepcopy(root),
        extensive_search=False,
        original_date=True,
        url=url,
        min_date=f"{FIRST_SEEN}-01-01",
        max_date=f"{LAST_YEAR}-01-01",  # without one it is the day on which it runs, and the same page another article
    )
    read = read_moment(found) if found else None
    return read[0] if read else None
