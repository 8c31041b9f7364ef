"""Lines of the audit log, and rules, in an editor's words."""

import re
from ast import literal_eval
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from index.audit import AuditLine
from index.snapshot import Snapshot
from service.desk.cards import card_by_id
from service.desk.shown import SLOT_NAMES

MAX_TITLE = 70

_QUOTED = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
"""What Python's `repr` makes of a text."""

_SLOT_WORDS: Mapping[str, str] = {slot: f"“{name}”" for slot, name in SLOT_NAMES.items()}
_SLOTS = re.compile("|".join(map(re.escape, _SLOT_WORDS)))


def told(lines: Sequence[AuditLine], snapshot: Snapshot, now: datetime, here: str | None = None) -> str:
    """What was done, in one sentence: that of the line which says most."""
    first = next((line for line in lines if line.action != "rule.change"), lines[0])
    return sentence(first, snapshot, now, here)


def sentence(line: AuditLine, snapshot: Snapshot, now: datetime, here: str | None = None) -> str:
    """What a line of the audit log tells; `here` is the article on whose page it is told, which need not be named."""
    if line.action == "rule.add":
        return rule_said(line.after, snapshot, now, here)
    if line.action == "rule.remove":
        what = _what(line.before, snapshot, now, here)
        return f"{_kind(line.before, 'Removed the pin of', 'Removed the block of', 'Removed the mark from')} {what}."
    if line.action == "rule.change":
        return f"Changed the {_kind(line.after, 'pin', 'block', 'mark')} of {_what(line.after, snapshot, now, here)}."
    if line.action == "rules.replace":
        gone, come = len(line.before or ()), len(line.after or ())
        return f"Replaced the rules: {line.subject} now, {come} new or changed, {gone} gone or changed."
    if line.action.startswith("boilerplate."):
        return _boilerplate_said(line)
    words = {
        "policy.save": "Saved",
        "policy.restore": "Went back to an older policy, which is now",
        "snapshot.restore": "Went back to the index",
        "desk.sign-in": "Signed in",
        "desk.sign-out": "Signed out",
    }
    said = words.get(line.action, line.action)
    return f"{said}{f' {line.subject}' if line.subject and not line.action.startswith('desk') else ''}."


def _boilerplate_said(line: AuditLine) -> str:
    """What became of lines that the site repeats."""
    if line.action == "boilerplate.learn":
        count = len(line.after or ())
        return f"Learnt {count:,} line{'s' if count != 1 else ''} of boilerplate, left out from then on."
    what = f"“{_cut(str((line.after or {}).get('form', ''))[1:])}”"
    words = {
        "boilerplate.remove": f"Left out {what} as boilerplate.",
        "boilerplate.keep": f"Kept {what} as text.",
    }
    return words.get(line.action, f"Took back what was decided about {what}.")


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TITLE else text[:MAX_TITLE].rstrip() + "…"


def rule_said(record: Mapping[str, Any], snapshot: Snapshot, now: datetime, here: str | None = None) -> str:
    """What a rule's record settles, in a sentence."""
    return f"{_kind(record, 'Pinned', 'Blocked', 'Marked as sensitive')} {_what(record, snapshot, now, here)}."


def in_words(sentence: str, snapshot: Snapshot, now: datetime) -> str:
    """A sentence about a rule, with headlines in place of ids, and slots as the desk calls them."""
    parts = _QUOTED.split(sentence)
    parts[::2] = [_SLOTS.sub(lambda slot: _SLOT_WORDS[slot[0]], part) for part in parts[::2]]
    parts[1::2] = [_headline(quoted, snapshot, now) for quoted in parts[1::2]]
    said = "".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def _headline(quoted: str, snapshot: Snapshot, now: datetime) -> str:
    try:
        article_id = str(literal_eval(quoted))
    except (SyntaxError, ValueError):  # what stands between two apostrophes of a sentence
        return quoted
    return title_of(article_id, snapshot, now) if card_by_id(snapshot, article_id, now) else quoted


def title_of(article_id: str | None, snapshot: Snapshot, now: datetime) -> str:
    """An article's headline in quotation marks; its id where it is not there any more."""
    card = card_by_id(snapshot, article_id, now) if article_id else None
    title = card.title if card is not None else str(article_id)
    return f"“{_cut(title)}”"


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
