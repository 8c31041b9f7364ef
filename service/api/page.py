"""Several slots of a page at once."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response

from recommender.page import page_answers
from recommender.recommend import Recommender
from service.answers import page_record
from service.api.away import empty_page, empty_while_away
from service.api.queries import locate, query_arguments
from service.api.responses import validated_lists
from service.parameters import PAGE_PARAMETERS, parse_page, parse_question


def make_page(recommender: Recommender, clock: Callable[[], datetime]) -> Blueprint:
    """`/v1/page`."""
    views = Blueprint("page", __name__)

    @views.get("/v1/page")
    def page() -> Response:
        arguments = query_arguments()
        question = parse_question(arguments, clock(), also=("id", "url", *PAGE_PARAMETERS), without=("limit",))
        asked = parse_page(arguments)
        located = locate(recommender, arguments, question.now)
        answers = page_answers(recommender, located, asked.slots, question, asked.repeat)
        return validated_lists(page_record(answers, asked.ui), answers)

    empty_while_away(views, recommender, empty_page)
    return views
