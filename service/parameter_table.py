"""Every parameter that may follow a question mark of the API. What is read by these is what the documents say."""

from datetime import timedelta

from index.article_record import EXPECTED
from index.click_counts import GROUPS
from index.record_fields import MAX_ID
from index.rules import KINDS
from recommender.policy import MAX_LIMIT, SLOTS
from service.clicks.report import parse_day, parse_groups
from service.incoming import parse_identifier
from service.parameter_values import (
    Parameter,
    Values,
    address,
    flag,
    moment,
    one_of,
    some_of,
    text,
    whole_number,
    written_as,
)

MAX_EXCLUDED = 200
MAX_LANGUAGES = 200
MAX_ITEMS = 1_000
STYLES = ("link", "none")

_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "m": 24 * 30, "y": 24 * 365}


def _age(raw: str) -> timedelta:
    return timedelta(hours=int(raw[:-1]) * _HOURS[raw[-1]])


def _language(raw: str) -> str:
    return raw.lower().split("-")[0]


_NUMBER = f"0{{0,2}}(?:[1-9]|[1-{MAX_LIMIT // 10 - 1}][0-9]|{MAX_LIMIT // 10}[0-{MAX_LIMIT % 10}])"
_SLOT = rf" *(?:{'|'.join(SLOTS)})(?: *|:{_NUMBER} *)"


def _slots() -> Values:
    """Slots with their limits, each once: a look ahead for each slot keeps it from coming twice."""
    once = "".join(f"(?!.*{name}.*{name})" for name in SLOTS)
    expected = f"slots such as also-read:4,more-in-section:6, each once, of {', '.join(SLOTS)}"
    return written_as(f"{once}{_SLOT}(?:,{_SLOT})*", str, expected)


AGE = written_as(f"(?!0+[a-z])[0-9]{{1,6}}[{''.join(_HOURS)}]", _age, "a span such as 36h, 7d, 2w, 6m or 1y")
LANGUAGE = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
COUNT = whole_number(1, MAX_LIMIT, digits=4)
SLOTS_VALUES = _slots()
SLOT_SCHEMA = {"type": "string", "pattern": f"^(?:{_SLOT})$"}
"""One of them, where they come as a list."""
FLAG = flag()
FORMATS = one_of("json or csv", "json", "csv")

ID = Parameter("id", text("the id of an article"), "The article, by its id.", "2026-03-12-songs-of-peg-sallow")
URL = Parameter(
    "url",
    address("an absolute http or https address"),
    "The article, by its address, in any of its spellings: scheme, host case, default port, fragment, tracking parameters "
    "and trailing slash do not count. Exactly one of `id` and `url` is needed.",
    "https://www.oxenhythe-packet.example/culture/music/2026/03/songs-of-peg-sallow",
)

LIMIT = Parameter("limit", COUNT, "At most so many items; without it, the policy's number.", "4")
EXCLUDE = Parameter(
    "exclude",
    text(f"the id of an article not to suggest, repeated at most {MAX_EXCLUDED} times", 1, MAX_ID),
    "The id of an article not to suggest. Repeat it for several.",
    "2026-07-13-folk-weekend-2026",
    most=MAX_EXCLUDED,
)
MAX_AGE = Parameter(
    "max_age",
    AGE,
    "At most this much older than the article: hours, days, weeks, months of 30 days, years. For *more in section*, counted "
    "from the clock (or from the newest piece, where the archive rests).",
    "26w",
)
BEFORE = Parameter(
    "before",
    moment("a date or date-time such as 2026-03-14 or 2026-03-14T08:00:00Z"),
    "Only pieces published before this.",
    "2026-07-01",
)
LANG = Parameter(
    "lang",
    written_as(LANGUAGE, _language, "a language tag such as en, repeated for several"),
    "Only pieces in this language; without it, the article's own. Repeat it for several.",
    "en",
    most=MAX_LANGUAGES,
)
FALLBACK = Parameter(
    "fallback", FLAG, "`false`: fewer items, rather than a list that is filled up.", "false", default=True
)
EXPLAIN = Parameter("explain", FLAG, "`true`: each item has a `breakdown` of its score.", "true", default=False)

SLOTS_ASKED = Parameter(
    "slots",
    SLOTS_VALUES,
    "The boxes of the page, in the order in which they are filled, each with its limit after a colon if not the policy's.",
    "also-read:4,more-in-section:6",
    default="also-read,more-in-section",
)
REPEAT = Parameter("repeat", FLAG, "`true`: a piece may stand in several slots.", "true", default=False)
UI = Parameter(
    "ui",
    written_as(LANGUAGE, _language, "a language tag such as en"),
    "Language of the headings; without it, the article's, else English.",
    "de",
)
CSS = Parameter(
    "css",
    one_of("link or none", *STYLES),
    "`link`: a link to the stylesheet stands before the boxes.",
    "none",
    default="link",
)
VERSION = Parameter("v", text("any text"), "Means nothing; another value makes browsers load the file anew.", "2")

CONTROL = r"\u0000-\u001f\u007f-\u009f"
VISIBLE = rf"[^\s{CONTROL}]"
ID_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ID,
    "pattern": f"^[^{CONTROL}]*{VISIBLE}[^{CONTROL}]*$",
}
"""An id under which an article may be written."""

WRITTEN = Values(parse_identifier, EXPECTED["id"], ID_SCHEMA)

WRITTEN_ID = Parameter("id", WRITTEN, "The article, by its id.", "flood-wall", needed=True)
UPDATED_AT = Parameter(
    "updated_at",
    moment("a date or date-time such as 2026-03-14T08:00:00Z"),
    "As of when it is removed: where what is known of the article is newer, nothing changes, and the answer is "
    "`stale-article`.",
    "2026-03-14T10:00:00Z",
)

RULES_ARTICLE = Parameter(
    "article", text("the id of an article"), "Only rules that hold beside this article.", "flood-wall"
)
RULES_ITEM = Parameter("item", text("the id of an article"), "Only rules about this one.", "quay-reopens")
RULES_KIND = Parameter("kind", one_of(f"one of {', '.join(KINDS)}", *KINDS), "Only rules of this kind.", "pin")
FORMAT = Parameter("format", FORMATS, "What the answer is written in; without it, what `Accept` prefers.", "json")

DAY = Values(parse_day, "a day such as 2026-03-14", {"type": "string", "format": "date"})

FROM = Parameter("from", DAY, "The first day, in UTC; without it, four weeks back.", "2026-03-01")
TO = Parameter("to", DAY, "The last day, in UTC; without it, today.", "2026-03-28")
BY = Parameter(
    "by",
    some_of(parse_groups, f"some of {', '.join(GROUPS)}, each once, with commas between", GROUPS),
    "What the rows are grouped by.",
    "slot",
    default=["slot"],
)
ITEMS = Parameter(
    "items", whole_number(1, MAX_ITEMS), "The items clicked most too, so many. Not where the format is `csv`.", "10"
)
COMPARE = Parameter(
    "compare",
    FLAG,
    "`true`: the two policies on split traffic against each other, in place of groups; `by` and `items` are not taken then.",
    "false",
    default=False,
)

QUESTION = (LIMIT, EXCLUDE, MAX_AGE, BEFORE, LANG, FALLBACK)
"""What may be asked of any list."""

PAGE = (SLOTS_ASKED, REPEAT, UI)
"""What may be asked of a page besides."""

REPORT = (FROM, TO, BY, ITEMS, COMPARE, FORMAT)
