"""The frame that every page of the desk stands in: who may see it, what protects it, how it is answered."""

import functools
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, g, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from index.access_keys import Scope
from index.archive_writer import ArchiveWriter
from index.catalogue import Catalogue
from index.errors import ArchiveError, CatalogueMissing, DamagedSnapshot, NoSnapshot
from index.rules import Rule, RuleSet
from index.snapshot import Snapshot
from recommender.conflicts import conflicts
from recommender.errors import UnknownArticle
from recommender.recommend import Recommender
from service.desk.guard import form_token, is_form_token, protect, same_origin
from service.desk.visitors import Visitor, Visitors
from service.desk.words import FILTERS
from service.errors import ServiceError
from service.problems import INTERNAL, KEY_REQUIRED, UNKNOWN_ADDRESS, WRONG_SCOPE, kind_of
from service.settings import Settings

log = logging.getLogger(__name__)

ROOT = "/desk"
SIGN_IN = "/desk/sign-in"

NAVIGATION = (
    ("Articles", "/desk"),
    ("Draft", "/desk/draft"),
    ("Tune", "/desk/tune"),
    ("Rules", "/desk/rules"),
    ("Boilerplate", "/desk/boilerplate"),
    ("Health", "/desk/health"),
    ("Clicks", "/desk/clicks"),
    ("Map", "/desk/map"),
    ("Audit", "/desk/audit"),
)
"""In this order they stand at the top of every page; those that there are."""

MAX_FORM_BYTES = 1_000_000

SIGN_IN_FILES = frozenset({"desk.css", "icon.svg"})
"""What is sent to who is not signed in."""

MIMETYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Place:
    """An item of the navigation."""

    name: str
    path: str
    here: bool


