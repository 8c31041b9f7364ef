"""The gate's check for what editors pinned: does the new snapshot still hold it?"""

from datetime import datetime

from index.catalogue import Catalogue, Place
from index.change_log import taken_down_since
from index.errors import CatalogueMissing
from index.gate import Change, Check, Finding
from index.rules import Rule, read_rules

LINE = "pins"

FEWEST_PINS = 3
"""Fewer lost pins are said, and hold no rebuild back."""

WAIT_SECONDS = 10.0

SHOWN = 3


def pins_check(place: Place, now: datetime, max_loss: float) -> Check:
    """A check that counts the pins whose article the new snapshot does not have any more, though nobody took it down. More
    than a share `max_loss` of them is refused; fewer are shown."""

    def check(change: Change) -> Finding | None:
        old, new = change.old_snapshot, change.new_snapshot
        if old is None or new is None or not change.removed:
            return None
        pins, taken_down = _settled(place, now)
        held = [pin for pin in pins if pin.item_id and old.row_of_id(pin.item_id) is not None]
        lost = [pin for pin in held if pin.item_id not in taken_down and new.row_of_id(pin.item_id or "") is None]
        if not lost:
            return None
        refused = len(lost) >= FEWEST_PINS and len(lost) > max_loss * len(held)
        share = f"{len(lost) / len(held):.0%}; at most {max_loss:.0%} may be"
        reason = f"the articles of {len(lost):,} of {len(held):,} pins would be lost ({share})" if refused else None
        named = sorted({pin.item_id or "" for pin in lost})
        said = f"{len(lost):,} of {len(held):,} lose their article: {', '.join(named[:SHOWN])}"
        more = ", …" if len(named) > SHOWN else ""
        return Finding((LINE,), reason, said + more, {"before": len(held), "lost": len(lost)})

    return check


def _settled(place: Place, now: datetime) -> tuple[list[Rule], set[str]]:
    """The pins that hold, and the articles that people took down; a rebuild of ours has the catalogue's schema up to date."""
    try:
        with Catalogue.open_existing(place, WAIT_SECONDS) as catalogue:
            pins = [rule for rule in read_rules(catalogue.engine).rules if rule.kind == "pin" and rule.holds(now)]
            return pins, taken_down_since(catalogue.engine, 0) if pins else set()
    except CatalogueMissing:
        return [], set()
