"""A real `alsoread embedder` under a real rebuild and a real server: the same index as with the model at home, and whatever
becomes of the embedder, readers are answered."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from helpers import article, opened
from ports import free_port
from server_process import server_environment, start_server, wait_for
from service_fixtures import wait_until

from index.article_record import dump_record
from index.article_writes import put_articles
from index.catalogue import Catalogue
from index.change_log import Bell, ids_not_embedded
from index.indexer_state import read_indexer_state

pytestmark = pytest.mark.server

MODEL = "word-hash-64"
KEY = "a key of some length"
ARTICLES = [article(f"a{n}", f"Piece {n}", f"river wall {n}", section="news") for n in range(200)]


@contextmanager
def embedder(port: int, model: str = MODEL) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "service", "embedder", "--port", str(port), "--model", model]
    environment = {**server_environment(), "ALSOREAD_EMBEDDER_KEY": KEY}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def command(*arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        env={**server_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def elsewhere(port: int, key: str = KEY) -> dict[str, str]:
    return {
        "ALSOREAD_EMBEDDER": f"http://127.0.0.1:{port}/v1",
        "ALSOREAD_EMBEDDER_KEY": key,
        "ALSOREAD_MODEL": MODEL,
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(b"".join(dump_record(one) + b"\n" for one in ARTICLES))
    return path


def test_a_rebuild_by_an_embedder_gives_the_index_that_one_at_home_gives(tmp_path: Path, source: Path) -> None:
    port = free_port()
    at_home, away = tmp_path / "home", tmp_path / "away"
    with embedder(port):
        done = command("rebuild", str(source), "--data", str(away), "--json", environment=elsewhere(port))
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["embedded"] == 200
        refused = command("rebuild", "--data", str(away), environment=elsewhere(port, "another key, and wrong"))
        assert refused.returncode == 1
        assert "refuses our key (401" in refused.stderr
    done = command("rebuild", str(source), "--data", str(at_home), environment={"ALSOREAD_MODEL": MODEL})
    assert done.returncode == 0, done.stderr
    here, there = opened(at_home), opened(away)
    assert here.manifest.recipe == there.manifest.recipe
    for one in ARTICLES:
        mine, theirs = here.vectors.get(one.id), there.vectors.get(one.id)
        assert mine is not None
        assert theirs is not None
        assert np.array_equal(mine, theirs)
    changed = command("rebuild", str(source), "--data", str(away), "--json", environment={"ALSOREAD_MODEL": MODEL})
    assert json.loads(changed.stdout)["published"] is False, "at home nothing is to be embedded again"


def test_new_articles_wait_for_an_embedder_that_is_away_and_readers_do_not(tmp_path: Path, source: Path) -> None:
    data, port, web = tmp_path / "data", free_port(), free_port()
    with embedder(port):
        assert command("rebuild", str(source), "--data", str(data), environment=elsewhere(port)).returncode == 0
    server = start_server(data, web, 1, environment=elsewhere(port))
    try:
        base = f"http://127.0.0.1:{web}"
        wait_for(f"{base}/health/ready", server)
        with Catalogue.open(data / "catalogue.sqlite") as catalogue:
            put_articles(catalogue, [article("new", "River wall opened", "river wall 7 new gate", section="news")])
            Bell(data).ring()

            def state() -> str:
                found = read_indexer_state(data)
                return found.state if found else ""

            wait_until(lambda: state() == "embedder-away", 20, "the indexer says that its embedder is away")
            with urllib.request.urlopen(f"{base}/v1/articles/new/also-read", timeout=5) as answer:
                items = json.load(answer)["items"]
            assert items[0]["source"] == "similar", "by terms, as long as there is no vector"
            assert ids_not_embedded(catalogue.engine, MODEL, 1) == ["new"]
            with urllib.request.urlopen(f"{base}/health/ready", timeout=5) as answer:
                assert "does not accept connections" in json.load(answer)["indexer"]["problem"]
            with embedder(port):
                wait_until(lambda: not ids_not_embedded(catalogue.engine, MODEL, 1), 20, "it was embedded")
                wait_until(lambda: state() == "ready", 10, "the indexer is ready")
    finally:
        server.terminate()
        server.wait(15)


def test_it_is_not_left_open_to_others_by_mistake() -> None:
    done = command("embedder", "--host", "0.0.0.0", "--port", "0", environment={"ALSOREAD_EMBEDDER_KEY": ""})
    assert done.returncode == 1
    assert "there is no key: set ALSOREAD_EMBEDDER_KEY here" in done.stderr


@pytest.mark.model
def test_a_model_that_cannot_be_loaded_ends_it_with_the_reason() -> None:
    done = command("embedder", "--port", "0", "--model", "no/such/model", environment={"HF_HUB_OFFLINE": "1"})
    assert done.returncode != 0
    assert "'no/such/model' cannot be loaded" in done.stderr
