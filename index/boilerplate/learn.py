"""Learning a site's furniture from its archive.

A line is furniture when it stands on many articles that have little else in common, near their beginning or end, or beside
other furniture; how many are needed hangs on what else speaks for it. What is short, in the middle, or on one thing stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from index.boilerplate.apply import MAX_ITEM, may_be_item
from index.boilerplate.evidence import Evidence, Place
from index.boilerplate.forms import AUTHOR, TITLE, words_in
from index.boilerplate.phrases import BYLINE, CREDIT, DATED, RELATED, SITE, SITE_WORD
from index.boilerplate.rules import Finding, Rule, Where
from index.boilerplate.survey import MAX_ITEMS, Read, Sightings, Survey, survey

ROUNDS = 3
"""Where a line stands is judged without the furniture around it, so what was learnt changes what is learnt."""

AT_LEAST = 5
"""Different articles that have a line, at the least; an author's biography, and a list of known headlines, on three."""
FEW = 3

BY_SIZE = 0.25
"""… and at least so many times the square root of the host's articles: by chance alone more lines recur in more articles."""

LONG = 6
"""Words of a line that hardly recurs by chance. Shorter ones need more."""

SHORT_SHARE = 0.08
"""Of the host's articles that have a short line without any word of a site's own, near an edge."""
MIDDLE_SHARE = 0.03
"""… a long one in the middle of texts."""
SHORT_MIDDLE_SHARE = 0.15
SHORT_MIDDLE = 3
"""… a short one there, of so many words; fewer are headings."""
FRAGMENT_SHARE = 0.2
"""… one that begins in lower case or goes on so, as do the pieces of lines that were broken for a printer."""
WIDE_SHARE = 0.3
"""A line of so many of a host's articles is furniture whatever these are about."""
NUMBERED_SHARE = 0.6
"""… of a line whose numbers differ and that has no word of a site's own."""
CREDIT_SHARE = 0.02

MOSTLY = 0.8
NEARLY_ALWAYS = 0.9

MAX_SPOKEN = 60
"""Words of a line in which a word such as *newsletter* speaks for a site."""

MAX_SHORT = 8
"""… or one such as *share*, which in a sentence says nothing."""

MAX_CREDIT_WORDS = 12


INTRODUCES = "introduces the author"

Places = Mapping[int, Collection[int]]
"""Places of lines by page."""


