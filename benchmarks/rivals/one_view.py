"""One Flask view over an engine that searches: the same for all of them, so that the engines are what differs.

ARTICLES=folder ENGINE=chroma granian --interface wsgi --factory one_view:create
"""

import importlib
import json
import os
from pathlib import Path

import numpy as np
import orjson
from flask import Flask, Response, abort, request


class Articles:
    """What lies in a folder: which row an id has, and the vectors, mapped."""

    def __init__(self, folder):
        with (Path(folder) / "articles.jsonl").open(encoding="utf-8") as lines:
            self.row_of = {json.loads(line)["id"]: row for row, line in enumerate(lines)}
        self.vectors = np.load(Path(folder) / "vectors.npy", mmap_mode="r")


def create():
    """The application over the engine that the environment names."""
    articles = Articles(os.environ["ARTICLES"])
    nearest = importlib.import_module(f"{os.environ['ENGINE']}_engine").connect()
    app = Flask(__name__)

    @app.get("/also-read")
    def also_read():
        article_id = request.args.get("id")
        row = articles.row_of.get(article_id)
        if row is None:
            abort(404)
        limit = request.args.get("limit", 5, int)
        before = request.args.get("before", None, int)
        items = nearest(article_id, articles.vectors[row], limit, before)
        return Response(orjson.dumps({"items": items}), mimetype="application/json")

    return app
