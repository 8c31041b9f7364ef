"""What each poll of a source asks for, and what it gives."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from site_pages import feed, front, open_paper, sitemap
from web_server import Answer, WebServer, serving

from index.article import Article
from index.errors import UnreadableSource
from index.fetching.fetcher import Fetcher
from index.fetching.rules import FetchRules
from index.sources.reach import Reach, keeping
from index.sources.watched import Watched, open_watched
from index.sources.web.found import forget

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as web:
        open_paper(web)
        web.answers["/"] = front('<link rel="alternate" type="application/rss+xml" href="/feed">')
        web.answers["/feed"] = Answer(feed(web.url, "ferry"), type="application/rss+xml", etag='"1"')
        yield web


@pytest.fixture
def reach(tmp_path: Path) -> Iterator[Reach]:
    with keeping(tmp_path / "data") as kept:
        yield Reach(fetches=Fetcher(FetchRules(allow_private=True, pause=0, tries=1)), kept=kept)


def taken(watched: Watched, written: bool = True) -> list[str]:
    """The ids that came, and those that are gone with a minus before them."""
    found = [item.id for item in watched.items if isinstance(item, Article)]
    found += [f"-{name}" for name in watched.removed]
    if written:
        watched.done()
    return found


def test_a_poll_of_a_site_asks_its_feed_alone_and_with_its_validators(web: WebServer, reach: Reach) -> None:
    assert taken(open_watched(web.url, reach, None, NOW)) == ["gull-ferry"]
    web.calls.clear()
    assert taken(open_watched(web.url, reach, BEFORE, NOW)) == []
    assert web.paths() == ["/feed"]
    assert web.calls[-1].headers["if-none-match"] == '"1"'
    web.answers["/feed"] = Answer(feed(web.url, "pier", "ferry"), type="application/rss+xml", etag='"2"')
    web.calls.clear()
    assert taken(open_watched(web.url, reach, BEFORE, NOW)) == ["gull-pier", "gull-ferry"]
    assert web.paths() == ["/feed", "/news/pier"]


def test_what_could_not_be_written_comes_again(web: WebServer, reach: Reach) -> None:
    assert taken(open_watched(web.url, reach, None, NOW), written=False) == ["gull-ferry"]
    assert taken(open_watched(web.url, reach, BEFORE, NOW), written=False) == ["gull-ferry"]
    assert taken(open_watched(web.url, reach, BEFORE, NOW)) == ["gull-ferry"]
    assert taken(open_watched(web.url, reach, BEFORE, NOW)) == []


def test_an_atom_feed_that_takes_an_entry_back_removes_it(web: WebServer, reach: Reach) -> None:
    web.answers["/feed"] = Answer(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>Gull</title>'
        '<at:deleted-entry ref="tag:gull,2026:ferry" when="2026-03-05T08:00:00Z"/></feed>',
        type="application/atom+xml",
    )
    assert taken(open_watched(f"{web.url}/feed", reach, BEFORE, NOW)) == ["-tag:gull,2026:ferry"]


def test_an_address_that_becomes_something_else_is_found_out_anew_after_one_failure(
    web: WebServer, reach: Reach
) -> None:
    taken(open_watched(web.url, reach, None, NOW))
    web.answers["/feed"] = front("")
    web.answers["/"] = front('<link rel="alternate" type="application/atom+xml" href="/news.atom">')
    web.answers["/news.atom"] = Answer(feed(web.url, "school"), type="application/rss+xml")
    with pytest.raises(UnreadableSource, match="got a page of HTML"):
        taken(open_watched(web.url, reach, BEFORE, NOW))
    forget(web.url, reach)
    assert taken(open_watched(web.url, reach, BEFORE, NOW)) == ["gull-school"]


def test_of_a_sitemap_a_poll_takes_what_changed_in_the_last_days(web: WebServer, reach: Reach) -> None:
    now = datetime.now(UTC)
    dates = {
        "ferry": (now - timedelta(days=8)).date().isoformat(),
        "pier": now.date().isoformat(),
        "school": (now - timedelta(hours=1)).isoformat(),
    }
    web.answers["/sitemap.xml"] = Answer(sitemap(web.url, **dates), type="application/xml")
    location = f"{web.url}/sitemap.xml"
    assert len(taken(open_watched(location, reach, None, now))) == 3
    web.calls.clear()
    assert len(taken(open_watched(location, reach, now - timedelta(minutes=5), now))) == 2
    # what is dated by a day that may not be over is asked for, and answered 304
    assert web.paths() == ["/sitemap.xml", "/news/pier"]


def test_a_file_is_read_when_it_was_written_since(tmp_path: Path, reach: Reach) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text('{"id": "ferry", "title": "The ferry"}\n', encoding="utf-8")
    os.utime(path, (BEFORE.timestamp(), BEFORE.timestamp()))
    assert taken(open_watched(str(path), reach, None, NOW)) == ["ferry"]
    assert taken(open_watched(str(path), reach, BEFORE, NOW)) == ["ferry"]
    assert taken(open_watched(str(path), reach, NOW, NOW)) == []


def test_a_folder_is_read_when_anything_in_it_was_written_since(tmp_path: Path, reach: Reach) -> None:
    folder = tmp_path / "pages"
    (folder / "news").mkdir(parents=True)
    page = folder / "news" / "ferry.txt"
    page.write_text("The ferry sails again\n\nAfter four months of repairs the ferry sails again.\n", encoding="utf-8")
    for one in (folder, folder / "news", page):
        os.utime(one, (BEFORE.timestamp(), BEFORE.timestamp()))
    assert taken(open_watched(str(folder), reach, NOW, NOW)) == []
    os.utime(page, (NOW.timestamp(), NOW.timestamp()))
    assert taken(open_watched(str(folder), reach, NOW, NOW)) == ["news/ferry"]


def test_a_missing_file_is_said_at_each_poll(tmp_path: Path, reach: Reach) -> None:
    for since in (None, BEFORE):
        with pytest.raises(UnreadableSource, match="no such file"):
            open_watched(str(tmp_path / "articles.jsonl"), reach, since, NOW)


def test_nothing_kept_means_that_all_is_asked_for_each_time(web: WebServer, reach: Reach) -> None:
    here = replace(reach, kept=lambda: None)
    for since in (None, BEFORE, BEFORE):
        assert taken(open_watched(f"{web.url}/feed", here, since, NOW)) == ["gull-ferry"]
