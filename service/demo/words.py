"""What the templates write: texts as paragraphs, dates as the paper's two languages write them."""

import re
from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup, escape

MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
}
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

BY = {"en": "By", "de": "Von"}
AND = {"en": "and", "de": "und"}

_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


def paragraphs(text: str) -> list[Markup]:
    """A text's paragraphs, which blank lines part, escaped; single line breaks stay, and what stands between pairs of
    asterisks is strong."""
    return [_marked(part.strip()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _marked(paragraph: str) -> Markup:
    escaped = str(escape(paragraph))
    return Markup(_STRONG.sub(r"<strong>\1</strong>", escaped).replace("\n", "<br>"))  # noqa: S704  # nosec B704  # escaped above


def date_in_words(moment: datetime, lang: str = "en") -> str:
    """`14 March 2026`, or as the language has it; English where we do not know it."""
    if lang == "de":
        return f"{moment.day}. {MONTHS['de'][moment.month - 1]} {moment.year}"
    return f"{moment.day} {MONTHS['en'][moment.month - 1]} {moment.year}"


def day_in_words(moment: datetime) -> str:
    """`Saturday 14 March 2026`."""
    return f"{DAYS[moment.weekday()]} {date_in_words(moment)}"


def byline(authors: Sequence[str], lang: str = "en") -> str:
    """`By A, B and C`; empty where nobody signed."""
    if not authors:
        return ""
    words = AND.get(lang, AND["en"])
    names = f" {words} ".join(filter(None, (", ".join(authors[:-1]), authors[-1])))
    return f"{BY.get(lang, BY['en'])} {names}"
