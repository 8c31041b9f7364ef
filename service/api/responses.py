"""The kinds of responses: one that may be kept if it is checked again, and one that may not be kept."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import PreconditionFailed

from recommender.recommend import Answer
from service.answers import dump
from service.api.sharing import fresh_seconds, fresh_until, share
from service.compression import compress, negotiate, wanting

JSON = "application/json"

NOTED = "alsoread.noted"
"""Where in the environment of a request a cache around the application waits to be told its answer."""

_SHARING = "alsoread-sharing"


@dataclass(frozen=True, slots=True)
class Sharing:
    """Whether shared caches may keep answers here, and what is taken for now."""

    allowed: bool
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Content:
    """An answer before it is fitted to who asks; the fields are those of `validated`."""

    body: bytes
    mimetype: str = JSON
    shown: tuple[str, ...] = ()
    published: str | None = None
    by_clock: bool = False
    passing: bool = False
    until: datetime | None = None

    def response(self, now: datetime, shared: bool) -> Response:
        """It with its validator, to be negotiated; `shared`: shared caches may keep it."""
        response = Response(self.body, mimetype=self.mimetype)
        response.headers["Cache-Control"] = "no-cache"
        if shared:
            seconds = fresh_seconds(self.published, now, self.by_clock, self.passing, self.until)
            share(response, self.shown, seconds)
        response.add_etag()
        return response

    def same_until(self, now: datetime) -> datetime:
        """Up to when `response` gives the same as now."""
        return fresh_until(self.published, now, self.by_clock, self.passing, self.until)


class Noted:
    """What a cache around the application is told of a request: its answer, where it may be kept and given again."""

    __slots__ = ("content",)

    def __init__(self) -> None:
        self.content: Content | None = None


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

    `content` is a record, or a body of that type. It may be kept where `shown` names every article that it shows or is
    about, by id: by shared caches, for how long follows from the date of the article that it is about (`published`, as in its
    record), whether it counts from the clock (`by_clock`), whether a better answer is to come in a moment (`passing`), and
    `until` when what editors settled holds.

    Raises `PreconditionFailed` where the request's `If-Match` names another answer.
    """
    body = content if isinstance(content, bytes) else dump(content)
    made = Content(body, mimetype, tuple(dict.fromkeys(shown)), published, by_clock, passing, until)
    if made.shown and NOTED in request.environ:
        request.environ[NOTED].content = made
    sharing: Sharing = current_app.extensions[_SHARING]
    response = made.response(sharing.now(), sharing.allowed)
    negotiate(response, wanting(request.accept_encodings))
    response.make_conditional(request)
    if response.status_code == PreconditionFailed.code:
        raise PreconditionFailed
    compress(response)
    return response


def validated_lists(
    content: Mapping[str, Any] | bytes, answers: Sequence[Answer], mimetype: str = JSON, *, alone: bool = False
) -> Response:
    """The same for lists of one article, at least one, in whatever form; with `alone` they are for who asked only, as are
    those that an engine was missing for."""
    article = answers[0]
    alone = alone or any(answer.away for answer in answers)
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
