"""What a candidate has in common with the subject, feature by feature, as numbers that mean the same for every subject.

`meaning` is the cosine of the embeddings; `words`, `pairs`, `names` and `topics` are cosines of weighted terms; `title` is
how much the subject speaks of what the candidate's headline says; `authors`, `series`, `column` and `section` say whether
the two share one (a section's top level alone counts half). The rest comes from the links that editors placed before:
`linked`, how alike the subject those articles are that link to the candidate; `popular`, how many articles link to it;
`author_links`, how many of those are by the subject's own authors; and from readers: `clicked`, how much more often than its
places explain it was clicked (`index.click_rates`).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.snapshot import Snapshot
from index.term_scores import TermScores
from index.terms import Kind
from recommender.linkers import Linkers
from recommender.subject import Subject

FEATURES = (
    "meaning",
    "words",
    "pairs",
    "names",
    "title",
    "topics",
    "authors",
    "section",
    "series",
    "column",
    "linked",
    "popular",
    "author_links",
    "clicked",
)

WHOLE = {"linked": 2.0, "popular": math.log1p(8), "author_links": math.log1p(4), "clicked": math.log(4)}
"""So much of a feature at least counts as all of it: one link says less than eight, twice the clicks that
its places explain less than four times, even where no piece has more."""

YES_OR_NO = frozenset({"authors", "section", "series", "column"})
"""Features that are 0 to 1 as they are; each other one is taken relative to the candidate that has most of it."""

Rows = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """`raw` (n, 14) float32: a row for each candidate, a column for each of `FEATURES`, higher is more alike."""

    raw: Values

    def of(self, name: str) -> Values:
        """One feature as it was measured, (n,) float32."""
        column: Values = self.raw[:, FEATURES.index(name)]
        return column

    def closeness(self) -> npt.NDArray[np.float64]:
        """How related each candidate is at all, whatever the others are, (n,) float64, −1 to 4.3: meaning + 2 · words +
        title + 0.3 · topics. Measured: docs/relevance.md."""
        texts = self.of("meaning") + 2 * self.of("words") + self.of("title")
        total: npt.NDArray[np.float64] = (texts + 0.3 * self.of("topics")).astype(np.float64)
        return total

    def scaled(self) -> npt.NDArray[np.float64]:
        """The features as the ranker weighs them, (n, 14) float64, 0 to 1: relative to the likest candidate, so that a
        weight means the same for every subject; what is unlike counts 0."""
        positive = np.maximum(self.raw.astype(np.float64), 0)
        greatest = np.maximum(positive.max(axis=0, initial=0.0), [WHOLE.get(name, 0.0) for name in FEATURES])
        relative = np.array([name not in YES_OR_NO for name in FEATURES])
        divisor: npt.NDArray[np.float64] = np.where(relative & (greatest > 0), greatest, 1.0)
        return positive / divisor


def measure(snapshot: Snapshot, subject: Subject, rows: Rows, terms: TermScores, linkers: Linkers) -> Features:
    """The features of some rows of the snapshot."""
    shared = terms.at(rows)
    linked, popular, author_links = linkers.of(rows)
    vectors = snapshot.vectors_at(rows)
    columns = {
        "meaning": vectors @ subject.vector if len(rows) else np.zeros(0, np.float32),
        "words": shared[Kind.WORD],
        "pairs": shared[Kind.PAIR],
        "names": shared[Kind.NAME],
        "title": terms.titles_at(rows),
        "topics": shared[Kind.TOPIC],
        "authors": shared[Kind.AUTHOR] > 0,
        "section": _same_section(snapshot, subject, rows),
        "series": shared[Kind.SERIES] > 0,
        "column": shared[Kind.COLUMN] > 0,
        "linked": linked,
        "popular": np.log1p(popular),
        "author_links": np.log1p(author_links),
        "clicked": snapshot.clicked.at(rows),
    }
    return Features(np.stack([columns[name].astype(np.float32) for name in FEATURES], axis=1))


def _same_section(snapshot: Snapshot, subject: Subject, rows: Rows) -> Values:
    """1 in the same section, 0.5 under the same top level, else 0."""
    found = np.zeros(len(rows), dtype=np.float32)
    if subject.section is None:
        return found
    for number, mine, local in snapshot.by_segment(rows):
        segment = snapshot.segments[number]
        likeness = np.array([_likeness(subject.section, path) for path in segment.sections], dtype=np.float32)
        found[mine] = likeness[segment.section[local]]
    return found


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return 0.5 if one.split("/")[0] == other.split("/")[0] else 0.0
