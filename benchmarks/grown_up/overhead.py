"""What our adapters cost over the same calls made bare: a search by pymilvus and a fetch by psycopg; ranking is left out."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psycopg
from pymilvus import MilvusClient

from benchmarks.grown_up.setting import URI, GrownUp
from index.article import unix_seconds
from index.cluster.reading import ClusterIndex
from index.milvus_filter import from_hexadecimal
from index.milvus_index import LEAST_EF, MilvusIndex
from index.vector_index import Filter
from service.shared_engines import NAME

ASKED = 300
COUNT = 100

FETCH = """
SELECT s.id, a.copy_key, a.copy_hash, a.superseded_at, s.body, v.vector
FROM served s JOIN articles a ON a.id = s.id AND a.record_hash = s.record_hash
LEFT JOIN vectors v ON v.content_hash = a.content_hash AND v.model = %s AND v.recipe = %s
WHERE NOT a.unpublished AND s.id = ANY(%s)
"""


def overhead(running: GrownUp, ids: Sequence[str], seed: int = 2) -> None:
    """Ask for the candidates of a sample and their rows, ours and bare in turn, and print medians and their ratio."""
    shared = ClusterIndex(running.address, Path("nowhere"), lambda: MilvusIndex(URI, NAME))
    state = shared.state()
    keep = Filter(datetime.now(UTC))
    client = MilvusClient(URI)
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    rows: list[int] = []
    with psycopg.connect(running.address, autocommit=True) as connection:

        def bare(vector: Any) -> int:
            found = client.search(
                f"{NAME}_{state.collection}",
                data=[vector.tolist()],
                limit=COUNT + 1,
                filter=f"recommendable == true and published <= {unix_seconds(keep.visible_at)}",
                output_fields=["id"],
                search_params={"metric_type": "IP", "params": {"ef": max(LEAST_EF, COUNT + 1)}},
                consistency_level="Bounded",
            )[0]
            wanted = [from_hexadecimal(hit["entity"]["id"]) for hit in found[:COUNT]]
            with connection.cursor(binary=True) as cursor:
                return len(cursor.execute(FETCH, (state.recipe.model, state.recipe.text, wanted)).fetchall())

        def ours(vector: Any) -> int:
            wanted = shared.nearest(vector, COUNT, keep, state).result()
            return len(shared.ask(state, lambda look: look.rows(wanted)))

        for article_id in random.Random(seed).sample(list(ids), min(ASKED, len(ids))):
            vector = shared.snapshot(article_id).vectors_at(_FIRST)[0]
            for name, work in random.Random(article_id).sample([("ours", ours), ("bare", bare)], 2):
                taken[name].append(_timed(work, vector, rows))
    mine, theirs = median(taken["ours"]), median(taken["bare"])
    print(f"a search for {COUNT} and the rows of what they find ({median(rows):.0f} of them), p50:")
    print(f"bare pymilvus and psycopg {theirs:.1f} ms, ours {mine:.1f} ms: {mine / theirs - 1:+.0%}", flush=True)


def _timed(work: Callable[[Any], int], vector: Any, rows: list[int]) -> float:
    began = time.perf_counter()
    rows.append(work(vector))
    return 1000 * (time.perf_counter() - began)


_FIRST = np.array([0])
