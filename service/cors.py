"""Which pages may read answers in a browser: cross-origin resource sharing, around everything else.

Reads are opened to the configured origins, without credentials; of what is posted only reports of clicks, which carry no key.
Writing is not: a key has no place in a page.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

READS = ("GET", "HEAD")

POSTED = frozenset({"/v1/events"})
"""Paths that a page may also post to."""

CLOSED = "desk"
"""First part of the paths that no other page may read: a proxy may let whoever stands behind it in without a cookie."""

ASKED_WITH = "Content-Type, If-None-Match"
"""Headers that a page may send with a request."""

EXPOSED = "ETag, Retry-After"
"""Headers of an answer that a page may read, besides those that it always may."""

PREFLIGHT_SECONDS = 86_400
"""So long a browser need not ask again; browsers cut it to what they hold right."""


class Cors:
    """The application with the headers by which a browser lets a page read its answers."""

    def __init__(self, application: "WSGIApplication", origins: str) -> None:
        """`origins` is `*` or origins parted by commas, as the setting of that name."""
        self._application = application
        self._everyone = origins == "*"
        self.restricts = not self._everyone
        """Whether an answer depends on the origin of who asks."""
        self._origins = frozenset(origins.split(","))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method, origin = environ["REQUEST_METHOD"], environ.get("HTTP_ORIGIN", "")
        path = environ.get("PATH_INFO", "")
        if path.split("/")[1:2] == [CLOSED]:
            return self._application(environ, start_response)
        allowed = (*READS, "POST") if path in POSTED else READS
        if method == "OPTIONS" and origin and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start_response("204 No Content", self._preflight(origin, allowed))
            return []
        origin = self.known(origin) if method in allowed else None

        def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            return start_response(status, self.told(headers, origin), *error)

        return self._application(environ, start)

    def known(self, origin: str) -> str | None:
        """The origin that an answer is opened to: `*`, a page's own, None for a page of another."""
        if self._everyone:
            return "*"
        return origin if origin in self._origins else None

    def told(self, headers: Headers, origin: str | None) -> Headers:
        """The headers of an answer that is opened to an origin, as `known` gives it."""
        return self._varied([*headers, *(self._opened(origin) if origin else [])])

    def _opened(self, origin: str) -> Headers:
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", EXPOSED),
            ("Timing-Allow-Origin", origin),
        ]

    def _preflight(self, origin: str, allowed: tuple[str, ...]) -> Headers:
        """What a browser asks before it sends a request that a plain link or form could not send."""
        opened: Headers = []
        if (known := self.known(origin)) is not None:
            opened = [
                ("Access-Control-Allow-Origin", known),
                ("Access-Control-Allow-Methods", ", ".join(allowed)),
                ("Access-Control-Allow-Headers", ASKED_WITH),
                ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
            ]
        asked = ("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
        return self._varied([*opened, ("Cache-Control", "no-store"), asked])

    def _varied(self, headers: Headers) -> Headers:
        """With several origins every answer says that it depends on who asked, lest a cache hand it to another."""
        if self._everyone:
            return headers
        said = [value for name, value in headers if name.lower() == "vary"]
        return [pair for pair in headers if pair[0].lower() != "vary"] + [("Vary", ", ".join([*said, "Origin"]))]
