"""Every status code and error body of the service: problem details as of RFC 9457."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from index.article_writes import Outcome
from index.errors import (
    ArchiveError,
    CatalogueBusy,
    CatalogueUnusable,
    DamagedSnapshot,
    NoSnapshot,
    TakeDownsUnknown,
)
from index.rules import RuleChanged, RuleExists, RulesChanged
from recommender.errors import UnknownArticle
from service.errors import (
    ArticleRefused,
    BodyCutOff,
    BodyTooSlow,
    InvalidEvents,
    InvalidJson,
    InvalidParameter,
    KeyMissing,
    NoPrecondition,
    NothingToCompare,
    RulesRefused,
    ScopeMissing,
    StaleArticle,
    TooLarge,
    UnknownRule,
    WrongMediaType,
)
from service.outcomes import fault_records, stale_members

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
INVALID_JSON = Kind("invalid-json", 400, "The body is not JSON")
INVALID_ARTICLE = Kind("invalid-article", 400, "The body is not an article")
INVALID_EVENTS = Kind("invalid-events", 400, "The body is not a report of events")
INVALID_RULE = Kind("invalid-rule", 400, "The body is not a rule, or holds what is none")
UNKNOWN_RULE = Kind("unknown-rule", 404, "No such rule")
RULE_EXISTS = Kind("rule-exists", 409, "The same is settled already")
RULE_CHANGED = Kind("rule-changed", 412, "Somebody else changed the rule")
RULES_CHANGED = Kind("rules-changed", 412, "Somebody else changed the rules")
PRECONDITION_REQUIRED = Kind("precondition-required", 428, "This needs an If-Match")
NOTHING_TO_COMPARE = Kind("nothing-to-compare", 409, "There are not two policies to compare")
KEY_REQUIRED = Kind("key-required", 401, "This needs a key")
WRONG_SCOPE = Kind("wrong-scope", 403, "The key is not for this")
STALE_ARTICLE = Kind("stale-article", 409, "A newer version of the article is known")
BODY_CUT_OFF = Kind("body-cut-off", 400, "The body ended before its end")
BODY_TOO_SLOW = Kind("body-too-slow", 408, "The body did not come in time")
TOO_LARGE = Kind("too-large", 413, "The body is too large")
UNSUPPORTED_MEDIA_TYPE = Kind("unsupported-media-type", 415, "A body of this kind is not read here")
CATALOGUE_BUSY = Kind("catalogue-busy", 503, "Others are writing")
CATALOGUE_UNUSABLE = Kind("catalogue-unusable", 503, "The archive cannot be written to")
REQUEST_REFUSED = Kind("request-refused", 400, "The request cannot be answered")
NOT_READY = Kind("not-ready", 503, "No index can be served yet")
INTERNAL = Kind("internal", 500, "The service made a mistake")

KINDS = (
    INVALID_PARAMETER,
    INVALID_JSON,
    INVALID_ARTICLE,
    INVALID_EVENTS,
    INVALID_RULE,
    KEY_REQUIRED,
    WRONG_SCOPE,
    UNKNOWN_ARTICLE,
    UNKNOWN_RULE,
    UNKNOWN_ADDRESS,
    METHOD_NOT_ALLOWED,
    BODY_CUT_OFF,
    BODY_TOO_SLOW,
    RULE_EXISTS,
    STALE_ARTICLE,
    NOTHING_TO_COMPARE,
    RULE_CHANGED,
    RULES_CHANGED,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    PRECONDITION_REQUIRED,
    REQUEST_REFUSED,
    NOT_READY,
    CATALOGUE_BUSY,
    CATALOGUE_UNUSABLE,
    INTERNAL,
)

RETRY_AFTER_SECONDS: Mapping[Kind, int] = MappingProxyType({NOT_READY: 5, CATALOGUE_BUSY: 2})
"""After how long to ask again, where that helps."""


def status_of_outcome(outcome: Outcome) -> int:
    """The status of an answer that says what became of one article."""
    return 201 if outcome == "created" else STALE_ARTICLE.status if outcome == "stale" else 200


_KINDS_OF: tuple[tuple[type[Exception], Kind], ...] = (
    (UnknownArticle, UNKNOWN_ARTICLE),
    (InvalidParameter, INVALID_PARAMETER),
    (NoSnapshot, NOT_READY),
    (TakeDownsUnknown, NOT_READY),
    (DamagedSnapshot, NOT_READY),
    (CatalogueBusy, CATALOGUE_BUSY),
    (CatalogueUnusable, CATALOGUE_UNUSABLE),
    (TooLarge, TOO_LARGE),
    (BodyTooSlow, BODY_TOO_SLOW),
)

CHANGED_MEANWHILE = 409
"""For who would undo at the desk what somebody else has just done."""

TOO_MANY_REQUESTS = 429
"""For who tries wrong keys at the desk too fast."""


def kind_of(error: Exception) -> Kind | None:
    """The kind of problem that an error is where it is said on a page; None for one that is our own mistake."""
    return next((kind for known, kind in _KINDS_OF if isinstance(error, known)), None)


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
    if kind in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[kind])
    if kind is KEY_REQUIRED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def register_problems(app: Flask) -> None:
    """Answer every error of this app with problem details."""
    app.register_error_handler(UnknownArticle, lambda error: problem(UNKNOWN_ARTICLE, str(error)))
    app.register_error_handler(InvalidParameter, _invalid_parameter)
    app.register_error_handler(NoSnapshot, lambda error: problem(NOT_READY, "no index has been published yet"))
    app.register_error_handler(TakeDownsUnknown, lambda error: problem(NOT_READY, str(error)))
    app.register_error_handler(DamagedSnapshot, lambda error: problem(NOT_READY, "the published index is damaged"))
    app.register_error_handler(CatalogueBusy, lambda error: problem(CATALOGUE_BUSY, str(error)))
    app.register_error_handler(CatalogueUnusable, lambda error: problem(CATALOGUE_UNUSABLE, str(error)))
    app.register_error_handler(KeyMissing, lambda error: problem(KEY_REQUIRED, str(error)))
    app.register_error_handler(ScopeMissing, lambda error: problem(WRONG_SCOPE, str(error)))
    app.register_error_handler(InvalidJson, _invalid_json)
    app.register_error_handler(ArticleRefused, _invalid_article)
    app.register_error_handler(InvalidEvents, _invalid_events)
    app.register_error_handler(NothingToCompare, lambda error: problem(NOTHING_TO_COMPARE, str(error)))
    app.register_error_handler(RulesRefused, _invalid_rule)
    app.register_error_handler(UnknownRule, lambda error: problem(UNKNOWN_RULE, str(error)))
    app.register_error_handler(RuleExists, lambda error: problem(RULE_EXISTS, str(error), rule=error.rule.record()))
    app.register_error_handler(RuleChanged, _rule_changed)
    app.register_error_handler(RulesChanged, lambda error: problem(RULES_CHANGED, str(error), number=error.number))
    app.register_error_handler(NoPrecondition, lambda error: problem(PRECONDITION_REQUIRED, str(error)))
    app.register_error_handler(StaleArticle, _stale_article)
    app.register_error_handler(TooLarge, lambda error: problem(TOO_LARGE, str(error), limit=error.limit))
    app.register_error_handler(BodyCutOff, lambda error: problem(BODY_CUT_OFF, str(error)))
    app.register_error_handler(BodyTooSlow, _body_too_slow)
    app.register_error_handler(WrongMediaType, _unsupported_media_type)
    app.register_error_handler(ArchiveError, _internal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _internal)


def _invalid_parameter(error: InvalidParameter) -> Response:
    members = {"parameter": error.parameter, "value": error.value, "expected": error.expected}
    return problem(INVALID_PARAMETER, str(error), **members)


def _invalid_json(error: InvalidJson) -> Response:
    return problem(INVALID_JSON, str(error), line=error.line, column=error.column)


def _invalid_article(error: ArticleRefused) -> Response:
    return problem(INVALID_ARTICLE, str(error), errors=fault_records(error.faults))


def _invalid_events(error: InvalidEvents) -> Response:
    return problem(INVALID_EVENTS, str(error), errors=fault_records(error.faults))


def _invalid_rule(error: RulesRefused) -> Response:
    faults = [{"line": line, "field": fault.field, "detail": fault.detail} for line, fault in error.faults]
    return problem(INVALID_RULE, str(error), errors=faults)


def _rule_changed(error: RuleChanged) -> Response:
    if error.rule is None:
        return problem(UNKNOWN_RULE, str(error))
    return problem(RULE_CHANGED, str(error), rule=error.rule.record())


def _stale_article(error: StaleArticle) -> Response:
    return problem(STALE_ARTICLE, str(error), id=error.id, **stale_members(error.came, error.known))


def _body_too_slow(error: BodyTooSlow) -> Response:
    response = problem(BODY_TOO_SLOW, str(error))
    response.headers["Connection"] = "close"
    return response


def _unsupported_media_type(error: WrongMediaType) -> Response:
    return problem(UNSUPPORTED_MEDIA_TYPE, str(error), expected=list(error.expected))


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
