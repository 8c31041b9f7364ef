"""Embedding by the indexer's model, from a process that holds none: over its Unix socket (`index.embedding_socket`)."""

import base64
import http.client
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from index.embedder import check_vectors
from index.embedding_answers import PATH
from index.errors import EmbeddingUnavailable, ModelMismatch
from index.socket_paths import socket_name

WAIT_SECONDS = 2.0
"""So long an answer is waited for: an editor waits with it, and by terms a draft is previewed nearly as well."""

MAX_ANSWER = 1_000_000
"""Bytes; a vector has some thousands."""


class EmbeddingClient:
    """Asks whatever indexer works on a data folder; any number of threads may."""

    def __init__(self, data: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        self._data = data
        self._wait_seconds = wait_seconds

    def embed(self, text: str, model: str, dimension: int) -> npt.NDArray[np.float32]:
        """The vector of a text by that model, (dimension,) float32 of length 1.

        Raises `EmbeddingUnavailable` where no indexer answers in time, or it has another model.
        """
        asked = {"model": model, "input": text, "encoding_format": "base64"}
        record = self._ask(orjson.dumps(asked))
        try:
            raw = base64.b64decode(record["data"][0]["embedding"])
            vector = np.frombuffer(raw, dtype="<f4").astype(np.float32)
            check_vectors(vector.reshape(1, -1), (1, dimension), model)
        except (KeyError, IndexError, TypeError, ValueError, ModelMismatch):
            raise EmbeddingUnavailable("the indexer's answer was not as expected") from None
        return vector

    def _ask(self, body: bytes) -> Mapping[str, Any]:
        deadline = time.monotonic() + self._wait_seconds
        connection = _Connection(self._data, self._wait_seconds)
        try:
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            connection.sock.settimeout(max(0.01, deadline - time.monotonic()))
            response = connection.getresponse()
            record = orjson.loads(response.read(MAX_ANSWER))
        except TimeoutError:
            raise EmbeddingUnavailable("the indexer is busy") from None
        except (OSError, http.client.HTTPException):
            raise EmbeddingUnavailable("the indexer is not running") from None
        except orjson.JSONDecodeError:
            raise EmbeddingUnavailable("the indexer's answer was not as expected") from None
        finally:
            connection.close()
        if response.status != 200 or not isinstance(record, dict):
            raise EmbeddingUnavailable(_REASONS.get(response.status, "the indexer's answer was not as expected"))
        return record


_REASONS = {
    404: "the indexer has another model than the index was made with",
    500: "the model failed at this text",
    503: "the indexer is not ready",
}


class _Connection(http.client.HTTPConnection):
    def __init__(self, data: Path, timeout: float) -> None:
        super().__init__("indexer", timeout=timeout)
        self._data = data

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with socket_name(self._data) as name:
            self.sock.connect(name)
