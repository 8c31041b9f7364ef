"""Addresses of a static site's pages: patterns such as `/:year/:month/:slug/`, and names of files as addresses have them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from index.errors import UnreadableSource

TOKENS = (
    "year short_year month i_month monthname day i_day yearday y_day hour minute second weekday weekdayname"
    " section sections title slug slugorfilename slugorcontentbasename filename contentbasename"
    " categories slugified_categories output_ext name path collection"
).split()

STYLES: Mapping[str, str] = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
"""Jekyll's patterns with a name."""

_TOKEN = re.compile(r":([a-z_]+)(?:\[([^\[\]]*)\])?")


def check_pattern(pattern: str, where: str) -> None:
    """Raises `UnreadableSource` for a pattern with a token that is not known: all ids of its section would be wrong."""
    for match in _TOKEN.finditer(STYLES.get(pattern, pattern)):
        if match[1] not in TOKENS:
            known = ", ".join(f":{token}" for token in TOKENS)
            raise UnreadableSource(f"{where}: expected tokens of {known}; got ':{match[1]:.80}'")


def fill(pattern: str, tokens: Mapping[str, str | None], sections: Sequence[str] = ()) -> str | None:
    """The path that a pattern makes; None where a token has no value, such as the year of a page without a date.

    `:sections` may be cut as in `:sections[1:]`, `:sections[0]` or `:sections[last]`.
    """
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        found = "/".join(_cut(sections, match[2])) if match[1] == "sections" else tokens.get(match[1])
        missing = missing or found is None
        return found or ""

    path = _TOKEN.sub(value, STYLES.get(pattern, pattern))
    return None if missing else re.sub(r"/{2,}", "/", f"/{path}")


def date_tokens(moment: datetime | None) -> dict[str, str | None]:
    """What patterns may say of a date; nothing but None where there is none."""
    forms = {
        "year": "%Y",
        "short_year": "%y",
        "month": "%m",
        "monthname": "%B",
        "day": "%d",
        "hour": "%H",
        "minute": "%M",
        "second": "%S",
        "weekday": "%w",
        "weekdayname": "%A",
        "y_day": "%j",
    }
    if moment is None:
        return dict.fromkeys((*forms, "i_month", "i_day", "yearday"))
    found: dict[str, str | None] = {token: moment.strftime(form) for token, form in forms.items()}
    return found | {
        "year": f"{moment.year:04}",
        "i_month": str(moment.month),
        "i_day": str(moment.day),
        "yearday": str(moment.timetuple().tm_yday),
    }


def hugo_name(text: str, keeps_case: bool = False) -> str:
    """A name as Hugo has it in addresses: letters, digits and some marks, one hyphen for white space."""
    kept = "".join(letter for letter in text if letter.isalnum() or letter.isspace() or letter in "./\\_#+~-@")
    name = re.sub(r"\s*(-+)\s*|\s+", lambda match: match[1] or "-", kept.strip())
    return name if keeps_case else name.lower()


def plain_name(text: str) -> str:
    """A name in lower case with nothing but letters, digits and single hyphens, as Jekyll and Zola have it."""
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")


def address(base: str, path: str) -> str:
    """An absolute address; what stands in it percent-encoded stays as it is."""
    rooted = path if path.startswith("/") else f"/{path}"
    return base + quote(rooted, safe="/%:@!$&'()*+,;=~?")


def at_root(base: str, path: str) -> str:
    """The address of a path that begins with a slash, of a site that stands at `base`: below it, unless it begins there."""
    parts = urlsplit(base)
    return (
        f"{parts.scheme}://{parts.netloc}{path}"
        if parts.path and path.startswith(f"{parts.path}/")
        else f"{base}{path}"
    )


def _cut(steps: Sequence[str], where: str | None) -> Sequence[str]:
    if where is None:
        return steps
    start, colon, stop = where.partition(":")
    numbers = [len(steps) - 1 if end == "last" else int(end[:9]) if end.isdecimal() else None for end in (start, stop)]
    if colon:
        return steps[numbers[0] : numbers[1]]
    return steps[numbers[0] : numbers[0] + 1] if numbers[0] is not None and numbers[0] >= 0 else ()
