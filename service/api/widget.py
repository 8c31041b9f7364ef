"""What stands on other sites' pages: the script, the stylesheet, and the boxes as a fragment of HTML."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, request

from recommender.errors import UnknownArticle
from recommender.page import page_answers
from recommender.recommend import Recommender
from service.answers import page_record
from service.api.assets import asset_response
from service.api.away import empty_html, empty_while_away
from service.api.queries import locate, only, query_arguments
from service.api.responses import validated, validated_lists
from service.parameter_table import CSS
from service.parameters import PAGE_PARAMETERS, parse_page, parse_question, read_once
from service.widget.assets import script, stylesheet
from service.widget.boxes import render_boxes

HTML = "text/html"


def make_widget(recommender: Recommender, clock: Callable[[], datetime]) -> Blueprint:
    """`/widget.js`, `/widget.css` and `/embed`."""
    views = Blueprint("widget", __name__)

    @views.get("/widget.js")
    def widget_script() -> Response:
        only("v")
        return asset_response(script())

    @views.get("/widget.css")
    def widget_style() -> Response:
        only("v")
        return asset_response(stylesheet())

    @views.get("/embed")
    def embed() -> Response:
        arguments = query_arguments()
        also = ("id", "url", *PAGE_PARAMETERS, "css")
        question = parse_question(arguments, clock(), also=also, without=("limit",))
        asked = parse_page(arguments)
        css = read_once(arguments, CSS) or CSS.default
        try:
            located = locate(recommender, arguments, question.now)
        except UnknownArticle:
            # no error, for what includes it would show that
            return validated(b"", HTML)
        answers = page_answers(recommender, located, asked.slots, question, asked.repeat)
        # a Host that is none reads as "": a browser would take what stands next in the address for one, and ask there
        linked = css == "link" and request.host != ""
        html = render_boxes(page_record(answers, asked.ui), linked, f"//{request.host}")
        return validated_lists(html.encode(), answers, HTML)

    empty_while_away(views, recommender, empty_html)
    return views
