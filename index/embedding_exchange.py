"""One call of a server's `/v1/embeddings`: the request, the answer, and which failures may pass."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson
import urllib3

from index.embedder import Vectors
from index.errors import ModelMismatch, ModelMissing

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 120.0
"""So long a server may take for a call: a busy processor reads a few long articles a second."""

MOST_BYTES = 64 << 20
"""Of an answer; 32 vectors of 4,096 numbers, written out, have some three million."""

MOST_AFTER = 60.0
"""Seconds that a server may ask us to wait."""

ROUNDING = 1e-5
"""Vectors whose length is so near 1 are taken as they come, so that they are those of the model to the last bit."""

SAID = 200
"""Characters of what a server says that stand in our messages."""

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_AT_FAULT = frozenset({400, 413, 422, 424})
"""What is asked is refused: a text, or so many of them; 424 is text-embeddings-inference's word for a model that failed."""


class NoAnswer(Exception):
    """A call failed in a way that may pass; its message ends a sentence that begins with the server. `after`: the
    seconds that the server asks us to wait, where it does."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class TextRefused(Exception):
    """The server refuses what it was asked, and would again; `too_long` where it says that a text, or their sum, is."""

    def __init__(self, message: str, too_long: bool = False) -> None:
        super().__init__(message)
        self.too_long = too_long


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: the name that it gives its model, and what it gives as vectors."""

    model: str
    data: Sequence[Any]


class Exchange:
    """Asks one server; keeps its connections. Any number of threads may. Its address stands in no message, for those who serve
    show them to readers too; the log names its `host`."""

    def __init__(self, url: str, key: str | None, connections: int) -> None:
        """`url` is that of the API, with or without `/embeddings` at its end; the key stands in no message."""
        base = url.rstrip("/").removesuffix("/embeddings")
        self._url = f"{base}/embeddings"
        self.host = urlsplit(base).netloc
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._pool = urllib3.PoolManager(
            maxsize=connections,
            block=True,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
            retries=False,
        )
        self._base64 = True

    def ask(self, model: str, texts: Sequence[str]) -> Answer:
        """The server's answer to these texts.

        Raises `NoAnswer`, `TextRefused`, `ModelMissing` where it refuses our key or has no such model, and `ModelMismatch`
        where what it answers is none of ours.
        """
        asked: dict[str, Any] = {"model": model, "input": list(texts)}
        if self._base64:  # a quarter of the bytes; not every server can
            asked["encoding_format"] = "base64"
        try:
            response = self._pool.request(
                "POST", self._url, orjson.dumps(asked), headers=self._headers, redirect=False, preload_content=False
            )
            with response:
                body = response.read(MOST_BYTES + 1)
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(_why(error)) from None
        if len(body) > MOST_BYTES:
            raise ModelMismatch(f"the embedding server answers with more than {MOST_BYTES >> 20} MB")
        if response.status == 200:
            return self._read(body)
        return self._failed(response.status, response.headers, _message(body), model, texts)

    def _read(self, body: bytes) -> Answer:
        try:
            record = orjson.loads(body)
            data, model = record["data"], record.get("model") or ""
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            data = model = None
        if not isinstance(data, list) or not isinstance(model, str):
            raise ModelMismatch("the embedding server does not answer as /v1/embeddings does; is its address right?")
        return Answer(model, data)

    def _failed(self, status: int, headers: Mapping[str, str], said: str, model: str, texts: Sequence[str]) -> Answer:
        if status in _PASSING:
            raise NoAnswer(f"answers {status}{said}", _seconds(headers.get("Retry-After")))
        if status in (401, 403):
            raise ModelMissing(
                f"the embedding server refuses our key ({status}{said}); set ALSOREAD_EMBEDDER_KEY to one that it takes"
            )
        if status == 404:
            raise ModelMissing(
                f"the embedding server has no model {model!r}, or no /v1/embeddings at this address ({status}{said}); "
                "set ALSOREAD_MODEL to a name that it knows"
            )
        if status in _AT_FAULT and self._base64 and "encoding_format" in said:
            self._base64 = False
            return self.ask(model, texts)
        if status in _AT_FAULT:
            raise TextRefused(f"answers {status}{said}", status == 413 or _TOO_LONG.search(said) is not None)
        raise ModelMissing(f"the embedding server answers {status}{said}; is its address right?")


_TOO_LONG = re.compile(r"\b(?:tokens?|too (?:long|large|many)|length|maximum|batch size)\b", re.IGNORECASE)


def vectors_of(answer: Answer, count: int) -> Vectors:
    """An answer's vectors in the order of the texts, (count, dimension) float32 of length 1, or all zeros where the server
    gave that. Raises `ModelMismatch` where they are no such vectors, and `TextRefused` where some hold NaN or infinity."""
    rows: list[Vectors | None] = [None] * count
    try:
        for at, item in enumerate(answer.data):
            number = int(item.get("index", at))
            rows[number] = _row(item["embedding"])
        vectors = np.stack([row for row in rows if row is not None])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ModelMismatch(f"the embedding server gave no vectors: {type(error).__name__}") from None
    if len(vectors) != count or len(answer.data) != count or vectors.ndim != 2 or not vectors.shape[1]:
        raise ModelMismatch(f"the embedding server gave {len(answer.data)} vectors for {count} texts")
    if not np.isfinite(vectors).all():
        raise TextRefused("gives vectors that are no numbers")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    right = (lengths == 0) | (np.abs(lengths - 1) <= ROUNDING)  # dividing once more would change their last bits
    return np.asarray(vectors / np.where(right, 1, lengths), dtype=np.float32)


def _row(embedding: Any) -> Vectors:
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float32)
    return np.array(embedding, dtype=np.float32)


def _message(body: bytes) -> str:
    """What a server says of an error, as the end of a clause; nothing where it says nothing that can be read."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    for name in ("error", "message", "detail"):
        if isinstance(said, dict) and said.get(name):
            said = said[name]
    words = " ".join(str(said).split()) if isinstance(said, str) else ""
    printable = "".join(mark for mark in words if mark.isprintable())
    return f", {printable[:SAID]}" if printable else ""


def _seconds(header: str | None) -> float | None:
    return min(float(header), MOST_AFTER) if header and re.fullmatch(r"\d{1,6}", header) else None


def _why(error: urllib3.exceptions.HTTPError) -> str:
    """Why a call failed, without the whole address that the error may name."""
    if isinstance(error, urllib3.exceptions.SSLError):
        return "has no certificate that holds"
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "is not known by that name"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "does not accept connections"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return f"cannot be reached within {CONNECT_SECONDS:.0f} s"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"does not answer within {ANSWER_SECONDS:.0f} s"
    return f"broke off ({type(error).__name__})"
