"""`MilvusIndex` on a cluster with two copies of everything: a query node is killed, and a generation takes another's place,
while readers search.

Run where a cluster is, which no other test needs:

    MILVUS_CLUSTER=http://127.0.0.1:19530 MILVUS_CLUSTER_PIDS=pids.json pytest -m cluster tests/test_milvus_cluster.py

The file names its processes: an object in which `query2` is the number of a query node that may be killed.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from helpers import NOW, article, key_of

from index.copies import find_copies
from index.errors import IndexAway
from index.milvus_index import MilvusIndex
from index.row import Row
from index.vector_index import Filter, Match

CLUSTER = os.environ.get("MILVUS_CLUSTER")
PIDS = os.environ.get("MILVUS_CLUSTER_PIDS")

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not (CLUSTER and PIDS), reason="MILVUS_CLUSTER and MILVUS_CLUSTER_PIDS name no cluster"),
]

ARTICLES = 5_000
DIMENSION = 64
ASKED = 50
FOUND = 10
READERS = 4
SECONDS_AFTER = 40.0
"""So long after a query node died searches are watched: with one copy answers were incomplete until then."""

KEEP = Filter(NOW)


def rows(seed: int, start: int = 0) -> list[Row]:
    """Articles whose vectors are chance's, all different."""
    vectors = np.random.default_rng(seed).normal(size=(ARTICLES, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    articles = [article(f"a{start + at}", f"Headline {start + at}") for at in range(ARTICLES)]
    copies = find_copies([key_of(one) for one in articles])
    return [Row(one, vector, b"", copies[one.id], ()) for one, vector in zip(articles, vectors, strict=True)]


@pytest.fixture(scope="module")
def index() -> Iterator[MilvusIndex]:
    made = MilvusIndex(CLUSTER or "", f"cluster_{os.getpid()}", replicas=2)
    publish(made, "g1", rows(1))
    yield made
    made.close()


def publish(index: MilvusIndex, generation: str, rows: list[Row]) -> None:
    index.begin(generation, DIMENSION)
    index.upsert(rows, generation)
    index.finish(generation, len(rows))
    index.swap(generation)


def questions() -> list[np.ndarray]:
    return [row.vector for row in rows(1)[:ASKED]]


@dataclass
class Searches:
    """What searches came to while something happened."""

    answered: int = 0
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0


@contextmanager
def searching(index: MilvusIndex, is_right: Callable[[int, list[Match]], bool]) -> Iterator[Searches]:
    """Readers search until the context ends; `is_right` judges an answer to a question, by its number."""
    seen, over, asked = Searches(), threading.Event(), questions()

    def search(number: int) -> None:
        at = number
        while not over.wait(0.005):
            at = (at + 7) % len(asked)
            began = time.monotonic()
            try:
                found = index.search(asked[at], FOUND, KEEP)
            except IndexAway as error:
                seen.errors.append(f"{type(error).__name__}: {error}")
                continue
            seen.answered += 1
            seen.slowest = max(seen.slowest, time.monotonic() - began)
            if not is_right(at, found):
                seen.wrong.append(f"{at}: {[match.id for match in found]}")

    threads = [threading.Thread(target=search, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    print(f"{seen.answered} searches, {len(seen.errors)} errors, {len(seen.wrong)} wrong, slowest {seen.slowest:.2f} s")


def ids(found: list[Match]) -> list[str]:
    return [match.id for match in found]


def test_it_holds_two_copies_and_says_so(index: MilvusIndex) -> None:
    health = index.health()
    assert (health.replicas, health.loaded, health.rows) == (2, True, ARTICLES)


def test_a_generation_takes_the_place_of_another_while_readers_search(index: MilvusIndex) -> None:
    before = [ids(index.search(question, FOUND, KEEP)) for question in questions()]
    answers: dict[int, set[tuple[str, ...]]] = {at: {tuple(one)} for at, one in enumerate(before)}
    given: list[tuple[int, tuple[str, ...]]] = []

    def note(at: int, found: list[Match]) -> bool:
        given.append((at, tuple(ids(found))))
        return True

    with searching(index, note) as seen:
        publish(index, "g2", rows(2, start=ARTICLES))
        time.sleep(3)
    after = [tuple(ids(index.search(question, FOUND, KEEP))) for question in questions()]
    assert seen.errors == []
    assert [one for one in given if one[1] not in (*answers[one[0]], after[one[0]])] == []
    assert any(found == after[at] for at, found in given), "nobody saw the new one"
    index.swap("g1")


def test_with_two_copies_a_query_node_may_die(index: MilvusIndex) -> None:
    expected = [ids(index.search(question, FOUND, KEEP)) for question in questions()]
    with searching(index, lambda at, found: ids(found) == expected[at]) as seen:
        time.sleep(3)
        os.kill(json.loads(Path(PIDS or "").read_text())["query2"], signal.SIGKILL)
        time.sleep(SECONDS_AFTER)
    assert seen.errors == []
    assert seen.wrong == []
