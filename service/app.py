"""`create_app`: the Flask application over the recommenders of its sites."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from index.live_index import LiveIndex
from recommender.policy import load_policy
from recommender.policy_file import PolicyFile
from recommender.recommend import Recommender
from service.api.health import make_health
from service.api.suggestions import AnyId, make_suggestions
from service.parameters import utc_now
from service.problems import register_problems
from service.settings import Settings


def create_app(
    settings: Settings, recommender: Recommender | None = None, clock: Callable[[], datetime] = utc_now
) -> Flask:
    """The application. Without a recommender, the one that the settings describe; `clock` is what it takes for now."""
    recommender = recommender or make_recommender(settings)
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.converters["any_id"] = AnyId
    app.register_blueprint(make_suggestions(recommender, clock))
    app.register_blueprint(make_health(recommender))
    register_problems(app)
    return app


def make_recommender(settings: Settings) -> Recommender:
    """The recommender over the data folder and policy of the settings; the index is opened by the first question, and the
    policy's file is read again whenever it changes.

    Raises `InvalidPolicy`.
    """
    policies = PolicyFile(settings.policy) if settings.policy else load_policy()
    return Recommender(LiveIndex(settings.data), policies)
