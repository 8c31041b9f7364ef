"""The model over HTTP, for other hosts: `/v1/embeddings` as OpenAI's service has it, and how the service is. WSGI.

One process holds the model, and embeds one call at a time with all cores; of nothing that is embedded anything is kept, or
told to the log.
"""

import hmac
import logging
import os
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import orjson

from index.embedder import Embedder
from index.embedding_answers import PATH, Refused, embedded, error_record
from index.errors import ArchiveError
from index.indexer_models import Shared
from index.sentence_transformer import make_embedder
from service.errors import BodyTooSlow
from service.logs import set_up_logging
from service.processes import end_with_parent
from service.settings import read_settings
from service.slow_bodies import BodyInTime

log = logging.getLogger(__name__)

MAX_TEXTS = 256
MAX_BYTES = 16 << 20
"""Of a call: its texts have at most some ten million characters that are read."""

THREADS = 2 * (os.cpu_count() or 1) + 1
"""Calls that are read at once. All but one may be for vectors, which the model makes for one after the other; a further call
is told to come again, so that whoever asks for the service's health never waits behind them."""

RETRY_SECONDS = 1

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class EmbedderApp:
    """Answers with a model, as soon as there is one (`model`). With a `key` only those who show it may embed."""

    def __init__(self, name: str, key: str | None = None) -> None:
        self.model: Embedder | None = None
        self._name = name
        self._key = key
        self._calls = threading.BoundedSemaphore(THREADS - 1)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        headers: list[tuple[str, str]] = []
        try:
            status, record = self._answer(environ)
        except Refused as refused:
            status, record = refused.status, error_record(refused.kind, str(refused))
            headers = _REFUSED_WITH.get(status, [])
        body = orjson.dumps(record)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def load(self) -> None:
        """Load the model and try it. Raises what that raises."""
        model = Shared(make_embedder(self._name), self._name)
        model.embed(["ready"])
        self.model = model
        log.info("embedding with %s", model.model)

    def _answer(self, environ: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        allowed = _METHODS.get(path)
        if allowed is None:
            raise Refused(404, "invalid_request_error", f"expected one of {', '.join(_METHODS)}")
        if method not in allowed:
            raise Refused(405, "invalid_request_error", f"expected {allowed[0]} {path}")
        if path == "/health/live":
            return 200, {"status": "live"}
        if path == "/health/ready":
            return (200, {"status": "ready", "model": self.model.model}) if self.model else (503, {"status": "loading"})
        self._check_key(environ.get("HTTP_AUTHORIZATION", ""))
        if path == "/v1/models":
            names = [self.model.model] if self.model else []
            return 200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
        return 200, self._embed(_body(environ))

    def _check_key(self, shown: str) -> None:
        if self._key is not None and not hmac.compare_digest(shown.encode(), f"Bearer {self._key}".encode()):
            raise Refused(401, "invalid_api_key", "expected the key of this service: Authorization: Bearer …")

    def _embed(self, request: Any) -> dict[str, Any]:
        if not self._calls.acquire(blocking=False):
            raise Refused(503, "server_busy", "too many calls at once; try again")
        try:
            return embedded(request, self.model, MAX_TEXTS)
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001  # a model may raise anything, and what it says may hold the text
            log.error("embedding %s texts failed: %s", _count(request), type(error).__name__)
            # 424: the server is well, so that whoever asks finds out which of the texts it is
            raise Refused(424, "model_error", "the model failed at one of these texts") from None
        finally:
            self._calls.release()


_METHODS = {
    PATH: ("POST",),
    "/v1/models": ("GET", "HEAD"),
    "/health/live": ("GET", "HEAD"),
    "/health/ready": ("GET", "HEAD"),
}

_REFUSED_WITH = {
    408: [("Connection", "close")],
    401: [("WWW-Authenticate", "Bearer")],
    405: [("Allow", "GET, HEAD, POST")],
    503: [("Retry-After", str(RETRY_SECONDS))],
}


def _count(request: Any) -> int:
    texts = request.get("input") if isinstance(request, dict) else None
    return len(texts) if isinstance(texts, list) else 1


def _body(environ: dict[str, Any]) -> Any:
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and int(length[:12]) > MAX_BYTES:
        raise Refused(413, "invalid_request_error", f"expected a body of at most {MAX_BYTES >> 20} MB")
    try:
        raw = BodyInTime(environ).read(MAX_BYTES + 1)
    except BodyTooSlow as error:
        raise Refused(408, "invalid_request_error", str(error)) from None
    if len(raw) > MAX_BYTES:
        raise Refused(413, "invalid_request_error", f"expected a body of at most {MAX_BYTES >> 20} MB")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Refused(400, "invalid_request_error", "expected a JSON object") from None


def create() -> EmbedderApp:
    """The application of the one worker, which loads its model beside the first requests; where it cannot, the service ends."""
    end_with_parent()
    settings = read_settings(os.environ)
    set_up_logging(settings.log_level)
    app = EmbedderApp(settings.model, settings.embedder_key)

    def load() -> None:
        try:
            app.load()
        except ArchiveError as error:
            log.error("the model cannot be loaded: %s", error)
            os._exit(1)
        except Exception:
            log.exception("the model %s cannot be loaded", settings.model)
            os._exit(1)

    threading.Thread(target=load, name="load-model", daemon=True).start()
    return app
