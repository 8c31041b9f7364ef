"""The `VectorIndex` protocol: who is near whom in meaning, under filters that are always exact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from index.row import Worked


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles may be found. What is left None does not restrict.

    Hidden whatever the filter says: articles dated after `visible_at`, those superseded by then, those marked as not
    recommendable. An article without a date is always visible, and lies in no window of dates.
    """

    visible_at: datetime
    section: str | None = None
    """This section and those below it: `world` keeps `world/europe`, not `world-cup`."""
    published_from: datetime | None = None
    """Inclusive."""
    published_to: datetime | None = None
    """Exclusive."""
    languages: frozenset[str] | None = None
    """Primary language tags (`en` keeps `en-gb`); an article of unknown language passes."""
    excluded_ids: frozenset[str] = frozenset()
    excluded_copies: frozenset[bytes] = frozenset()
    """Copy keys: no article that is a copy of another that carries one of these."""
    excluded_sections: frozenset[str] = frozenset()
    """Sections, each with those below it."""
    excluded_terms: frozenset[int] = frozenset()
    """Terms (`index.terms.attribute_hashes`): no article that carries one of these."""
    sensitive: bool = True
    """False: without articles that are marked sensitive."""
    excluded_rows: tuple[int, ...] = ()
    """Rows of the snapshot that is asked."""


@dataclass(frozen=True, slots=True)
class Match:
    """A found article; `score` is the cosine with what was asked, −1 to 1, higher is closer."""

    id: str
    score: float


class VectorIndex(Protocol):
    """Exact filters over some search for near vectors; never starves: k eligible articles give k matches."""

    @property
    def dimension(self) -> int: ...

    def count(self) -> int:
        """How many articles there are, whatever a filter would say."""
        ...

    def get(self, article_id: str) -> npt.NDArray[np.float32] | None:
        """The stored vector, (dimension,) float32 of length 1; None for an unknown id."""
        ...

    def search(self, vector: npt.NDArray[np.float32], k: int, keep: Filter) -> list[Match]:
        """The `k` nearest eligible articles, best first, ties by id; fewer only when fewer are eligible.

        Raises `ValueError` when `vector` is not (dimension,) or `k` is not positive.
        """
        ...


class GenerationIndex(Protocol):
    """A vector index that others share, which is filled by generations: one of them serves, and another takes its place at
    once when it is whole (`index.milvus_index`)."""

    def search(
        self, vector: npt.NDArray[np.float32], k: int, keep: Filter, generation: str | None = None
    ) -> list[Match]:
        """As of every index, in the generation that serves or in another."""
        ...

    def begin(self, generation: str, dimension: int) -> None: ...
    def upsert(self, rows: Sequence["Worked"], into: str | None = None) -> None: ...
    def delete(self, ids: Sequence[str]) -> int: ...
    def finish(self, generation: str, expected: int, wait: Callable[[float], None] = ...) -> None: ...
    def swap(self, generation: str) -> str | None: ...
    def drop(self, generation: str) -> None: ...
    def generations(self) -> list[str]: ...
    def close(self) -> None: ...


def check_question(vector: npt.NDArray[np.float32], k: int, dimension: int) -> None:
    """Raises `ValueError` for what no index can be asked: a vector of another shape, or with NaN or infinity; no `k`."""
    if vector.shape != (dimension,):
        raise ValueError(f"expected a vector of shape ({dimension},), got {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError("expected a vector of finite numbers, got one with NaN or infinity")
    if k < 1:
        raise ValueError(f"expected k of at least 1, got {k}")
