"""The document of the API, and the page on which it is read."""

from functools import cache

from flask import Blueprint, Response

from service.api.assets import asset_response
from service.api.queries import only
from service.widget.assets import Asset


def make_document_views(with_index: bool) -> Blueprint:
    """`/openapi.json` and `/docs`; of a replica, which has no index of its own, without what it does not serve."""
    views = Blueprint("document", __name__)

    @views.get("/openapi.json")
    def document() -> Response:
        only()
        return asset_response(_document(with_index))

    @views.get("/docs")
    def docs() -> Response:
        from service.openapi.page import POLICY

        only()
        response = asset_response(_page(with_index))
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Frame-Options"] = "DENY"
        return response

    return views


@cache
def _document(with_index: bool) -> Asset:
    # made when it is first asked for: most workers never are, and what makes it takes room
    import orjson

    from service.openapi.document import make_document

    return Asset(orjson.dumps(make_document(with_index)), "application/json")


@cache
def _page(with_index: bool) -> Asset:
    from service.openapi.document import make_document
    from service.openapi.page import render_page

    return Asset(render_page(make_document(with_index)).encode(), "text/html")
