"""What lines an archive's articles have in common: read twice, first to count the lines, then to note where those stand
that several articles have. What only one or two have is never held.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.boilerplate.apply import label_of, may_be_item
from index.boilerplate.forms import TITLE, Line, host_of, lines_of, plain, without_bullet

MIN_ARTICLES = 20
"""Of fewer articles of a host nothing is learnt."""

MIN_COUNT = 3
"""A line that fewer articles have is never furniture."""

MAX_ITEMS = 12
"""So many lines of a list of other articles are looked at."""

KEPT_WORDS = 96
"""Distinct words of an article, those with the smallest hashes, by which it is told how alike two articles are."""
MIN_WORD = 5
EXAMPLES = 3

EVERY = 4
"""Of the articles that have no line in common with others the words of every fourth are noted, to tell what is usual."""

_NO_WORDS = np.zeros(0, np.uint32)

Read = Callable[[], Iterable[Article]]
"""Gives the same articles in the same order each time it is called."""


@dataclass(frozen=True, slots=True)
class Page:
    """An article, and its lines that others have too."""

    id: str
    host: str
    lines: int
    length: int
    """Characters of all its lines."""
    common: dict[int, tuple[str, int]]
    """By their places, the lines that others have too: form word for word, and characters."""
    words: npt.NDArray[np.uint32]
    """A sample of the words of its other lines: the `KEPT_WORDS` smallest of their hashes, ascending. None are noted of
    some articles that have no line in common with others."""


@dataclass(slots=True)
class Sightings:
    """One form of line: where it stands."""

    host: str
    form: str
    example: str
    places: list[tuple[int, int]] = field(default_factory=list)
    """Number of the page, and place of the line among the lines of its text."""
    variants: set[str] = field(default_factory=set)
    """How it stands there, word for word; at most `EXAMPLES` of it."""
    lists: list[tuple[int, int]] = field(default_factory=list)
    """At each place: how many lines below may be headlines, and how many of them are headlines of the archive."""
    broken: int = 0
    """At how many places the line below goes on in lower case: pieces of lines that were broken for a printer."""
    headline: bool = False
    """Whether it is a headline of the archive itself."""
    titles: int = 0
    """Of a label: how often a headline of the archive follows it."""

    @property
    def pages(self) -> list[int]:
        """The pages that have it, each once, ascending."""
        return list(dict.fromkeys(page for page, _ in self.places))


@dataclass(frozen=True, slots=True)
class Survey:
    """The lines that several articles of a host have, and the articles that have them."""

    articles: dict[str, int]
    """How many articles were read, by host."""
    pages: Sequence[Page]
    found: Sequence[Sightings]


def survey(read: Read) -> Survey:
    """Read the archive twice. Hosts of fewer than `MIN_ARTICLES` articles are left out."""
    hosts: dict[str, int] = {}
    counted: list[npt.NDArray[np.int64]] = []
    titles: set[int] = set()
    for article in read():
        host = host_of(article)
        hosts[host] = hosts.get(host, 0) + 1
        titles.add(hash(plain(article.title)))
        keys = {hash((host, form)) for line in lines_of(article) for form in _forms(line)}
        counted.append(np.fromiter(keys, np.int64, len(keys)))
    enough = {host for host, count in hosts.items() if count >= MIN_ARTICLES}
    if not enough:
        return Survey(hosts, (), ())
    values, counts = np.unique(np.concatenate(counted), return_counts=True)
    several = set(values[counts >= MIN_COUNT].tolist())
    titles.discard(hash(""))
    noting = _Noting(several, titles)
    for article in read():
        if host_of(article) in enough:
            noting.note(article)
    return Survey({host: hosts[host] for host in enough}, noting.pages, list(noting.found.values()))


def _forms(line: Line) -> tuple[str, ...]:
    """The forms of a line; a label before a colon is one more."""
    label = label_of(line)
    return (*line.forms, f":{label}") if label else line.forms


class _Noting:
    """The second reading."""

    def __init__(self, several: set[int], titles: set[int]) -> None:
        self.pages: list[Page] = []
        self.found: dict[tuple[str, str], Sightings] = {}
        self._several = several
        self._titles = titles

    def note(self, article: Article) -> None:
        host, lines = host_of(article), lines_of(article)
        common: dict[int, tuple[str, int]] = {}
        number = len(self.pages)
        for at, line in enumerate(lines):
            forms = [form for form in _forms(line) if hash((host, form)) in self._several]
            for form in forms:
                self._note_one(host, form, line, number, at, lines)
            if forms and forms[0][0] == "=":
                common[at] = (line.exact, len(line.raw))
        told = common or not number % EVERY
        words = _words(line.raw for at, line in enumerate(lines) if at not in common) if told else _NO_WORDS
        length = sum(len(line.raw) for line in lines)
        self.pages.append(Page(article.id, host, len(lines), length, common, words))

    def _note_one(self, host: str, form: str, line: Line, number: int, at: int, lines: Sequence[Line]) -> None:
        one = self.found.get((host, form))
        if one is None:
            one = self.found[host, form] = Sightings(host, form, line.raw.strip())
        one.places.append((number, at))
        if line.exact not in one.variants and len(one.variants) < EXAMPLES:
            one.variants.add(line.exact)
        if form[0] == "=":
            one.broken += at + 1 < len(lines) and lines[at + 1].raw.lstrip()[:1].islower()
            one.headline = one.headline or hash(plain(without_bullet(line.raw.strip()))) in self._titles
            one.lists.append(self._list_below(lines, at))
        elif form[0] == ":":
            rest = line.raw.partition(":")[2]
            one.titles += hash(plain(rest)) in self._titles

    def _list_below(self, lines: Sequence[Line], at: int) -> tuple[int, int]:
        """How many lines below may be items, up to the last that is a headline where any is; and how many are headlines."""
        known, last, run = 0, 0, 0
        for line in lines[at + 1 : at + 1 + MAX_ITEMS]:
            if line.exact == TITLE:
                break
            headline = hash(plain(without_bullet(line.raw.strip()))) in self._titles
            if not (headline or may_be_item(line.raw)):
                break
            run += 1
            if headline:
                known, last = known + 1, run
        return (last or run, known)


def _words(raws: Iterable[str]) -> npt.NDArray[np.uint32]:
    words = {
        zlib.crc32(word.encode("utf-8", "surrogatepass"))
        for raw in raws
        for word in raw.casefold().split()
        if len(word) >= MIN_WORD
    }
    return np.array(sorted(words)[:KEPT_WORDS], np.uint32)
