"""What an editor settles for each slot, as a TOML file that is validated to the last line."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.article import digest
from recommender.errors import InvalidPolicy

Slot = Literal["also-read", "more-in-section", "background"]
SLOTS: tuple[Slot, ...] = ("also-read", "more-in-section", "background")

MAX_LIMIT = 50

DEFAULT_POLICY = Path(__file__).parent / "default_policy.toml"

_Share = Annotated[float, Field(ge=0, le=1)]
_Weight = Annotated[float, Field(ge=0, le=100)]
_Signed = Annotated[float, Field(ge=-100, le=100)]
_Days = Annotated[float, Field(ge=0, le=100_000)]
_Word = Annotated[str, Field(min_length=1, max_length=2_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Strict):
    """What each feature of `recommender.features` adds to a candidate's log-odds at its greatest; 0 switches one off.

    More likeness never counts against a piece, so weights are not negative; but for a shared column label, which in many
    archives says that two pieces have a form in common and no more.
    """

    meaning: _Weight
    words: _Weight
    pairs: _Weight
    names: _Weight
    title: _Weight
    topics: _Weight
    authors: _Weight
    section: _Weight
    series: _Weight
    column: _Signed
    linked: _Weight
    popular: _Weight
    author_links: _Weight
    clicked: _Weight


class Marked(_Strict):
    """Articles by what they carry: any of these ids, tags, types, authors, or in any of these sections and those below."""

    ids: tuple[_Word, ...] = ()
    tags: tuple[_Word, ...] = ()
    types: tuple[_Word, ...] = ()
    authors: tuple[_Word, ...] = ()
    sections: tuple[_Word, ...] = ()


class SlotPolicy(_Strict):
    """The settings of one slot; `default_policy.toml` says what each is for."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)]
    mode: Literal["default", "background", "latest"]
    age_from: Literal["article", "clock"]
    candidates: Annotated[int, Field(ge=10, le=5_000)]
    window_days: Annotated[float, Field(gt=0, le=100_000)] | None = None
    half_life_days: Annotated[float, Field(gt=0, le=100_000)]
    grace_days: _Days
    floor: Annotated[float, Field(gt=0, le=1)]
    recency: _Weight
    diversity: _Weight
    per_story: Annotated[int, Field(ge=1, le=MAX_LIMIT)]
    own_story: Annotated[int, Field(ge=0, le=MAX_LIMIT)]
    copies: Literal["newest", "original"]
    fallback: tuple[Literal["section", "latest"], ...]
    suggest_sensitive: bool
    on_sensitive: Literal["nothing", "suggestions"]
    mix_languages: bool
    repeats: bool
    never_on: Marked = Marked()
    never_suggest: Marked = Marked()
    apart: tuple[tuple[_Word, _Word], ...] = ()
    """Pairs of tags, types or sections that never stand together, in a list or beside the article."""
    minimum_relevance: Annotated[float, Field(ge=-1, le=4)]
    weights: Weights


