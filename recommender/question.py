"""What is asked, and which articles may answer: every bound that subject, slot, policy and request set together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from index.snapshot import Snapshot
from index.terms import Kind, attribute_hashes
from index.vector_index import Filter
from recommender.editorial import NOTHING, Settled
from recommender.policy import Slot, SlotPolicy
from recommender.subject import Subject


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
    links_before: datetime | None = None
    """Only links of articles published before this moment count: for evaluation, which may not know what came later."""


def filter_for(
    snapshot: Snapshot,
    subject: Subject,
    slot: Slot,
    policy: SlotPolicy,
    question: Question,
    settled: Settled = NOTHING,
) -> Filter:
    """What may be suggested at all: every bound that the subject, the slot, the policy, the request and editors set."""
    reference = reference_time(snapshot, subject, policy, question.now)
    window = timedelta(days=policy.window_days) if policy.window_days is not None else None
    ages = [age for age in (window, question.max_age) if age is not None]
    before = question.before
    if policy.mode == "background" and subject.published_at is not None:
        before = min(filter(None, (before, subject.published_at)))
    languages = question.languages
    if languages is None and subject.lang and not policy.mix_languages:
        languages = frozenset({subject.lang.split("-")[0]})
    excluded = question.exclude.union(policy.never_suggest.ids, settled.blocked)
    return Filter(
        visible_at=question.now,
        section=subject.top_section if slot == "more-in-section" else None,
        published_from=_earlier(reference, min(ages)) if ages else None,
        published_to=before,
        languages=languages,
        excluded_ids=excluded | {subject.id},
        excluded_copies=_copies_of(snapshot, subject, excluded),
        excluded_sections=_never_sections(snapshot, policy),
        excluded_terms=_never_terms(policy),
        sensitive=policy.suggest_sensitive,
        excluded_rows=_rows_kept_out(policy, settled),
    )


def filter_for_pins(
    snapshot: Snapshot, subject: Subject, slot: Slot, policy: SlotPolicy, question: Question, settled: Settled
) -> Filter:
    """What may be pinned: what the policy merely prefers does not bind editors; all else does."""
    excluded = question.exclude | settled.blocked
    reference = reference_time(snapshot, subject, policy, question.now)
    return Filter(
        visible_at=question.now,
        section=subject.top_section if slot == "more-in-section" else None,
        published_from=_earlier(reference, question.max_age) if question.max_age is not None else None,
        published_to=question.before,
        languages=question.languages,
        excluded_ids=excluded | {subject.id},
        excluded_copies=_copies_of(snapshot, subject, excluded),
        sensitive=policy.suggest_sensitive,
        excluded_rows=_rows_kept_out(policy, settled),
    )


def _rows_kept_out(policy: SlotPolicy, settled: Settled) -> tuple[int, ...]:
    return settled.blocked_rows if policy.suggest_sensitive else settled.blocked_rows + settled.sensitive_rows


def reference_time(snapshot: Snapshot, subject: Subject, policy: SlotPolicy, now: datetime) -> datetime:
    """The moment from which a piece's age counts back: the subject's date; where the policy counts from the clock or the
    subject has no date, the hour of the clock, but not later than the archive's newest piece, lest an archive that rests
    grow all equally old."""
    if policy.age_from == "article" and policy.mode != "latest" and subject.published_at is not None:
        return subject.published_at
    hour = now.replace(minute=0, second=0, microsecond=0)
    newest_piece = snapshot.manifest.newest
    return min(hour, datetime.fromisoformat(newest_piece)) if newest_piece else hour


def _never_terms(policy: SlotPolicy) -> frozenset[int]:
    marked = policy.never_suggest
    kinds = ((Kind.TOPIC, marked.tags), (Kind.TYPE, marked.types), (Kind.AUTHOR, marked.authors))
    return frozenset(int(term) for kind, words in kinds for term in attribute_hashes(kind, words))


def _copies_of(snapshot: Snapshot, subject: Subject, others: frozenset[str]) -> frozenset[bytes]:
    """The copy keys of the subject (of a draft those of the article that stands under its id) and of other articles: who
    excludes a piece means it under every id."""
    ids = others if subject.copy_key else others | {subject.id}
    rows = [row for article_id in sorted(ids) if (row := snapshot.row_of_id(article_id)) is not None]
    keys = snapshot.take("copy_key", np.array(rows, dtype=np.int64))
    return frozenset({key.tobytes() for key in keys} | ({subject.copy_key} if subject.copy_key else set()))


def _never_sections(snapshot: Snapshot, policy: SlotPolicy) -> frozenset[str]:
    """The marked sections as the archive spells them, whatever their case."""
    marked = [section.strip("/").casefold() for section in policy.never_suggest.sections]
    paths = {path for segment in snapshot.segments for path in segment.sections} if marked else set()
    return frozenset(path for path in paths if any(f"{path.casefold()}/".startswith(f"{one}/") for one in marked))


def _earlier(moment: datetime, age: timedelta) -> datetime:
    try:
        return moment - age
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
