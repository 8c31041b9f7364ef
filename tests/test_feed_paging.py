"""A feed over HTTP: asked conditionally, followed through its pages, ended by loops, limits and errors."""

import email.message
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from index.article import Article
from index.article_record import FieldNames
from index.errors import FetchFailed, UnreadableSource
from index.fetching import Fetched, Validators
from index.sources import Item, Rejected
from index.sources.feeds.feed import Feed, with_page

UNCONDITIONAL = Validators()
WORDPRESS = "<generator>https://wordpress.org/?v=6.8</generator>"


def page(*numbers: int, extra: str = "") -> str:
    items = "".join(f"<item><guid>{number}</guid><title>Story {number}</title></item>" for number in numbers)
    return f"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>F</title>{extra}{items}</channel></rss>"


def link(rel: str, href: str) -> str:
    return f"<atom:link rel='{rel}' href='{href}'/>"


@dataclass
class Site:
    """Documents by path with query; what was asked for, and with which tag. A number is a status, `>` a redirect."""

    documents: dict[str, str | int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            document = site.documents.get(self.path, 404)
            tag = f'"{hash(document)}"'
            if isinstance(document, int):
                self.send_response(document)
            elif document.startswith(">"):
                self.send_response(301)
                self.send_header("Location", document[1:])
            elif self.headers.get("If-None-Match") == tag:
                self.send_response(304)
            else:
                self.send_response(200)
                self.send_header("ETag", tag)
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                self.end_headers()
                self.wfile.write(document.encode())
                return
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        site.url = f"http://127.0.0.1:{http.server_address[1]}"
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield site
        http.shutdown()


@pytest.fixture
def site(server: Site) -> Site:
    server.documents.clear()
    server.asked.clear()
    return server


class Plain:
    """Fetches as the protocol says, and nothing more."""

    def get(
        self, url: str, validators: Validators = UNCONDITIONAL, accept: str = "*/*", max_bytes: int | None = None
    ) -> Fetched:
        request = urllib.request.Request(url, headers={"Accept": accept, "If-None-Match": validators.etag or ""})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                head: email.message.Message = answer.headers
                tag = Validators(head.get("ETag"))
                kind, charset = head.get_content_type(), head.get_content_charset()
                return Fetched(answer.url, 200, answer.read(), kind, charset, tag, {})
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 304:
                    return Fetched(url, 304, b"", "", None, validators, {})
                raise FetchFailed(f"{url}: the server answered {error.code}", error.code) from error


def over(site: Site, path: str = "/feed", **options: object) -> Feed:
    return Feed.over(site.url + path, Plain(), FieldNames(), **options)  # type: ignore[arg-type]  # of mixed types


def ids(items: list[Item]) -> list[str]:
    return [item.id if isinstance(item, Article) else f"{type(item).__name__}" for item in items]


def test_a_feed_is_asked_for_again_with_what_it_said_of_its_version(site: Site) -> None:
    site.documents["/feed"] = page(1, 2)
    first = over(site)
    assert ids(list(first)) == ["1", "2"]
    assert (first.title, first.kind, first.unchanged, first.complete) == ("F", "rss", False, True)
    again = over(site, validators=first.validators)
    assert list(again) == []
    assert (again.unchanged, again.complete, again.validators) == (True, True, first.validators)
    site.documents["/feed"] = page(1, 2, 3)
    assert ids(list(over(site, validators=first.validators))) == ["1", "2", "3"]


def test_where_a_feed_came_from_in_the_end_is_known_and_its_addresses_hang_on_it(site: Site) -> None:
    site.documents["/feed"] = ">/new/feed"
    site.documents["/new/feed"] = page(extra="<item><title>A</title><link>story/a</link></item>")
    feed = over(site)
    (article,) = list(feed)
    assert isinstance(article, Article)
    assert (feed.address, article.url) == (f"{site.url}/new/feed", f"{site.url}/new/story/a")


@pytest.mark.parametrize("rel", ["next", "prev-archive"])
def test_older_pages_are_followed_where_the_feed_names_them(site: Site, rel: str) -> None:
    site.documents["/feed"] = page(6, 5, extra=link(rel, "/feed/2"))
    site.documents["/feed/2"] = page(4, 3, extra=link(rel, "3"))
    site.documents["/feed/3"] = page(2, 1)
    feed = over(site)
    assert ids(list(feed)) == ["6", "5", "4", "3", "2", "1"]
    assert feed.complete
    assert feed.position() == sum(len(str(document)) for document in site.documents.values())


def test_wordpress_is_asked_for_page_after_page_until_there_is_none(site: Site) -> None:
    site.documents["/feed?lang=en"] = page(4, 3, extra=WORDPRESS)
    site.documents["/feed?lang=en&paged=2"] = page(2, 1, extra=WORDPRESS)
    feed = over(site, "/feed?lang=en")
    assert ids(list(feed)) == ["4", "3", "2", "1"]
    assert feed.complete
    assert site.asked[-1] == "/feed?lang=en&paged=3"


def test_what_is_not_wordpress_is_asked_for_no_second_page(site: Site) -> None:
    site.documents["/feed"] = page(1)
    list(over(site))
    assert site.asked == ["/feed"]


def test_json_feed_names_its_next_page(site: Site) -> None:
    for path, following, name in (("/feed", "/feed2", "b"), ("/feed2", "/feed", "a")):
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "next_url": following,
            "items": [{"id": name, "title": "T"}],
        }
        site.documents[path] = json.dumps(feed)
    assert ids(list(over(site))) == ["b", "a"]
    assert site.asked == ["/feed", "/feed2"]


