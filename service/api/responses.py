"""The kinds of responses: one that may be kept if it is checked again, and one that may not be kept."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import PreconditionFailed

from service.answers import dump


def validated(record: Mapping[str, Any]) -> Response:
    """An answer with its validator; browsers ask again each time, so that a change shows on the next view.

    Raises `PreconditionFailed` where the request's `If-Match` names another answer.
    """
    response = Response(dump(record), mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    if response.status_code == PreconditionFailed.code:
        raise PreconditionFailed
    return response


def uncached(body: bytes, mimetype: str = "application/json", status: int | None = None) -> Response:
    """An answer that holds for this moment, or for whoever asked, only."""
    response = Response(body, status, mimetype=mimetype)
    response.headers["Cache-Control"] = "no-store"
    return response
