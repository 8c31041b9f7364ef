"""`Recommender`: answers *also read*, *more in section* and *background* for an indexed article."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

import numpy as np

from index.article import digest
from index.retrieval import newest
from index.snapshot import Snapshot
from index.urls import canonical_url
from index.vector_index import Filter
from recommender.candidates import find_candidates
from recommender.errors import UnknownArticle
from recommender.policy import Policy, Slot, SlotPolicy
from recommender.ranking import in_order, rank
from recommender.reasons import reasons_for
from recommender.subject import Subject, subject_of_row

Origin = Literal["similar", "section", "latest"]


class Index(Protocol):
    """Where snapshots come from."""

    problem: str | None
    """Why the newest snapshot is not the one that is given; None when it is."""

    def snapshot(self) -> Snapshot: ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked besides the article: None leaves a setting to the policy. Times are aware; `now` is the clock."""

    now: datetime
    limit: int | None = None
    exclude: frozenset[str] = frozenset()
    max_age: timedelta | None = None
    before: datetime | None = None
    """Only pieces published before this moment."""
    languages: frozenset[str] | None = None
    fallback: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One item of an answer. `card` is what may be shown of the article; `score` 0 to 1, 0 where it fills up."""

    id: str
    card: dict[str, Any]
    score: float
    source: Origin
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A list of suggestions, best first, and how it came about."""

    article_id: str
    article: dict[str, Any]
    slot: Slot
    items: tuple[Suggestion, ...]
    fallback: str | None
    """Why the list is not, or not only, what was asked for; None when it is."""
    list_id: str
    generation: str


class Recommender:
    """Answers from whatever snapshot is live, under one policy; safe for any number of threads."""

    def __init__(self, index: Index, policy: Policy, site: str = "default") -> None:
        self.index = index
        self.policy = policy
        self.site = site

    def also_read(self, located: "Located", question: Question) -> Answer:
        """The pieces that an editor would have picked to read next."""
        return self.suggest("also-read", located, question)

    def more_in_section(self, located: "Located", question: Question) -> Answer:
        """The best of the article's top-level section; it never leaves it."""
        return self.suggest("more-in-section", located, question)

    def locate_id(self, article_id: str, now: datetime) -> "Located":
        """The article of that id. Raises `UnknownArticle`, also for one that is not published by `now`."""
        snapshot = self.index.snapshot()
        row = snapshot.row_of_id(article_id)
        if row is None or not _visible(snapshot, row, now):
            raise UnknownArticle(f"no article has the id {article_id[:200]!r}")
        return Located(snapshot, row)

    def locate_url(self, url: str, now: datetime) -> "Located":
        """The article at that address: of several the newest, before those that have since moved away.

        Raises `UnknownArticle`, and `ValueError` for what is not an address.
        """
        snapshot = self.index.snapshot()
        found = [item for item in snapshot.rows_of_url(canonical_url(url)) if _visible(snapshot, item[0], now)]
        if not found:
            raise UnknownArticle(f"no article has the address {url[:500]!r}")
        rows = np.array([row for row, _ in found], dtype=np.int64)
        published = snapshot.take("published", rows)
        best = min(range(len(found)), key=lambda at: (found[at][1], -int(published[at]), snapshot.id_of(found[at][0])))
        return Located(snapshot, found[best][0])

    def suggest(self, slot: Slot, located: "Located", question: Question) -> Answer:
        """The answer for one slot. Age is reckoned to the hour, so that an answer holds for an hour."""
        snapshot = located.snapshot
        subject = subject_of_row(snapshot, located.row)
        items, fallback = suggest_for(snapshot, subject, slot, self.policy.slots[slot], question)
        card = _card(snapshot, located.row)
        list_id = digest(self.site, slot, subject.id, self.policy.version, *(item.id for item in items)).hex()[:16]
        return Answer(subject.id, card, slot, items, fallback, list_id, snapshot.generation)


@dataclass(frozen=True, slots=True)
class Located:
    """An article found in a snapshot; the answer is made from the same one."""

    snapshot: Snapshot
    row: int


def suggest_for(
    snapshot: Snapshot, subject: Subject, slot: Slot, policy: SlotPolicy, question: Question
) -> tuple[tuple[Suggestion, ...], str | None]:
    """The items for any subject, draft or indexed, best first, and why they are fewer or other than asked for."""
    if subject.sensitive and policy.on_sensitive == "nothing":
        return (), "the article is marked sensitive, and the policy shows nothing beside such"
    if slot == "more-in-section" and subject.top_section is None:
        return (), "the article has no section"
    limit = question.limit or policy.limit
    keep = filter_for(snapshot, subject, slot, policy, question)
    chosen = _related(snapshot, subject, keep, policy, question, limit)
    fallback = None
    if len(chosen) < limit and question.fallback and policy.fallback:
        chosen, fallback = _filled_up(snapshot, subject, keep, policy, limit, chosen)
    items = tuple(
        Suggestion(snapshot.id_of(row), _card(snapshot, row), score, source, reasons_for(snapshot, subject, row))
        for row, score, source in chosen
    )
    if slot == "more-in-section" and not items:
        fallback = f"the section {subject.top_section!r} has no other article to show"
    if slot == "more-in-section":
        items = tuple(replace(item, source="section") for item in items)
    return items, fallback


