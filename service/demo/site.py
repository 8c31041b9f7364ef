"""The pages of the paper: front page, sections, articles with the boxes, and what is said where there is no page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.routing import PathConverter
from werkzeug.wrappers import Response as AnyResponse

from index.article_reader import ArticleReader
from index.catalogue import place_of
from index.errors import ArchiveError
from recommender.errors import UnknownArticle
from recommender.recommend import Located, Recommender
from service.compression import compress, negotiate, wanting
from service.demo.boxes import boxes_of, page_query
from service.demo.newspaper import GERMAN, NAME, SECTIONS, site_address
from service.demo.stories import Story, front_page, path_of, stories, story_of
from service.demo.words import byline, date_in_words, day_in_words, paragraphs
from service.problems import NOT_READY, UNKNOWN_ARTICLE
from service.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The Content-Security-Policy of every page: nothing inline, nothing from elsewhere."""

STATIC = "/paper"


@dataclass(frozen=True, slots=True)
class Site:
    """What every page needs. `address` is where the site is, without a slash at the end."""

    recommender: Recommender
    reader: ArticleReader
    clock: Callable[[], datetime]
    address: str
    data: Path


def add_demo(app: Flask, settings: Settings, recommender: Recommender, clock: Callable[[], datetime]) -> None:
    """Serve the paper beside the API: at every path whose first part is none of those served already, so call it last."""
    reader = ArticleReader(place_of(settings.data, settings.catalogue))
    site = Site(recommender, reader, clock, site_address(settings.host, settings.port), settings.data)
    taken = sorted({rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} | {STATIC.strip("/")})
    app.url_map.converters["paper_path"] = _paths_but(taken)
    app.register_blueprint(make_demo(site))


def _paths_but(taken: list[str]) -> type[PathConverter]:
    class PaperPath(PathConverter):
        """A path of the paper: none that begins as those of the service do, which answer for themselves."""

        part_isolating = False
        regex = rf"(?!(?:{'|'.join(map(re.escape, taken))})(?:/|$)).+"

    return PaperPath


def make_demo(site: Site) -> Blueprint:
    """The pages over one recommender."""
    views = Blueprint("demo", __name__, template_folder="templates", static_folder="static", static_url_path=STATIC)
    views.add_app_template_filter(paragraphs)
    views.add_app_template_filter(date_in_words)
    views.add_app_template_filter(day_in_words)
    views.add_app_template_filter(byline)

    @views.get("/")
    def front() -> Response:
        listed = stories(site.recommender.index.snapshot(), site.clock(), site.address)
        made_up = front_page(listed, SECTIONS)
        lead = site.reader.article(made_up.lead.id) if made_up.lead else None
        newest = max((story.published for story in listed if story.published), default=None)
        return _page("front.html", site, front=made_up, lead_text=lead and lead.text, today=newest)

    @views.get("/section/<path:name>")
    def section(name: str) -> Response:
        snapshot, now = site.recommender.index.snapshot(), site.clock()
        if name == "de":
            listed = [story for story in stories(snapshot, now, site.address) if story.language == "de"]
            return _page("section.html", site, name=name, title=GERMAN, listed=listed)
        listed = stories(snapshot, now, site.address, name)
        if not listed:
            raise UnknownArticle(f"no section {name!r}")
        title = SECTIONS.get(name) or name.split("/")[-1].replace("-", " ").capitalize()
        return _page("section.html", site, name=name, title=title, listed=listed)

    @views.get("/article/<path:article_id>")
    def by_id(article_id: str) -> AnyResponse:
        return article(site.recommender.locate_id(article_id, site.clock()))

    @views.get("/<paper_path:path>")
    def by_path(path: str) -> AnyResponse:
        try:
            located = site.recommender.locate_url(f"{site.address}/{quote(path)}", site.clock())
        except ValueError as error:
            raise UnknownArticle(str(error)) from error
        return article(located)

    def article(located: Located) -> AnyResponse:
        card = located.card()
        path = path_of(located.id, card.get("url"), site.address)
        if path != quote(request.path):
            return redirect(path, 302)
        stored = site.reader.article(located.id)
        if stored is None:
            raise UnknownArticle("it was removed a moment ago")
        by_script = request.args.get("boxes") == "script"
        return _page(
            "article.html",
            site,
            story=story_of(located.id, card, site.address),
            article=stored,
            boxes={} if by_script else boxes_of(site.recommender, located, site.clock(), site.address),
            by_script=by_script,
            page_query=page_query(located.id, card.get("url")),
        )

    def not_found(_error: Exception) -> Response:
        response = _page("missing.html", site, latest=_latest(site), sought=request.path)
        response.status_code = UNKNOWN_ARTICLE.status
        return response

    def not_ready(_error: Exception) -> Response:
        response = _page("closed.html", site)
        response.status_code = NOT_READY.status
        return response

    views.register_error_handler(UnknownArticle, not_found)
    views.register_error_handler(ArchiveError, not_ready)
    views.after_request(_guarded)
    return views


def _latest(site: Site) -> list[Story]:
    return stories(site.recommender.index.snapshot(), site.clock(), site.address)[:6]


def _page(template: str, site: Site, **values: object) -> Response:
    """A page with its validator: a browser asks again each time, so that what was taken down is gone on the next view."""
    response = Response(
        render_template(f"demo/{template}", site=site, paper=NAME, sections=SECTIONS, german=GERMAN, **values),
        mimetype="text/html",
    )
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.mimetype == "text/html":
        negotiate(response, wanting(request.accept_encodings))
        if response.status_code == 200:
            response.make_conditional(request)
        compress(response)
    return response
