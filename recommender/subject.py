"""The subject: the article that suggestions are asked for, as ranking sees it.

It is made from a row of the snapshot, where everything was computed at the rebuild, or from the words of a draft.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.segment import HAS_VECTOR, SENSITIVE, UNDATED, terms_of
from index.snapshot import Snapshot
from index.terms import Kind, TermCounts, kind_bounds, names_in


@dataclass(frozen=True, slots=True)
class Subject:
    """What suggestions depend on. `vector` (dimension,) float32 of length 1; where it is not `embedded` it means nothing."""

    id: str
    vector: npt.NDArray[np.float32]
    terms: TermCounts
    names: tuple[str, ...]
    section: str | None
    series: str | None
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    type: str | None
    lang: str | None
    published_at: datetime | None
    sensitive: bool
    copy_key: bytes | None
    """None for a draft, of which nothing is a copy yet."""
    embedded: bool = True
    """Whether `vector` is the article's own."""

    @property
    def top_section(self) -> str | None:
        return self.section.split("/")[0] if self.section else None

    @property
    def has_words(self) -> bool:
        """Whether there is any word by which it could be compared."""
        start, stop = kind_bounds(self.terms.hashes)[[Kind.WORD, Kind.WORD + 1]]
        return bool(start < stop)


def subject_of_row(snapshot: Snapshot, row: int) -> Subject:
    """The subject that an indexed article is."""
    segment, local = snapshot.place(row)
    card = segment.card(local)
    published = int(segment.published[local])
    return Subject(
        id=segment.ids[local].decode(),
        vector=segment.vectors.rows[local].astype(np.float32),
        terms=segment.lexical.terms_of(local),
        names=names_of(snapshot, row),
        section=card.get("section"),
        series=card.get("series"),
        tags=tuple(card.get("tags", ())),
        authors=tuple(card.get("authors", ())),
        type=card.get("type"),
        lang=card.get("lang"),
        published_at=None if published == UNDATED else datetime.fromtimestamp(published, UTC),
        sensitive=bool(segment.flags[local] & SENSITIVE),
        copy_key=segment.copy_key[local].tobytes(),
        embedded=bool(segment.flags[local] & HAS_VECTOR),
    )


def subject_of_draft(article: Article, vector: npt.NDArray[np.float32]) -> Subject:
    """The subject that an article would be which is not in the index (or stands there with other words); a `vector` of
    zeros says that there is none."""
    return Subject(
        id=article.id,
        vector=vector,
        terms=terms_of(article),
        names=tuple(names_in(article.text)),
        section=article.section,
        series=article.series,
        tags=article.tags,
        authors=article.authors,
        type=article.type,
        lang=article.lang,
        published_at=article.published_at,
        sensitive=article.sensitive,
        copy_key=None,
        embedded=bool(vector.any()),
    )


def names_of(snapshot: Snapshot, row: int) -> tuple[str, ...]:
    """The names of people, places and bodies in an indexed article, most frequent first."""
    segment, local = snapshot.place(row)
    return tuple(filter(None, segment.names[local].decode().split("\n")))
