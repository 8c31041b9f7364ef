"""Answers compressed with gzip for those who take it; each form of an answer has an ETag of its own (RFC 9110, 8.8.3)."""

import gzip
from typing import Literal

from flask import Response, request
from werkzeug.datastructures import Accept

LEAST_BYTES = 600
"""A shorter body fits one packet with its headers, compressed or not."""

LEVEL = 6
"""Measured on answers of 2 to 50 kB: docs/performance.md."""

COMPRESSIBLE = frozenset(
    """application/json application/problem+json application/x-ndjson text/html text/css text/javascript
    text/plain image/svg+xml""".split()
)

MARK = "-gzip"


Wanting = Literal["plain", "large", "always"]
"""Which bodies somebody wants compressed: none, those that are worth it, or all, because the plain form is refused."""


def wanting(accepted: Accept) -> Wanting:
    """What an `Accept-Encoding` wants: gzip is taken, and no less gladly than the plain form, or not."""
    taken = accepted.quality("gzip")
    named = {str(name).lower(): quality for name, quality in accepted}
    plain = named.get("identity", named.get("*") if named.get("*") == 0 else None)
    if taken <= 0:
        return "plain"
    if plain == 0:
        return "always"
    return "large" if taken >= (plain or 0) else "plain"


def is_zipped(wants: Wanting, size: int) -> bool:
    """Whether a body of so many bytes is sent compressed to who wants that."""
    return wants == "always" or (wants == "large" and size >= LEAST_BYTES)


def negotiate(response: Response, wants: Wanting) -> None:
    """Say that the answer depends on what is accepted, and give the compressed form its own ETag where that is the one to be
    sent; call it before `make_conditional`, and `compress` after it."""
    if response.mimetype in COMPRESSIBLE:
        response.vary.add("Accept-Encoding")
        etag, weak = response.get_etag()
        if etag is not None and is_zipped(wants, response.calculate_content_length() or 0):
            response.set_etag(etag + MARK, bool(weak))


def compress(response: Response) -> None:
    """Compress the body of an answer whose ETag says so."""
    etag, _ = response.get_etag()
    if response.status_code == 200 and etag is not None and etag.endswith(MARK):
        _zip(response)


def compress_rest(response: Response) -> Response:
    """Compress what has no validator: problems, results of a batch, health. For `Flask.after_request`."""
    fixed = response.is_streamed or response.direct_passthrough or response.status_code in (204, 304)
    if not fixed and "ETag" not in response.headers and "Content-Encoding" not in response.headers:
        wants = wanting(request.accept_encodings)
        negotiate(response, wants)
        if response.mimetype in COMPRESSIBLE and is_zipped(wants, len(response.get_data())):
            _zip(response)
    return response


def _zip(response: Response) -> None:
    # no time in it: equal answers are equal bytes
    response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
