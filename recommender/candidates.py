"""The one door through which candidates come; nothing else may know how they are found."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.retrieval import TermScores, newest
from index.snapshot import Snapshot
from index.terms import Kind
from index.vector_index import Filter
from recommender.policy import SlotPolicy
from recommender.subject import Subject


@dataclass(frozen=True, slots=True)
class Candidates:
    """Articles that may be suggested, with their raw likeness to the subject; all arrays are aligned, (n,).

    `rows` int64, distinct; `meaning` float32, cosine of the embeddings, −1 to 1; `words`, `pairs`, `names` float32,
    cosine of the weighted terms, 0 to 1; `published` int64, Unix time or `UNDATED`; `copy_key` (n, 2) uint64.
    """

    rows: npt.NDArray[np.int64]
    meaning: npt.NDArray[np.float32]
    words: npt.NDArray[np.float32]
    pairs: npt.NDArray[np.float32]
    names: npt.NDArray[np.float32]
    published: npt.NDArray[np.int64]
    copy_key: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.rows)


def find_candidates(snapshot: Snapshot, subject: Subject, keep: Filter, policy: SlotPolicy) -> Candidates:
    """The articles nearest in meaning, those that share most terms and, where the baseline lets unrelated pieces in,
    the newest: up to `policy.candidates` of each, all eligible under `keep`."""
    count, weights = policy.candidates, policy.weights
    near = snapshot.vectors.nearest_rows(subject.vector, count, keep)
    scores = TermScores(snapshot, snapshot.lexical.query(subject.terms))
    alike = scores.best(count, keep, (weights.words, weights.pairs, weights.names))
    fresh = newest(snapshot, count, keep) if policy.baseline else np.zeros(0, np.int64)
    rows = np.unique(np.concatenate([near, alike, fresh]))
    terms = scores.at(rows)
    return Candidates(
        rows=rows,
        meaning=snapshot.take("vectors", rows) @ subject.vector if len(rows) else np.zeros(0, np.float32),
        words=terms[:, Kind.WORD],
        pairs=terms[:, Kind.PAIR],
        names=terms[:, Kind.NAME],
        published=snapshot.take("published", rows).astype(np.int64),
        copy_key=snapshot.take("copy_key", rows).reshape(-1, 2).astype(np.uint64),
    )
