"""`create_app`: the Flask application over the recommenders of its sites."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from index.archive_writer import ArchiveWriter
from index.boilerplate.kept import Cleaners
from index.catalogue import place_of
from index.cluster.reading import ClusterIndex
from index.embedding_client import EmbeddingClient
from index.followed import Followed
from index.live_index import LiveIndex
from index.rules import read_rules
from recommender.editorial import Editorial
from recommender.gathering import Gathering
from recommender.preview import Previewer
from recommender.recommend import Recommender
from service.access import Access
from service.api.articles import make_articles
from service.api.bodies import seat_bodies
from service.api.clicks import make_click_reports, make_events
from service.api.document import make_document_views
from service.api.health import make_health
from service.api.page import make_page
from service.api.paths import AnyId, WholeId
from service.api.preview import make_preview
from service.api.responses import allow_sharing
from service.api.rules import make_rules
from service.api.suggestions import make_suggestions
from service.api.widget import make_widget
from service.basis import Basis
from service.clicks.counter import ClickCounter
from service.clicks.intake import Intake
from service.clicks.repeats import Repeats, shared_repeats
from service.compression import compress_rest
from service.cors import Cors
from service.desk.pages import add_desk
from service.parameters import utc_now
from service.policies import make_policies
from service.problems import register_problems
from service.response_cache import ResponseCache
from service.settings import Settings
from service.shared_engines import make_cluster_index
from service.slow_bodies import with_bodies_in_time


def create_app(
    settings: Settings,
    recommender: Recommender | None = None,
    clock: Callable[[], datetime] = utc_now,
    writer: ArchiveWriter | None = None,
    counter: ClickCounter | None = None,
) -> Flask:
    """The application. Without a recommender, a writer or a counter of clicks, those that the settings describe; `clock` is
    what it takes for now."""
    recommender = recommender or make_recommender(settings)
    place = place_of(settings.data, settings.catalogue)
    writer = writer or ArchiveWriter(place, settings.data)
    counter = counter or ClickCounter(writer, clock)
    intake = Intake(recommender, counter, shared_repeats() or Repeats())
    access = Access(writer, place, at_once=max(1, settings.threads // 2))
    previewer = Previewer(recommender, EmbeddingClient(settings.data), Cleaners(place, settings.data).of)
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.converters.update(any_id=AnyId, whole_id=WholeId)
    seat_bodies(app, at_once=max(1, settings.threads // 2))
    cors = Cors(with_bodies_in_time(app.wsgi_app), settings.origins)
    cache = make_cache(settings, recommender, cors, clock)
    app.register_blueprint(make_suggestions(recommender, clock))
    app.register_blueprint(make_page(recommender, clock))
    app.register_blueprint(make_widget(recommender, clock))
    app.register_blueprint(make_articles(recommender, writer, access, clock))
    app.register_blueprint(make_rules(recommender, writer, access, clock))
    app.register_blueprint(make_events(intake, clock, settings.trust_proxy))
    app.register_blueprint(make_click_reports(recommender, writer, access, clock))
    kept = cache.record if cache else None
    writes = settings.indexer and not settings.replica
    app.register_blueprint(make_health(recommender, settings.data, writes, settings.purge_url, kept))
    app.register_blueprint(make_document_views(recommender.holds_all))
    if recommender.holds_all:
        app.register_blueprint(make_preview(previewer, writer, access, clock))
        add_desk(app, recommender, writer, clock, settings, previewer)
    if settings.demo_site:
        from service.demo.site import add_demo

        add_demo(app, settings, recommender, clock)
    register_problems(app)
    allow_sharing(app, settings.shared_cache, clock)
    app.after_request(compress_rest)
    app.wsgi_app = cache or cors  # type: ignore[method-assign]  # as Flask's docs have it
    return app


def make_cache(
    settings: Settings, recommender: Recommender, cors: Cors, clock: Callable[[], datetime]
) -> ResponseCache | None:
    """The cache around `cors` that the settings describe; None where they want none, or the index cannot say what changed."""
    if settings.cache_bytes == 0 or not isinstance(recommender.index, (LiveIndex, ClusterIndex)):
        return None
    return ResponseCache(
        cors,
        Basis(recommender, recommender.index),
        clock,
        most_bytes=settings.cache_bytes,
        grace=settings.cache_grace,
        shared=settings.shared_cache,
        together=settings.threads > 1,
    )


def make_recommender(settings: Settings) -> Recommender:
    """The recommender over the data folder and policy of the settings; the index is opened by the first question and
    follows the catalogue's changes, as the rules do, and the policy's file is read again whenever it changes.

    Raises `InvalidPolicy`.
    """
    place = place_of(settings.data, settings.catalogue)
    rules = Followed(place, settings.data, lambda engine: Editorial(read_rules(engine)), Editorial(), "the rules")
    if settings.replica:
        shared = make_cluster_index(settings)
        return Recommender(shared, make_policies(settings), rules=rules, around=Gathering(shared))
    return Recommender(LiveIndex(settings.data, place), make_policies(settings), rules=rules)