@dataclass(frozen=True)
class Policy:
    """A policy for every slot, and for some sections one of their own."""

    slots: Mapping[Slot, SlotPolicy]
    sections: Mapping[tuple[Slot, str], SlotPolicy] = field(default_factory=dict)

    problem: ClassVar[str | None] = None
    """Nothing can be wrong with a policy that was read."""

    def current(self) -> "Policy":
        """Itself: a policy that stays as it is (`recommender.policy_file` has one that follows its file)."""
        return self

    def in_force(self) -> "tuple[Policy, ...]":
        """Itself alone."""
        return (self,)

    def chosen(self, site: str, article_id: str, now: datetime) -> "Policy":
        """Itself, whatever the article."""
        return self

    def for_article(self, slot: Slot, section: str | None) -> SlotPolicy:
        """The settings for an article of that section: those of the nearest section above it that has its own."""
        path = section.casefold().split("/") if section else []
        for depth in range(len(path), 0, -1):
            if (found := self.sections.get((slot, "/".join(path[:depth])))) is not None:
                return found
        return self.slots[slot]

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change whenever a setting does."""
        slots = [f"{slot}={self.slots[slot].model_dump_json()}" for slot in SLOTS]
        sections = [
            f"{slot}/{name}={self.sections[slot, name].model_dump_json()}" for slot, name in sorted(self.sections)
        ]
        return digest(*slots, *sections).hex()[:12]


class Policies(Protocol):
    """Where the policy of the moment comes from: a `Policy` itself, a `PolicyFile` that follows its file, or two that share
    the articles (`SplitPolicies`)."""

    @property
    def problem(self) -> str | None:
        """Why the newest policy is not the one that holds; None when it is."""
        ...

    def current(self) -> Policy:
        """The policy that holds now; of several the first."""
        ...

    def in_force(self) -> tuple[Policy, ...]:
        """All that hold now."""
        ...

    def chosen(self, site: str, article_id: str, now: datetime) -> Policy:
        """The one that an article is answered under at a moment."""
        ...


def load_policy(path: Path | None = None) -> Policy:
    """Read a policy file; what it leaves out is as shipped. None gives the shipped policy.

    Raises `InvalidPolicy` that names the file, the setting, what came and what was expected.
    """
    if path is None:
        return policy_of({}, str(DEFAULT_POLICY))
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidPolicy(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InvalidPolicy(f"{path}: not a TOML file: {error}") from error
    return policy_from_toml(text, str(path))


def policy_from_toml(text: str, name: str = "policy") -> Policy:
    """The policy that a text says; what it leaves out is as shipped. `name` is what messages call it by.

    Raises `InvalidPolicy` that names the setting, what came and what was expected.
    """
    return policy_of(_read(text, name), name)


def policy_of(given: Mapping[str, object], name: str) -> Policy:
    """The policy that tables of settings say, as a TOML file would have them. Raises as `policy_from_toml`."""
    shipped = _read(DEFAULT_POLICY.read_text(encoding="utf-8"), str(DEFAULT_POLICY))
    slots: dict[Slot, SlotPolicy] = {}
    sections: dict[tuple[Slot, str], SlotPolicy] = {}
    for slot in SLOTS:
        content = _over(shipped[slot], _table(name, slot, given.get(slot, {})))
        own = _table(name, f"{slot}: sections", content.pop("sections", {}))
        slots[slot] = _slot(name, slot, content)
        for section, changed in own.items():
            place = f"{slot}.sections.{section}"
            settings = _slot(name, place, _over(content, _table(name, place, changed)))
            sections[slot, section_key(section)] = settings
    return Policy(slots, sections)


def section_key(section: str) -> str:
    """How a policy names a section, whatever its case and the slashes about it."""
    return section.strip("/").casefold()


def _over(base: Any, changed: Mapping[str, Any]) -> dict[str, Any]:
    """The base with some settings changed, tables within it setting by setting."""
    merged = dict(base)
    for name, value in changed.items():
        both_tables = isinstance(value, dict) and isinstance(merged.get(name), dict) and name != "sections"
        merged[name] = _over(merged[name], value) if both_tables else value
    return merged


def _table(name: str, place: str, content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise InvalidPolicy(f"{name}: {place}: expected a table of settings, got {content!r}")
    return content


def _slot(name: str, place: str, content: object) -> SlotPolicy:
    try:
        return SlotPolicy.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        setting = ".".join(str(part) for part in first["loc"])
        expected, got = _expected(first["type"], first["msg"]), repr(first["input"])
        if first["type"] == "missing":
            got = "nothing"
        raise InvalidPolicy(f"{name}: {place}: {setting}: expected {expected}, got {got}") from None


def _expected(kind: str, message: str) -> str:
    """What pydantic says was expected, as the rest of our sentence."""
    if kind == "missing":
        return "a value"
    if kind == "extra_forbidden":
        return "no such setting"
    if kind == "tuple_type":
        return 'a list such as ["one", "two"]'
    return message.removeprefix("Input should be ").removeprefix("a ").split(", unable")[0]


def _read(text: str, name: str) -> dict[str, object]:
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError is one, and so is a number too long to read
        raise InvalidPolicy(f"{name}: not a TOML file: {error}") from error
    if unknown := set(content) - set(SLOTS):
        raise InvalidPolicy(f"{name}: no slot is called {min(unknown)!r}; slots are {', '.join(SLOTS)}")
    return content
