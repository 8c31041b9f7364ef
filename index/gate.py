"""The gate: checks between a new snapshot and its publication, and the difference that it prints.

A check is a function of the change that gives a sentence, or a `Finding`, when it must not be published.
`service` may pass further checks, such as those that need ranking or pins.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.snapshot import Recipe, Snapshot


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much a snapshot holds; `sections` counts articles by top-level section."""

    articles: int
    vectors: int
    sections: Mapping[str, int]

    def without(self, articles: int) -> "Holdings":
        """The same without so many articles: what people took down through the API is not held against a rebuild."""
        return Holdings(self.articles - articles, max(self.vectors - articles, 0), self.sections)


@dataclass(frozen=True, slots=True)
class Change:
    """From the serving snapshot (None on the first rebuild) to the new one."""

    old: Holdings | None
    new: Holdings
    removed: int
    """How many articles of the old one the new one does not have, by id; …"""
    added: int = 0
    """… how many it has that the old one does not; …"""
    changed: int = 0
    """… and how many of both come out differently."""
    made_with: "tuple[Recipe | None, Recipe] | None" = None
    """The recipes of both, where they are known."""
    old_snapshot: "Snapshot | None" = None
    new_snapshot: "Snapshot | None" = None
    """Both, to be looked into; None for a new one that was not built, as on a dry run."""

    @property
    def same_recipe(self) -> bool:
        """False: model, text or terms are other ones, and all lists change by design."""
        return self.made_with is None or self.made_with[0] in (None, self.made_with[1])


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to show."""

    about: tuple[str, ...]
    """The lines of the difference that it is about: `articles`, `vectors`, `section NAME`, or one of its own."""
    reason: str | None = None
    """Why the change must not be published; None where it may be."""
    shown: str | None = None
    """What stands in a line of its own, for people; None where it needs none."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """The same for programs."""


Check = Callable[[Change], Finding | str | None]


@dataclass(frozen=True, slots=True)
class Count:
    """A number before and after."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new snapshot changes, for people to read before it is published."""

    articles: Count
    added: int
    removed: int
    changed: int
    vectors: Count
    sections: Mapping[str, Count]
    """The sections whose count changed: those that lost most first, then those that gained most."""
    made_with: Mapping[str, tuple[object, object]]
    """Before and after of what the rows are made with (`model`, `dimension`, `text`, `terms`), where that differs."""
    findings: tuple[Finding, ...]
    """What the checks have to show, in their order."""
    first: bool = False
    """True: there was nothing before."""

    @property
    def refusals(self) -> tuple[str, ...]:
        """One sentence for each check that failed, in their order."""
        return tuple(finding.reason for finding in self.findings if finding.reason)


DEFAULT_MAX_LOSS = 0.2

DEFAULT_KEEP = 5
MIN_KEEP = 2
"""Generations that stay: the published one, and at least one to go back to should the gate have let through too much."""

SMALL_SECTION = 5
"""Sections of fewer articles may come and go."""


def not_empty(change: Change) -> Finding | None:
    """An archive without a single article is a mistake of its source."""
    return None if change.new.articles else Finding(("articles",), "the sources hold no article")


def articles_lost(change: Change, max_loss: float = DEFAULT_MAX_LOSS) -> Finding | None:
    """At most a share of the articles may go, however many others come."""
    return _lost("articles", change.removed, change.old.articles if change.old else 0, max_loss)


def vectors_lost(change: Change, max_loss: float = DEFAULT_MAX_LOSS) -> Finding | None:
    """At most a share of the articles may lose the vector by which their meaning is found."""
    before = change.old.vectors if change.old else 0
    return _lost("vectors", before - change.new.vectors, before, max_loss)


def sections_lost(change: Change) -> Finding | None:
    """No section of some size may vanish."""
    gone = {
        name: count
        for name, count in sorted((change.old.sections if change.old else {}).items())
        if count >= SMALL_SECTION and name and not change.new.sections.get(name)
    }
    if not gone:
        return None
    said = ", ".join(f"{name!r} ({count:,})" for name, count in gone.items())
    return Finding(tuple(section_line(name) for name in gone), f"sections would vanish: {said}")


def section_line(name: str) -> str:
    """What the difference calls the line of a section."""
    return f"section {name}" if name else "no section"


def default_checks(max_loss: float = DEFAULT_MAX_LOSS) -> tuple[Check, ...]:
    """The checks of every rebuild."""
    return (
        not_empty,
        partial(articles_lost, max_loss=max_loss),
        partial(vectors_lost, max_loss=max_loss),
        sections_lost,
    )


def judge(checks: Sequence[Check], change: Change) -> Difference:
    """The difference, with what the checks say to it."""
    said = [check(change) for check in checks]
    old = change.old or Holdings(0, 0, {})
    return Difference(
        articles=Count(old.articles, change.new.articles),
        added=change.added,
        removed=change.removed,
        changed=change.changed,
        vectors=Count(old.vectors, change.new.vectors),
        sections=_changed_sections(old.sections, change.new.sections),
        made_with=_changed_recipe(change),
        findings=tuple(Finding((), one) if isinstance(one, str) else one for one in said if one),
        first=change.old is None,
    )


def _changed_sections(old: Mapping[str, int], new: Mapping[str, int]) -> dict[str, Count]:
    counts = {name: Count(old.get(name, 0), new.get(name, 0)) for name in {*old, *new}}
    changes = [(count.after - count.before, name) for name, count in counts.items() if count.before != count.after]
    losses_first = sorted(changes, key=lambda item: (min(item[0], 0), -item[0], item[1]))
    return {name: counts[name] for _, name in losses_first}


def _changed_recipe(change: Change) -> dict[str, tuple[object, object]]:
    if change.same_recipe or change.made_with is None:
        return {}
    old, new = change.made_with
    both = {name: (getattr(old, name), getattr(new, name)) for name in ("model", "dimension", "text", "terms")}
    return {name: values for name, values in both.items() if values[0] != values[1]}


def _lost(what: str, lost: int, before: int, max_loss: float) -> Finding | None:
    if lost <= before * max_loss:
        return None
    reason = f"{lost:,} of {before:,} {what} would be lost ({lost / before:.0%}; at most {max_loss:.0%} may be)"
    return Finding((what,), reason)
