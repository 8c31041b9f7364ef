"""Signing in with a key and out again. Keys that are none are slowed down, and stand in no log."""

import logging
import re
import threading
import time
from collections import OrderedDict

from flask import Response, g, request

from index.access_keys import is_key, scope_of
from index.engines import database_errors_said
from service.api.bodies import body_seat
from service.clicks.addresses import address_of
from service.desk.frame import ROOT, SIGN_IN, Desk, Refused
from service.desk.guard import same_origin
from service.desk.visitors import ROLES, Visitor
from service.problems import KEY_REQUIRED, TOO_MANY_REQUESTS, WRONG_SCOPE

log = logging.getLogger(__name__)

FREE = 5
"""So many wrong keys from one address cost nothing; then each doubles the wait, …"""
FIRST_WAIT = 2.0
MOST_WAIT = 300.0
"""… from the first to the most, in seconds."""
MOST_ADDRESSES = 10_000

_OURS = re.compile(r"/desk(?:[/?][!-~]*)?", re.ASCII)


class Brake:
    """Slows down who guesses, by address, in this process. Nothing waits here: whoever comes too soon is refused."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def seconds_left(self, address: str) -> float:
        """How long this address has to wait; 0 where it need not."""
        with self._lock:
            return max(0.0, self._wrong.get(address, (0, 0.0))[1] - time.monotonic())

    def note_wrong(self, address: str) -> None:
        """A wrong key came from there."""
        with self._lock:
            times = self._wrong.pop(address, (0, 0.0))[0] + 1
            wait = min(FIRST_WAIT * 2 ** min(times - FREE, 20), MOST_WAIT) if times >= FREE else 0.0
            self._wrong[address] = (times, time.monotonic() + wait)
            if len(self._wrong) > MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def forget(self, address: str) -> None:
        """A right key came from there."""
        with self._lock:
            self._wrong.pop(address, None)


def add_sign_in(desk: Desk) -> None:
    """`/desk/sign-in` and `/desk/sign-out`."""
    brake = Brake()
    views = desk.blueprint

    @views.get(SIGN_IN)
    def sign_in() -> Response:
        if desk.visitor() is not None:
            return desk.go(_next(request.args.get("next")))
        return desk.page("sign_in.html", next=_next(request.args.get("next")))

    @views.post(SIGN_IN)
    def signed_in() -> Response:
        request.max_content_length = 10_000
        g.desk_visitor = None
        with body_seat():
            going_to = _next(request.form.get("next"))
        if not same_origin(request, desk.visitors.secure(request)):
            raise Refused(WRONG_SCOPE.status, "The form was not sent from this page. Load the page again.")
        address = address_of(request.environ, desk.settings.trust_proxy)
        if wait := brake.seconds_left(address):
            response = _again(f"Too many wrong keys. Try again in {wait:.0f} seconds.", TOO_MANY_REQUESTS)
            response.headers["Retry-After"] = str(int(wait) + 1)
            return response
        token = request.form.get("key", "").strip()
        with database_errors_said():
            key = scope_of(desk.catalogue(), token) if is_key(token) else None
        if key is None:
            brake.note_wrong(address)
            log.warning("a sign-in at the desk was refused: the key is unknown or was revoked")
            return _again("This key is unknown, or was revoked. Look whether it was copied whole.", KEY_REQUIRED.status)
        brake.forget(address)
        if key.scope not in ROLES:
            return _again("This key is for programs that write articles. Ask for one for the desk.", WRONG_SCOPE.status)
        if old := desk.visitors.token_of(request):
            desk.visitors.end(old, key.name)
        token = desk.visitors.open(key.name, key.scope, key.id)
        log.info("%s signed in at the desk", key.name)
        response = desk.go(going_to)
        desk.visitors.give(response, request, token)
        return response

    def _again(problem: str, status: int) -> Response:
        return desk.page("sign_in.html", status, problem=problem, next=_next(request.form.get("next")))

    @desk.view("/desk/sign-out", methods=("POST",))
    def sign_out(visitor: Visitor) -> Response:
        desk.visitors.end(visitor.token, visitor.name)
        response = desk.go(SIGN_IN)
        desk.visitors.take_away(response, request)
        # what the browser still shows of the desk is gone too
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _next(given: str | None) -> str:
    """A page of the desk to go to, never one elsewhere."""
    return given if given and _OURS.fullmatch(given) and "\\" not in given and ".." not in given else ROOT
