"""A small server that answers `/v1/embeddings` as the well-known ones do, and as badly as one tells it to."""

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from index.embedder import WordHashEmbedder

Reply = tuple[int, dict[str, str], Any]
"""Status, headers, and the body: JSON, or bytes as they are."""


@dataclass
class Stub:
    """What the server does, and what it was asked."""

    model: str = "bge-small"
    embedder: WordHashEmbedder = field(default_factory=lambda: WordHashEmbedder(64))
    knows_base64: bool = True
    most_texts: int = 32
    longest: int | None = None
    """Words of the longest text that it takes."""
    scale: float = 1.0
    first: list[Reply] = field(default_factory=list)
    """Answered before anything else, one a call."""
    instead: Callable[[list[str]], Reply | None] = lambda texts: None
    calls: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def texts(self) -> list[list[str]]:
        """What was embedded, call by call, without the word that finds out what the server has."""
        return [call["input"] for call in self.calls if call["input"] != ["ready"]]

    def answer(self, asked: dict[str, Any]) -> Reply:
        texts: list[str] = asked["input"]
        if self.first:
            return self.first.pop(0)
        if (reply := self.instead(texts)) is not None:
            return reply
        packed = asked.get("encoding_format") == "base64"
        if packed and not self.knows_base64:
            return 422, {}, {"error": {"message": "encoding_format: expected float"}}
        if len(texts) > self.most_texts:
            return 413, {}, {"error": f"batch size {len(texts)} > maximum allowed batch size {self.most_texts}"}
        if self.longest and any(len(text.split()) > self.longest for text in texts):
            return 413, {}, {"error": f"inputs must have less than {self.longest} tokens"}
        return 200, {}, self.embedded(texts, packed)

    def embedded(self, texts: Sequence[str], packed: bool = False) -> dict[str, Any]:
        vectors = self.embedder.embed(texts) * np.float32(self.scale)
        data = [
            {"index": at, "embedding": base64.b64encode(row.tobytes()).decode() if packed else row.tolist()}
            for at, row in enumerate(vectors)
        ]
        return {"object": "list", "data": data[::-1], "model": self.model}  # in no order that one may rely on


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """The server, for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.calls.append(asked)
            stub.headers.append(dict(self.headers))
            status, headers, body = (404, {}, {}) if self.path != "/v1/embeddings" else stub.answer(asked)
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def process_request(self, request: Any, client_address: Any) -> None:
            connections.append(request)
            super().process_request(request, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A connection that was cut."""

    connections: list[socket.socket] = []
    server = Server(("127.0.0.1", stub.port), Handler)
    stub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for connection in connections:  # those that are kept open too
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
