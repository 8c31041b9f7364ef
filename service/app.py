"""`create_app`: the Flask application over the recommenders of its sites."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from index.archive_writer import ArchiveWriter
from index.catalogue import place_of
from index.live_index import LiveIndex
from recommender.policy import load_policy
from recommender.policy_file import PolicyFile
from recommender.recommend import Recommender
from service.access import Access
from service.api.articles import make_articles
from service.api.health import make_health
from service.api.page import make_page
from service.api.paths import AnyId, WholeId
from service.api.responses import allow_sharing
from service.api.suggestions import make_suggestions
from service.compression import compress_rest
from service.cors import Cors
from service.parameters import utc_now
from service.problems import register_problems
from service.settings import Settings


def create_app(
    settings: Settings,
    recommender: Recommender | None = None,
    clock: Callable[[], datetime] = utc_now,
    writer: ArchiveWriter | None = None,
) -> Flask:
    """The application. Without a recommender or a writer, those that the settings describe; `clock` is what it takes for
    now."""
    recommender = recommender or make_recommender(settings)
    place = place_of(settings.data, settings.catalogue)
    writer = writer or ArchiveWriter(place, settings.data)
    access = Access(writer, place, at_once=max(1, settings.threads // 2))
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.converters.update(any_id=AnyId, whole_id=WholeId)
    app.register_blueprint(make_suggestions(recommender, clock))
    app.register_blueprint(make_page(recommender, clock))
    app.register_blueprint(make_articles(recommender, writer, access, clock))
    app.register_blueprint(make_health(recommender, settings.data, settings.indexer, settings.purge_url))
    register_problems(app)
    allow_sharing(app, settings.shared_cache, clock)
    app.after_request(compress_rest)
    app.wsgi_app = Cors(app.wsgi_app, settings.origins)  # type: ignore[method-assign]  # as Flask's docs have it
    return app


def make_recommender(settings: Settings) -> Recommender:
    """The recommender over the data folder and policy of the settings; the index is opened by the first question and
    follows the catalogue's changes, and the policy's file is read again whenever it changes.

    Raises `InvalidPolicy`.
    """
    policies = PolicyFile(settings.policy) if settings.policy else load_policy()
    place = place_of(settings.data, settings.catalogue)
    return Recommender(LiveIndex(settings.data, place), policies)
