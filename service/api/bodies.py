"""A request's body, read up to a limit, and only where it is of a kind that is read here."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import TooLarge, WrongMediaType


def read_body(limit: int, media_types: tuple[str, ...]) -> bytes:
    """All of the body. Raises `WrongMediaType`, and `TooLarge` for one of more than `limit` bytes, read no further."""
    came = request.mimetype
    if came not in media_types:
        raise WrongMediaType(came[:100] or "none", media_types)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise WrongMediaType(f"one compressed as {encoding[:100]}", media_types)
    # one byte more than may come: a body that does not say how long it is would be cut off at the limit without an error
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise TooLarge("bytes", limit) from None
    if len(body) > limit:
        raise TooLarge("bytes", limit)
    return body
