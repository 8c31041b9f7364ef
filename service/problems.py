"""Every status code and error body of the service: problem details as of RFC 9457."""

import logging
from dataclasses import dataclass

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from index.errors import ArchiveError, DamagedSnapshot, NoSnapshot
from recommender.errors import UnknownArticle
from service.errors import InvalidParameter

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its name in `type` (`urn:alsoread:problem:<name>`), status and title."""

    name: str
    status: int
    title: str


INVALID_PARAMETER = Kind("invalid-parameter", 400, "A parameter is not as expected")
UNKNOWN_ARTICLE = Kind("unknown-article", 404, "No such article")
UNKNOWN_ADDRESS = Kind("unknown-address", 404, "Nothing is served at this address")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "This address does not take that method")
REQUEST_REFUSED = Kind("request-refused", 400, "The request cannot be answered")
NOT_READY = Kind("not-ready", 503, "No index can be served yet")
INTERNAL = Kind("internal", 500, "The service made a mistake")

KINDS = (INVALID_PARAMETER, UNKNOWN_ARTICLE, UNKNOWN_ADDRESS, METHOD_NOT_ALLOWED, REQUEST_REFUSED, NOT_READY, INTERNAL)

RETRY_AFTER_SECONDS = 5


def problem(kind: Kind, detail: str, **members: object) -> Response:
    """The response for a problem; `members` are extension members such as `parameter` and `expected`."""
    body = {
        "type": f"urn:alsoread:problem:{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        **members,
    }
    response = Response(orjson.dumps(body), kind.status, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if kind is NOT_READY:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def register_problems(app: Flask) -> None:
    """Answer every error of this app with problem details."""
    app.register_error_handler(UnknownArticle, lambda error: problem(UNKNOWN_ARTICLE, str(error)))
    app.register_error_handler(InvalidParameter, _invalid_parameter)
    app.register_error_handler(NoSnapshot, lambda error: problem(NOT_READY, "no index has been published yet"))
    app.register_error_handler(DamagedSnapshot, lambda error: problem(NOT_READY, "the published index is damaged"))
    app.register_error_handler(ArchiveError, _internal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _internal)


def _invalid_parameter(error: InvalidParameter) -> Response:
    members = {"parameter": error.parameter, "value": error.value, "expected": error.expected}
    return problem(INVALID_PARAMETER, str(error), **members)


def _http(error: HTTPException) -> Response:
    if error.code == 404:
        return problem(UNKNOWN_ADDRESS, f"nothing is served at {request.path[:200]!r}")
    if error.code == 405:
        allowed = sorted(getattr(error, "valid_methods", None) or ())
        response = problem(METHOD_NOT_ALLOWED, f"{request.method} is not taken here", expected=allowed)
        response.headers["Allow"] = ", ".join(allowed)
        return response
    status = error.code or 500
    kind = Kind(REQUEST_REFUSED.name, status, REQUEST_REFUSED.title) if status < 500 else INTERNAL
    return problem(kind, error.description or "the request cannot be answered")


def _internal(error: Exception) -> Response:
    log.exception("%s %r failed", request.method, request.path, exc_info=error)
    return problem(INTERNAL, "it was logged; the request was not answered")
