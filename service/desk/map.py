"""The map of the archive: articles that are near in meaning stand near by; and which sections meet where."""

from flask import Response, request

from index.snapshot import Snapshot
from service.answers import dump
from service.desk.cards import card_by_id
from service.desk.frame import Desk, Refused
from service.desk.map_picture import FULL, Maps, Picture, names_as_json
from service.desk.visitors import Visitor
from service.desk.words import ago
from service.headings import section_name

PATH = "/desk/map"


def add_map(desk: Desk) -> None:
    """`/desk/map`, its points as `/desk/map/points`, and what a point is as `/desk/map/article`."""
    maps = Maps(desk.settings.data)

    @desk.view(PATH)
    def page(_visitor: Visitor) -> Response:
        snapshot, now = desk.recommender.index.snapshot(), desk.clock()
        picture = maps.picture(snapshot, now)
        if picture is None:
            return desk.page("map.html", picture=None)
        asked = request.args.get("article", "")
        newest = {one.number: card_by_id(snapshot, snapshot.id_of(one.newest), now) for one in picture.sections}
        return desk.page(
            "map.html",
            picture=picture,
            names=names_as_json(maps.names(snapshot, picture)),
            newest=newest,
            found=card_by_id(snapshot, asked, now) if asked else None,
            asked=asked,
            at=_place_of(snapshot, picture, asked),
        )

    @desk.view(f"{PATH}/points")
    def points(_visitor: Visitor) -> Response:
        picture = maps.picture(desk.recommender.index.snapshot(), desk.clock())
        if picture is None:
            raise Refused(404, "There is no map yet. The next rebuild draws one.")
        response = Response(picture.packed(), mimetype="application/octet-stream")
        response.headers["X-Map"] = picture.generation
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        return response.make_conditional(request)  # type: ignore[return-value]  # itself

    @desk.view(f"{PATH}/article")
    def article(_visitor: Visitor) -> Response:
        snapshot, now = desk.recommender.index.snapshot(), desk.clock()
        row = request.args.get("row", type=int, default=-1)
        known = maps.of(snapshot)
        if request.args.get("map") != snapshot.generation or known is None:
            raise Refused(409, "The archive was indexed anew meanwhile. Load the map again.")
        card = card_by_id(snapshot, snapshot.id_of(row), now) if 0 <= row < len(known.places) else None
        if card is None:
            raise Refused(404, "This article is not there any more.")
        record = {
            "id": card.id,
            "title": card.title,
            "lang": card.lang or "",
            "direction": card.direction,
            "section": section_name(card.section) if card.section else "",
            "when": ago(card.published, now) if card.published else "no date",
            "image": card.image_url or "",
        }
        return Response(dump(record), mimetype="application/json")


def _place_of(snapshot: Snapshot, picture: Picture, article_id: str) -> tuple[float, float] | None:
    """Where an article stands, from 0 to 1; None where it has no place."""
    row = snapshot.row_of_id(article_id) if article_id else None
    if row is None or not len(at := (picture.rows == row).nonzero()[0]):
        return None
    return float(picture.x[at[0]]) / FULL, float(picture.y[at[0]]) / FULL
