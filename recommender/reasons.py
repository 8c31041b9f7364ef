"""Why a piece is suggested, in an editor's words."""

from collections.abc import Sequence
from datetime import UTC, datetime

from index.segment import UNDATED
from index.snapshot import Snapshot
from index.terms import name_hashes
from recommender.lists import Chosen
from recommender.stories import follows
from recommender.subject import Subject, names_of

MAX_NAMES = 3
COMMON_SHARE = 0.1
"""A name in more than this share of all articles says nothing about two of them."""

SMALL_ARCHIVE = 50

OFTEN_LINKED = 3
"""From so many links on it is worth saying, …"""
LINKED_BY_LIKE = 0.5
"""… and from so much of what counts as all of `linked`."""

OFTEN_CLICKED = 0.5
"""From so much of what counts as all of `clicked` on it is worth saying: twice the clicks that its places explain."""


MONTHS = (
    ("january", "february", "march", "april", "may", "june", "july"),
    ("august", "september", "october", "november", "december"),
    ("januar", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember"),
)
DAYS = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
)
CALENDAR = frozenset(word + ending for words in (*MONTHS, *DAYS) for word in words for ending in ("", "s"))
"""Capitalised words that name no one and no place."""


def reasons_for(snapshot: Snapshot, subject: Subject, row: int, chosen: Chosen) -> tuple[str, ...]:
    """Up to eight short sentences, the most telling first; empty when only the sense of the words is alike."""
    segment, local = snapshot.place(row)
    card = segment.card(local)
    reasons: list[str] = []
    if subject.series and card.get("series") == subject.series:
        reasons.append(f"Same series: {subject.series}")
    if chosen.own_story:
        later = follows(subject.published_at, int(segment.published[local]))
        reasons.append("Follow-up on the same story" if later else "Earlier on the same story")
    if shared := _telling(snapshot, subject.names, names_of(snapshot, row)):
        reasons.append(f"Both mention {_listed(shared)}")
    if chosen.linked >= LINKED_BY_LIKE:
        reasons.append("Editors linked to it from articles like this one")
    elif chosen.linkers >= OFTEN_LINKED:
        reasons.append(f"Editors linked to it {chosen.linkers} times")
    if chosen.clicked >= OFTEN_CLICKED:
        reasons.append("Readers choose it more often than its place explains")
    if tags := [tag for tag in subject.tags if tag in card.get("tags", ())]:
        reasons.append(f"Same topic: {_listed(tags[:MAX_NAMES])}")
    elif subject.section and card.get("section") == subject.section:
        reasons.append(f"Same section: {subject.section}")
    if authors := [author for author in subject.authors if author in card.get("authors", ())]:
        reasons.append(f"Same author: {_listed(authors[:MAX_NAMES])}")
    if when := _when(subject.published_at, int(segment.published[local])):
        reasons.append(when)
    return tuple(reasons)


def _telling(snapshot: Snapshot, names: Sequence[str], others: Sequence[str]) -> list[str]:
    """The shared names that fewest other articles have, in that order; none that everybody has."""
    theirs = {other.lower() for other in others} - CALENDAR
    spelled = {name.lower(): name for name in reversed(names)}
    shared = [name for lower, name in reversed(spelled.items()) if lower in theirs]
    frequency = snapshot.lexical.document_frequency(name_hashes(shared))
    limit = max(SMALL_ARCHIVE, snapshot.lexical.articles) * COMMON_SHARE
    ranked = sorted((int(count), at) for at, count in enumerate(frequency) if count <= limit)
    return [shared[at] for _, at in ranked[:MAX_NAMES]]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _when(subject: datetime | None, published: int) -> str | None:
    if subject is None or published == UNDATED:
        return None
    days = (subject.date() - datetime.fromtimestamp(published, UTC).date()).days
    if days == 0:
        return "Published the same day"
    number, unit = next((abs(days) // size, unit) for size, unit in _UNITS if abs(days) >= size)
    return f"Published {number} {unit}{'s' if number > 1 else ''} {'earlier' if days > 0 else 'later'}"


_UNITS = ((365, "year"), (30, "month"), (7, "week"), (1, "day"))