def test_pages_that_circle_or_repeat_themselves_end(site: Site) -> None:
    site.documents["/feed"] = page(2, extra=link("next", "/feed/2"))
    site.documents["/feed/2"] = page(1, extra=link("next", "/feed"))
    assert ids(list(over(site))) == ["2", "1"]
    # a server that does not know `paged` gives the first page for every number
    same = page(9, 8, extra=WORDPRESS)
    site.documents.update({with_page("/feed", number): same for number in range(2, 9)} | {"/feed": same})
    site.asked.clear()
    assert ids(list(over(site))) == ["9", "8"]
    assert site.asked == ["/feed", "/feed?paged=2"]


def test_no_more_pages_are_read_than_the_limit_and_it_is_said(site: Site) -> None:
    site.documents["/feed"] = page(1, extra=WORDPRESS)
    site.documents |= {f"/feed?paged={number}": page(number, extra=WORDPRESS) for number in range(2, 9)}
    feed = over(site, max_pages=3)
    assert ids(list(feed)) == ["1", "2", "3"]
    assert not feed.complete
    assert feed.remarks == [f"{site.url}/feed: only the first 3 pages were read; the next is {site.url}/feed?paged=4"]


@pytest.mark.parametrize("document", [404, 503, "<html>Sorry</html>", ""])
def test_a_later_page_that_fails_is_one_rejection_and_what_came_before_counts(site: Site, document: str | int) -> None:
    site.documents["/feed"] = page(2, 1, extra=link("next", "/older"))
    site.documents["/older"] = document
    feed = over(site)
    items = list(feed)
    assert ids(items) == ["2", "1", "Rejected"]
    assert isinstance(items[2], Rejected)
    assert items[2].place == f"{site.url}/older"
    assert not feed.complete


def test_a_first_page_that_fails_is_an_error(site: Site) -> None:
    with pytest.raises(FetchFailed, match="404"):
        list(over(site))
    site.documents["/feed"] = '<html><link rel="alternate" type="application/rss+xml" href="/rss"></html>'
    with pytest.raises(UnreadableSource, match=f"got a page of HTML; the page names its feed: {site.url}/rss"):
        list(over(site))


def test_a_saved_feed_is_one_page_and_its_size_is_known(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(page(2, 1, extra=link("next", "https://fernhill.test/feed/2") + WORDPRESS))
    feed = Feed.at(path, FieldNames())
    assert feed.position() == 0
    assert ids(list(feed)) == ["2", "1"]
    assert feed.position() == feed.size == path.stat().st_size
    with pytest.raises(UnreadableSource, match=r"none\.xml: No such file"):
        Feed.at(tmp_path / "none.xml", FieldNames())


def test_the_reader_may_say_which_field_is_which(tmp_path: Path) -> None:
    names = FieldNames({"summary": "title"})
    path = tmp_path / "feed.xml"
    path.write_text(page(1))
    (article,) = list(Feed.at(path, names))
    assert isinstance(article, Article)
    assert (article.summary, names.met) == ("Story 1", {"title"})
