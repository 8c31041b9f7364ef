"""Embedding as OpenAI's service does it: what `POST /v1/embeddings` is asked, what it answers, and how it refuses.

Pure: from a request's JSON and a model to the answer's. The indexer lends its model so on its host's socket
(`index.embedding_socket`), `alsoread embedder` to other hosts.
"""

import base64
from typing import Any

import numpy as np

from index.embedder import MAX_CHARACTERS, Embedder, Vectors, check_vectors
from index.errors import EmbedderAway, ModelMismatch

PATH = "/v1/embeddings"


class Refused(Exception):
    """What a call is refused with, as OpenAI's service says it."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def embedded(request: Any, model: Embedder | None, most: int) -> dict[str, Any]:
    """What a call of at most so many texts is answered with. Raises `Refused`, and what the model raises."""
    texts, as_base64 = _asked(request, most)
    if model is None:
        raise Refused(503, "model_not_ready", "no model is loaded; try again")
    if request.get("model") not in (None, "", model.model, model.model.partition("@")[0]):
        raise Refused(404, "model_not_found", f"the model here is {model.model}")
    try:
        vectors = model.embed([text[:MAX_CHARACTERS] for text in texts])
        check_vectors(vectors, (len(texts), model.dimension), model.model)
    except EmbedderAway:
        raise Refused(503, "model_not_ready", "the server that embeds does not answer; try again") from None
    except ModelMismatch as error:
        raise Refused(500, "server_error", str(error)) from None
    data = [
        {"object": "embedding", "index": number, "embedding": _spelled(vector, as_base64)}
        for number, vector in enumerate(vectors)
    ]
    words = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": words, "total_tokens": words}
    return {"object": "list", "data": data, "model": model.model, "usage": usage}


def _asked(request: Any, most: int) -> tuple[list[str], bool]:
    """The texts, and whether their vectors are wanted in base64."""
    if not isinstance(request, dict):
        raise Refused(400, "invalid_request_error", "expected a JSON object")
    texts = [request["input"]] if isinstance(request.get("input"), str) else request.get("input")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused(400, "invalid_request_error", "input: expected a string, or a list of strings")
    if not 1 <= len(texts) <= most:
        raise Refused(400, "invalid_request_error", f"input: expected 1 to {most} texts, got {len(texts)}")
    form = request.get("encoding_format") or "float"
    if form not in ("float", "base64"):
        raise Refused(400, "invalid_request_error", "encoding_format: expected float or base64")
    return texts, form == "base64"


def _spelled(vector: Vectors, as_base64: bool) -> Any:
    if as_base64:
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return np.asarray(vector, np.float64).tolist()


def error_record(kind: str, message: str) -> dict[str, Any]:
    """An error as OpenAI's service writes it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}
