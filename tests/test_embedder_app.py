"""The model over HTTP, request by request: what it answers, whom it refuses, and that it says nothing of what it was given."""

import io
import json
import logging
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from test_embedding_socket import Held

from index.embedder import WordHashEmbedder
from service.embedder_app import MAX_BYTES, MAX_TEXTS, THREADS, EmbedderApp

KEY = "a key of some length"
SECRET = "the minister resigns tomorrow"


def ask(
    app: EmbedderApp, path: str, body: bytes | None = None, method: str = "", key: str | None = None, **environ: Any
) -> tuple[int, dict[str, str], Any]:
    environ = {
        "PATH_INFO": path,
        "REQUEST_METHOD": method or ("GET" if body is None else "POST"),
        "wsgi.input": io.BytesIO(body or b""),
        "CONTENT_LENGTH": str(len(body or b"")),
        **({"HTTP_AUTHORIZATION": f"Bearer {key}"} if key else {}),
        **environ,
    }
    told: list[Any] = []
    raw = b"".join(app(environ, lambda status, headers: told.extend([int(status.split()[0]), dict(headers)])))
    return told[0], told[1], json.loads(raw) if raw else None


@pytest.fixture
def app() -> EmbedderApp:
    one = EmbedderApp("word-hash-64")
    one.load()
    return one


def embed(app: EmbedderApp, texts: object, key: str | None = None) -> tuple[int, dict[str, str], Any]:
    return ask(app, "/v1/embeddings", json.dumps({"model": "word-hash-64", "input": texts}).encode(), key=key)


def test_it_gives_the_vectors_of_its_model_and_its_name(app: EmbedderApp) -> None:
    status, _, record = embed(app, ["flood wall", "gull"])
    assert status == 200
    assert record["model"] == "word-hash-64"
    wanted = WordHashEmbedder(64).embed(["flood wall", "gull"])
    assert np.allclose([item["embedding"] for item in record["data"]], wanted)
    assert embed(app, ["word"] * MAX_TEXTS)[0] == 200
    assert ask(app, "/v1/models")[2]["data"] == [{"id": "word-hash-64", "object": "model"}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"[]", 400),
        (b'{"input": 3}', 400),
        (b'{"input": []}', 400),
        (json.dumps({"input": ["a"] * (MAX_TEXTS + 1)}).encode(), 400),
        (b'{"input": "a", "model": "another"}', 404),
        (b" " * (MAX_BYTES + 1), 413),
    ],
)
def test_what_it_cannot_answer_it_refuses_with_a_reason(app: EmbedderApp, body: bytes, status: int) -> None:
    found = ask(app, "/v1/embeddings", body)
    assert found[0] == status
    assert found[2]["error"]["message"]
    if status == 413:  # by what the header says, and by what comes where it says nothing, or a lie
        assert ask(app, "/v1/embeddings", b"", CONTENT_LENGTH=str(MAX_BYTES + 1))[0] == 413
        assert ask(app, "/v1/embeddings", body, CONTENT_LENGTH="")[0] == 413


def test_other_addresses_and_methods_are_named(app: EmbedderApp) -> None:
    assert ask(app, "/v1/embeddings")[0] == 405
    assert ask(app, "/v1/chat/completions", b"{}")[0] == 404
    assert ask(app, "/health/ready", b"")[0] == 405
    status, _, body = ask(app, "/health/ready", method="HEAD")
    assert (status, body) == (200, None)


def test_who_does_not_show_the_key_learns_nothing_but_health() -> None:
    app = EmbedderApp("word-hash-64", KEY)
    app.load()
    for key in (None, "another", KEY + "x", "Ünï"):
        status, headers, record = embed(app, ["flood"], key)
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "word-hash" not in json.dumps(record)
        assert ask(app, "/v1/models", key=key)[0] == 401
    assert embed(app, ["flood"], KEY)[0] == 200
    assert ask(app, "/health/ready")[0] == 200


def test_until_the_model_is_there_it_says_so() -> None:
    app = EmbedderApp("word-hash-64")
    assert ask(app, "/health/live")[0] == 200
    status, headers, _ = ask(app, "/health/ready")
    assert status == 503
    status, headers, record = embed(app, ["flood"])
    assert (status, headers["Retry-After"], record["error"]["code"]) == (503, "1", "model_not_ready")


class Failing(WordHashEmbedder):
    def embed(self, texts: Sequence[str]):
        raise RuntimeError(f"cannot embed {texts}")


def test_a_text_that_the_model_fails_at_is_the_texts_fault_and_stands_in_no_log(
    app: EmbedderApp, caplog: pytest.LogCaptureFixture
) -> None:
    app.model = Failing(64)
    with caplog.at_level(logging.DEBUG):
        status, _, record = embed(app, [SECRET])
    assert status == 424
    assert SECRET not in json.dumps(record) + caplog.text
    assert "RuntimeError" in caplog.text


def test_one_thread_stays_free_for_whoever_asks_how_it_is(app: EmbedderApp) -> None:
    app.model = held = Held()
    found: list[int] = []
    calls = [threading.Thread(target=lambda: found.append(embed(app, ["flood"])[0])) for _ in range(THREADS - 1)]
    for call in calls:
        call.start()
    while app._calls.acquire(blocking=False):
        app._calls.release()
    status, headers, _ = embed(app, ["flood"])
    assert (status, headers["Retry-After"]) == (503, "1")
    assert ask(app, "/health/ready")[0] == 200
    held.go.set()
    for call in calls:
        call.join()
    assert found == [200] * (THREADS - 1)
    assert embed(app, ["flood"])[0] == 200
