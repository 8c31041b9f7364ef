"""A request's body, read up to a limit, and only where it is of a kind that is read here."""

from contextlib import AbstractContextManager

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import BodyCutOff, TooLarge, WrongMediaType
from service.slow_bodies import BodySeats

_SEATS = "alsoread-body-seats"


def seat_bodies(app: Flask, at_once: int) -> None:
    """Settle for an application how many bodies of people without a key are waited for at once."""
    app.extensions[_SEATS] = BodySeats(at_once)


def body_seat() -> AbstractContextManager[None]:
    """A seat for a body that anyone may send, while it is read. Raises `CatalogueBusy` where none is free."""
    seats: BodySeats = current_app.extensions[_SEATS]
    return seats.seat()


def read_body(limit: int, media_types: tuple[str, ...]) -> bytes:
    """All of the body. Raises `WrongMediaType`, `TooLarge` for one of more than `limit` bytes, read no further, `BodyTooSlow`,
    and `BodyCutOff` for less than `Content-Length` says: half a table of rules would remove the others."""
    came = request.mimetype
    if came not in media_types:
        raise WrongMediaType(came[:100] or "none", media_types)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise WrongMediaType(f"one compressed as {encoding[:100]}", media_types)
    # one byte more than may come: a body that does not say how long it is would be cut off at the limit without an error
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise TooLarge("bytes", limit) from None
    if len(body) > limit:
        raise TooLarge("bytes", limit)
    if request.content_length is not None and len(body) < request.content_length:
        raise BodyCutOff(len(body), request.content_length)
    return body
