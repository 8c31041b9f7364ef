"""Which pages the desk has."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from index.archive_writer import ArchiveWriter
from recommender.recommend import Recommender
from service.desk.frame import Desk
from service.desk.search import add_search
from service.desk.sign_in import add_sign_in
from service.settings import Settings


def add_desk(
    app: Flask,
    recommender: Recommender,
    writer: ArchiveWriter,
    clock: Callable[[], datetime],
    settings: Settings,
) -> None:
    """Serve the desk at `/desk`."""
    desk = Desk(recommender, writer, clock, settings)
    add_sign_in(desk)
    add_search(desk)
    desk.serve_on(app)
