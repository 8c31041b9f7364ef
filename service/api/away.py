"""What readers get from a replica while its catalogue is away and no answer is kept: an empty list that says why.

A page that shows suggestions goes on without them; no cache keeps such an answer.
"""

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, request

from index.errors import CatalogueBusy, CatalogueUnusable, TakeDownsUnknown
from recommender.policy import Slot
from recommender.recommend import Answer, Recommender
from service.answers import answer_record, dump, page_record
from service.api.responses import uncached
from service.parameters import parse_page

WHY = "the archive does not answer; suggestions are back in a moment"

Empty = Callable[[], Response]


def empty_while_away(views: Blueprint, recommender: Recommender, empty: Empty) -> None:
    """Have these routes answer with `empty` while the catalogue of a replica is away. Where an index is on this host its last
    good state serves, and nothing is empty."""
    if recommender.holds_all:
        return
    for error in (CatalogueUnusable, CatalogueBusy, TakeDownsUnknown):
        views.register_error_handler(error, lambda _error: empty())


def empty_list() -> Response:
    """One list, as `/v1/also-read` and its like give it."""
    slot = (request.view_args or {}).get("slot", "also-read")
    return uncached(dump(answer_record(_answer(cast(Slot, slot)))))


def empty_page() -> Response:
    """The lists of a page, as `/v1/page` gives them."""
    asked = parse_page(request.args)
    return uncached(dump(page_record([_answer(one.slot) for one in asked.slots], asked.ui)))


def empty_html() -> Response:
    """No boxes, as `/embed` gives them."""
    return uncached(b"", "text/html")


def _answer(slot: Slot) -> Answer:
    named = (request.view_args or {}).get("article_id") or request.args.get("id", "")
    url = request.args.get("url")
    return Answer(named, {"url": url} if url else {}, slot, (), WHY, "", "")
