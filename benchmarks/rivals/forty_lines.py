"""The service that anyone would write first: Flask, FAISS and gunicorn.

ARTICLES=folder gunicorn --workers 1 --threads 4 forty_lines:app
"""

import json
import os
from pathlib import Path

import faiss
import numpy as np
from flask import Flask, abort, request

FOLDER = Path(os.environ["ARTICLES"])

faiss.omp_set_num_threads(1)
with (FOLDER / "articles.jsonl").open(encoding="utf-8") as lines:
    articles = [json.loads(line) for line in lines]
row_of = {article["id"]: row for row, article in enumerate(articles)}
vectors = np.load(FOLDER / "vectors.npy")
nearest = faiss.IndexFlatIP(vectors.shape[1])
nearest.add(vectors)
app = Flask(__name__)


@app.get("/also-read")
def also_read():
    """The nearest articles that may be shown; more are fetched than asked for, as some may not."""
    row = row_of.get(request.args.get("id"))
    if row is None:
        abort(404)
    limit = request.args.get("limit", 5, int)
    before = request.args.get("before", 2**62, int)
    fetched = 10 * limit
    while True:
        scores, rows = nearest.search(vectors[row : row + 1], min(fetched, len(articles)))
        pairs = zip(scores[0].tolist(), rows[0].tolist(), strict=True)
        good = [(s, r) for s, r in pairs if r != row and articles[r]["published"] < before]
        if len(good) >= limit or fetched >= len(articles):
            return {"items": [{**articles[r], "score": s} for s, r in good[:limit]]}
        fetched *= 10
