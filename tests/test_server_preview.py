"""A draft previewed by real workers: embedded by the indexer while it runs, by terms while it does not."""

import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest
from helpers import Given
from server_process import running_server
from service_fixtures import WORDS, small_archive, wait_until
from writing_fixtures import make_key

from index.article_record import parse_article
from index.embedder import WordHashEmbedder
from index.indexer_state import read_indexer_state
from index.rebuild import Options, rebuild
from index.socket_paths import SOCKET

pytestmark = pytest.mark.server

DRAFT = {"title": "Flood wall holds", "text": WORDS["flood"], "section": "news/flood", "lang": "en"}


def preview(base: str, key: str) -> dict:
    request = urllib.request.Request(
        f"{base}/v1/preview",
        json.dumps(DRAFT).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.loads(response.read())


def indexer(data: Path) -> int | None:
    state = read_indexer_state(data)
    return state.pid if state and state.alive and state.state == "ready" else None


def test_the_indexer_embeds_a_draft_whenever_it_is_there(data: Path):
    articles = [parse_article(record) for record in small_archive()]
    rebuild(data, [Given(articles)], WordHashEmbedder(64), Options(model_name="word-hash-64"))
    key = make_key(data, "desk", "read")
    with running_server(data, workers=2) as base:
        assert wait_until(lambda: preview(base, key)["by_terms"] is None, 20, "the model was lent")
        killed = wait_until(lambda: indexer(data), 20, "the indexer was ready")
        os.kill(killed, signal.SIGSTOP)
        try:
            assert "the indexer is busy" in preview(base, key)["by_terms"]
        finally:
            os.kill(killed, signal.SIGCONT)
        os.kill(killed, signal.SIGKILL)
        assert wait_until(lambda: preview(base, key)["by_terms"] is None, 20, "another took its place")
    assert not (data / SOCKET).exists()
