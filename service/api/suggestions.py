"""*Also read* and *more in section*, by id in the path, or by id or address in the query."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import PreconditionFailed
from werkzeug.routing import PathConverter

from recommender.policy import Slot
from recommender.question import Question
from recommender.recommend import Located, Recommender
from service.answers import answer_record, dump
from service.errors import InvalidParameter
from service.parameters import parse_explain, parse_question

SERVED: tuple[Slot, ...] = ("also-read", "more-in-section")


class AnyId(PathConverter):
    """An id in a path: any characters, slashes included, at either end too."""

    part_isolating = False
    regex = ".+?"


def make_suggestions(recommender: Recommender, clock: Callable[[], datetime]) -> Blueprint:
    """The four routes over one recommender."""
    views = Blueprint("suggestions", __name__)

    def by_path(article_id: str, slot: Slot) -> Response:
        question = parse_question(_arguments(), clock(), also=("explain",))
        return respond(recommender, slot, recommender.locate_id(article_id, question.now), question)

    def by_query(slot: Slot) -> Response:
        arguments = _arguments()
        question = parse_question(arguments, clock(), also=("id", "url", "explain"))
        return respond(recommender, slot, _locate(recommender, arguments, question.now), question)

    for slot in SERVED:
        views.add_url_rule(
            f"/v1/articles/<any_id:article_id>/{slot}", f"{slot}-by-id", by_path, defaults={"slot": slot}
        )
        views.add_url_rule(f"/v1/{slot}", slot, by_query, defaults={"slot": slot})
    return views


def respond(recommender: Recommender, slot: Slot, located: Located, question: Question) -> Response:
    """The answer with its validator; browsers ask again each time, so that a change shows on the next view.

    Raises `PreconditionFailed` where the request's `If-Match` names another answer.
    """
    explain = parse_explain(request.args)
    record = answer_record(recommender.suggest(slot, located, question), explain)
    response = Response(dump(record), mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    if response.status_code == PreconditionFailed.code:
        raise PreconditionFailed
    return response


def _arguments() -> "MultiDict[str, str]":
    try:
        return request.args
    except UnicodeDecodeError:
        raise InvalidParameter("query", ascii(request.query_string[:200]), "percent-encoded UTF-8") from None


def _locate(recommender: Recommender, arguments: "MultiDict[str, str]", now: datetime) -> Located:
    identifiers, addresses = arguments.getlist("id"), arguments.getlist("url")
    if len(identifiers) + len(addresses) != 1:
        raise InvalidParameter("id, url", f"{len(identifiers) + len(addresses)} of them", "exactly one of id and url")
    if identifiers:
        return recommender.locate_id(identifiers[0], now)
    try:
        return recommender.locate_url(addresses[0], now)
    except ValueError:
        raise InvalidParameter("url", addresses[0][:200], "an absolute http or https address") from None
