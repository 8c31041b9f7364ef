"""An index on engines that hosts share, without those engines: vectors in memory, the catalogue in its file."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from helpers import opened

from index.catalogue import Catalogue, place_of
from index.cluster.postings import segment_numbers
from index.cluster.projection import Engines, Projection
from index.cluster.reading import ClusterIndex
from index.errors import IndexAway
from index.faiss_index import FaissIndex
from index.row import Worked
from index.segment import Segment
from index.snapshot import Snapshot
from index.vector_index import Filter, Match
from recommender.editorial import Editorial
from recommender.gathering import Gathering
from recommender.policy import Policy, load_policy
from recommender.recommend import Recommender


@dataclass
class MemoryIndex:
    """Generations in memory, exact; `away` makes it fail as an engine does that is not there."""

    rows: dict[str, dict[str, Worked]] = field(default_factory=dict)
    serving: str | None = None
    away: bool = False
    asked: int = 0
    written: list[str] = field(default_factory=list)
    fails_after: int | None = None
    """After so many writes it is away; None: never."""

    def search(self, vector: np.ndarray, k: int, keep: Filter, generation: str | None = None) -> list[Match]:
        self.asked += 1
        self._there()
        rows = list(self.rows[generation or self.serving or ""].values())
        if not rows:
            return []
        segment = Segment.in_memory(rows)
        return FaissIndex([segment], [np.zeros(segment.rows, np.bool_)]).search(vector, k, keep)

    def begin(self, generation: str, dimension: int) -> None:
        self._there()
        self.rows[generation] = {}

    def upsert(self, rows: Sequence[Worked], into: str | None = None) -> None:
        self._there()
        if self.fails_after is not None:
            self.fails_after -= 1
            if self.fails_after < 0:
                raise IndexAway("Milvus does not answer as it should: it went away")
        self.written += [row.id for row in rows]
        self.rows[into or self.serving or ""].update({row.id: row for row in rows})

    def delete(self, ids: Sequence[str]) -> int:
        self._there()
        return sum(self.rows[self.serving or ""].pop(one, None) is not None for one in ids)

    def finish(self, generation: str, expected: int, wait: Callable[[float], None] = time.sleep) -> None:
        wait(0)
        assert len(self.rows[generation]) == expected

    def swap(self, generation: str) -> str | None:
        before, self.serving = self.serving, generation
        return before

    def drop(self, generation: str) -> None:
        del self.rows[generation]

    def generations(self) -> list[str]:
        return sorted(self.rows)

    def close(self) -> None:
        pass

    def _there(self) -> None:
        if self.away:
            raise IndexAway("Milvus does not answer as it should: it is away")


@dataclass
class Shared:
    """What hosts share, over one data folder's index."""

    data: Path
    vectors: MemoryIndex = field(default_factory=MemoryIndex)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue.open(place_of(self.data))
        self.projection = Projection(Engines(self.catalogue.engine, self.vectors))

    def renew(self, snapshot: Snapshot) -> int:
        return self.projection.renew(snapshot)

    def follow(self) -> Collection[str]:
        return self.projection.follow(opened(self.data))

    def segments(self) -> list[str]:
        with self.catalogue.engine.connect() as connection:
            return sorted(segment_numbers(connection))

    def index(self) -> ClusterIndex:
        return ClusterIndex(place_of(self.data), self.data / "nowhere", lambda: self.vectors)

    def recommender(self, policy: Policy | None = None, rules: Editorial | None = None) -> Recommender:
        index = self.index()
        return Recommender(index, policy or load_policy(), rules=rules, around=Gathering(index))

    def close(self) -> None:
        self.catalogue.close()
