"""The two halves of a list: what is related, best first, and what fills it up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from index.retrieval import newest
from index.snapshot import Snapshot
from index.vector_index import Filter
from recommender.candidates import Find, find_candidates
from recommender.explain import Breakdown, break_down
from recommender.policy import SlotPolicy
from recommender.question import Question, reference_time
from recommender.ranking import in_order, rank
from recommender.selection import Bounds, Standing, choose
from recommender.subject import Subject

Origin = Literal["pinned", "similar", "section", "latest"]

FILLERS = 50
"""So many of the newest are looked at together when a list is filled up, …"""
PAGES = 5
"""… and so often, however many of them the policy's bounds keep out."""

ROUNDS = 4
"""So often candidates are looked for without the texts whose copies crowd out all others."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row of the snapshot that goes into a list; `score` 0 to 1, 0 where it fills up."""

    row: int
    score: float
    source: Origin
    own_story: bool = False
    """It tells the subject's own story."""
    linkers: int = 0
    """How many articles link to it, and …"""
    linked: float = 0.0
    """… how much, relative to the most, do those like the subject; 0 to 1."""
    clicked: float = 0.0
    """How much more than its places explain it is clicked, relative to what counts as much; 0 to 1, and 0 where the policy
    lets clicks count for nothing."""
    breakdown: Breakdown | None = None


def related(
    snapshot: Snapshot,
    subject: Subject,
    keep: Filter,
    policy: SlotPolicy,
    question: Question,
    limit: int,
    beside: Sequence[int] = (),
    find: Find = find_candidates,
) -> tuple[list[Chosen], int]:
    """The related pieces that may stand beside the rows of `beside`, best first, and how many there were to choose from.
    Should copies of a few texts crowd all others out of the candidates, it looks for more without those texts, and ranks all
    that it found."""
    reference = reference_time(snapshot, subject, policy, question.now)
    bounds = Bounds.of(snapshot, subject, policy)
    standing: list[int] = []
    count = max(policy.candidates, limit)
    for _ in range(ROUNDS):
        candidates = find(snapshot, subject, keep, policy, question.links_before, standing, count)
        ranked = rank(candidates, reference, policy)
        order = in_order(candidates, ranked, snapshot.id_of, policy)
        best = [at for at in order if ranked.related[at]]
        chosen = choose(snapshot, candidates, ranked, best, policy, bounds, limit, beside)
        found = len(candidates) - len(standing)
        if len(chosen) >= limit or found < count or len(order) == len(candidates):
            break
        crowding = Counter(key.tobytes() for key in candidates.copy_key)
        copies = {key for key, copies in crowding.items() if copies > 1}
        standing = [int(candidates.rows[at]) for at in order if candidates.copy_key[at].tobytes() in copies]
        keep = replace(keep, excluded_copies=keep.excluded_copies | copies)
    scores, popular = ranked.score, candidates.features.of("popular")
    listed: list[Chosen] = []
    for at in chosen:
        row, breakdown = int(candidates.rows[at]), break_down(ranked, at, policy)
        share = {one.feature: one for one in breakdown.shares}
        listed.append(
            Chosen(
                row=row,
                score=round(float(scores[at]), 4),
                source="similar",
                own_story=bounds.stories.is_own(row, int(candidates.published[at])),
                linkers=round(float(np.expm1(popular[at]))),
                linked=share["linked"].value,
                clicked=share["clicked"].value if share["clicked"].weight else 0.0,
                breakdown=breakdown,
            )
        )
    return listed, len(best)


def fill_up(
    snapshot: Snapshot,
    subject: Subject,
    keep: Filter,
    policy: SlotPolicy,
    limit: int,
    chosen: Sequence[Chosen],
    choice: int,
    beside: Sequence[int] = (),
) -> tuple[list[Chosen], str | None]:
    """The chosen ones, then the newest of the section and of all as the policy says, within the same bounds; and a
    sentence that says so. `choice` is how many related pieces there were; the rows of `beside` stand in the list besides."""
    rows = [*beside, *(one.row for one in chosen)]
    standing = Standing.of(snapshot, policy, Bounds.of(snapshot, subject, policy), rows)
    filled = list(chosen)
    added: list[str] = []
    for source in policy.fallback:
        if source == "section" and subject.top_section is None:
            continue
        before = len(filled)
        wanted = replace(keep, section=subject.top_section) if source == "section" else keep
        wanted = replace(wanted, excluded_copies=wanted.excluded_copies | {_copy_key(snapshot, c.row) for c in filled})
        for _ in range(PAGES):
            fresh = [int(row) for row in newest(snapshot, max(limit, FILLERS), snapshot.eligible(wanted))]
            if not fresh or len(filled) == limit:
                break
            seen = {_copy_key(snapshot, row): row for row in reversed(fresh)}
            distinct = sorted(seen.values(), key=fresh.index)
            for row, published in zip(distinct, _published(snapshot, distinct), strict=True):
                if len(filled) < limit and standing.admits(row, published):
                    standing.put(row, published)
                    filled.append(Chosen(row, 0.0, source))
            wanted = replace(wanted, excluded_copies=wanted.excluded_copies | frozenset(seen))
        if len(filled) > before:
            added.append(f"{len(filled) - before} newest of {'the section' if source == 'section' else 'all sections'}")
    held = f"{len(chosen)} of {choice} related pieces are shown, for the policy bounds what may stand together"
    if not added:
        return filled, held if choice > len(chosen) else None
    said = held if choice > len(chosen) else f"{len(chosen)} of {limit} are related enough"
    return filled, f"{said}; filled up with the {' and the '.join(added)}"


def _published(snapshot: Snapshot, rows: Sequence[int]) -> list[int]:
    return [int(moment) for moment in snapshot.take("published", np.array(rows, dtype=np.int64))]


def _copy_key(snapshot: Snapshot, row: int) -> bytes:
    key: bytes = snapshot.take("copy_key", np.array([row])).tobytes()
    return key
