"""Is the process alive, and can it answer?"""

from flask import Blueprint, Response

from recommender.recommend import Recommender
from service.answers import dump


def make_health(recommender: Recommender) -> Blueprint:
    """`/health/live` and `/health/ready`."""
    views = Blueprint("health", __name__)

    @views.get("/health/live")
    def live() -> Response:
        return _uncached({"status": "live"})

    @views.get("/health/ready")
    def ready() -> Response:
        manifest = recommender.index.snapshot().manifest
        return _uncached(
            {
                "status": "ready",
                "generation": manifest.generation,
                "created_at": manifest.created_at,
                "articles": manifest.articles,
                "newest_article": manifest.newest,
                "policy": recommender.policies.current().version,
                "problem": recommender.index.problem or recommender.policies.problem,
            }
        )

    return views


def _uncached(record: dict[str, object]) -> Response:
    response = Response(dump(record), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
