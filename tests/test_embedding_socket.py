"""The indexer's model, asked over its socket: the same vectors, only for its own user, and never a reason to fail."""

import base64
import json
import logging
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import numpy as np
import pytest
from indexer_fixtures import Desk

from index.embedder import Embedder, WordHashEmbedder
from index.embedding_client import EmbeddingClient
from index.embedding_socket import MAX_BYTES, EmbeddingServer, serve_embeddings
from index.errors import EmbeddingUnavailable
from index.indexer_models import Shared
from index.socket_paths import SOCKET, socket_name

SECRET = "the minister resigns tomorrow"
MODEL = "word-hash-64"


class Held(WordHashEmbedder):
    """Embeds nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__(64)
        self.go = threading.Event()

    def embed(self, texts: Sequence[str]):
        assert self.go.wait(10)
        return super().embed(texts)


class Broken(WordHashEmbedder):
    def embed(self, texts: Sequence[str]):
        raise RuntimeError(f"cannot embed {texts}")


@pytest.fixture
def lend(data: Path) -> Iterator[Callable[[Embedder | None], EmbeddingServer]]:
    """Lends a model in the data folder."""
    servers: list[EmbeddingServer] = []

    def start(model: Embedder | None, folder: Path = data) -> EmbeddingServer:
        folder.mkdir(parents=True, exist_ok=True)
        server = serve_embeddings(folder, lambda: model)
        assert server is not None
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


def ask(data: Path, body: bytes, path: str = "/v1/embeddings") -> tuple[int, dict]:
    """What the socket answers to a body, as any client of OpenAI's service would ask."""
    connection = HTTPConnection("any")
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with socket_name(data) as name:
        connection.sock.connect(name)
    connection.request("POST", path, body)
    response: HTTPResponse = connection.getresponse()
    record = json.loads(response.read())
    connection.close()
    return response.status, record


def test_a_text_gets_the_vector_that_the_model_gives_it(lend, data: Path):
    lend(WordHashEmbedder(64))
    vector = EmbeddingClient(data).embed("flood wall", MODEL, 64)
    assert np.array_equal(vector, WordHashEmbedder(64).embed(["flood wall"])[0])


def test_it_speaks_as_openais_service_does(lend, data: Path):
    lend(WordHashEmbedder(64))
    status, record = ask(data, json.dumps({"model": MODEL, "input": ["flood", "wall"]}).encode())
    assert status == 200
    assert [item["index"] for item in record["data"]] == [0, 1]
    wanted = WordHashEmbedder(64).embed(["flood", "wall"])
    assert np.allclose([item["embedding"] for item in record["data"]], wanted)
    body = json.dumps({"input": "flood", "encoding_format": "base64"}).encode()
    packed = ask(data, body)[1]["data"][0]["embedding"]
    assert np.array_equal(np.frombuffer(base64.b64decode(packed), "<f4"), wanted[0])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"[]", 400),
        (b'{"input": 3}', 400),
        (b'{"input": []}', 400),
        (b'{"input": "a", "encoding_format": "int8"}', 400),
        (json.dumps({"input": ["a"] * 17}).encode(), 400),
        (b'{"input": "a", "model": "another"}', 404),
        (b" " * (MAX_BYTES + 1), 413),
    ],
)
def test_what_it_cannot_answer_it_refuses_with_a_reason(lend, data: Path, body: bytes, status: int):
    lend(WordHashEmbedder(64))
    if status == 413:
        body = b""
        connection = HTTPConnection("any")
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with socket_name(data) as name:
            connection.sock.connect(name)
        connection.request("POST", "/v1/embeddings", headers={"Content-Length": str(MAX_BYTES + 1)})
        assert connection.getresponse().status == 413
        connection.close()
        return
    came, record = ask(data, body)
    assert came == status
    assert record["error"]["message"]


def test_only_its_own_user_may_connect(lend, data: Path):
    lend(WordHashEmbedder(64))
    assert stat.S_IMODE((data / SOCKET).stat().st_mode) == 0o600


def test_a_data_folder_of_any_depth_has_a_socket(lend, tmp_path: Path):
    deep = tmp_path / ("long" * 40) / ("name" * 40)
    lend(WordHashEmbedder(64), deep)
    assert EmbeddingClient(deep).embed("flood", MODEL, 64).any()


def test_what_a_killed_indexer_left_is_replaced(lend, data: Path):
    data.mkdir()
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(data / SOCKET))
    left.close()
    with pytest.raises(EmbeddingUnavailable, match="not running"):
        EmbeddingClient(data).embed("flood", MODEL, 64)
    lend(WordHashEmbedder(64))
    assert EmbeddingClient(data).embed("flood", MODEL, 64).any()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (None, "not ready"),
        (WordHashEmbedder(32), "another model"),
        (Broken(64), "failed at this text"),
    ],
)
def test_without_a_vector_the_client_says_why(lend, data: Path, model: Embedder | None, said: str):
    lend(model)
    with pytest.raises(EmbeddingUnavailable, match=said):
        EmbeddingClient(data).embed("flood", MODEL, 64)


def test_a_busy_model_is_not_waited_for_longer_than_an_editor_would(lend, data: Path):
    held = Held()
    lend(held)
    began = time.monotonic()
    with pytest.raises(EmbeddingUnavailable, match="busy"):
        EmbeddingClient(data, wait_seconds=0.2).embed("flood", MODEL, 64)
    assert time.monotonic() - began < 1
    held.go.set()
    assert EmbeddingClient(data).embed("flood", MODEL, 64).any()


def test_no_folder_and_no_socket_are_said_and_stop_nothing(data: Path, caplog: pytest.LogCaptureFixture):
    with pytest.raises(EmbeddingUnavailable, match="not running"):
        EmbeddingClient(data).embed("flood", MODEL, 64)
    assert serve_embeddings(data, lambda: None) is None
    assert "drafts are previewed by terms" in caplog.text
    assert str(data) not in caplog.text


def test_no_word_of_what_is_embedded_stands_in_a_log_or_a_file(
    lend, data: Path, caplog: pytest.LogCaptureFixture, capfd
):
    caplog.set_level(logging.DEBUG)
    lend(Broken(64))
    with pytest.raises(EmbeddingUnavailable) as raised:
        EmbeddingClient(data).embed(SECRET, MODEL, 64)
    assert "failed" in caplog.text
    assert "minister" not in caplog.text + str(raised.value) + "".join(capfd.readouterr())
    assert [path.name for path in data.iterdir()] == [SOCKET]


def test_two_who_embed_never_use_the_model_at_once(lend, data: Path):
    inside: list[int] = []
    most: list[int] = []

    class Watching(WordHashEmbedder):
        def embed(self, texts: Sequence[str]):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()
            return super().embed(texts)

    shared = Shared(Watching(64), MODEL)
    lend(shared)
    threads = [threading.Thread(target=EmbeddingClient(data).embed, args=("flood", MODEL, 64)) for _ in range(3)]
    for thread in threads:
        thread.start()
    shared.embed(["wall"])
    for thread in threads:
        thread.join()
    assert len(most) == 4
    assert max(most) == 1


def test_the_indexer_lends_the_model_of_the_index_that_serves(data: Path):
    desk = Desk(data)
    try:
        assert desk.indexer.model is None
        desk.work()
        assert desk.indexer.model is not None
        assert desk.indexer.model.model == MODEL
    finally:
        desk.close()
