"""Which section an entry of a feed belongs to: feeds have no field for it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import unquote, urlsplit

_NAMES_SECTION = re.compile(r"section|channel|desk|ressort|rubri[ck]|rubrique|seccion|sezione|editoria", re.IGNORECASE)
"""In a category's `domain` or `scheme`: it is the publisher's word for a section."""
_PERHAPS = frozenset("news blog blogs video videos audio podcast podcasts gallery".split())
"""Sections of some papers, and on others the first step of every address: a section where others stand beside it."""
_NEVER = frozenset(
    "article articles story stories post posts archive archives p index content node item items id rss feed feeds amp www web"
    " site page pages entry entries index.php wp category tag tags author authors newsletter r go out link click redirect print"
    " uncategorized uncategorised allgemein unkategorisiert sin-categoria non-classe senza-categoria geen-categorie"
    " sem-categoria".split()
)
"""First steps of addresses, and categories, that say nothing about an article."""
_DATE = re.compile(r"(?:19|20)\d\d(?:[-_]?\d\d){0,2}")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[-&.](?=[^\W\d_])){2,39}")
FEWEST = 8
"""Entries with categories from which on it shows whether the first one is the section."""


@dataclass(frozen=True, slots=True)
class Category:
    """One category of an entry."""

    name: str
    scheme: str = ""


def step(name: str) -> str:
    """A section's name as it stands in a path: `Local News` is `local-news`, so that categories and addresses agree."""
    return re.sub(r"[\s_]+", "-", " ".join(name.lower().replace(" & ", " and ").split())).strip("-")


class Sections:
    """What all entries of a feed together show: whether the first category is the section, and whether `news` is one."""

    def __init__(self, entries: Sequence[tuple[Sequence[Category], str | None]]) -> None:
        self._first_counts = first_is_section([categories for categories, _ in entries])
        self._known = _NEVER
        if not any(url and _first_steps(url, _NEVER | _PERHAPS) for _, url in entries):
            self._known = _NEVER | _PERHAPS

    def of(self, categories: Sequence[Category], url: str | None) -> str | None:
        """The section of an entry, as a path in lower case.

        In this order: a category whose `domain` says that it is the section, the first category where the whole feed shows
        it to be one, the first steps of the address where they are words and no date; None where nothing says.
        """
        for category in categories:
            if _NAMES_SECTION.search(category.scheme) and (path := _path(category.name)):
                return path
        if self._first_counts and categories and (path := _path(categories[0].name)):
            return path
        return _first_steps(url, self._known) if url else None


def first_is_section(categories: Sequence[Sequence[Category]]) -> bool:
    """Whether the first categories of these entries are the sections of a paper: few, and each of several entries.

    True where four fifths of the entries have a first category that another has too, and there is one for each three at most.
    """
    firsts = [step(ones[0].name) for ones in categories if ones]
    if len(firsts) < FEWEST or len(firsts) < 0.8 * len(categories):
        return False
    counts = Counter(firsts)
    shared = sum(count for count in counts.values() if count > 1)
    return 1 < len(counts) <= len(firsts) / 3 and shared >= 0.8 * len(firsts)


def _path(name: str) -> str | None:
    steps = [step(part) for part in name.split("/")]
    path = "/".join(part for part in steps if part)
    return path if path and path not in _NEVER and len(path) <= 100 else None


def _first_steps(url: str, no_section: frozenset[str]) -> str | None:
    """`world` of `https://paper.test/world/bridge-opens`, and `world/europe` of `…/world/europe/2026/03/bridge-opens`: what
    stands before a date is all section. A lone step is the article itself."""
    steps = [unquote(part).lower() for part in urlsplit(url).path.split("/") if part]
    if len(steps) > 1 and re.fullmatch(r"[a-z]{2}(?:-[a-z]{2})?", steps[0]):  # a language
        del steps[0]
    dated = next((at for at, part in enumerate(steps) if _DATE.fullmatch(part)), None)
    before = steps[: min(dated, 3)] if dated is not None else steps[:1]
    words = list(takewhile(lambda part: part not in no_section and bool(_WORD.fullmatch(part)), before))
    return "/".join(words) if words and len(steps) > len(words) else None
