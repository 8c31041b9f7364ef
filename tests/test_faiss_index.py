"""`FaissIndex` under the contract: over one segment, and over many with deleted rows."""

import gc
from collections.abc import Sequence

import pytest
from helpers import NOW, article, opened, rebuild_with
from vector_index_contract import EMBEDDER, HARD_IDS, IndexOf, VectorIndexContract, query

from index.article import Article
from index.vector_index import Filter, VectorIndex


class TestOneSegment(VectorIndexContract):
    @pytest.fixture(scope="class")
    @classmethod
    def index_of(cls, tmp_path_factory: pytest.TempPathFactory) -> IndexOf:
        def index_of(articles: Sequence[Article]) -> VectorIndex:
            data = tmp_path_factory.mktemp("data")
            rebuild_with(data, articles, EMBEDDER)
            snapshot = opened(data)
            assert len(snapshot.segments) == 1
            return snapshot.vectors

        return index_of


class TestManySegmentsWithDeletedRows(VectorIndexContract):
    """The archive grows in four rebuilds; in each some articles are ones that the next one changes or removes."""

    @pytest.fixture(scope="class")
    @classmethod
    def index_of(cls, tmp_path_factory: pytest.TempPathFactory) -> IndexOf:
        def index_of(articles: Sequence[Article]) -> VectorIndex:
            data = tmp_path_factory.mktemp("data")
            for part in range(4):
                grown = list(articles[: len(articles) * (part + 1) // 4])
                gone = [
                    article(f"gone {part} {n}", "mayor budget", section="world") for n in range(1 + len(grown) // 30)
                ]
                other = [article(one.id, "flood", section="local") for one in grown[part::25]]
                rebuild_with(data, [*grown, *gone, *other], EMBEDDER, force=True)
            rebuild_with(data, articles, EMBEDDER, force=True)
            snapshot = opened(data)
            if len(articles) > 100:
                assert len(snapshot.segments) > 2
                assert sum(int(mask.sum()) for mask in snapshot.dead) > 5
            return snapshot.vectors

        return index_of


def test_a_vector_outlives_the_snapshot_that_it_came_from(data) -> None:
    rebuild_with(data, [article(one, "flood") for one in HARD_IDS], EMBEDDER)
    vector = opened(data).vectors.get("é")
    gc.collect()
    assert vector.tolist() == query("flood").tolist()


def test_an_index_without_any_article_finds_nothing(data) -> None:
    rebuild_with(data, [], EMBEDDER, force=True)
    index = opened(data).vectors
    assert index.count() == 0
    assert index.get("a") is None
    assert index.search(query("flood"), 3, Filter(NOW)) == []
