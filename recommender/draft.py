"""A draft put into the archive, for one question only: as if it were published now, in a snapshot that nobody else sees.

So its lists are made by the very code that will serve them, and other articles' lists can be asked whether it stands in
them. What is prepared for that is kept for the next draft, as long as the archive is served as it is.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from index.article import Article, digest
from index.boilerplate import NO_CLEANER, Cleaner
from index.copies import NEVER, CopyState, copy_hash
from index.embedder import embedding_text
from index.errors import EmbeddingUnavailable
from index.live_links import LinkedBase
from index.overlay import Overlay, linked_base
from index.row import Row, terms_of
from index.snapshot import Snapshot
from index.stand_in import stand_in
from index.urls import canonical_url
from recommender.recommend import Located


class Embeds(Protocol):
    """Whoever can embed a text: the indexer, by its socket."""

    def embed(self, text: str, model: str, dimension: int) -> npt.NDArray[np.float32]:
        """(dimension,) float32 of length 1. Raises `EmbeddingUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A draft as an article of a snapshot made for it."""

    located: Located
    by_terms: str | None
    """Why its meaning is not known, so that terms, section and date rank alone; None where it is."""
    known_as: tuple[str, ...]
    """Ids of articles that are it already: of the same id, words or address, or whose version it is."""


class DraftDesk:
    """Puts drafts into the archive as it is served. Any number of threads may; nothing of a draft is kept."""

    def __init__(self, embeds: Embeds, cleaner: Callable[[int], Cleaner] = lambda _: NO_CLEANER) -> None:
        """`cleaner` gives what removes furniture as the recipe of that number does."""
        self._embeds = embeds
        self._cleaner = cleaner
        self._preparing = threading.Lock()
        self._links: WeakKeyDictionary[Snapshot, LinkedBase] = WeakKeyDictionary()

    def place(self, snapshot: Snapshot, draft: Article, now: datetime) -> Placed:
        """The draft in a snapshot of its own. One without a date, or with a later one, is published `now`."""
        due = draft.published_at
        article = draft if due is not None and due <= now else replace(draft, published_at=now)
        article = self._cleaner(snapshot.manifest.recipe.rules).clean(article)
        vector, by_terms = self._vector(snapshot, article)
        embedded = vector is not None
        if vector is None:
            vector = stand_in(snapshot, terms_of(article)) if snapshot.segments else np.zeros(0, np.float32)
        twins = _twins(snapshot, article)
        key = snapshot.take("copy_key", np.array(twins[:1], dtype=np.int64)).tobytes() if twins else copy_hash(article)
        row = Row(article, vector, b"\0" * 16, CopyState(key, NEVER), (), embedded)
        view = self._overlay(snapshot).changed({article.id: row}).view
        placed = view.row_of_id(article.id)
        assert placed is not None
        return Placed(Located(view, placed), by_terms, tuple(sorted({snapshot.id_of(twin) for twin in twins})))

    def _vector(self, snapshot: Snapshot, article: Article) -> tuple[npt.NDArray[np.float32] | None, str | None]:
        recipe = snapshot.manifest.recipe
        try:
            return self._embeds.embed(embedding_text(article), recipe.model, recipe.dimension), None
        except EmbeddingUnavailable as error:
            return None, f"{error}: ranked by terms, section and date"

    def _overlay(self, snapshot: Snapshot) -> Overlay:
        """The snapshot ready to be changed. Its links are prepared once, for that costs more than the change, and forgotten
        with it."""
        links = self._links.get(snapshot)
        if links is None:
            with self._preparing:
                links = self._links.get(snapshot)
                if links is None:
                    links = self._links[snapshot] = linked_base(snapshot)
        return Overlay.over(snapshot, links)


def draft_id(snapshot: Snapshot, *words: str) -> str:
    """An id for a draft that has none: the same for the same words, and of no article."""
    number = 0
    while True:
        found = f"draft-{digest(*words, str(number)).hex()[:16]}"
        if snapshot.row_of_id(found) is None:
            return found
        number += 1


def _twins(snapshot: Snapshot, article: Article) -> Sequence[int]:
    """Rows of the articles that a draft will be a copy of: the one of its id, the one whose version it is, those at its
    address, those of exactly its words."""
    named = [snapshot.row_of_id(name) for name in (article.id, article.version_of) if name]
    at_address = snapshot.rows_of_url(canonical_url(article.url)) if article.url else []
    rows = [row for row in named if row is not None] + [row for row, former in at_address if not former]
    first = np.frombuffer(copy_hash(article), dtype=np.uint64)
    for segment, dead, start in zip(snapshot.segments, snapshot.dead, snapshot.starts, strict=False):
        same = np.flatnonzero((segment.copy_key[:, 0] == first[0]) & ~dead)
        rows += [int(start) + int(at) for at in same if (segment.copy_key[at] == first).all()]
    return list(dict.fromkeys(rows))
