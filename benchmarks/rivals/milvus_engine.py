"""Milvus: the server (LITE unset), or its library on one file (LITE=1). The server listens to every address, so that it is
run where there is none but loopback."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

BATCH = 2_000
FIELDS = ["id", "title", "url", "section", "published"]


def engine(folder):
    """Start the server, or name the file; gives what `connect` and `load` need, no further process, and what to keep."""
    if os.environ.get("LITE"):
        return {"MILVUS": str(Path(folder) / "lite.db")}, [], None
    program = Path(sys.executable).parent / "milvus-server"
    command = [program, "--data", str(Path(folder) / "milvus")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {"MILVUS": "http://127.0.0.1:19530"}, [], process


def client():
    """A client, once the engine answers."""
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    for _ in range(120):
        try:
            return MilvusClient(os.environ["MILVUS"])
        except MilvusException:
            time.sleep(0.5)
    raise SystemExit("Milvus does not answer")


def connect():
    """A function that asks; one more is fetched, for the article itself comes first."""
    milvus = client()
    milvus.load_collection("articles")

    def nearest(article_id, vector, limit, before):
        found = milvus.search(
            "articles",
            data=[vector.tolist()],
            limit=limit + 1,
            filter="" if before is None else f"published < {before}",
            output_fields=FIELDS,
            search_params={"metric_type": "IP", "params": {"ef": 64}},
            consistency_level="Bounded",
        )[0]
        return [{**hit["entity"], "score": hit["distance"]} for hit in found if hit["entity"]["id"] != article_id][
            :limit
        ]

    return nearest


def load(folder):
    """Insert the articles and build the graph (M 16; the library knows only its own kind of index)."""
    from pymilvus import DataType, MilvusClient

    vectors = np.load(Path(folder) / "vectors.npy", mmap_mode="r")
    milvus = client()
    if milvus.has_collection("articles"):
        milvus.drop_collection("articles")
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=200)
    for name in ("title", "url", "section"):
        schema.add_field(name, DataType.VARCHAR, max_length=4000)
    schema.add_field("published", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
    params = MilvusClient.prepare_index_params()
    params.add_index("vector", index_type="HNSW", metric_type="IP", params={"M": 16, "efConstruction": 128})
    milvus.create_collection("articles", schema=schema)
    articles = [json.loads(line) for line in (Path(folder) / "articles.jsonl").open(encoding="utf-8")]
    for start in range(0, len(articles), BATCH):
        part = articles[start : start + BATCH]
        milvus.insert("articles", [{**one, "vector": vectors[start + at].tolist()} for at, one in enumerate(part)])
    milvus.flush("articles")
    milvus.create_index("articles", params)
    for _ in range(1200):
        if milvus.describe_index("articles", "vector").get("pending_index_rows", 0) == 0:
            break
        time.sleep(0.5)
    milvus.load_collection("articles")
