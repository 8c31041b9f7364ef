"""Sitemaps and lists over a real server: each page once, what changed alone, and nothing lost that cannot be asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from crawl_helpers import page, paper, read_plain, sitemap, told
from fetching_helpers import Hours, fetcher
from web_server import Answer, WebServer, serving

from index.errors import UnreadableSource
from index.fetching.kept import KeptItems
from index.sources import Item
from index.sources.web.sitemap import MAX_DEPTH, Sitemap, find_sitemaps


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as server:
        yield server


def crawl(web: WebServer, place: str = "/sitemap.xml", **options: object) -> list[str]:
    """What a run over a sitemap gives, and what it asked the server for in `web.calls`."""
    web.calls.clear()
    return told(Sitemap(web.url + place, fetcher(tries=1), read_plain, **options))


def test_each_page_of_a_sitemap_is_fetched_and_read_in_order(web: WebServer) -> None:
    paper(web, "ferry", "mill", "bridge")
    web.answers |= {
        "/mill": Answer("no heading"),
        "/bridge": Answer("<h1></h1>"),
        "/sitemap.xml": sitemap("/ferry", "/mill", "/bridge", "/gone", "/ferry#top", "mailto:x", "/report.pdf", "/old"),
        "/report.pdf": Answer("%PDF", type="application/pdf"),
        "/old": Answer(status=301, headers={"Location": "/new"}),
        "/new": page("New"),
    }
    source = Sitemap(f"{web.url}/sitemap.xml", fetcher(), read_plain)
    items = list(source)
    assert told(items) == [
        "Ferry",
        "mill: pages without an article",
        "bridge: title, text: expected at least one of them, got neither",
        "gone: answered 404: there is nothing at this address; look whether it is spelt right",
        "ferry#top: pages listed twice",
        "sitemap.xml, entry 6: loc: expected an absolute http or https address, got 'mailto:x'",
        "report.pdf: files that are no pages",
        "New",
    ]
    assert items[-1].url == f"{web.url}/new"
    assert source.position() == 8
    assert web.paths() == ["/sitemap.xml", "/ferry", "/mill", "/bridge", "/gone", "/report.pdf", "/old", "/new"]


def test_sitemaps_of_sitemaps_are_read_to_the_end_and_circles_once(web: WebServer) -> None:
    paper(web, "ferry", "mill", "bridge")
    web.answers |= {
        "/index.xml": sitemap("/a.xml", "/b.xml", "/missing.xml", "/page.xml", kind="sitemap"),
        "/a.xml": sitemap("/index.xml", "/a.xml", "/sitemap.xml", kind="sitemap"),
        "/b.xml": Answer("<urlset><url><loc>/bridge</loc></url><url><loc>/mill</loc></url><url><lo", gzip=True),
        "/page.xml": Answer("<html>"),
    }
    items = crawl(web, "/index.xml")
    assert items.pop(5).startswith("b.xml, after entry 2: the XML is broken: ")
    assert items == [
        "Ferry",
        "Mill",
        "Bridge",
        "bridge: pages listed twice",
        "mill: pages listed twice",
        "missing.xml: answered 404: there is nothing at this address; look whether it is spelt right",
        "page.xml: expected a sitemap (<urlset> or <sitemapindex>), got <html> (an HTML page)",
    ]


def test_sitemaps_without_an_end_have_one(web: WebServer) -> None:
    web.answers |= {f"/{n}.xml": sitemap(f"/{n + 1}.xml", kind="sitemap") for n in range(9)}
    (item,) = crawl(web, "/0.xml")
    assert item.startswith("0.xml, entry 1:") or f"at most {MAX_DEPTH} levels" in item
    assert web.paths() == [f"/{n}.xml" for n in range(MAX_DEPTH + 1)]


def test_pages_of_other_sites_are_passed_over(web: WebServer) -> None:
    places = ["/ferry", "http://evil.example/a", "http://www.127.0.0.1/b", f"http://x@127.0.0.1:{web.port}/mill"]
    paper(web, "ferry", "mill")
    web.answers["/sitemap.xml"] = sitemap(*places)
    assert crawl(web)[:2] == ["Ferry", "a: pages of other sites"]
    assert "/mill" in web.paths()


def test_what_the_sitemap_knows_stands_where_the_page_says_nothing(web: WebServer) -> None:
    news = (
        "<news><publication><language>en</language></publication><title>Ferry News</title>"
        "<publication_date>2026-03-14T08:00:00Z</publication_date><keywords>ferry, harbour</keywords></news>"
        "<image><loc>not an address</loc></image>"
    )
    web.answers |= {
        "/sitemap.xml": Answer(f"<urlset><url><loc>/ferry</loc>{news}</url><url><loc>/mill</loc>{news}</url></urlset>"),
        "/ferry": page("The Ferry"),
        "/mill": Answer("<h1></h1>Text alone."),
    }
    ferry, mill = Sitemap(f"{web.url}/sitemap.xml", fetcher(), read_plain)
    assert (ferry.title, mill.title) == ("The Ferry", "Ferry News")
    assert (ferry.tags, ferry.lang, ferry.image_url) == (("ferry", "harbour"), "en", None)
    assert ferry.published_at == datetime(2026, 3, 14, 8, tzinfo=UTC)


def test_only_so_many_or_only_later_pages_are_fetched(web: WebServer) -> None:
    paper(web, "ferry", "mill", "bridge", "quay")
    web.answers |= {
        "/sitemap.xml": sitemap(
            ("/ferry", "2026-03-14"), ("/mill", "2026-01-01"), "/bridge", ("/quay", "2026-03-15T01:00Z")
        ),
        "/index.xml": sitemap(("/sitemap.xml", "2026-03-15"), ("/old.xml", "2025-01-01"), kind="sitemap"),
    }
    assert crawl(web, limit=1)[0] == "Ferry"
    assert web.paths() == ["/sitemap.xml", "/ferry"]
    assert crawl(web, "/index.xml", since=datetime(2026, 3, 1, tzinfo=UTC)) == [
        "old.xml: sitemaps that did not change since",
        "Ferry",
        "mill: pages older than asked for",
        "bridge: pages without a date in the sitemap",
        "Quay",
    ]
    assert web.paths() == ["/index.xml", "/sitemap.xml", "/ferry", "/quay"]


def test_a_saved_sitemap_is_read_as_one_from_its_address(web: WebServer, tmp_path: Path) -> None:
    paper(web, "ferry", "mill")
    saved = tmp_path / "saved.xml"
    saved.write_bytes(f"<urlset><url><loc>{web.url}/ferry</loc></url><url><loc>/mill</loc></url></urlset>".encode())
    assert told(Sitemap(str(saved), fetcher(), read_plain)) == [
        "Ferry",
        "saved.xml, entry 2: loc: expected an absolute http or https address, got '/mill'",
    ]


@pytest.mark.parametrize(("place", "said"), [("/none.xml", "answered 404"), ("/page", "an HTML page")])
def test_a_source_without_a_sitemap_ends_the_run(web: WebServer, place: str, said: str, tmp_path: Path) -> None:
    web.answers["/page"] = Answer("<html>")
    with pytest.raises(UnreadableSource, match=rf"{place}: .*{said}"):
        crawl(web, place)
    with pytest.raises(UnreadableSource, match="No such file"):
        told(Sitemap(str(tmp_path / "none.xml"), fetcher(), read_plain))


def test_a_site_names_its_sitemaps_or_has_one_at_a_usual_place(web: WebServer) -> None:
    paper(web, "ferry")
    assert find_sitemaps(web.url, fetcher()) == (f"{web.url}/sitemap.xml",)
    web.answers["/robots.txt"] = Answer(f"Sitemap: {web.url}/a.xml\nSitemap: /b.xml")
    roots = find_sitemaps(web.url, fetcher())
    assert roots == (f"{web.url}/a.xml", f"{web.url}/b.xml")
    web.answers["/b.xml"] = sitemap("/ferry")
    source = Sitemap(web.url, fetcher(), read_plain, roots=roots)
    assert told(source) == [
        "a.xml: answered 404: there is nothing at this address; look whether it is spelt right",
        "Ferry",
    ]
    with serving() as bare, pytest.raises(UnreadableSource, match="names no sitemap, and there is none at"):
        find_sitemaps(bare.url, fetcher())


def test_a_second_run_asks_only_for_what_may_have_changed(web: WebServer, tmp_path: Path) -> None:
    paper(web, "ferry", "mill", "bridge", "front")
    web.answers |= {
        "/front": Answer("no heading"),
        "/sitemap.xml": sitemap(
            ("/ferry", "2026-03-01"), "/mill", ("/bridge", "2026-03-02T10:00:00Z"), ("/front", "2026-03-01")
        ),
    }
    first = crawl_kept(web, tmp_path)
    assert first == ["Ferry", "Mill", "Bridge", "front: pages without an article"]
    web.answers["/bridge"] = page("New Bridge")
    web.answers["/sitemap.xml"] = sitemap(
        ("/ferry", "2026-03-01"), "/mill", ("/bridge", "2026-03-02T11:00:00Z"), ("/front", "2026-03-01"), "/quay"
    )
    web.answers["/quay"] = page("Quay")
    assert crawl_kept(web, tmp_path) == ["Ferry", "Mill", "New Bridge", "front: pages without an article", "Quay"]
    assert web.paths() == ["/sitemap.xml", "/mill", "/bridge", "/quay"]
    assert [call.headers.get("if-none-match") for call in web.calls[2:]] == ['"Mill"', '"Bridge"', None]


def crawl_kept(web: WebServer, folder: Path, **options: object) -> list[str]:
    with KeptItems(folder) as kept:
        return crawl(web, kept=kept, **options)


def test_a_day_that_may_not_be_over_says_nothing_about_a_page(web: WebServer, tmp_path: Path) -> None:
    paper(web, "ferry", dated=datetime.now(UTC).date().isoformat())
    crawl_kept(web, tmp_path)
    assert crawl_kept(web, tmp_path) == ["Ferry"]
    assert web.paths() == ["/sitemap.xml", "/ferry"]


def test_another_version_of_the_reader_reads_all_anew(web: WebServer, tmp_path: Path) -> None:
    paper(web, "ferry", "mill", dated="2026-03-01")
    crawl_kept(web, tmp_path, version=1)
    crawl_kept(web, tmp_path, version=2)
    assert web.paths() == ["/sitemap.xml", "/ferry", "/mill"]
    assert [call.headers.get("if-none-match") for call in web.calls[-2:]] == [None, None]


@pytest.mark.parametrize("after", range(1, 5))
def test_an_interrupted_run_goes_on_where_it_was(web: WebServer, tmp_path: Path, after: int) -> None:
    names = ["ferry", "mill", "bridge", "quay"]
    paper(web, *names)
    with KeptItems(tmp_path) as kept:
        source = Sitemap(f"{web.url}/sitemap.xml", fetcher(), read_plain, kept=kept)
        begun = told(islice(iter(source), after))
    assert begun == [name.title() for name in names[:after]]
    assert crawl_kept(web, tmp_path) == [name.title() for name in names]
    assert web.paths() == ["/sitemap.xml", *(f"/{name}" for name in names[after:])]


def test_what_the_sitemap_names_no_more_is_forgotten_after_a_whole_run_only(web: WebServer, tmp_path: Path) -> None:
    paper(web, "ferry", "mill", "bridge")
    crawl_kept(web, tmp_path)
    for listed, options, left in ((sitemap("/ferry", "/mill"), {"limit": 1}, 3), (sitemap("/ferry", "/mill"), {}, 2)):
        web.answers["/sitemap.xml"] = listed
        crawl_kept(web, tmp_path, **options)
        with KeptItems(tmp_path) as kept:
            (count,) = kept._ask("SELECT count(*) FROM items")
        assert count == left


def test_a_page_that_cannot_be_asked_for_is_taken_as_it_was(web: WebServer, tmp_path: Path) -> None:
    paper(web, "ferry", "mill")
    crawl_kept(web, tmp_path)
    web.answers |= {"/ferry": Answer(status=503), "/mill": Answer(status=410)}
    assert crawl_kept(web, tmp_path) == [
        "Ferry",
        "ferry: pages that could not be asked for, taken as they were before",
        "mill: answered 410: what was there was taken away for good",
    ]


def test_a_site_that_stops_answering_is_left_alone_and_gone_on_with_later(web: WebServer, tmp_path: Path) -> None:
    names = [f"page-{number}" for number in range(12)]
    paper(web, *names)
    web.answers |= {f"/{name}": Answer(hang_up=True) for name in names[2:]}
    hours = Hours()
    with KeptItems(tmp_path) as kept:
        items: list[Item] = list(Sitemap(f"{web.url}/sitemap.xml", fetcher(hours, tries=2), read_plain, kept=kept))
    assert told(items)[:2] == ["Page-0", "Page-1"]
    assert told(items)[7:] == [f"{name}: not asked for: 127.0.0.1:{web.port} stopped answering" for name in names[7:]]
    assert len(web.paths()) == 1 + 2 + 2 * 5
    paper(web, *names)
    assert crawl_kept(web, tmp_path) == [name.title() for name in names]
    assert web.paths() == ["/sitemap.xml", *(f"/{name}" for name in names[2:])]