def filter_for(snapshot: Snapshot, subject: Subject, slot: Slot, policy: SlotPolicy, question: Question) -> Filter:
    """What may be suggested at all: every bound that the subject, the slot, the policy and the request set."""
    reference = reference_time(snapshot, subject, policy, question.now)
    window = timedelta(days=policy.window_days) if policy.window_days is not None else None
    ages = [age for age in (window, question.max_age) if age is not None]
    before = question.before
    if policy.mode == "background" and subject.published_at is not None:
        before = min(filter(None, (before, subject.published_at)))
    languages = question.languages
    if languages is None and subject.lang and not policy.mix_languages:
        languages = frozenset({subject.lang.split("-")[0]})
    return Filter(
        visible_at=question.now,
        section=subject.top_section if slot == "more-in-section" else None,
        published_from=_earlier(reference, min(ages)) if ages else None,
        published_to=before,
        languages=languages,
        excluded_ids=question.exclude | {subject.id},
        excluded_copies=frozenset({subject.copy_key}) if subject.copy_key else frozenset(),
        sensitive=policy.suggest_sensitive,
    )


def reference_time(snapshot: Snapshot, subject: Subject, policy: SlotPolicy, now: datetime) -> datetime:
    """The moment from which a piece's age counts back: the subject's date; where the mode is `latest` or the subject has
    no date, the hour of the clock, but not later than the archive's newest piece, lest an archive that rests grow all
    equally old."""
    if policy.mode != "latest" and subject.published_at is not None:
        return subject.published_at
    hour = now.replace(minute=0, second=0, microsecond=0)
    newest_piece = snapshot.manifest.newest
    return min(hour, datetime.fromisoformat(newest_piece)) if newest_piece else hour


_Chosen = tuple[int, float, Origin]


def _related(
    snapshot: Snapshot, subject: Subject, keep: Filter, policy: SlotPolicy, question: Question, limit: int
) -> list[_Chosen]:
    """The related pieces, best first. Should copies of a few texts crowd all others out of the candidates, it looks
    again without those texts."""
    reference = reference_time(snapshot, subject, policy, question.now)
    chosen: list[_Chosen] = []
    while True:
        candidates = find_candidates(snapshot, subject, keep, policy)
        ranked = rank(candidates, reference, policy)
        order = in_order(candidates, ranked, snapshot.id_of)
        best = [at for at in order if ranked.related[at]]
        chosen += [(int(candidates.rows[at]), float(ranked.score[at]), "similar") for at in best]
        if len(chosen) >= limit or len(candidates) < policy.candidates or len(order) == len(candidates):
            return chosen[:limit]
        copies = {candidates.copy_key[at].tobytes() for at in order}
        keep = replace(keep, excluded_copies=keep.excluded_copies | copies)


def _filled_up(
    snapshot: Snapshot, subject: Subject, keep: Filter, policy: SlotPolicy, limit: int, chosen: Sequence[_Chosen]
) -> tuple[list[_Chosen], str | None]:
    """The chosen ones, then the newest of the section and of all as the policy says; and a sentence that says so."""
    filled = list(chosen)
    added: list[str] = []
    for source in policy.fallback:
        if source == "section" and subject.top_section is None:
            continue
        before = len(filled)
        wanted = replace(keep, section=subject.top_section) if source == "section" else keep
        while len(filled) < limit:
            copies = frozenset(_copy_key(snapshot, row) for row, *_ in filled)
            wanted = replace(wanted, excluded_copies=wanted.excluded_copies | copies)
            distinct = {_copy_key(snapshot, int(row)): int(row) for row in newest(snapshot, limit, wanted)[::-1]}
            if not distinct:
                break
            filled += [(row, 0.0, source) for row in [*distinct.values()][::-1]]
        del filled[limit:]
        if len(filled) > before:
            added.append(f"{len(filled) - before} newest of {'the section' if source == 'section' else 'all sections'}")
    if not added:
        return filled, None
    return filled, f"{len(chosen)} of {limit} are related enough; filled up with the {' and the '.join(added)}"


def _copy_key(snapshot: Snapshot, row: int) -> bytes:
    key: bytes = snapshot.take("copy_key", np.array([row])).tobytes()
    return key


def _visible(snapshot: Snapshot, row: int, now: datetime) -> bool:
    published = snapshot.take("published", np.array([row]))[0]
    return bool(published <= int(now.timestamp()))


def _card(snapshot: Snapshot, row: int) -> dict[str, Any]:
    segment, local = snapshot.place(row)
    return segment.card(local)


def _earlier(moment: datetime, age: timedelta) -> datetime:
    try:
        return moment - age
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