def learn(read: Read) -> list[Finding]:
    """The furniture of an archive, most frequent first; the same for the same articles. Hosts are learnt apart.

    `read` is called twice, and gives the articles; `index.boilerplate.sample` bounds how many.
    """
    seen = survey(read)
    return _Learning(seen).findings() if seen.found else []


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of one line when it is judged."""

    count: float
    """Different articles that have it."""
    share: float
    needed: float
    """How many a line needs by the size of the archive."""
    place: Place
    words: int


class _Learning:
    """One archive's."""

    def __init__(self, seen: Survey) -> None:
        self._seen = seen
        self._evidence = Evidence(seen)
        self._families: dict[tuple[str, str], float] = {}
        self._lines: Places = {}
        """Where the lines stand that were learnt in the round before, without the items of lists."""

    def findings(self) -> list[Finding]:
        furniture = _places(one for one in self._seen.found if one.form[0] != ":")
        found: list[tuple[Sightings, Finding]] = []
        for _ in range(ROUNDS):
            found = [(one, finding) for one in self._seen.found if (finding := self._judge(one, furniture))]
            self._lines = _places(one for one, _ in found)
            furniture = _places((one for one, _ in found), {id(one) for one, it in found if it.rule.kind == "list"})
        found = _without_covered(found)
        findings = [finding for _, finding in found]
        findings += _biographies(findings)
        return sorted(findings, key=lambda one: (-one.articles, one.rule.host, one.rule.form, one.rule.kind))

    def _judge(self, one: Sightings, furniture: Places) -> Finding | None:
        pages, of = len(one.pages), self._seen.articles[one.host]
        if pages < FEW:
            return None
        needed = max(AT_LEAST, BY_SIZE * sqrt(of))
        place = self._evidence.placed(one, furniture)
        facts = _Facts(pages, pages / of, needed, place, words_in(one.form[1:]))
        judged = {"=": self._line, "#": self._numbered, "@": self._credit, ":": self._label}[one.form[0]](one, facts)
        if judged is None:
            return None
        rule, reason = judged
        ids = tuple(self._seen.pages[page].id for page in one.pages[:5])
        return Finding(rule, pages, of, reason, one.example, ids)

    def _count(self, one: Sightings) -> float:
        key = (one.host, one.form)
        if key not in self._families:
            self._families[key] = self._evidence.families(one)
        return self._families[key]

    def _line(self, one: Sightings, facts: _Facts) -> tuple[Rule, str] | None:
        form, place = one.form[1:], facts.place
        if (listed := self._list(one, facts)) is not None:
            return listed
        if form == TITLE:
            held = place.start >= MOSTLY and facts.share >= SHORT_SHARE and self._count(one) >= AT_LEAST
            return (Rule(one.form, where="start", host=one.host), "repeats the title") if held else None
        if one.headline:
            return None
        if (spoken := self._biography(one, facts)) is not None:
            return spoken
        if facts.count < AT_LEAST:
            return None
        piece = one.example[:1].islower() or 2 * one.broken > len(one.places)
        if piece and not (facts.share >= FRAGMENT_SHARE and place.edges >= NEARLY_ALWAYS):
            return None
        reason = self._reason(one, facts)
        where = "anywhere" if _is_phrase(form) else _where(place, facts.words)
        return (Rule(one.form, where=where, host=one.host), reason) if reason else None

    def _reason(self, one: Sightings, facts: _Facts) -> str | None:
        """Why a line is furniture that stands on its articles word for word; None where it may be text."""
        place, form = facts.place, one.form[1:]
        own = _of_the_site(form)
        alone = _is_phrase(form)
        clear = alone or facts.share >= MIDDLE_SHARE or place.edges >= MOSTLY
        if own and (clear or place.beside >= MOSTLY or facts.words >= LONG):
            enough = self._count(one) >= AT_LEAST
            return "speaks of the site" if enough and (clear or not self._evidence.about_one_thing(one)) else None
        if facts.words >= LONG:
            wide = facts.share >= WIDE_SHARE
            near = place.edges >= MOSTLY
            if not near and facts.share < MIDDLE_SHARE:
                return None
            if self._count(one) < facts.needed or not (wide or not self._evidence.about_one_thing(one)):
                return None
            return "stands at the edge of many articles" if near else "stands within many articles"
        near = place.edges >= NEARLY_ALWAYS
        if near and facts.share >= SHORT_SHARE and self._count(one) >= facts.needed:
            wide = facts.share >= WIDE_SHARE
            return "stands at the edge of many articles" if wide or not self._evidence.about_one_thing(one) else None
        if facts.words >= SHORT_MIDDLE and facts.share >= SHORT_MIDDLE_SHARE and self._count(one) >= facts.needed:
            return None if self._evidence.about_one_thing(one) else "stands within many articles"
        beside = place.beside >= NEARLY_ALWAYS and place.edges >= MOSTLY
        if beside and facts.words and facts.share >= MIDDLE_SHARE and self._count(one) >= facts.needed:
            return None if self._evidence.about_one_thing(one) else "stands beside other furniture"
        return None

    def _numbered(self, one: Sightings, facts: _Facts) -> tuple[Rule, str] | None:
        form, place = one.form[1:], facts.place
        if len(one.variants) < 2 or form.count("#") > 3:
            return None
        if (spoken := self._biography(one, facts)) is not None:
            return spoken
        if facts.words > MAX_CREDIT_WORDS:
            return None
        edges = place.edges >= MOSTLY
        dated = bool(DATED.search(form) or _of_the_site(form) or CREDIT.search(form)) and facts.share >= MIDDLE_SHARE
        alone = form.count("#") == 1 and facts.share >= NUMBERED_SHARE and place.alone < 0.5
        if not edges or not (dated or alone) or self._count(one) < facts.needed:
            return None
        return Rule(one.form, where=_edge(place), host=one.host), "a date or a number that differs from page to page"

    def _credit(self, one: Sightings, facts: _Facts) -> tuple[Rule, str] | None:
        form, place = one.form[1:].lstrip("([*_ "), facts.place
        if facts.words > MAX_CREDIT_WORDS or facts.share < CREDIT_SHARE:
            return None
        byline = bool(BYLINE.match(form))
        begins = CREDIT.match(form) is not None or " / " in form or "©" in form
        if not (byline or begins) or (byline and place.edges < MOSTLY) or self._count(one) < facts.needed:
            return None
        where: Where = _edge(place) if byline else "anywhere"
        return Rule(one.form, where=where, host=one.host), "says who wrote it" if byline else "says whose picture it is"

    def _label(self, one: Sightings, facts: _Facts) -> tuple[Rule, str] | None:
        known = one.titles / len(one.places)
        own = RELATED.match(one.form[1:]) is not None
        if known >= 0.5 or (own and facts.count >= AT_LEAST and (known > 0 or facts.share >= CREDIT_SHARE)):
            return Rule(one.form.replace(":", "=", 1), "label", "anywhere", one.host), "names another article"
        return None

    def _list(self, one: Sightings, facts: _Facts) -> tuple[Rule, str] | None:
        """A line over headlines of other articles, and not over another such line."""
        below = [run for run, _ in one.lists if run]
        if len(below) < MOSTLY * len(one.lists) or len(one.form) > MAX_ITEM or one.headline:
            return None
        known = sum(titles for _, titles in one.lists) / sum(below)
        own = RELATED.match(one.form[1:]) is not None
        if not (known >= 0.5 or (own and facts.count >= AT_LEAST)) or not may_be_item(one.example.rstrip(":")):
            return None
        over_another = sum(at + 1 in self._lines.get(page, ()) for page, at in one.places)
        if 2 * over_another > len(one.places) or self._count(one) < FEW:
            return None
        longest = max(below) if known >= 0.5 else sorted(below)[len(below) // 2]
        items = min(MAX_ITEMS, longest)
        return Rule(one.form, "list", "anywhere", one.host, items), "stands over a list of other articles"

    def _biography(self, one: Sightings, facts: _Facts) -> tuple[Rule, str] | None:
        """What stands under the articles of an author and names them; of several, where they are introduced alike."""
        if AUTHOR not in one.form or facts.words < LONG or facts.place.end < MOSTLY:
            return None
        if self._count(one) < (FEW if one.form[0] == "=" else AT_LEAST):
            return None
        return Rule(one.form, where="end", host=one.host), INTRODUCES


def _places(found: Iterable[Sightings], lists: Collection[int] = ()) -> dict[int, set[int]]:
    """Where these lines stand: places by page; with the lines below those that stand over lists."""
    places: dict[int, set[int]] = {}
    for one in found:
        for number, (page, at) in enumerate(one.places):
            below = one.lists[number][0] if id(one) in lists else 0
            places.setdefault(page, set()).update(range(at, at + below + 1))
    return places


def _of_the_site(form: str) -> bool:
    """Whether a line has a word by which a site speaks of itself."""
    count = len(form.split())
    short = count <= MAX_SHORT and (SITE_WORD.search(form) or RELATED.match(form))
    return bool(short or (count <= MAX_SPOKEN and SITE.search(form)))


def _is_phrase(form: str) -> bool:
    """Whether such words are all that it has."""
    return SITE.fullmatch(form.strip("[]()–—-.:*_ ")) is not None


def _edge(place: Place) -> Where:
    if place.start >= NEARLY_ALWAYS:
        return "start" if place.end < MOSTLY else "edges"
    return "end" if place.end >= NEARLY_ALWAYS else "edges"


def _where(place: Place, words: int) -> Where:
    """A long line is the same wherever it stands; a short one counts where it was learnt."""
    if words >= LONG or place.edges < MOSTLY:
        return "anywhere"
    return _edge(place)


def _without_covered(found: Sequence[tuple[Sightings, Finding]]) -> list[tuple[Sightings, Finding]]:
    """Without the rules for single lines all of whose places a more general rule has too."""
    general: dict[tuple[int, int], int] = {}
    for one, _ in found:
        for place in one.places:
            general[place] = max(general.get(place, 0), len(one.places))
    return [
        (one, finding)
        for one, finding in found
        if finding.rule.kind == "list" or not all(general[place] > len(one.places) for place in one.places)
    ]


def _biographies(findings: Sequence[Finding]) -> list[Finding]:
    """Where biographies of several authors begin alike, so will those of others."""
    begins: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        words = finding.rule.form[1:].split()
        if finding.reason == INTRODUCES and words[0] == AUTHOR and len(words) > 1:
            begins.setdefault((finding.rule.host, " ".join(words[:2])), []).append(finding)
    return [
        Finding(
            Rule(f"={begin} ", "bio", "end", host),
            sum(one.articles for one in alike),
            alike[0].of,
            f"{len(alike)} authors are introduced so",
            alike[0].example,
            alike[0].seen_in,
        )
        for (host, begin), alike in begins.items()
        if len(alike) >= FEW
    ]
