"""Answers kept ready in front of Flask: one that still holds is given without entering it.

An answer holds until an article that it shows or is about changes, until editors settle something, and until the time itself
changes it; where something else in the index changed, for a moment more (`grace`). What is asked before each answer is what an
answer that is worked out anew asks, so that a take-down counts as soon.
"""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from werkzeug.http import http_date, is_resource_modified

from index.errors import ArchiveError
from service.api.responses import NOTED, Content, Noted
from service.basis import Basis
from service.cors import Cors
from service.ready_forms import ReadyForms
from service.sieve import Node, Sieve

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Key = tuple[str, ...]

KEPT = ("/v1/articles", "/v1/also-read", "/v1/more-in-section", "/v1/page", "/embed")
"""How the paths begin whose answers may be kept."""

HTML = "/embed"
"""Its answers name the host that was asked."""

LARGEST = 16
"""An answer that would take more than such a part of the room is not kept: one must not drive out all."""

ENTRY_BYTES = 5_000
"""What keeping an answer takes besides its body: names, headers, keys …"""

SHOWN_BYTES = 150
"""… and for each article that it shows."""

LONGEST = 2_000
"""What is asked with more characters is not kept: readers ask briefly, and keys take room."""

TOGETHER_SECONDS = 5.0
"""So long a request waits for another that works out the same answer."""


class Entry:
    """A kept answer and what it was made from."""

    __slots__ = ("content", "epoch", "foreign", "forms", "names", "since", "turn", "until")

    def __init__(
        self, content: Content, forms: ReadyForms, epoch: int, turn: int, since: datetime, until: datetime
    ) -> None:
        self.content = content
        self.forms = forms
        self.names = frozenset(content.shown)
        self.epoch = epoch
        self.turn = turn
        self.since = since
        self.until = until
        self.foreign: float | None = None
        """When (by the monotonic clock) the index first changed in something that is not named here; None if it did not."""


