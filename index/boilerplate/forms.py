"""Lines as they are compared: what varies from page to page in the same line of a site is masked.

An article's own title is written `%t`, a name of one of its own authors `%a`, its own section in bars, over lists and beside
one of those `%s`, numbers and dates `#`, and in credits every name `@`. So "Photo: Anna Berg / The Packet" and "Photo: Tom
Hale / The Packet" are one form.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from index.article import Article
from index.boilerplate.phrases import BYLINE, CREDIT_WORDS, MONTHS, RELATED

FORMS_VERSION = 1
"""Goes up whenever a line would get another form; rules of another version are not applied."""

TITLE, AUTHOR, SECTION, NUMBER, NAME = "%t", "%a", "%s", "#", "@"

MIN_TITLE = 12
"""A title of fewer characters may stand in a line by chance: it counts only as it is written."""
MIN_NAME = 4
"""A shorter one is never looked for."""
MIN_AUTHOR = 5
MIN_SECTION = 4

MAX_VARIED = 160
"""Characters of a line that may differ from page to page: a credit, a date, the head of a list."""

_NOT_YET = "not worked out yet"

_PARTED = re.compile(r"[|>»›·•/]")
"""What stands between the parts of a bar or a breadcrumb."""
_SAID = re.compile(r"[^\W_]")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d+(?:[.,:/’'–-]\d+)*(?:st|nd|rd|th|am|pm|h)?(?![^\W\d_])")
_DATE = re.compile(rf"(?:(?<![^\W_])(?:{MONTHS})\.?[\s,]+)*#(?:[\s,./:–-]*(?:#|(?<![^\W_])(?:{MONTHS})(?![^\W_])\.?))*")
_NAME = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*\.?(?:['’-][^\W\d_]+)*"
_NAMES = re.compile(rf"(?<![^\W_]){_NAME}(?:\s+(?:(?:de|van|von|der|del|of|the|la)\s)*{_NAME})*")
_BULLET = re.compile(r"^(?:[*•·‣▪›»→>–—-]+|\d{1,2}[.)])\s*")
_WORDS = re.compile(r"[^\W\d_]+")
_AND = re.compile(rf"{NAME}(?:[\s,&]*(?:and\s|und\s|et\s|y\s|e\s)?{NAME})+")


@dataclass(frozen=True, slots=True)
class Masks:
    """What is an article's own in its lines."""

    title: str
    authors: tuple[str, ...]
    sections: tuple[str, ...] = ()
    short_title: re.Pattern[str] | None = None
    """A title that may stand in a line by chance, to be found as it is written."""

    @classmethod
    def of(cls, article: Article) -> "Masks":
        title = plain(article.title)
        names = sorted({plain(name) for name in article.authors}, key=len, reverse=True)
        parts = [plain(part).replace("-", " ") for part in (article.section or "").split("/")]
        return cls(
            title if len(title) >= MIN_TITLE else "",
            tuple(name for name in names if len(name) >= MIN_AUTHOR),
            tuple(part for part in reversed(parts) if len(part) >= MIN_SECTION),
            _as_written(article.title) if MIN_NAME <= len(title) < MIN_TITLE else None,
        )

    def in_section(self, text: str) -> str:
        """A text with the article's own section masked."""
        for name in self.sections:
            spelled = "[ _-]".join(map(re.escape, name.split()))
            text = re.sub(rf"(?<![^\W_]){spelled}(?![^\W_])", SECTION, text)
        return text


class Line:
    """A line of an article: as it stands there (`raw`), and in its forms. `exact` is it in lower case, blanks made one, the
    article's own title, authors and section masked."""

    __slots__ = ("_credited", "_numbered", "exact", "masks", "raw")

    def __init__(self, raw: str, masks: Masks) -> None:
        self.raw = raw
        self.masks = masks
        self.exact = _masked(raw, masks)
        self._numbered: str | None = _NOT_YET
        self._credited: str | None = _NOT_YET

    @property
    def numbered(self) -> str | None:
        """The same with numbers and dates masked; None where there are none, or too much beside."""
        if self._numbered is _NOT_YET:
            few = len(self.exact) <= MAX_VARIED and _DIGIT.search(self.exact)
            self._numbered = _DATE.sub(NUMBER, _DIGITS.sub(NUMBER, self.exact)) if few else None
        return self._numbered

    @property
    def credited(self) -> str | None:
        """With every name masked, for a line that speaks of who made a picture or a text; else None."""
        if self._credited is _NOT_YET:
            self._credited = _credit(self) if len(self.raw) <= MAX_VARIED else None
        return self._credited

    @property
    def forms(self) -> tuple[str, ...]:
        """All of its forms, the strictest first, each marked by its kind."""
        found = [f"={self.exact}"]
        if self.numbered:
            found.append(f"#{self.numbered}")
        if self.credited:
            found.append(f"@{self.credited}")
        return tuple(found)


def _as_written(title: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(' '.join(title.split()))}(?![^\W_])")


def _masked(raw: str, masks: Masks) -> str:
    if masks.short_title and len(raw) <= MAX_VARIED:
        raw = masks.short_title.sub(TITLE, " ".join(raw.split()))
    text = plain(raw)
    if masks.title and masks.title in text:
        text = text.replace(masks.title, TITLE)
    for name in masks.authors:
        if name in text:
            text = text.replace(name, AUTHOR)
    if masks.sections and len(text) <= MAX_VARIED:
        over = RELATED.match(text)
        if over or TITLE in text or AUTHOR in text or _PARTED.search(text):
            head = over.end() if over else 0
            text = text[:head] + masks.in_section(text[head:])
    return text


def _credit(line: Line) -> str | None:
    low = line.exact
    if not (BYLINE.match(low) or not CREDIT_WORDS.isdisjoint(_WORDS.findall(low)) or "©" in low):
        return None
    text = " ".join(line.raw.split())
    for name in line.masks.authors:
        text = re.sub(re.escape(name), NAME, text, flags=re.IGNORECASE)
    first = _WORDS.search(text)
    spoken = first is not None and bool(first[0].casefold() in CREDIT_WORDS or BYLINE.match(f"{first[0].casefold()} "))
    head = first.end() if first and spoken else 0
    masked = _AND.sub(NAME, text[:head] + _NAMES.sub(NAME, text[head:])).casefold()
    masked = _DATE.sub(NUMBER, _DIGITS.sub(NUMBER, masked))
    return masked if NAME in masked else None


def plain(text: str) -> str:
    """A text in lower case, blanks made one."""
    return " ".join(text.casefold().split())


def without_bullet(text: str) -> str:
    """A line of a list without what numbers or marks it."""
    return _BULLET.sub("", text)


def words_in(form: str) -> int:
    """How many words a form has, masked ones left out."""
    return len(_WORDS.findall(form.replace(TITLE, "").replace(AUTHOR, "").replace(SECTION, "")))


def host_of(article: Article) -> str:
    """The host of an article's address, without `www.`; empty where it has none."""
    if not article.url:
        return ""
    return (urlsplit(article.url).hostname or "").removeprefix("www.")


def lines_of(article: Article) -> Sequence[Line]:
    """The lines of an article's text that hold a letter or digit."""
    masks = Masks.of(article)
    return [Line(raw, masks) for raw in article.text.split("\n") if says_something(raw)]


def says_something(raw: str) -> bool:
    """Whether a line holds a letter or a digit."""
    return _SAID.search(raw) is not None
