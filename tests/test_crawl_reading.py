"""Pages that are fetched are read by processes of their own, while the next ones are fetched."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from crawl_helpers import told
from site_pages import feed, page, sitemap
from web_server import Answer, WebServer, serving

from index.article import Article
from index.extraction.fetched import FetchedPage
from index.fetching.fetcher import Fetcher
from index.fetching.rules import FetchRules
from index.sources import Item, Rejected, Skipped, open_source
from index.sources.reach import Reach, keeping
from index.sources.saved import pool
from index.sources.saved.pool import read_in_order
from index.sources.web.crawl import AS_BEFORE

FERRY, PIER, SCHOOL = "The ferry sails again", "Storm takes a piece of the pier", "Hill school gets its second storey"
KEPT_TOO_LONG = "it took longer than 3 seconds to read"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A paper of which one page, the pier's, keeps the process that reads it."""
    monkeypatch.setattr(pool, "WORKER", "page_worker_of_tests")
    monkeypatch.setattr(pool, "TIME_LIMIT", 3.0)
    before = set(psutil.Process().children(recursive=True))
    with serving() as web:
        for name in ("ferry", "pier", "school"):
            html = page(web.url, name)
            if name == "pier":
                html = html.replace("</article>", "<p>This page keeps its reader.</p></article>")
            web.answers[f"/news/{name}"] = Answer(html)
        dates = dict.fromkeys(("ferry", "pier", "school"), "2026-03-04T12:00:00Z")
        web.answers["/sitemap.xml"] = Answer(sitemap(web.url, **dates), type="application/xml")
        web.answers["/feed"] = Answer(feed(web.url, "ferry", "pier", "school"), type="application/rss+xml")
        yield web
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.fixture
def reach(tmp_path: Path) -> Iterator[Reach]:
    with keeping(tmp_path / "data") as kept:
        yield Reach(fetches=Fetcher(FetchRules(allow_private=True, pause=0, tries=1)), kept=kept)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The processes that were started, in their order."""
    begun: list[object] = []
    start = pool._started

    def counted() -> pool._Reader:
        begun.append(reader := start())
        return reader

    monkeypatch.setattr(pool, "_started", counted)
    return begun


def fetched(url: str, name: str) -> FetchedPage:
    return FetchedPage(f"{url}/news/{name}", page(url, name).encode(), f"{url}/news/{name}")


def test_a_page_of_a_sitemap_that_keeps_its_reader_is_rejected_and_the_others_are_read_in_order(
    web: WebServer, reach: Reach
) -> None:
    assert told(open_source(f"{web.url}/sitemap.xml", reach=reach)) == [FERRY, f"pier: {KEPT_TOO_LONG}", SCHOOL]


def test_a_page_of_a_list_that_keeps_its_reader_is_rejected_and_the_others_are_read_in_order(
    web: WebServer, reach: Reach, tmp_path: Path
) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("".join(f"{web.url}/news/{name}\n" for name in ("school", "pier", "ferry")))
    assert told(open_source(str(listed), reach=reach)) == [SCHOOL, f"pier: {KEPT_TOO_LONG}", FERRY]


def test_a_page_behind_a_feed_that_keeps_its_reader_leaves_what_the_feed_says(web: WebServer, reach: Reach) -> None:
    ferry, pier, skipped, school = open_source(f"{web.url}/feed", reach=reach)
    assert isinstance(ferry, Article)
    assert isinstance(pier, Article)
    assert isinstance(skipped, Skipped)
    assert isinstance(school, Article)
    assert [one.id for one in (ferry, pier, school)] == ["gull-ferry", "gull-pier", "gull-school"]
    assert "Mayor Ines Vole" in ferry.text
    assert "Mayor Ines Vole" in school.text
    assert pier.text == "In short."


def test_what_was_read_is_not_read_again_by_the_next_run_but_what_kept_its_reader_is(
    web: WebServer, reach: Reach, started: list[object]
) -> None:
    list(open_source(f"{web.url}/sitemap.xml", reach=reach))
    begun, asked = len(started), len(web.paths())
    assert told(open_source(f"{web.url}/sitemap.xml", reach=reach)) == [FERRY, f"pier: {KEPT_TOO_LONG}", SCHOOL]
    assert {path for path in web.paths()[asked:] if path.startswith("/news/")} == {"/news/pier"}
    assert len(started) == begun + 1


def test_an_article_stays_while_its_page_keeps_its_reader(web: WebServer, reach: Reach) -> None:
    slow = web.answers["/news/pier"]
    web.answers["/news/pier"] = Answer(page(web.url, "pier"))
    assert told(open_source(f"{web.url}/sitemap.xml", reach=reach)) == [FERRY, PIER, SCHOOL]
    web.answers["/news/pier"] = slow
    dates = dict.fromkeys(("ferry", "pier", "school"), "2026-03-05T12:00:00Z")
    web.answers["/sitemap.xml"] = Answer(sitemap(web.url, **dates), type="application/xml")
    with_known = list(open_source(f"{web.url}/sitemap.xml", reach=reach))
    assert [item.title for item in with_known if isinstance(item, Article)] == [FERRY, PIER, SCHOOL]
    assert [item.kind for item in with_known if isinstance(item, Skipped)] == [AS_BEFORE]


def test_an_interrupted_run_goes_on_behind_the_pages_that_it_read(web: WebServer, reach: Reach) -> None:
    items = iter(open_source(f"{web.url}/sitemap.xml", reach=reach))
    assert told([next(items)]) == [FERRY]
    items.close()  # type: ignore[attr-defined]  # as Ctrl-C does
    asked = len(web.paths())
    list(open_source(f"{web.url}/sitemap.xml", reach=reach))
    assert "/news/ferry" not in web.paths()[asked:]
    assert "/news/school" in web.paths()[asked:]


def test_a_page_is_read_while_the_next_one_is_waited_for(started: list[object]) -> None:
    at_the_second: list[int] = []

    def coming() -> Iterator[FetchedPage | Item]:
        yield fetched("https://gull.example", "ferry")
        at_the_second.append(len(started))
        yield fetched("https://gull.example", "school")

    assert told(read_in_order(coming())) == [FERRY, SCHOOL]
    assert at_the_second == [1]


def test_one_page_has_one_process_and_none_where_there_is_nothing_to_read(started: list[object]) -> None:
    assert told(read_in_order([Rejected("a/b", ("broken",))])) == ["b: broken"]
    assert started == []
    assert told(read_in_order([fetched("https://gull.example", "ferry")])) == [FERRY]
    assert len(started) == 1


def test_a_front_page_that_keeps_its_reader_is_no_article_and_its_sitemap_is_read(web: WebServer, reach: Reach) -> None:
    web.answers["/gull/"] = web.answers["/news/pier"]
    source = open_source(f"{web.url}/gull/", reach=replace(reach, workers=1))
    assert told(source)[::2] == [FERRY, SCHOOL]