class ResponseCache:
    """The application with its answers kept; any number of threads may ask."""

    def __init__(
        self,
        cors: Cors,
        basis: Basis,
        clock: Callable[[], datetime],
        *,
        most_bytes: int,
        grace: float,
        shared: bool,
        together: bool,
    ) -> None:
        """It stands around `cors`. `grace` in seconds; `shared`: answers carry the headers for shared caches;
        `together`: requests for the same answer wait for the first of them."""
        self._application = cors
        self._cors = cors
        self._basis = basis
        self._turns = basis.turns
        self._clock = clock
        self._most_bytes = most_bytes
        self._grace = grace
        self._shared = shared
        self._together = together
        self._kept: Sieve[Key, Entry] = Sieve(most_bytes)
        self._nodes = self._kept.nodes
        self._hits = self._misses = 0
        self._date = (0, ("Date", ""))
        self._flights: dict[Key, threading.Event] = {}

    def record(self) -> dict[str, int]:
        """How it goes, for `/health/ready`; what threads count at the same instant may be counted once."""
        kept = self._kept
        sizes = {"answers": kept.count, "bytes": kept.bytes, "evicted": kept.evicted}
        return {"hits": self._hits, "misses": self._misses, **sizes}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if (method != "GET" and method != "HEAD") or not path.startswith(KEPT):
            return self._application(environ, start_response)
        if "HTTP_AUTHORIZATION" in environ or "HTTP_IF_MATCH" in environ:
            return self._application(environ, start_response)
        key: Key = (path, environ["QUERY_STRING"])
        if path == HTML:
            key = (*key, environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""))
        node = self._nodes.get(key)
        try:
            self._basis.look()
        except ArchiveError:
            return self._application(environ, start_response)
        now = self._clock()
        if node is None or not self._holds(node.value, now):
            node = self._found(key, now)
            if node is None:
                return self._worked_out(environ, start_response, key)
        self._hits += 1
        return self._given(node, now, environ, start_response)

    def _holds(self, entry: Entry, now: datetime) -> bool:
        """Whether an answer would be made the same way now, or nearly so for a moment more."""
        if entry.epoch != self._basis.epoch or not entry.since <= now < entry.until:
            return False
        if entry.turn != self._turns.number and not self._unchanged(entry):
            return False
        return entry.foreign is None or time.monotonic() - entry.foreign < self._grace

    def _unchanged(self, entry: Entry) -> bool:
        """Whether none of the articles named in an entry changed since it was looked at last."""
        turns = self._turns.since(entry.turn)
        if turns is None:
            return False
        for turn in turns:
            if turn.ids is None or not entry.names.isdisjoint(turn.ids):
                return False
            if turn.shows and entry.foreign is None:
                entry.foreign = turn.at
            entry.turn = turn.number
        return True

    def _given(
        self, node: Node[Key, Entry], now: datetime, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        node.asked = True
        entry = node.value
        forms = entry.forms
        if not forms.since <= now < forms.until:
            forms = entry.forms = ReadyForms(entry.content, now, self._shared, self._cors)
        form = forms.of(environ)
        second = int(time.time())
        known, date = self._date
        if known != second:
            date = ("Date", http_date(second))
            self._date = (second, date)
        match = environ.get("HTTP_IF_NONE_MATCH")
        if match is not None and (match == form.etag or not is_resource_modified(environ, form.etag)):
            before, after = form.unchanged
            start_response("304 NOT MODIFIED", [*before, date, *after])
            return []
        before, after = form.whole
        start_response("200 OK", [*before, date, *after])
        return form.body if environ["REQUEST_METHOD"] == "GET" else []

    def _found(self, key: Key, now: datetime) -> Node[Key, Entry] | None:
        """What is kept for the same question with its parameters in another order."""
        node = self._nodes.get(sorted_key(key))
        if node is None or not self._holds(node.value, now):
            return None
        self._kept.also(key, node)
        return node

    def _worked_out(self, environ: "WSGIEnvironment", start_response: "StartResponse", key: Key) -> Iterable[bytes]:
        self._misses += 1
        if not self._together:
            return self._answered(environ, start_response, key)
        question, mine = sorted_key(key), threading.Event()
        flight = self._flights.setdefault(question, mine)
        if flight is not mine:
            flight.wait(TOGETHER_SECONDS)
            now = self._clock()
            node = self._found(key, now)
            if node is not None:
                return self._given(node, now, environ, start_response)
            return self._answered(environ, start_response, key)
        try:
            return self._answered(environ, start_response, key)
        finally:
            del self._flights[question]
            mine.set()

    def _answered(self, environ: "WSGIEnvironment", start_response: "StartResponse", key: Key) -> Iterable[bytes]:
        """The answer of the application; kept where that may be."""
        # numbers first: what the answer is made from may be newer than they say, never older
        epoch, turn, since = self._basis.epoch, self._turns.number, self._clock()
        noted = environ[NOTED] = Noted()
        try:
            until = self._basis.until(self._basis.snapshot(), since)
        except ArchiveError:
            return self._application(environ, start_response)
        answer = self._application(environ, start_response)
        content = noted.content
        if content is not None:
            length = sum(map(len, key))
            size = len(content.body) * 3 // 2 + ENTRY_BYTES + SHOWN_BYTES * len(content.shown) + 2 * length
            if length <= LONGEST and size * LARGEST <= self._most_bytes:
                until = until if content.until is None else min(until, content.until)
                forms = ReadyForms(content, since, self._shared, self._cors)
                entry = Entry(content, forms, epoch, turn, since, until)
                self._kept.put(tuple({sorted_key(key), key}), entry, size)
        return answer


def sorted_key(key: Key) -> Key:
    """The key of the question with its parameters in the order of their names; those of one name stay as they are."""
    parameters = [one for one in key[1].split("&") if one]
    parameters.sort(key=lambda one: one.partition("=")[0])
    return (key[0], "&".join(parameters), *key[2:])
