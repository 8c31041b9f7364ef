"""Chroma's server, asked by its own client over HTTP."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

BATCH = 2_000
HNSW = {"space": "ip", "max_neighbors": 16, "ef_construction": 100, "ef_search": 64}


def engine(folder):
    """Start the server; gives what `connect` and `load` need, no further process, and what to keep."""
    port = os.environ["ENGINE_PORT"]
    program = Path(sys.executable).parent / "chroma"
    command = [program, "run", "--path", str(Path(folder) / "chroma"), "--port", port, "--host", "127.0.0.1"]
    environment = {**os.environ, "ANONYMIZED_TELEMETRY": "False"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return {"CHROMA": port}, [], process


def client():
    """A client of the server, once that answers."""
    import chromadb
    from chromadb.config import Settings

    for _ in range(600):
        try:
            settings = Settings(anonymized_telemetry=False)
            return chromadb.HttpClient(host="127.0.0.1", port=int(os.environ["CHROMA"]), settings=settings)
        except ValueError:
            time.sleep(0.1)
    raise SystemExit("Chroma's server does not answer")


def connect():
    """A function that asks; one more is fetched, for the article itself comes first."""
    collection = client().get_collection("articles")

    def nearest(article_id, vector, limit, before):
        where = None if before is None else {"published": {"$lt": before}}
        found = collection.query(
            query_embeddings=[vector.tolist()], n_results=limit + 1, where=where, include=["metadatas", "distances"]
        )
        rows = zip(found["ids"][0], found["metadatas"][0], found["distances"][0], strict=True)
        return [{"id": id_, **card, "score": 1 - far} for id_, card, far in rows if id_ != article_id][:limit]

    return nearest


def load(folder):
    """Add the articles, two thousand at a time."""
    vectors = np.load(Path(folder) / "vectors.npy", mmap_mode="r")
    articles = [json.loads(line) for line in (Path(folder) / "articles.jsonl").open(encoding="utf-8")]
    chroma = client()
    if "articles" in [one.name for one in chroma.list_collections()]:
        chroma.delete_collection("articles")
    collection = chroma.create_collection("articles", configuration={"hnsw": HNSW}, embedding_function=None)
    for start in range(0, len(articles), BATCH):
        part = articles[start : start + BATCH]
        cards = [{name: one[name] for name in ("title", "url", "section", "published")} for one in part]
        given = np.asarray(vectors[start : start + BATCH])
        collection.add(ids=[one["id"] for one in part], embeddings=given, metadatas=cards)
