"""What is found at an address, and which way to its articles is taken."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_pages import feed, front, open_paper, page, sitemap
from web_server import Answer, WebServer, serving

from index.article import Article
from index.errors import FetchFailed, UnreadableSource
from index.fetching.fetcher import Fetcher
from index.fetching.rules import FetchRules
from index.sources import Item, Skipped, open_source
from index.sources.reach import Reach, keeping

NAMED_FEED = '<link rel="alternate" type="application/rss+xml" href="/feed">'


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as web:
        open_paper(web)
        web.answers["/"] = front()
        yield web


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def reach(tmp_path: Path, said: list[str]) -> Iterator[Reach]:
    with keeping(tmp_path / "data") as kept:
        yield Reach(fetches=Fetcher(FetchRules(allow_private=True, pause=0, tries=1)), kept=kept, say=said.append)


def ids(items: list[Item]) -> list[str]:
    return [item.id.rpartition("/")[2] for item in items if isinstance(item, Article)]


def test_of_a_site_with_a_sitemap_and_a_feed_the_sitemap_is_read_for_it_names_everything(
    web: WebServer, reach: Reach, said: list[str]
) -> None:
    web.answers["/"] = front(NAMED_FEED)
    web.answers["/robots.txt"] = Answer(f"Sitemap: {web.url}/map.xml", type="text/plain")
    web.answers["/map.xml"] = Answer(sitemap(web.url, ferry="2026-03-02", pier="2026-03-03"), type="application/xml")
    web.answers["/feed"] = Answer(feed(web.url, "school"), type="application/rss+xml")
    source = open_source(web.url, reach=reach)
    assert ids(list(source)) == ["ferry", "pier"]
    assert source.whole
    assert said == [f"{web.url}/ names its pages in {web.url}/map.xml"]


def test_a_site_that_has_a_feed_alone_is_read_by_it_and_its_pages_give_the_text(
    web: WebServer, reach: Reach, said: list[str]
) -> None:
    web.answers["/"] = front(NAMED_FEED)
    web.answers["/feed"] = Answer(feed(web.url, "school", "pier"), type="application/rss+xml")
    source = open_source(web.url, reach=reach)
    articles = [item for item in source if isinstance(item, Article)]
    assert [one.id for one in articles] == ["gull-school", "gull-pier"]
    assert not source.whole
    assert "Mayor Ines Vole" in articles[0].text
    assert "All rights reserved" not in articles[0].text
    assert (articles[0].summary, articles[0].section) == ("In short.", "harbour")
    assert "newest articles alone" in said[0]


def test_a_page_that_cannot_be_had_leaves_what_the_feed_says(web: WebServer, reach: Reach) -> None:
    web.answers["/feed"] = Answer(feed(web.url, "school", "pier"), type="application/rss+xml")
    web.answers["/news/pier"] = Answer("gone", 410)
    first, second, skipped = list(open_source(f"{web.url}/feed", reach=reach))
    assert isinstance(first, Article)
    assert "Mayor Ines Vole" in first.text
    assert isinstance(second, Article)
    assert second.text == "In short."
    assert skipped == Skipped(f"{web.url}/news/pier", "articles of which the feed's summary is all that could be had")


def test_an_entry_that_a_feed_repeats_is_asked_for_once_and_keeps_its_page(web: WebServer, reach: Reach) -> None:
    web.answers["/feed"] = Answer(feed(web.url, "pier", "school", "pier"), type="application/rss+xml")
    first, _, repeated = list(open_source(f"{web.url}/feed", reach=reach))
    assert isinstance(first, Article)
    assert "Mayor Ines Vole" in first.text
    assert repeated == Skipped(f"{web.url}/news/pier", "entries that the feed repeats")
    assert web.paths().count("/news/pier") == 1


def test_summaries_are_enough_where_that_is_asked_for(web: WebServer, reach: Reach) -> None:
    from dataclasses import replace

    web.answers["/feed"] = Answer(feed(web.url, "pier"), type="application/rss+xml")
    (article,) = open_source(f"{web.url}/feed", reach=replace(reach, full_text=False))
    assert isinstance(article, Article)
    assert article.text == "In short."
    assert web.paths() == ["/feed", "/feed"]


def test_a_whole_text_in_the_feed_needs_no_page(web: WebServer, reach: Reach) -> None:
    web.answers["/feed"] = Answer(feed(web.url, "pier", summary="All of it. " * 120), type="application/rss+xml")
    (article,) = open_source(f"{web.url}/feed", reach=reach)
    assert isinstance(article, Article)
    assert article.text.startswith("All of it.")
    assert set(web.paths()) == {"/feed"}


@pytest.mark.parametrize(
    ("path", "body", "media_type"),
    [
        ("/export.jsonl", b'{"id": "ferry", "title": "The ferry"}\n', "application/octet-stream"),
        ("/export", gzip.compress(b'{"id": "ferry", "title": "The ferry"}\n', mtime=0), "application/gzip"),
        ("/export.csv", b"id,title\nferry,The ferry\n", "text/csv"),
        ("/list", b"http://127.0.0.1:9/ferry\n", "text/plain"),
    ],
)
def test_an_archive_at_an_address_is_read_as_the_file_that_it_is(
    web: WebServer, reach: Reach, path: str, body: bytes, media_type: str
) -> None:
    web.answers[path] = Answer(body, type=media_type)
    source = open_source(web.url + path, reach=reach)
    assert source.name == web.url + path
    items = list(source)
    assert len(items) == 1
    if path != "/list":
        assert ids(items) == ["ferry"]


def test_the_address_of_one_article_is_refused_with_what_to_write_instead(web: WebServer, reach: Reach) -> None:
    with pytest.raises(
        UnreadableSource, match=rf"one article \('The ferry sails again'\); for all of the site give {web.url}/,"
    ):
        open_source(f"{web.url}/news/ferry", reach=reach)


def test_a_site_that_names_nothing_is_refused_with_what_was_tried(web: WebServer, reach: Reach) -> None:
    with pytest.raises(UnreadableSource) as refused:
        open_source(web.url, reach=reach)
    assert "robots.txt names no sitemap" in str(refused.value)
    assert "names no feed" in str(refused.value)
    assert "an export of its CMS" in str(refused.value)


def test_a_closed_wordpress_falls_back_to_its_sitemap(web: WebServer, reach: Reach, said: list[str]) -> None:
    web.answers["/"] = front(f'<link rel="https://api.w.org/" href="{web.url}/wp-json/">{NAMED_FEED}')
    web.answers["/wp-json/"] = Answer('{"code": "rest_forbidden"}', 401, "application/json")
    web.answers["/sitemap.xml"] = Answer(sitemap(web.url, ferry="2026-03-02"), type="application/xml")
    assert ids(list(open_source(web.url, reach=reach))) == ["ferry"]
    assert said == [f"{web.url}/ names its pages in {web.url}/sitemap.xml"]


def test_what_is_no_archive_is_refused(web: WebServer, reach: Reach) -> None:
    web.answers["/photo"] = Answer(b"\x89PNG\r\n\x1a\n", type="image/png")
    with pytest.raises(UnreadableSource, match="got image/png"):
        open_source(f"{web.url}/photo", reach=reach)
    with pytest.raises(FetchFailed, match="404"):
        open_source(f"{web.url}/nothing", reach=reach)


def test_without_anybody_who_fetches_an_address_is_no_source() -> None:
    with pytest.raises(UnreadableSource, match="nothing is fetched here"):
        open_source("https://paper.example/feed")


def test_a_site_without_its_scheme_gets_a_hint() -> None:
    with pytest.raises(UnreadableSource, match=r"for a site on the web write https://www\.paper\.example"):
        open_source("www.paper.example")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("htp://paper.example", "expected an address of http:// or https://"),
        ("https:///news", "expected a host in that address"),
    ],
)
def test_an_address_that_is_none_of_the_web_says_what_was_expected(address: str, said: str) -> None:
    with pytest.raises(UnreadableSource, match=said):
        open_source(address)


def test_a_page_in_the_feed_is_fetched_once_and_again_when_its_item_changes(web: WebServer, reach: Reach) -> None:
    web.answers["/feed"] = Answer(feed(web.url, "pier"), type="application/rss+xml")
    for _ in range(2):
        list(open_source(f"{web.url}/feed", reach=reach))
    assert web.paths().count("/news/pier") == 1
    web.answers["/feed"] = Answer(feed(web.url, "pier", summary="In other words."), type="application/rss+xml")
    web.answers["/news/pier"] = Answer(page(web.url, "pier").replace("Ines Vole", "Otto Marl"), etag='"pier-2"')
    (article,) = open_source(f"{web.url}/feed", reach=reach)
    assert isinstance(article, Article)
    assert "Otto Marl" in article.text
    assert web.paths().count("/news/pier") == 2
