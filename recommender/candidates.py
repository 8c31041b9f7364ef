"""The one door through which candidates come; nothing else may know how they are found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from index.eligible import Eligible
from index.retrieval import newest
from index.snapshot import Snapshot
from index.stand_in import mean_of_alike
from index.term_scores import BY_TERMS, term_scores
from index.terms import Kind
from index.vector_index import Filter
from recommender.features import Features, measure
from recommender.linkers import find_linkers
from recommender.policy import SlotPolicy
from recommender.subject import Subject


@dataclass(frozen=True, slots=True)
class Candidates:
    """Articles that may be suggested, with what they have in common with the subject; all arrays are aligned, (n,).

    `rows` int64, distinct; `published` int64, Unix time or `UNDATED`; `copy_key` (n, 2) uint64.
    """

    rows: npt.NDArray[np.int64]
    features: Features
    published: npt.NDArray[np.int64]
    copy_key: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.rows)


def find_candidates(
    snapshot: Snapshot,
    subject: Subject,
    keep: Filter,
    policy: SlotPolicy,
    links_before: datetime | None = None,
    also: Sequence[int] = (),
    count: int | None = None,
) -> Candidates:
    """The articles nearest in meaning, those that share most terms, those that articles like the subject link to, those
    of its series, and where age counts from the clock the newest: up to `count` of each (where it is not given, as many as
    the policy says), all eligible under `keep`; and the rows of `also`, which are not asked. Of links only those of articles
    published before `links_before` count, where that is given. For a subject that is not embedded the mean meaning of those
    that share most terms stands in; where none shares any, the newest do for the nearest in meaning."""
    count = count or policy.candidates
    eligible = snapshot.eligible(keep)
    terms = term_scores(snapshot, subject.terms)
    if not subject.embedded:
        subject = replace(subject, vector=mean_of_alike(snapshot, terms, eligible))
    found = [
        _nearest(snapshot, subject, count, eligible),
        terms.best(count, eligible.holds, BY_TERMS, eligible.spans),
        np.array(also, dtype=np.int64),
    ]
    likest = np.unique(np.concatenate(found))
    linkers = find_linkers(snapshot, subject, terms, likest, keep.visible_at, links_before)
    found.append(eligible.only(linkers.targets())[:count])
    if subject.series:
        found.append(terms.carrying(Kind.SERIES, eligible.holds)[:count])
    if policy.age_from == "clock" or policy.mode == "latest":
        found.append(newest(snapshot, count, eligible))
    rows = np.unique(np.concatenate(found))
    return Candidates(
        rows=rows,
        features=measure(snapshot, subject, rows, terms, linkers),
        published=snapshot.take("published", rows).astype(np.int64),
        copy_key=snapshot.take("copy_key", rows).reshape(-1, 2).astype(np.uint64),
    )


def _nearest(snapshot: Snapshot, subject: Subject, count: int, eligible: Eligible) -> npt.NDArray[np.int64]:
    """The nearest in meaning; of a subject without any meaning, to which all are equally near, the newest."""
    if not subject.embedded and not subject.vector.any():
        return newest(snapshot, count, eligible)
    return snapshot.vectors.nearest_rows(subject.vector, count, eligible)


Find = Callable[
    [Snapshot, Subject, Filter, SlotPolicy, datetime | None, Sequence[int], int | None],
    Candidates,
]
"""How candidates are found: `find_candidates`, or what remembers what that found."""
