"""Who asks at the desk: someone with a session of their own, or someone whom a trusted reverse proxy names."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from flask import Request, Response

from index.access_keys import Scope, covers
from index.archive_writer import ArchiveWriter
from index.audit import record
from index.desk_sessions import LONGEST, Also, Session, end_session, find_session, open_session, touch_session
from index.engines import database_errors_said
from index.errors import ArchiveError
from service.settings import Settings

ROLES: tuple[Scope, ...] = ("read", "rules", "admin")
"""Who may come to the desk: its readers, editors, administrators."""

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone at the desk. `token` is their session's and is never shown."""

    name: str
    scope: str
    token: str = field(repr=False)
    named_by_proxy: bool = False
    fresh: bool = False
    """Whether the session was opened by this very request, so that the browser does not have its cookie yet."""

    def may(self, scope: Scope) -> bool:
        """Whether they may do what needs this scope."""
        return covers(self.scope, scope)

    @property
    def role(self) -> str:
        """What they are called."""
        return {"read": "reader", "rules": "editor", "admin": "administrator"}.get(self.scope, self.scope)


class Visitors:
    """Sessions and their cookie."""

    def __init__(self, settings: Settings, writer: ArchiveWriter, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._writer = writer
        self._clock = clock
        self._proxies = [ip_network(one) for one in settings.desk_proxies.split(",")] if settings.desk_proxies else []

    def of(self, request: Request) -> Visitor | None:
        """Who asks; None for who is not signed in. A session is opened for whom a trusted proxy names.

        Raises `CatalogueBusy` or `CatalogueUnusable`.
        """
        token = request.cookies.get(self._cookie(request), "")
        session = self._session(token) if token else None
        if (named := self._named(request)) is not None:
            name, scope = named
            if session is None or session.key_id is not None or session.name != name:
                token = self.open(name, scope, None)
                return Visitor(name, scope, token, named_by_proxy=True, fresh=True)
            return Visitor(name, scope, token, named_by_proxy=True)
        if session is None or session.key_id is None or session.scope not in ROLES:
            return None
        return Visitor(session.name, session.scope, token)

    def open(self, name: str, scope: str, key_id: str | None) -> str:
        """A new session's token, whatever cookie came: nobody can put theirs in place of it."""
        now, how = self._clock(), f"as {scope}" + ("" if key_id else ", named by a proxy")
        note: Also = lambda connection: record(connection, name, "desk.sign-in", how)  # noqa: E731  # typed as a whole
        return self._writer.run(lambda catalogue: open_session(catalogue, name, scope, key_id, now, note))

    def end(self, token: str, name: str) -> None:
        """End a session, if there is one, on behalf of someone."""
        note: Also = lambda connection: record(connection, name, "desk.sign-out", "")  # noqa: E731  # typed as a whole
        self._writer.run(lambda catalogue: end_session(catalogue, token, note))

    def give(self, response: Response, request: Request, token: str) -> None:
        """Put the session's cookie into an answer."""
        response.set_cookie(
            self._cookie(request), token, max_age=int(LONGEST.total_seconds()), **self._cookie_marks(request)
        )

    def take_away(self, response: Response, request: Request) -> None:
        """Have the browser forget the cookie."""
        response.delete_cookie(self._cookie(request), **self._cookie_marks(request))

    def token_of(self, request: Request) -> str:
        """The token that a request carries; empty where none."""
        return request.cookies.get(self._cookie(request), "")

    def secure(self, request: Request) -> bool:
        """Whether the browser speaks https with us, or with a proxy of ours."""
        if request.scheme == "https":
            return True
        if not self._settings.trust_proxy and not self._trusted(request):
            return False
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-Proto", "").split(",") if hop.strip()]
        return bool(hops) and hops[-min(len(hops), max(1, self._settings.trust_proxy))] == "https"

    def _session(self, token: str) -> Session | None:
        with database_errors_said():
            session = find_session(self._writer.catalogue(), token, self._clock())
        if session is not None and session.stale:
            try:
                self._writer.run(lambda catalogue: touch_session(catalogue, token, self._clock()))
            except ArchiveError:
                pass  # it is noted with the next page
        return session

    def _named(self, request: Request) -> tuple[str, str] | None:
        """Name and scope of whom a trusted proxy names; None where it names nobody, or someone in no role that we know."""
        settings = self._settings
        if settings.desk_user_header is None or not self._trusted(request):
            return None
        name = request.headers.get(settings.desk_user_header, "").strip()[:MAX_NAME]
        scope: str = settings.desk_role
        if settings.desk_role_header is not None:
            scope = request.headers.get(settings.desk_role_header, "").strip().lower() or scope
        return (name, scope) if name and name.isprintable() and scope in ROLES else None

    def _trusted(self, request: Request) -> bool:
        try:
            peer = ip_address(request.environ.get("REMOTE_ADDR") or "")
        except ValueError:
            return False
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in network for network in self._proxies)

    def _cookie(self, request: Request) -> str:
        return "__Secure-alsoread-desk" if self.secure(request) else "alsoread-desk"

    def _cookie_marks(self, request: Request) -> dict[str, Any]:
        return {"path": "/desk", "secure": self.secure(request), "httponly": True, "samesite": "Strict"}
