"""`MilvusIndex` under the contract, on the real server and on Milvus Lite's one file; generations, writes, and who is away."""

import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from helpers import NOW, article, key_of
from vector_index_contract import EMBEDDER, HARD_IDS, IndexOf, VectorIndexContract, query, vector_of

from index.article import Article
from index.copies import find_copies
from index.errors import IndexAway, NoSnapshot
from index.milvus_filter import expression, from_hexadecimal, hexadecimal
from index.milvus_index import MilvusIndex
from index.row import Row
from index.vector_index import Filter

pytestmark = pytest.mark.milvus

pytest.importorskip("pymilvus", reason="the extra 'milvus' is not installed")

_names = count(1)

Make = Callable[[], MilvusIndex]
"""Gives an index of a name of its own, in which nothing serves yet."""


def rows_of(articles: Sequence[Article]) -> list[Row]:
    copies = find_copies([key_of(one) for one in articles])
    return [Row(one, vector_of(one), b"", copies[one.id], ()) for one in articles]


def publish(index: MilvusIndex, generation: str, articles: Sequence[Article]) -> str | None:
    index.begin(generation, EMBEDDER.dimension)
    index.upsert(rows_of(articles), generation)
    index.finish(generation, len(articles))
    return index.swap(generation)


@pytest.fixture(scope="module", params=["lite", "server"])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    if request.param == "server":
        request.getfixturevalue("milvus")
        uri = "http://127.0.0.1:19530"
    else:
        uri = str(tmp_path_factory.mktemp("lite") / "index.db")
    made: list[MilvusIndex] = []

    def make_one() -> MilvusIndex:
        made.append(MilvusIndex(uri, f"test_{next(_names)}"))
        return made[-1]

    yield make_one
    for index in made:
        index.close()


class TestContract(VectorIndexContract):
    @pytest.fixture(scope="class")
    @classmethod
    def index_of(cls, make: Make) -> IndexOf:
        def index_of(articles: Sequence[Article]) -> MilvusIndex:
            index = make()
            publish(index, "g1", articles)
            return index

        return index_of


def ids(index: MilvusIndex, keep: Filter | None = None) -> list[str]:
    return sorted(match.id for match in index.search(query("flood"), 100, keep or Filter(NOW)))


def test_a_generation_is_filled_beside_the_one_that_serves_and_takes_its_place_at_once(make: Make) -> None:
    index = make()
    with pytest.raises(NoSnapshot, match="has no index"):
        index.count()
    assert publish(index, "g1", [article("a", "flood"), article("b", "flood wall")]) is None
    assert ids(index) == ["a", "b"]
    index.begin("g2", 32)
    index.upsert(rows_of([article("c", "flood")]), "g2")
    assert ids(index) == ["a", "b"]
    index.finish("g2", 1)
    assert ids(index) == ["a", "b"]
    assert index.swap("g2") == "g1"
    assert ids(index) == ["c"]
    assert index.generations() == ["g1", "g2"]
    with pytest.raises(ValueError, match="g2 serves"):
        index.drop("g2")
    assert index.swap("g1") == "g2"
    assert ids(index) == ["a", "b"]
    index.drop("g2")
    assert index.generations() == ["g1"]


def test_a_generation_that_lost_articles_is_not_published(make: Make) -> None:
    index = make()
    index.begin("g1", 32)
    index.upsert(rows_of([article("a", "flood")]), "g1")
    with pytest.raises(IndexAway, match="holds 1 articles, expected 2; it is not published"):
        index.finish("g1", 2)
    with pytest.raises(NoSnapshot):
        index.search(query("flood"), 1, Filter(NOW))


def test_one_that_was_begun_and_left_is_made_anew(make: Make) -> None:
    index = make()
    index.begin("g1", 32)
    index.upsert(rows_of([article("left", "flood")]), "g1")
    publish(index, "g1", [article("a", "flood")])
    assert ids(index) == ["a"]


