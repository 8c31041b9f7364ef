"""*Also read* and *more in section*, by id in the path, or by id or address in the query."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, request

from recommender.policy import Slot
from recommender.question import Question
from recommender.recommend import Located, Recommender
from service.answers import answer_record
from service.api.away import empty_list, empty_while_away
from service.api.paths import SERVED
from service.api.queries import locate, query_arguments
from service.api.responses import validated_lists
from service.parameters import parse_explain, parse_question


def make_suggestions(recommender: Recommender, clock: Callable[[], datetime]) -> Blueprint:
    """The four routes over one recommender."""
    views = Blueprint("suggestions", __name__)

    def by_path(article_id: str, slot: Slot) -> Response:
        question = parse_question(query_arguments(), clock(), also=("explain",))
        return respond(recommender, slot, recommender.locate_id(article_id, question.now), question)

    def by_query(slot: Slot) -> Response:
        arguments = query_arguments()
        question = parse_question(arguments, clock(), also=("id", "url", "explain"))
        return respond(recommender, slot, locate(recommender, arguments, question.now), question)

    for slot in SERVED:
        views.add_url_rule(
            f"/v1/articles/<any_id:article_id>/{slot}", f"{slot}-by-id", by_path, defaults={"slot": slot}
        )
        views.add_url_rule(f"/v1/{slot}", slot, by_query, defaults={"slot": slot})
    empty_while_away(views, recommender, empty_list)
    return views


def respond(recommender: Recommender, slot: Slot, located: Located, question: Question) -> Response:
    """The answer with its validator; one laid open for an editor is for no shared cache."""
    answer, explain = recommender.suggest(slot, located, question), parse_explain(request.args)
    return validated_lists(answer_record(answer, explain), [answer], alone=explain)