class Refused(ServiceError):
    """Something is not done at the desk; `status` and a sentence that may be shown."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Desk:
    """What the pages share: the archive, the clock, the settings; and how a view is guarded and a page is made."""

    def __init__(
        self,
        recommender: Recommender,
        writer: ArchiveWriter,
        clock: Callable[[], datetime],
        settings: Settings,
    ) -> None:
        self.recommender = recommender
        self.writer = writer
        self.clock = clock
        self.settings = settings
        self.visitors = Visitors(settings, writer, clock)
        self.blueprint = Blueprint("desk", __name__, template_folder="templates")
        self._paths: set[str] = set()
        self.blueprint.after_request(protect)
        self.blueprint.after_request(self._with_cookie)
        for name, write in FILTERS.items():
            self.blueprint.add_app_template_filter(write, name)
        self.blueprint.register_error_handler(Exception, self._said)
        self.blueprint.add_url_rule("/desk/static/<name>", "static_file", self._static)

    def catalogue(self) -> Catalogue:
        """The catalogue, to read from. Raises `CatalogueUnusable`."""
        return self.writer.catalogue()

    def view(
        self, path: str, methods: tuple[str, ...] = ("GET",), needs: Scope = "read", max_bytes: int = MAX_FORM_BYTES
    ) -> Callable[[View], View]:
        """Serve a view at a path to those who may do what `needs` says; its first argument is the `Visitor`.

        A change (any method but GET) must come from our own page and carry the session's `form_token` as the field `token`,
        or as the header `X-Desk-Token` where its body is no form.
        """

        def decorate(view: View) -> View:
            @functools.wraps(view)
            def guarded(**arguments: Any) -> Response:
                request.max_content_length = max_bytes
                request.max_form_memory_size = max_bytes
                visitor = self.visitor()
                if visitor is None:
                    return self._to_sign_in()
                if not visitor.may(needs):
                    raise Refused(
                        WRONG_SCOPE.status, f"This is for {_WHO[needs]}; you are signed in as {visitor.role}."
                    )
                if request.method not in ("GET", "HEAD"):
                    self._check_form(visitor)
                return view(visitor, **arguments)

            self.blueprint.add_url_rule(
                path, f"{view.__module__.rpartition('.')[2]}_{view.__name__}", guarded, methods=methods
            )
            if "GET" in methods:
                self._paths.add(path)
            return guarded

        return decorate

    def visitor(self) -> Visitor | None:
        """Who asks, looked up once a request; None where nobody is signed in."""
        if "desk_visitor" not in g:
            g.desk_visitor = self.visitors.of(request)
        found: Visitor | None = g.desk_visitor
        return found

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page: a template that extends `base.html`. It knows `visitor`, `places` (the navigation), `form_token`,
        `now`, and `asset(name)`, the address of a file in `static/`."""
        visitor: Visitor | None = g.get("desk_visitor")
        html = render_template(
            template,
            visitor=visitor,
            places=self._navigation() if visitor else (),
            form_token=form_token(visitor.token) if visitor else "",
            now=self.clock(),
            asset=asset,
            **context,
        )
        return Response(html, status, mimetype="text/html")

    def go(self, path: str, **query: object) -> Response:
        """To another page of the desk, after a change."""
        given = {name: value for name, value in query.items() if value is not None}
        return Response(status=303, headers={"Location": path + (f"?{urlencode(given, doseq=True)}" if given else "")})

    def rules(self) -> RuleSet:
        """All rules as they hold now, in the order in which they were made. Raises `TakeDownsUnknown`."""
        return self.recommender.rules.value().rules

    def conflicts_of(self, rule: Rule, snapshot: Snapshot, now: datetime) -> tuple[str, ...]:
        """What is in the way of a rule, in half sentences; empty where it does what it says."""
        ours = self.recommender
        return conflicts(rule, ours.rules.value(), snapshot, ours.policies, now, ours.site)

    def serve_on(self, app: Flask) -> None:
        """Serve all that was added so far."""
        app.register_blueprint(self.blueprint)
        app.before_request(self._unknown)

    def _unknown(self) -> Response | None:
        """At the desk's addresses at which nothing is: who is not signed in does not even learn that."""
        if request.routing_exception is None or request.path.split("/")[1:2] != ["desk"]:
            return None
        answer = self._to_sign_in() if self.visitor() is None else self._said(request.routing_exception)
        return self._with_cookie(protect(answer))

    def _check_form(self, visitor: Visitor) -> None:
        given = request.headers.get("X-Desk-Token") or request.form.get("token", "")
        if not same_origin(request, self.visitors.secure(request)) or not is_form_token(given, visitor.token):
            raise Refused(
                WRONG_SCOPE.status, "The form was not sent from this page, or is too old. Load the page again."
            )

    def _to_sign_in(self) -> Response:
        """A page is asked for again after the sign-in; what a script asks for is refused."""
        navigates = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if request.method in ("GET", "HEAD") and navigates and request.headers.get("Sec-Fetch-Site") in _ELSEWHERE:
            # a link in a mail or a chat: the strict cookie comes only with what our own page asks for, so ask once more
            return self.page("again.html", here=request.full_path.rstrip("?"))
        if request.method in ("GET", "HEAD") and navigates:
            here = quote(request.full_path.rstrip("?"), safe="/?=&:%+,;@!$'()*~-._")
            to = SIGN_IN if here == ROOT else f"{SIGN_IN}?{urlencode({'next': here})}"
            return redirect(to, 303)  # type: ignore[return-value]  # Flask's own class is what it makes
        return self.page("sign_in.html", KEY_REQUIRED.status, problem="You are signed out. Sign in again.", next=ROOT)

    def _with_cookie(self, response: Response) -> Response:
        """Whatever the answer is: a browser that does not get its session's cookie opens another with each request."""
        visitor: Visitor | None = g.get("desk_visitor")
        if visitor is not None and visitor.fresh and "Set-Cookie" not in response.headers:
            self.visitors.give(response, request, visitor.token)
        return response

    def _navigation(self) -> list[Place]:
        here = max((path for _, path in NAVIGATION if request.path.startswith(path)), key=len, default=ROOT)
        here = ROOT if request.path == "/desk/article" else here
        return [Place(name, path, path == here) for name, path in NAVIGATION if path in self._paths]

    def _static(self, name: str) -> Response:
        if name not in SIGN_IN_FILES and self.visitor() is None:
            return self._to_sign_in()
        if name not in _assets():
            raise Refused(UNKNOWN_ADDRESS.status, "There is no such file.")
        response = Response(_assets()[name], mimetype=MIMETYPES[name.rpartition(".")[2]])
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        return response.make_conditional(request)  # type: ignore[return-value]  # itself

    def _said(self, error: Exception) -> Response:
        """An error as a page."""
        if isinstance(error, Refused):
            status, message = error.status, str(error)
        elif isinstance(error, HTTPException):
            status, message = error.code or 500, _HTTP.get(error.code or 500, "The request cannot be answered.")
        elif isinstance(error, ArchiveError | ServiceError | UnknownArticle) and (kind := kind_of(error)):
            hidden = next((words for type_, words in _HIDDEN.items() if isinstance(error, type_)), None)
            status, message = kind.status, hidden or _sentence(str(error))
        else:
            log.exception("%s %r failed", request.method, request.path, exc_info=error)
            status, message = (
                INTERNAL.status,
                "Something went wrong here. It was logged; try again, or tell whoever runs Alsoread.",
            )
        g.setdefault("desk_visitor", None)
        # only of a form that was read: one that did not come in time would be waited for once more
        page = request.form.get("page") if "form" in vars(request) and not isinstance(error, HTTPException) else None
        return self.page("problem.html", status, message=message, back=page)


_WHO = {"read": "readers of the desk", "rules": "editors", "write": "programs", "admin": "administrators"}

_ELSEWHERE = ("cross-site", "same-site")

_HIDDEN: Mapping[type[Exception], str] = {
    CatalogueMissing: "Nothing was put into the archive yet. Begin with: alsoread rebuild SOURCE.",
    NoSnapshot: "No index has been published yet. Begin with: alsoread rebuild SOURCE.",
    DamagedSnapshot: "The published index is damaged. The log says how.",
}
"""What is said for errors whose own words name folders of this host."""

_HTTP = {
    404: "There is no such page at the desk.",
    405: "This page is not used that way.",
    413: "That is more than one form may hold.",
}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


@functools.cache
def _assets() -> dict[str, bytes]:
    """The files in `static/`, by name."""
    folder = files("service.desk").joinpath("static")
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in MIMETYPES}


@functools.cache
def asset(name: str) -> str:
    """The address of a file in `static/`, another whenever it changes."""
    return f"/desk/static/{name}?{hashlib.sha256(_assets()[name]).hexdigest()[:8]}"
