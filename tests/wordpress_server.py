"""A WordPress site for the tests, on the loopback: its front page, its REST API with paging, and how such sites fail."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from wordpress_archive import AUTHORS, CATEGORIES, Story, rest_post, tag_number

from index.errors import FetchFailed
from index.fetching import Fetched, Validators


class Failure(Exception):
    """The API answers with this status and code."""

    def __init__(self, status: int, code: str = "") -> None:
        self.status = status
        self.body = {"code": code, "message": "No.", "data": {"status": status}}


@dataclass
class WordPressServer:
    """The site's posts, what was asked for, and how it behaves."""

    stories: list[Story] = field(default_factory=list)
    url: str = ""
    calls: list[str] = field(default_factory=list)
    says_where: bool = True
    """Whether the front page names the API."""
    plain_addresses: bool = False
    """Whether the API is at `?rest_route=` alone."""
    embeds: bool = True
    counts: bool = True
    """Whether answers say how many there are."""
    knows_after: bool = True
    """Whether `modified_after` and `after` are understood."""
    knows_pages: bool = True
    most: int = 100
    """With more posts a request it fails, whatever is asked of them."""
    broken: set[int] = field(default_factory=set)
    """Posts that break every answer with their content in it."""
    breaks_by: str = "500"
    """`500`, `html`: a page of an error, with status 200; `slow`: longer than a client waits."""
    status: int = 0
    """What the API answers everything with."""
    hides: tuple[str, ...] = ()
    """Routes that are closed."""
    before: bytes = b""
    behind: bytes = b""
    front_page: bytes = b'<html lang="en-GB"><head><title>The Pellworm Post</title></head></html>'

    def asked(self, route: str) -> list[dict[str, str]]:
        """The parameters of each call of a route."""
        parts = [urlsplit(call) for call in self.calls]
        return [flat(one.query) for one in parts if one.path == f"/wp-json/{route}"]

    def answer(self, route: str, query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        """What the API says."""
        if self.status:
            raise Failure(self.status, "rest_forbidden")
        if any(route.startswith(one) for one in self.hides):
            raise Failure(401, "rest_user_cannot_view")
        kind, _, number = route.removeprefix("wp/v2/").partition("/")
        if not route:
            return {
                "name": "The Pellworm Post",
                "home": self.url,
                "url": self.url,
                "gmt_offset": 0,
                "namespaces": ["wp/v2"],
            }, {}
        if kind == "categories":
            listed = [
                {"id": one, "slug": name, "name": title, "parent": CATEGORIES[parent][0] if parent else 0}
                for name, (one, title, parent) in CATEGORIES.items()
            ]
            return self.page(listed, query)
        if kind == "types":
            return {"post": {"rest_base": "posts"}, "dossier": {"rest_base": "dossiers"}}, {}
        if kind == "users":
            return next({"name": name} for one, name in AUTHORS.values() if one == int(number)), {}
        if kind == "tags":
            names = {tag_number(name): name for story in self.stories for name in story.tags}
            return {"name": names[int(number)]}, {}
        if kind not in ("posts", "dossiers"):
            raise Failure(404, "rest_no_route")
        return self.posts("post" if kind == "posts" else "dossier", query)

    def posts(self, post_type: str, query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        found = [one for one in self.stories if one.status == "publish" and one.post_type == post_type]
        wanted = {int(one) for one in query["include"].split(",")} if "include" in query else None
        found = [one for one in found if wanted is None or one.number in wanted]
        for name, date in (("modified_after", "modified"), ("after", "published")):
            if name in query and self.knows_after:
                found = [one for one in found if getattr(one, date).replace(" ", "T") > query[name]]
        order = {"id": "number", "modified": "modified", "date": "published"}[query.get("orderby", "date")]
        found.sort(key=lambda one: (getattr(one, order), one.number), reverse=query.get("order", "desc") == "desc")
        stories, headers = self.page(found, query)
        if "title" not in query.get("_fields", "title"):
            return [
                {key: value for key, value in rest_post(one).items() if key in query["_fields"]} for one in stories
            ], headers
        if self.broken & {one.number for one in stories}:
            raise Failure(500, "internal_server_error")
        return [rest_post(one, self.embeds) for one in stories], headers

    def page(self, found: list[Any], query: dict[str, str]) -> tuple[list[Any], dict[str, str]]:
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1)) if self.knows_pages else 1
        if size > self.most:
            raise Failure(500, "internal_server_error")
        pages = -(-len(found) // size)
        if page > max(pages, 1):
            raise Failure(400, "rest_post_invalid_page_number")
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)} if self.counts else {}
        return found[(page - 1) * size : page * size], headers


def flat(query: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}


@contextmanager
def serving_wordpress(*stories: Story) -> Iterator[WordPressServer]:
    """A site with these posts, that listens."""
    site = WordPressServer(list(stories))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            site.calls.append(self.path)
            query = flat(parts.query)
            route = query.get("rest_route") if site.plain_addresses else None
            if route is None and parts.path.startswith("/wp-json") and not site.plain_addresses:
                route = parts.path.removeprefix("/wp-json")
            if route is None:
                self.send_front_page(parts.path)
                return
            try:
                value, headers = site.answer(route.strip("/"), query)
            except Failure as failure:
                if failure.status == 500 and site.breaks_by == "slow":
                    time.sleep(0.6)
                as_page = failure.status == 500 and site.breaks_by == "html"
                body = b"<html><title>Critical error</title></html>" if as_page else json.dumps(failure.body).encode()
                self.send(200 if as_page else failure.status, body, {})
            else:
                self.send(200, site.before + json.dumps(value).encode() + site.behind, headers)

        def send_front_page(self, path: str) -> None:
            root = "/?rest_route=/" if site.plain_addresses else "/wp-json/"
            if path == "/wp-json" or path.startswith("/wp-json/"):
                self.send(404, b"<html><title>Not found</title></html>", {})
                return
            self.send(
                200,
                site.front_page,
                {"Link": f'<{site.url}{root}>; rel="https://api.w.org/"'} if site.says_where else {},
            )

        def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()


NOTHING_KNOWN = Validators()


class PlainFetches:
    """Fetches without any politeness, once, and waits half a second at most."""

    def __init__(self) -> None:
        self._opener = build_opener(ProxyHandler({}))

    def get(self, url: str, validators: Validators = NOTHING_KNOWN, accept: str = "*/*") -> Fetched:
        try:
            with self._opener.open(Request(url, headers={"Accept": accept}), timeout=0.5) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Fetched(
                    answer.url,
                    answer.status,
                    answer.read(),
                    answer.headers.get_content_type(),
                    None,
                    Validators(),
                    headers,
                )
        except HTTPError as error:
            with error:
                raise FetchFailed(
                    f"{url}: status {error.code}", error.code, error.code >= 500 or error.code == 429
                ) from None
        except (URLError, TimeoutError) as error:
            raise FetchFailed(f"{url}: {error}", None, True) from None
