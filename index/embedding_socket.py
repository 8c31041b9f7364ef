"""The indexer's model, lent to others on its host: `POST /v1/embeddings`, as OpenAI's, on a Unix socket in the data folder.

Web workers hold no model; a draft that is previewed is embedded here. Only the user that the indexer runs as may connect.
Nothing of what is embedded is kept, or told to the log.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

import orjson

from index.embedder import Embedder
from index.embedding_answers import PATH, Refused, embedded, error_record
from index.socket_paths import SOCKET, socket_name

log = logging.getLogger(__name__)

MAX_BYTES = 1_000_000
MAX_TEXTS = 16
MAX_CALLS = 8
"""So many are answered at once; more are told to come again."""

CALL_SECONDS = 5.0
"""So long a caller may take to send its request, or to read the answer."""


def serve_embeddings(data: Path, model: Callable[[], Embedder | None]) -> "EmbeddingServer | None":
    """Answer in threads of their own, for as long as the process lives or until it is closed. `model` gives the one to embed
    with; None while there is none.

    Where no socket can be made there (a folder that is read-only, or on a file system without sockets) that is said in the
    log, gives None, and drafts are previewed by terms.
    """
    try:
        server = EmbeddingServer(data, model)
    except OSError as error:
        log.warning(
            "drafts are previewed by terms: no socket can be made in the data folder: %s", error.strerror or error
        )
        return None
    threading.Thread(target=server.serve_forever, args=(0.1,), name="embeddings", daemon=True).start()
    return server


class EmbeddingServer(ThreadingMixIn, UnixStreamServer):
    """Listens on the socket of a data folder."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self, data: Path, model: Callable[[], Embedder | None]) -> None:
        """Raises `OSError`."""
        self.model = model
        self.calls = threading.BoundedSemaphore(MAX_CALLS)
        self._data = data
        super().__init__(str(data / SOCKET), _Call)

    def server_bind(self) -> None:
        """Take the place of whatever an indexer left that was killed; only our own user may connect from the start on."""
        self.server_address = str(self._data / SOCKET)
        (self._data / SOCKET).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.fchmod(self.socket.fileno(), 0o600)  # Linux makes the file with the mode of the socket
        with socket_name(self._data) as name:
            self.socket.bind(name)
        (self._data / SOCKET).chmod(0o600)

    def close(self) -> None:
        """Answer no more, and leave no socket."""
        self.shutdown()
        self.server_close()
        self.forget()

    def forget(self) -> None:
        """Leave no socket behind: not everything that copies a folder can copy one."""
        with contextlib.suppress(OSError):
            (self._data / SOCKET).unlink()

    def handleerror_record(self, request: Any, client_address: Any) -> None:
        """A caller that went away is nobody's problem; and what it sent stands in no log."""


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = CALL_SECONDS
    server: EmbeddingServer

    def setup(self) -> None:
        super().setup()
        self.client_address = ("", 0)  # a Unix socket's is no pair

    def handle(self) -> None:
        """One question a connection: whoever asks is on this host."""
        self.handle_one_request()

    def do_POST(self) -> None:  # http.server's name
        if not self.server.calls.acquire(blocking=False):
            self._answer(503, error_record("server_busy", "too many calls at once; try again"))
            return
        try:
            self._answer(200, embedded(self._body(), self.server.model(), MAX_TEXTS))
        except Refused as refused:
            self._answer(refused.status, error_record(refused.kind, str(refused)))
        except Exception as error:  # noqa: BLE001  # a model may raise anything, and what it says may hold the text
            log.error("embedding a draft failed: %s", type(error).__name__)
            self._answer(500, error_record("server_error", "the model failed at this text"))
        finally:
            self.server.calls.release()

    def _body(self) -> Any:
        if self.path != PATH:
            raise Refused(404, "invalid_request_error", f"expected POST {PATH}")
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length[:9]) > MAX_BYTES:
            raise Refused(
                413, "invalid_request_error", f"expected a body of at most {MAX_BYTES:,} bytes, its length told"
            )
        try:
            return orjson.loads(self.rfile.read(int(length)))
        except orjson.JSONDecodeError:
            raise Refused(400, "invalid_request_error", "expected a JSON object") from None

    def _answer(self, status: int, record: Mapping[str, Any]) -> None:
        body = orjson.dumps(record)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Calls stand in no log."""
