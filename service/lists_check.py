"""The gate's check that needs ranking: do readers still get much the same lists?"""

from collections.abc import Callable
from datetime import datetime

from index.gate import Change, Check, Finding
from recommender.list_changes import ListChanges, compare_lists
from recommender.policy import Policy

LINE = "lists"

FEWEST_LISTS = 30
"""Fewer say too little to hold a rebuild back."""

MOSTLY_NEW = 1 / 3
"""Where a greater share of the articles is new, other lists are what was asked for."""


def lists_check(
    policy: Policy, now: datetime, max_change: float, tell: Callable[[str, int, int | None], None]
) -> Check:
    """A check that compares a sample of lists in both snapshots, and shows what came out; `tell` hears how far it is.

    It says nothing where there is no snapshot to compare with, as on a dry run, or nothing changed that lists depend on.
    A change of model or text recipe changes lists by design: it is shown, and not held against.
    """

    def check(change: Change) -> Finding | None:
        old, new = change.old_snapshot, change.new_snapshot
        untouched = change.same_recipe and not (change.added or change.removed or change.changed)
        if old is None or new is None or untouched:
            return None
        found = compare_lists(old, new, policy, now, lambda done, total: tell("comparing lists", done, total))
        if not found.compared:
            return None
        by_design = not change.same_recipe or change.added > MOSTLY_NEW * change.new.articles
        held = not by_design and found.compared >= FEWEST_LISTS and 1 - found.items_kept > max_change
        return Finding((LINE,), _reason(found, max_change) if held else None, _shown(found), _figures(found))

    return check


def _reason(found: ListChanges, max_change: float) -> str:
    return (
        f"{1 - found.items_kept:.0%} of the suggestions in {found.compared:,} lists would change "
        f"(at most {max_change:.0%} may)"
    )


def _shown(found: ListChanges) -> str:
    return f"{found.items_kept:.0%} of items stay; {found.changed:.0%} of {found.compared:,} lists differ"


def _figures(found: ListChanges) -> dict[str, float]:
    return {
        "compared": found.compared,
        "changed": round(found.changed, 4),
        "items_kept": round(found.items_kept, 4),
    }
