"""How much the lists that readers get differ between two snapshots, over a sample of the articles in both."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from index.link_names import NameOf
from index.segment import Segment
from index.snapshot import Snapshot
from recommender.policy import Policy
from recommender.question import Question
from recommender.recommend import suggest_for
from recommender.subject import subject_of_row

LARGEST_SAMPLE = 100
SMALLEST_SAMPLE = 50

SAMPLE_WORK = 5_000_000
"""Sampled articles times articles of the archive: an answer's cost grows with the archive, a comparison's must not."""

LOOKED_AT = 20
"""So many articles are looked at for each one wanted, should few stand in both snapshots."""


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What came out of the comparison."""

    compared: int
    """Lists that had an item before."""
    changed: float
    """Share of them that are not the same items in the same order, 0 to 1."""
    items_kept: float
    """Of the items of a list before, the share that it still has, 0 to 1; mean over the lists."""


def sample_size(articles: int) -> int:
    """How many lists are compared in an archive of so many articles."""
    return min(LARGEST_SAMPLE, max(SMALLEST_SAMPLE, SAMPLE_WORK // max(1, articles)))


def sample_of_both(old: Snapshot, new: Snapshot, size: int) -> list[str]:
    """At most so many ids of articles that both snapshots hold: those whose ids have the lowest hashes, so that the sample
    is the same whatever order they came in, and nearly the same from one night to the next."""
    found: list[str] = []
    for looked_at, (_, article_id) in enumerate(heapq.merge(*_by_hash(new))):
        if len(found) >= size or looked_at >= LOOKED_AT * size:
            break
        if old.row_of_id(article_id) is not None:
            found.append(article_id)
    return found


def _by_hash(snapshot: Snapshot) -> Iterator[Iterator[tuple[int, str]]]:
    """For each segment its live articles' hashes and ids, lowest hash first."""

    def of(segment: Segment, dead: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[tuple[int, str]]:
        hashes, rows, _ = segment.lookup(NameOf.ID)
        for at, row in enumerate(rows):
            if not dead[row]:
                yield int(hashes[at]), segment.ids[int(row)].decode()

    for segment, dead in zip(snapshot.segments, snapshot.dead, strict=True):
        yield of(segment, dead)


def compare_lists(
    old: Snapshot, new: Snapshot, policy: Policy, now: datetime, tell: Callable[[int, int], None] = lambda *_: None
) -> ListChanges:
    """Compare the *also read* lists of a sample under one policy and one clock; `tell` hears how many are done, and of how
    many. What only fills a list up is left out: it is the newest by design."""
    ids = sample_of_both(old, new, sample_size(max(len(old), len(new))))
    same = 0
    kept: list[float] = []
    for number, article_id in enumerate(ids):
        tell(number, len(ids))
        before, after = (_related(snapshot, article_id, policy, now) for snapshot in (old, new))
        if before:
            same += before == after
            kept.append(len(set(before) & set(after)) / len(before))
    compared = len(kept)
    return ListChanges(compared, 1 - same / compared if compared else 0.0, sum(kept) / compared if compared else 1.0)


def _related(snapshot: Snapshot, article_id: str, policy: Policy, now: datetime) -> list[str]:
    row = snapshot.row_of_id(article_id)
    if row is None:
        return []
    subject = subject_of_row(snapshot, row)
    settled = policy.for_article("also-read", subject.section)
    items, _ = suggest_for(snapshot, subject, "also-read", settled, Question(now, fallback=False))
    return [item.id for item in items]
