"""What stands in for the vector of an article that is not embedded yet: the mean meaning of those that share most terms.

Pseudo-relevance feedback in the vector space (Rocchio, *Relevance feedback in information retrieval*, 1971), with the
likest by terms as the feedback. Measured: docs/relevance.md.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from index.eligible import Eligible
from index.segment import HAS_VECTOR
from index.snapshot import Snapshot
from index.term_scores import BY_TERMS, TermScores, term_scores
from index.terms import TermCounts

ALIKE = 5
"""So many articles are asked (1, 3, 5, 10, 20 and 50 were tried)."""


def stand_in(snapshot: Snapshot, terms: TermCounts) -> npt.NDArray[np.float32]:
    """What stands in for the vector of an article with these terms, out of all embedded articles of a snapshot.

    (dimension,) float32 of length 0 to 1; see `mean_of_alike`. Whoever stores it leaves `HAS_VECTOR` unset, so that no
    stand-in is made of stand-ins.
    """
    spans = tuple(slice(0, segment.rows) for segment in snapshot.segments)
    every = Eligible(spans, tuple(~dead for dead in snapshot.dead), snapshot.starts)
    return mean_of_alike(snapshot, term_scores(snapshot, terms), every)


def mean_of_alike(snapshot: Snapshot, terms: TermScores, eligible: Eligible) -> npt.NDArray[np.float32]:
    """The mean vector of the `ALIKE` eligible, embedded articles that share most terms, each counting as much as it shares.

    (dimension,) float32, all zeros where none shares any. It is not brought to length 1: the less those articles agree,
    the shorter it is and the lower every likeness with it, as is right for a guess (and one of them is among the
    candidates that it is compared with).
    """
    rows = terms.best(ALIKE, _embedded(snapshot, eligible).holds, BY_TERMS, eligible.spans)
    if not len(rows):
        return np.zeros(snapshot.vectors.dimension, np.float32)
    shared = np.array(list(BY_TERMS.values())) @ terms.at(rows, tuple(BY_TERMS))
    mean: npt.NDArray[np.float32] = (shared @ snapshot.vectors_at(rows) / shared.sum()).astype(np.float32)
    return mean


def _embedded(snapshot: Snapshot, eligible: Eligible) -> Eligible:
    """The eligible rows that have a vector of their own."""
    masks = tuple(
        mask & ((segment.flags[span] & HAS_VECTOR) != 0)
        for segment, span, mask in zip(snapshot.segments, eligible.spans, eligible.masks, strict=True)
    )
    return replace(eligible, masks=masks)
