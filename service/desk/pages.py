"""Which pages the desk has."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from index.archive_writer import ArchiveWriter
from recommender.preview import Previewer
from recommender.recommend import Recommender
from service.desk.article import add_article
from service.desk.audit import add_audit
from service.desk.boilerplate import add_boilerplate
from service.desk.clicks import add_clicks
from service.desk.draft import add_draft
from service.desk.frame import Desk
from service.desk.health import add_health
from service.desk.map import add_map
from service.desk.rules import add_rules
from service.desk.search import Finder, add_search
from service.desk.sign_in import add_sign_in
from service.desk.steer import add_steer
from service.desk.tune import add_tune
from service.settings import Settings


def add_desk(
    app: Flask,
    recommender: Recommender,
    writer: ArchiveWriter,
    clock: Callable[[], datetime],
    settings: Settings,
    previewer: Previewer,
) -> None:
    """Serve the desk at `/desk`."""
    desk = Desk(recommender, writer, clock, settings)
    finder = Finder(recommender)
    add_sign_in(desk)
    add_search(desk, finder)
    add_article(desk, finder)
    add_steer(desk)
    add_draft(desk, previewer)
    add_rules(desk)
    add_boilerplate(desk)
    add_audit(desk)
    add_tune(desk, finder)
    add_health(desk)
    add_clicks(desk)
    add_map(desk)
    desk.serve_on(app)
