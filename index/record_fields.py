"""What one field of a record may be, and the form in which we keep it; each raises `ValueError` for what it may not be."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard

import orjson

from index.article import Link
from index.urls import is_web_address

MAX_ID = 512
MAX_SHORT = 2_000
MAX_TEXT = 20_000_000

PUBLISHED = ("published", "publish", "public", "live")
UNPUBLISHED = ("unpublished", "draft", "pending", "scheduled", "future", "private", "withdrawn", "trash")
"""What content management systems call an article's status; of each the first is our own word. What is scheduled is not
published until its status says so; an embargo is a `published_at` that has not come."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WHOLE = 2.0**63
"""JSON readers give greater numbers as floats, which were rounded perhaps."""
_LANG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")


def clean_text(value: object) -> object:
    """Text without control characters (line breaks stay) and outer white space; anything else as it came."""
    return _CONTROL_IN_TEXT.sub("", value).replace("\r\n", "\n").strip() if isinstance(value, str) else value


def one_line(value: object) -> object:
    """Without control characters, line breaks and runs of white space; anything but text as it came."""
    return " ".join(_CONTROL.sub(" ", value).split()) if isinstance(value, str) else value


def is_blank(value: object) -> bool:
    """True for null, for text without a visible character, and for a list of nothing else."""
    if isinstance(value, list):
        return all(item is None or (isinstance(item, str) and not one_line(item)) for item in value)
    return value is None or (isinstance(value, str) and not one_line(value))


def nothing_if_blank(value: object) -> object:
    """One line, or None where that is empty."""
    value = one_line(value)
    return None if value == "" else value


def whole(value: object) -> object:
    """A whole number as one, however JSON writes it (`5`, `5.0`, `5e0`); anything else as it came."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE else value


def clean_identifier(value: object) -> object:
    """An id; a whole number becomes text."""
    value = whole(value)
    if _is_whole(value):
        return str(value)
    if isinstance(value, str) and (_CONTROL.search(value) or not value.strip()):
        raise ValueError
    return value.strip() if isinstance(value, str) else value


def clean_version(value: object) -> object:
    """An id; None where it is empty."""
    return None if value in (None, "") else clean_identifier(value)


def clean_section(value: object) -> object:
    """A path without empty steps; None where none is left."""
    value = one_line(value)
    if not isinstance(value, str):
        return value
    return "/".join(step.strip() for step in value.split("/") if step.strip()) or None


def clean_status(value: object) -> object:
    """`published` or `unpublished`, whatever word the newsroom's system has for it; nothing means published."""
    word = nothing_if_blank(value)
    if not isinstance(word, str):
        return PUBLISHED[0] if word is None else word
    word = word.casefold()
    return PUBLISHED[0] if word in PUBLISHED else UNPUBLISHED[0] if word in UNPUBLISHED else word


def clean_names(value: object) -> object:
    """A list of distinct non-empty names; one string counts as a list of one, null as none."""
    if value is None:
        return ()
    items: Iterable[object] = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [0]
    clean = [one_line(item) for item in items if item is not None]
    if not all(isinstance(item, str) for item in clean):
        raise ValueError
    return tuple(dict.fromkeys(item for item in clean if item))


def clean_address(value: object) -> object:
    """An absolute http or https address; None where it is empty."""
    value = nothing_if_blank(value)
    if isinstance(value, str) and (len(value) > MAX_SHORT * 4 or not is_web_address(value)):
        raise ValueError
    return value


def parse_time(value: object) -> datetime | None:
    """A date or date-time as UTC: ISO 8601 or RFC 5322; without a zone, UTC; without a time, midnight.

    Raises `ValueError` for anything else, and for dates outside the years 1 to 9999.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        moment = _read_time(value)
    else:
        raise ValueError("not a date")
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999") from error


def _read_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except OverflowError as error:
        raise ValueError("not a date") from error


def clean_language(value: object) -> object:
    """A BCP 47 tag in lower case; None where it is empty."""
    value = nothing_if_blank(value)
    if not isinstance(value, str):
        return value
    tag = value.replace("_", "-").lower()
    if not _LANG.fullmatch(tag):
        raise ValueError
    return tag


def parse_links(value: object) -> object:
    """Links out of ids, addresses or objects; none for null."""
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise ValueError
    return tuple(parse_link(item) for item in value)


def parse_link(value: object) -> Link:
    """One link."""
    if not isinstance(value, Mapping):
        value = {"url" if isinstance(value, str) and is_web_address(value) else "id": value}
    named = whole(value.get("id"))
    names: list[Any] = [str(named) if _is_whole(named) else named, value.get("url"), value.get("title")]
    if not any(names) or not all(name is None or isinstance(name, str) for name in names):
        raise ValueError
    position = value.get("position")
    if position is not None and not (_is_whole(position) or isinstance(position, float)):
        raise ValueError
    if position is not None and not 0 <= position <= 1:
        raise ValueError
    return Link(names[0], names[1], names[2], position)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value: object, limit: int = 80) -> str:
    """A value as it may stand in an error message: its JSON, cut short."""
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        try:
            text = repr(value)
        except RecursionError:
            text = f"a {type(value).__name__} nested too deeply"
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"
