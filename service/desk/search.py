"""The first page of the desk: find an article."""

from flask import Response

from service.desk.frame import ROOT, Desk
from service.desk.visitors import Visitor


def add_search(desk: Desk) -> None:
    """`/desk`."""

    @desk.view(ROOT)
    def search(_visitor: Visitor) -> Response:
        return desk.page("search.html")
