"""The gate: checks between a new snapshot and its publication.

A check is a function of the change that gives a sentence when it must not be published.
`service` may pass further checks, such as those that need ranking or pins.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much a snapshot holds; `sections` counts articles by top-level section."""

    articles: int
    vectors: int
    sections: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """From the serving snapshot (None on the first rebuild) to the new one."""

    old: Holdings | None
    new: Holdings
    removed: int
    """How many articles of the old one the new one does not have, by id."""


Check = Callable[[Change], str | None]

DEFAULT_MAX_LOSS = 0.2

SMALL_SECTION = 5
"""Sections of fewer articles may come and go."""


def not_empty(change: Change) -> str | None:
    """An archive without a single article is a mistake of its source."""
    return None if change.new.articles else "the sources hold no article"


def articles_lost(change: Change, max_loss: float = DEFAULT_MAX_LOSS) -> str | None:
    """At most a share of the articles may go, however many others come."""
    return _lost("articles", change.removed, change.old.articles if change.old else 0, max_loss)


def vectors_lost(change: Change, max_loss: float = DEFAULT_MAX_LOSS) -> str | None:
    """At most a share of the articles may lose the vector by which their meaning is found."""
    before = change.old.vectors if change.old else 0
    return _lost("vectors", before - change.new.vectors, before, max_loss)


def sections_lost(change: Change) -> str | None:
    """No section of some size may vanish."""
    gone = [
        f"{name!r} ({count:,})"
        for name, count in sorted((change.old.sections if change.old else {}).items())
        if count >= SMALL_SECTION and name and not change.new.sections.get(name)
    ]
    return f"sections would vanish: {', '.join(gone)}" if gone else None


def default_checks(max_loss: float = DEFAULT_MAX_LOSS) -> tuple[Check, ...]:
    """The checks of every rebuild."""
    return (
        not_empty,
        partial(articles_lost, max_loss=max_loss),
        partial(vectors_lost, max_loss=max_loss),
        sections_lost,
    )


def failures(checks: tuple[Check, ...], change: Change) -> tuple[str, ...]:
    """One sentence for each check that fails, in their order."""
    return tuple(reason for check in checks if (reason := check(change)))


def _lost(what: str, lost: int, before: int, max_loss: float) -> str | None:
    if lost <= before * max_loss:
        return None
    return f"{lost:,} of {before:,} {what} would be lost ({lost / before:.0%}; at most {max_loss:.0%} may be)"
