"""Removing furniture from articles by the rules that were learnt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.article import Article
from index.boilerplate.forms import AUTHOR, SECTION, Line, host_of, lines_of, plain, says_something, without_bullet
from index.boilerplate.phrases import RELATED
from index.boilerplate.rules import NO_RULES, Rule, RuleSet

NEAR, NEAR_SHARE = 3, 4
"""A line is near an edge of a text where fewer than so many other lines stand between, furniture not counted; in a short
text less than a fourth of them, and always none."""

MAX_ITEM = 160
"""Characters of a line that may be the headline of another article."""

MAX_SECTION = 3
"""Words of a section's name."""

MAX_LAST = 300
"""… among others that are."""

_ENDS = (".", ":", ";", ",", "”", '"', "»", "…")


@dataclass(frozen=True, slots=True)
class Cut:
    """A line that is removed, by which rule, and how many characters it has."""

    at: int
    line: str
    rule: Rule


@dataclass(frozen=True)
class _Book:
    """The rules for one host, by what they are looked up by."""

    lines: dict[str, Rule]
    labels: dict[str, Rule]
    bios: tuple[tuple[str, Rule], ...]
    heads: tuple[tuple[str, Rule], ...]
    """How the heads of lists begin that name a section: another section's list begins so too."""
    numbered: bool
    credited: bool
    """Whether any rule needs this form, which takes time to work out."""

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "_Book":
        lines: dict[str, Rule] = {}
        labels: dict[str, Rule] = {}
        bios: list[tuple[str, Rule]] = []
        for rule in rules:
            if rule.kind == "label":
                labels[rule.form[1:]] = rule
            elif rule.kind == "bio":
                bios.append((rule.form[1:], rule))
            else:
                lines[rule.form] = rule
        kinds = {form[0] for form in lines}
        heads = [(form[1:].removesuffix(SECTION), rule) for form, rule in lines.items() if _names_section(rule)]
        return cls(lines, labels, _in_order(bios), _in_order(heads), "#" in kinds, "@" in kinds)

    def match(self, line: Line) -> Rule | None:
        rule = self.lines.get(f"={line.exact}")
        if rule is None and self.numbered and line.numbered:
            rule = self.lines.get(f"#{line.numbered}")
        if rule is None and self.credited and line.credited:
            rule = self.lines.get(f"@{line.credited}")
        if rule is not None:
            return rule
        for begins, head in self.heads:
            if line.exact.startswith(begins) and len(line.exact.split()) <= len(begins.split()) + MAX_SECTION:
                return head
        if self.labels and (label := label_of(line)) is not None:
            return self.labels.get(label)
        return None


def _in_order(found: Sequence[tuple[str, Rule]]) -> tuple[tuple[str, Rule], ...]:
    return tuple(sorted(found, key=lambda one: one[0]))


def _names_section(rule: Rule) -> bool:
    """Whether a rule is for the head of a list that ends with the article's section, after words that tell what it is."""
    begins = rule.form[1:].removesuffix(f" {SECTION}")
    return rule.kind == "list" and begins != rule.form[1:] and RELATED.match(begins) is not None


class Cleaner:
    """Removes furniture by one set of rules. Any number of threads may use it."""

    def __init__(self, rule_set: RuleSet = NO_RULES) -> None:
        self.rule_set = rule_set
        hosts = {rule.host for rule in rule_set.rules} - {"*"}
        everywhere = [rule for rule in rule_set.rules if rule.host == "*"]
        self._everywhere = _Book.of(everywhere) if everywhere else None
        self._books = {host: _Book.of([*everywhere, *(r for r in rule_set.rules if r.host == host)]) for host in hosts}

    @property
    def number(self) -> int:
        """Of its set of rules."""
        return self.rule_set.number

    def clean(self, article: Article) -> Article:
        """The article without furniture in its text; itself where it has none. Its title and all else stay as they are."""
        cuts = self.cuts(article)
        return replace(article, text=_joined(article.text, {cut.at for cut in cuts})) if cuts else article

    def cuts(self, article: Article) -> Sequence[Cut]:
        """The lines that are removed from an article, in their order."""
        book = self._books.get(host_of(article), self._everywhere) if self.rule_set.rules else None
        if book is None or not article.text:
            return ()
        lines = lines_of(article)
        matched = [book.match(line) for line in lines]
        if not book.bios and not any(matched):
            return ()
        taken = _take_lists(lines, matched)
        _take_bios(lines, taken, book.bios)
        return [Cut(at, lines[at].raw, rule) for at, rule in sorted(_where_they_count(len(lines), taken))]


