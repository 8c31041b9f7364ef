"""The calls.

from service.client import Client

with Client("http://127.0.0.1:8000") as client:
    for item in client.also_read("flood-wall", limit=4).items:
        print(item.title, item.url)
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Any, TypeVar, Unpack
from urllib.parse import quote, urlencode, urlsplit

import orjson
import urllib3
from pydantic import TypeAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout, make_headers

from service.client.errors import AlsoreadProblem, Unreachable
from service.client.options import ListOptions, PageOptions
from service.shapes.health import Ready
from service.shapes.lists import Article, Page, Suggestions
from service.shapes.writes import RemovedRule, Rule, Rules, Written

Shape = TypeVar("Shape")
Query = Sequence[tuple[str, str]]

_AGAIN: dict[str, Any] = {
    "redirect": False,
    "backoff_factor": 0.2,
    "raise_on_status": False,
    "respect_retry_after_header": False,  # who is to wait for minutes is told so, and not kept
}

PASSING = (502, 503, 504)
"""Statuses after which the same may be asked again."""


class Client:
    """Asks one service; any number of threads may use it.

    Raises `AlsoreadProblem` for what the service refuses and `Unreachable` where it cannot be reached, in every call. What may
    be repeated without doing more than once, which is every call but those that settle rules, is tried `retries` times more.
    """

    def __init__(
        self, address: str, key: str | None = None, *, timeout: float = 5.0, retries: int = 2, connections: int = 4
    ) -> None:
        """`address` is where the service is, such as `http://127.0.0.1:8000`; `key` is needed to write and for rules;
        `timeout` in seconds holds for connecting and for each wait for an answer."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"expected the http or https address of a service, got {address!r}")
        self._prefix = parts.path.rstrip("/")
        self._headers = dict(make_headers(accept_encoding="gzip", user_agent="alsoread-client"))
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._pool = urllib3.connection_from_url(
            address, maxsize=connections, timeout=Timeout(connect=timeout, read=timeout)
        )
        self._often = Retry(retries, status_forcelist=PASSING, allowed_methods=None, **_AGAIN)
        # what was never sent may be sent again; what was sent and not answered may have been done
        self._once = Retry(None, connect=retries, read=0, status=0, other=0, allowed_methods=None, **_AGAIN)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def also_read(
        self, article_id: str | None = None, *, url: str | None = None, **options: Unpack[ListOptions]
    ) -> Suggestions:
        """What to read next, by the id or the address of an article. Options are the parameters of the route: `limit`,
        `exclude`, `max_age`, `before`, `lang`, `fallback`, `explain`."""
        return self._get("/v1/also-read", Suggestions, _named(article_id, url, options))

    def more_in_section(
        self, article_id: str | None = None, *, url: str | None = None, **options: Unpack[ListOptions]
    ) -> Suggestions:
        """The best of its section; options as of `also_read`."""
        return self._get("/v1/more-in-section", Suggestions, _named(article_id, url, options))

    def page(self, article_id: str | None = None, *, url: str | None = None, **options: Unpack[PageOptions]) -> Page:
        """The boxes of a page. Options are `slots` (such as `"also-read:4,more-in-section:6"`), `repeat`, `ui`, and those of
        `also_read` but `limit` and `explain`."""
        return self._get("/v1/page", Page, _named(article_id, url, options))

    def article(self, article_id: str | None = None, *, url: str | None = None) -> Article:
        """An article, as far as it may be shown."""
        return self._get("/v1/articles", Article, _named(article_id, url, {}))

    def put(self, article_id: str, record: Mapping[str, Any]) -> Written:
        """Write an article; the record has the fields that the API takes, dates as text or as Python has them."""
        return self._send("PUT", "/v1/articles", Written, [("id", article_id)], record)

    def delete(self, article_id: str, updated_at: datetime | None = None) -> Written:
        """Remove an article, where nothing newer than `updated_at` is known."""
        return self._send("DELETE", "/v1/articles", Written, _query({"id": article_id, "updated_at": updated_at}))

    def rules(self, *, article: str | None = None, item: str | None = None, kind: str | None = None) -> Rules:
        """What editors settled."""
        return self._get("/v1/rules", Rules, _query({"article": article, "item": item, "kind": kind, "format": "json"}))

    def add_rule(self, rule: Mapping[str, Any]) -> Rule:
        """Settle a rule."""
        return self._send("POST", "/v1/rules", Rule, body=rule, retry=self._once)

    def change_rule(self, rule_id: str, rule: Mapping[str, Any], version: int) -> Rule:
        """Settle something else in its place, where it is still at that version."""
        path, match = f"/v1/rules/{quote(rule_id, safe='')}", {"If-Match": f'"{version}"'}
        return self._send("PUT", path, Rule, body=rule, headers=match, retry=self._once)

    def remove_rule(self, rule_id: str, version: int | None = None) -> RemovedRule:
        """Remove a rule, where it is still at that version; it comes back as it was."""
        match = {} if version is None else {"If-Match": f'"{version}"'}
        path = f"/v1/rules/{quote(rule_id, safe='')}"
        return self._send("DELETE", path, RemovedRule, headers=match, retry=self._once)

    def health(self) -> Ready:
        """What is served, and whether anything is wrong; `AlsoreadProblem` `not-ready` while nothing can be served."""
        return self._get("/health/ready", Ready)

    def _get(self, path: str, shape: type[Shape], query: Query = ()) -> Shape:
        return self._send("GET", path, shape, query)

    def _send(
        self,
        method: str,
        path: str,
        shape: type[Shape],
        query: Query = (),
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] = {},
        retry: Retry | None = None,
    ) -> Shape:
        sent = {**self._headers, **headers, **({} if body is None else {"Content-Type": "application/json"})}
        target = f"{self._prefix}{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else orjson.dumps(dict(body))
        try:
            answer = self._pool.request(
                method, target, data, headers=sent, retries=retry or self._often, redirect=False, preload_content=True
            )
        except HTTPError as error:
            raise Unreachable(f"{method} {path}: expected an answer, got none: {error}") from error
        if not 200 <= answer.status < 300:
            raise AlsoreadProblem(answer.status, _problem(answer.data), answer.headers.get("Retry-After"))
        try:
            return _read(shape, answer.data)
        except ValueError as error:
            raise Unreachable(f"{method} {path}: expected an answer of this API, got another: {error}") from error


_READERS: dict[type, TypeAdapter[Any]] = {}


def _read(shape: type[Shape], body: bytes) -> Shape:
    reader = _READERS.get(shape) or _READERS.setdefault(shape, TypeAdapter(shape))
    made: Shape = reader.validate_json(body)
    return made


def _named(article_id: str | None, url: str | None, options: Mapping[str, Any]) -> Query:
    if (article_id is None) == (url is None):
        raise ValueError("expected the id or the url of an article, one of them")
    return _query({"id": article_id, "url": url, **options})


def _query(options: Mapping[str, Any]) -> Query:
    """Options as they stand in an address; those that are None do not, and a list stands there an item at a time."""
    return [(name, _written(one)) for name, value in options.items() for one in _each(value)]


def _each(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple | set | frozenset) else (value,)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _problem(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
