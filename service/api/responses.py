"""The kinds of responses: one that may be kept if it is checked again, and one that may not be kept."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import PreconditionFailed

from recommender.recommend import Answer
from service.answers import dump
from service.api.sharing import fresh_seconds, share
from service.compression import compress, negotiate

JSON = "application/json"

_SHARING = "alsoread-sharing"


@dataclass(frozen=True, slots=True)
class Sharing:
    """Whether shared caches may keep answers here, and what is taken for now."""

    allowed: bool
    now: Callable[[], datetime]


def allow_sharing(app: Flask, allowed: bool, now: Callable[[], datetime]) -> None:
    """Settle for an application whether shared caches may keep its answers."""
    app.extensions[_SHARING] = Sharing(allowed, now)


def validated(
    content: Mapping[str, Any] | bytes,
    mimetype: str = JSON,
    *,
    shown: Iterable[str] = (),
    published: str | None = None,
    by_clock: bool = False,
    passing: bool = False,
    until: datetime | None = None,
) -> Response:
    """An answer with its validator; browsers ask again each time, so that a change shows on the next view.

    `content` is a record, or a body of that type. Shared caches may keep it where `shown` names every article that it shows
    or is about, by id: for how long follows from the date of the article that it is about (`published`, as in its record),
    whether it counts from the clock (`by_clock`), whether a better answer is to come in a moment (`passing`), and `until` when
    what editors settled holds.

    Raises `PreconditionFailed` where the request's `If-Match` names another answer.
    """
    response = Response(content if isinstance(content, bytes) else dump(content), mimetype=mimetype)
    response.headers["Cache-Control"] = "no-cache"
    sharing: Sharing = current_app.extensions[_SHARING]
    if sharing.allowed:
        share(response, shown, fresh_seconds(published, sharing.now(), by_clock, passing, until))
    response.add_etag()
    negotiate(response)
    response.make_conditional(request)
    if response.status_code == PreconditionFailed.code:
        raise PreconditionFailed
    compress(response)
    return response


def validated_lists(
    content: Mapping[str, Any] | bytes, answers: Sequence[Answer], mimetype: str = JSON, *, alone: bool = False
) -> Response:
    """The same for lists of one article, at least one, in whatever form; with `alone` they are for who asked only."""
    article = answers[0]
    return validated(
        content,
        mimetype,
        shown=() if alone else [article.article_id, *(item.id for answer in answers for item in answer.items)],
        published=article.article.get("published_at"),
        by_clock=any(answer.by_clock for answer in answers),
        passing=not all(answer.embedded for answer in answers),
        until=min((answer.until for answer in answers if answer.until), default=None),
    )


def uncached(body: bytes, mimetype: str = JSON, status: int | None = None) -> Response:
    """An answer that holds for this moment, or for whoever asked, only."""
    response = Response(body, status, mimetype=mimetype)
    response.headers["Cache-Control"] = "no-store"
    return response