def _take_lists(lines: Sequence[Line], matched: Sequence[Rule | None]) -> dict[int, Rule]:
    """The lines that rules match, and below those over a list its items."""
    taken = {at: rule for at, rule in enumerate(matched) if rule is not None}
    for at, rule in list(taken.items()):
        if rule.kind == "list":
            taken.update(dict.fromkeys(_items(lines, taken, at, rule.items), rule))
    return taken


def _items(lines: Sequence[Line], taken: dict[int, Rule], at: int, most: int) -> Sequence[int]:
    """The places of a list's items: all up to the next furniture or the end, where that is near and most of them look like
    headlines; else those that do, up to the first that does not."""
    stop = next((below for below in range(at + 1, len(lines)) if below in taken), len(lines))
    below = range(at + 1, min(stop, at + 1 + most))
    alike = [may_be_item(lines[place].raw) for place in below]
    if (
        below.stop == stop
        and 2 * sum(alike) >= len(alike)
        and all(len(lines[place].raw) <= MAX_LAST for place in below)
    ):
        return below
    return below[: alike.index(False)] if False in alike else below


def _take_bios(lines: Sequence[Line], taken: dict[int, Rule], bios: Sequence[tuple[str, Rule]]) -> None:
    """Among the last lines those that tell of the author."""
    left = 0
    for at in range(len(lines) - 1, -1, -1):
        if at in taken:
            continue
        low = lines[at].exact
        found = next((rule for begins, rule in bios if low.startswith(begins)), None) if AUTHOR in low else None
        if found is not None:
            taken[at] = found
            continue
        left += 1
        if left >= 2:
            return


def _where_they_count(count: int, taken: dict[int, Rule]) -> Iterable[tuple[int, Rule]]:
    """Those taken lines that stand where their rule holds."""
    before, total = 0, count - len(taken)
    near = near_edge(total)
    for at in range(count):
        rule = taken.get(at)
        if rule is None:
            before += 1
            continue
        near_start, near_end = before < near, total - before < near
        holds = {
            "anywhere": True,
            "start": near_start,
            "end": near_end,
            "edges": near_start or near_end,
        }
        if holds[rule.where]:
            yield at, rule


def near_edge(lines: int) -> int:
    """How near an edge a line must stand in a text of so many other lines: fewer of them than this are between."""
    return max(1, min(NEAR, lines // NEAR_SHARE))


def _joined(text: str, gone: set[int]) -> str:
    """The text without these of its lines; of the blank lines around each one gap stays."""
    kept: list[str] = []
    number = -1
    dropped = False
    for raw in text.split("\n"):
        if says_something(raw):
            number += 1
            if number in gone:
                dropped = True
                continue
            dropped = False
        elif dropped and (not raw.strip()) and (not kept or not kept[-1].strip()):
            continue
        kept.append(raw)
    return "\n".join(kept).strip("\n")


def label_of(line: Line) -> str | None:
    """What stands before a line's first colon, of one to four words; None where nothing does or nothing follows."""
    head, colon, rest = line.exact.partition(":")
    return f"{head}:" if colon and rest.strip() and 1 <= len(head.split()) <= 4 and len(head) <= 40 else None


def may_be_item(raw: str) -> bool:
    """Whether a line may be an item of a list of other articles: short, and no sentence."""
    text = without_bullet(raw.strip())
    return len(text) <= MAX_ITEM and not text.endswith(_ENDS) and bool(plain(text))


NO_CLEANER = Cleaner()
"""Leaves every article as it is."""
