"""What is known of a site's furniture: rules, each for a form of line, and sets of them that articles are read with."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Literal, get_args

import orjson

Kind = Literal["line", "label", "list", "bio"]
"""`line`: the line itself. `label`: whatever stands after it on its line goes too. `list`: the lines of a list below it go
too. `bio`: lines at the end that begin with the name of the article's own author and these words."""

KINDS: tuple[Kind, ...] = get_args(Kind)

Where = Literal["start", "end", "edges", "anywhere"]
"""Where in a text a line counts as furniture: among the first lines, the last ones, either, or all."""

WHERES: tuple[Where, ...] = get_args(Where)


@dataclass(frozen=True, slots=True)
class Rule:
    """A form of line that is removed before an article is embedded and its terms are counted."""

    form: str
    """As `index.boilerplate.forms` writes it; its first character says how strictly: `=` word for word, `#` with numbers
    masked, `@` with names masked."""
    kind: Kind = "line"
    where: Where = "anywhere"
    host: str = ""
    """The site whose articles it holds for; empty for those without an address, `*` for all."""
    items: int = 0
    """Of a `list`: so many lines below it may belong to it."""

    @property
    def id(self) -> str:
        """Ten characters that name it: of its host, its kind and its form."""
        return blake2b(
            "\0".join((self.host, self.kind, self.form)).encode("utf-8", "surrogatepass"), digest_size=5
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was learnt, and what speaks for it."""

    rule: Rule
    articles: int
    """How many articles have the line, of those that were looked at."""
    of: int
    """How many articles of that host were looked at."""
    reason: str
    """Why it was taken for furniture, in a few words."""
    example: str
    """The line as it stands in one article."""
    seen_in: tuple[str, ...] = ()
    """Ids of a few articles that have it."""

    @property
    def share(self) -> float:
        """Of the host's articles, 0 to 1."""
        return self.articles / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that one recipe reads articles with; number 0 is that without any."""

    number: int = 0
    rules: tuple[Rule, ...] = ()

    def dump(self) -> bytes:
        """The rules as JSON, in the order of their ids."""
        return orjson.dumps([asdict(rule) for rule in sorted(self.rules, key=lambda one: one.id)])

    @classmethod
    def load(cls, number: int, raw: bytes) -> "RuleSet":
        """Rules that `dump` wrote. Raises `ValueError` for anything else."""
        return cls(number, tuple(rule_of(record) for record in orjson.loads(raw)))

    def same(self, others: Iterable[Rule]) -> bool:
        """Whether these are exactly the same rules."""
        return set(self.rules) == set(others)


def rule_of(record: dict[str, Any]) -> Rule:
    """A rule out of its JSON. Raises `ValueError` for what is none."""
    try:
        rule = Rule(**record)
    except TypeError as error:
        raise ValueError(f"expected a rule, got {str(record)[:200]}: {error}") from None
    if rule.kind not in KINDS or rule.where not in WHERES or rule.form[:1] not in ("=", "#", "@"):
        raise ValueError(f"expected a rule of one of {KINDS}, {WHERES}, got {str(record)[:200]}")
    return rule


NO_RULES = RuleSet()


def without(rules: Sequence[Rule], ids: Iterable[str]) -> tuple[Rule, ...]:
    """Those rules that are not named."""
    out = set(ids)
    return tuple(rule for rule in rules if rule.id not in out)
