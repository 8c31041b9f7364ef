"""The forty lines that this service is measured against are an honest service: right, and never short of what there is."""

import runpy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest
from flask.testing import FlaskClient

pytest.importorskip(
    "benchmarks.rival_services", reason="the benchmarks are not beside the tests (a source distribution)"
)

from benchmarks.rival_services import SCRIPTS, export
from index.article import Article
from index.snapshot import Snapshot

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def exported(build: Callable[..., Snapshot], tmp_path: Path) -> Path:
    """Sixty articles, each of which shares a word with the ten before and after it, for rivals to read."""
    articles = [
        Article(
            f"a{at}",
            f"Piece {at}",
            " ".join(f"word{near}" for near in range(at, at + 10)),
            published_at=FIRST + timedelta(days=at),
        )
        for at in range(60)
    ]
    export(build(articles), tmp_path / "rival")
    return tmp_path / "rival"


@pytest.fixture
def client(exported: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The forty lines over them."""
    monkeypatch.setenv("ARTICLES", str(exported))
    client: FlaskClient = runpy.run_path(str(SCRIPTS / "forty_lines.py"))["app"].test_client()
    return client


def test_what_rivals_get_is_the_index_row_by_row(exported: Path) -> None:
    lines = [orjson.loads(line) for line in (exported / "articles.jsonl").read_bytes().splitlines()]
    vectors = np.load(exported / "vectors.npy")
    assert len(lines) == len(vectors) == 60
    place = {line["id"]: row for row, line in enumerate(lines)}
    assert [line["published"] for line in lines] == sorted(line["published"] for line in lines)
    near = vectors[place["a30"]] @ vectors[place["a31"]]
    assert near > vectors[place["a30"]] @ vectors[place["a35"]] > vectors[place["a30"]] @ vectors[place["a45"]]


def test_what_rivals_built_stays_while_the_articles_do(build: Callable[..., Snapshot], tmp_path: Path) -> None:
    folder = tmp_path / "rival"
    one, other = Article("a", "One", "of these"), Article("b", "Other", "of those")
    export(build([one]), folder)
    (folder / "built").touch()
    export(build([one]), folder)
    assert (folder / "built").is_file()
    export(build([one, other]), folder)
    assert not (folder / "built").exists()
    assert len((folder / "articles.jsonl").read_bytes().splitlines()) == len(np.load(folder / "vectors.npy")) == 2


def test_the_forty_lines_give_the_nearest_and_never_the_article_itself(client: FlaskClient) -> None:
    items = client.get("/also-read?id=a30&limit=4").get_json()["items"]
    assert {item["id"] for item in items[:2]} == {"a29", "a31"}
    assert len(items) == 4
    assert [item["score"] for item in items] == sorted((item["score"] for item in items), reverse=True)
    assert client.get("/also-read?id=nobody").status_code == 404


def test_the_forty_lines_fetch_on_until_the_filter_lets_enough_through(client: FlaskClient) -> None:
    before = int((FIRST + timedelta(days=3)).timestamp())
    items = client.get(f"/also-read?id=a59&limit=2&before={before}").get_json()["items"]
    assert len(items) == 2
    assert {item["id"] for item in items} <= {"a0", "a1", "a2"}