def test_what_is_written_counts_and_what_is_removed_does_not(make: Make) -> None:
    index = make()
    publish(index, "g1", [article(one, "flood") for one in HARD_IDS])
    index.upsert(rows_of([article(HARD_IDS[0], "museum", section="culture"), article("new", "flood", section="local")]))
    assert index.count() == len(HARD_IDS) + 1
    stored = index.get(HARD_IDS[0])
    assert stored is not None
    assert np.allclose(stored, query("museum"))
    assert index.delete([*HARD_IDS[1:], "unknown", '" or key != "', "\ud800"]) == len(HARD_IDS) - 1
    assert index.count() == 2
    assert index.get(HARD_IDS[1]) is None
    assert index.delete(HARD_IDS[1:]) == 0
    for found in (ids(index), ids(index, Filter(NOW, section="local")) + ids(index, Filter(NOW, section="culture"))):
        assert sorted(found) == sorted([HARD_IDS[0], "new"])


def test_what_a_policy_never_suggests_is_left_out_by_section_topic_author_and_kind(make: Make) -> None:
    from index.terms import Kind, attribute_hashes

    index = make()
    publish(
        index,
        "g1",
        [
            article("plain", "flood"),
            article("tagged", "flood", tags=["Weather", "Rain"]),
            article("written", "flood", authors=["Ada Moor"]),
            article("typed", "flood", type="opinion"),
            article("below", "flood", section="world/europe"),
            article("beside", "flood", section="world-cup"),
        ],
    )
    terms = [attribute_hashes(Kind.TOPIC, ["rain"]), attribute_hashes(Kind.AUTHOR, ["Ada Moor"])]
    terms.append(attribute_hashes(Kind.TYPE, ["opinion"]))
    excluded = frozenset(int(term) for found in terms for term in found)
    assert ids(index, Filter(NOW, excluded_terms=excluded)) == ["below", "beside", "plain"]
    keep = Filter(NOW, excluded_sections=frozenset(["world", 'x" or id != "']))
    assert ids(index, keep) == ["beside", "plain", "tagged", "typed", "written"]


def test_health_tells_which_collection_serves_and_that_it_is_whole(make: Make) -> None:
    index = make()
    publish(index, "g7", [article("a", "flood")])
    health = index.health()
    assert health.collection.endswith("_g7")
    assert (health.loaded, health.replicas, health.rows) == (True, 1, 1)


@pytest.mark.parametrize("name", ["", "a-b", "a b", "a;drop", "ä", "x" * 101])
def test_the_name_of_a_generation_is_plain(make: Make, name: str) -> None:
    with pytest.raises(ValueError, match="expected letters, digits and _"):
        make().begin(name, 32)


def test_nobody_there_is_said_without_the_address() -> None:
    with pytest.raises(IndexAway) as said:
        MilvusIndex("http://127.0.0.1:1", "test").count()
    assert "127.0.0.1" not in str(said.value)


def test_nothing_that_people_write_stands_in_an_expression() -> None:
    keep = Filter(
        NOW,
        section='x" or 1 == 1 or section == "',
        languages=frozenset(['en"]']),
        excluded_ids=frozenset(['a"]', "\\", "\ud800"]),
        excluded_sections=frozenset(["%_"]),
    )
    said = expression(keep)
    assert "or" not in said.replace("json", "").split()
    assert "\\" not in said
    assert from_hexadecimal(hexadecimal("\ud800 ü 東")) == "\ud800 ü 東"
    with pytest.raises(ValueError, match="rows of a snapshot"):
        expression(Filter(NOW, excluded_rows=(1,)))


def test_what_its_client_would_write_of_errors_is_left_to_us(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lite = MilvusIndex(str(tmp_path / "lite.db"), "test")
    logging.getLogger("pymilvus").addHandler(caplog.handler)
    with pytest.raises(IndexAway):
        lite.search(np.ones(8, np.float32), 1, Filter(NOW), "nowhere")
    lite.close()
    logging.getLogger("pymilvus").removeHandler(caplog.handler)
    assert [record.message for record in caplog.records if record.name.startswith("pymilvus")] == []


def test_a_file_of_milvus_lite_is_opened_again(tmp_path: Path) -> None:
    first = MilvusIndex(str(tmp_path / "index.db"), "paper")
    publish(first, "g1", [article("a", "flood")])
    first.close()
    again = MilvusIndex(str(tmp_path / "index.db"), "paper")
    assert ids(again) == ["a"]
    again.close()
