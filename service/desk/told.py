"""Lines of the audit log, and rules, in an editor's words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from index.audit import AuditLine
from index.snapshot import Snapshot
from service.desk.cards import card_by_id
from service.desk.shown import SLOT_NAMES

MAX_TITLE = 70


def told(lines: Sequence[AuditLine], snapshot: Snapshot, now: datetime, here: str | None = None) -> str:
    """What was done, in one sentence: that of the line which says most."""
    first = next((line for line in lines if line.action != "rule.change"), lines[0])
    return sentence(first, snapshot, now, here)


def sentence(line: AuditLine, snapshot: Snapshot, now: datetime, here: str | None = None) -> str:
    """What a line of the audit log tells; `here` is the article on whose page it is told, which need not be named."""
    if line.action == "rule.add":
        return (
            f"{_kind(line.after, 'Pinned', 'Blocked', 'Marked as sensitive')} {_what(line.after, snapshot, now, here)}."
        )
    if line.action == "rule.remove":
        what = _what(line.before, snapshot, now, here)
        return f"{_kind(line.before, 'Removed the pin of', 'Removed the block of', 'Removed the mark from')} {what}."
    if line.action == "rule.change":
        return f"Changed the {_kind(line.after, 'pin', 'block', 'mark')} of {_what(line.after, snapshot, now, here)}."
    if line.action == "rules.replace":
        gone, come = len(line.before or ()), len(line.after or ())
        return f"Replaced the rules: {line.subject} now, {come} new or changed, {gone} gone or changed."
    words = {
        "policy.save": "Saved",
        "policy.restore": "Went back to an older policy, which is now",
        "snapshot.restore": "Went back to the index",
        "desk.sign-in": "Signed in",
        "desk.sign-out": "Signed out",
    }
    said = words.get(line.action, line.action)
    return f"{said}{f' {line.subject}' if line.subject and not line.action.startswith('desk') else ''}."


def title_of(article_id: str | None, snapshot: Snapshot, now: datetime) -> str:
    """An article's headline in quotation marks; its id where it is not there any more."""
    card = card_by_id(snapshot, article_id, now) if article_id else None
    title = card.title if card is not None else str(article_id)
    return f"“{title if len(title) <= MAX_TITLE else title[:MAX_TITLE].rstrip() + '…'}”"


def _kind(record: Mapping[str, Any], pin: str, block: str, sensitive: str) -> str:
    return {"pin": pin, "block": block}.get(record["kind"], sensitive)


def _what(record: Mapping[str, Any], snapshot: Snapshot, now: datetime, here: str | None) -> str:
    item = title_of(record.get("item_id"), snapshot, now)
    if record["kind"] == "pin":
        where = next((f"in {name}" for slot, name in SLOT_NAMES.items() if slot == record.get("slot")), "in every slot")
        beside = record.get("article_id")
        there = "" if beside == here else f", beside {title_of(beside, snapshot, now)}"
        return f"{item} at {record.get('position')} {where}{there}"
    if record["kind"] == "block":
        beside = record.get("article_id")
        if beside is None:
            return f"{item} everywhere"
        return f"{item} {'here' if beside == here else f'beside {title_of(beside, snapshot, now)}'}"
    return item
