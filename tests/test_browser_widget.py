"""The widget in Chromium, on pages of another origin under a strict Content-Security-Policy."""

from collections.abc import Callable
from pathlib import Path

import pytest
from browser_fixtures import PageServer, Visit
from server_process import running_server
from service_fixtures import publish
from widget_pages import Newsroom, clean, newsroom, scroll_down, scroll_to, shown

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]

FIRST = ".alsoread-item >> nth=0"


def test_both_boxes_come_with_one_request_shortly_before_they_are_in_view(news: Newsroom, visit: Open):
    seen = visit(news.page())
    seen.page.wait_for_timeout(300)
    assert shown(seen) == []
    assert seen.asked("/v1/") == []
    seen.page.evaluate("scrollTo(0, document.querySelector('also-read').offsetTop - innerHeight - 500)")
    seen.page.locator(FIRST).wait_for(state="attached")
    assert (len(shown(seen, "also-read")), len(shown(seen, "more-in-section"))) == (4, 6)
    assert len(set(shown(seen))) == 10
    assert "flood-1" not in shown(seen)
    (asked,) = seen.asked("/v1/")
    assert "slots=also-read%3A4%2Cmore-in-section%3A6&ui=en" in asked
    assert "cookie" not in seen.requests[-1].all_headers()
    clean(seen)


def test_nothing_shifts(news: Newsroom, visit: Open):
    seen = visit(news.page())
    scroll_down(seen)
    assert len(shown(seen)) == 10
    assert seen.shift() == 0


@pytest.mark.parametrize("width", [360, 700, 1200])
def test_boxes_in_the_first_view_do_not_shift_what_is_below_where_the_page_links_the_style(
    news: Newsroom, visit: Open, width: int
):
    boxes = '<also-read limit="3"></also-read><p>Between.</p><more-in-section></more-in-section>'
    seen = visit(news.page(boxes, above=1, head=news.style), viewport={"width": width, "height": 900})
    seen.page.locator(FIRST).wait_for()
    assert len(shown(seen)) == 9
    seen.page.wait_for_timeout(600)  # dates are written a moment later
    assert seen.page.locator("time").first.inner_text()
    assert seen.shift() == 0
    clean(seen)


def test_the_reserved_space_is_what_the_boxes_take(news: Newsroom, visit: Open):
    seen = visit(news.page(head=news.style))
    height = "document.querySelector('also-read').offsetHeight + document.querySelector('more-in-section').offsetHeight"
    reserved = seen.page.evaluate(height)
    scroll_to(seen, "also-read")
    seen.page.locator(FIRST).wait_for()
    assert abs(seen.page.evaluate(height) - reserved) <= 1
    assert reserved > 300


def test_a_link_leads_to_the_article_and_its_title_is_text(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1))
    link = seen.page.locator(".alsoread-item[data-id=flood-4] .alsoread-link")
    link.wait_for()
    assert link.get_attribute("href") == "https://www.example.com/flood/4"
    assert link.inner_text() == "<script>window.broken = true</script> & “quotes” (flood 4)"
    seen.page.route("https://www.example.com/**", lambda route: route.fulfill(body="the article"))
    link.click()
    seen.page.wait_for_url("https://www.example.com/flood/4")


def test_the_keyboard_reaches_each_link_once_in_order_and_shows_where_it_is(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1))
    seen.page.locator(FIRST).wait_for()
    reached = []
    for _ in range(10):
        seen.page.keyboard.press("Tab")
        reached.append(seen.page.evaluate("document.activeElement.closest('.alsoread-item')?.dataset.id"))
    assert reached == shown(seen)
    outline = "getComputedStyle(document.activeElement, '::after').outlineStyle"
    assert seen.page.evaluate(outline) == "solid"
    seen.page.route("https://www.example.com/**", lambda route: route.fulfill(body="the article"))
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("https://www.example.com/**")


def test_boxes_for_one_article_share_what_is_best_and_boxes_that_come_later_show_other_pieces(
    news: Newsroom, visit: Open
):
    seen = visit(news.page('<also-read limit="2"></also-read><also-read limit="3"></also-read>', above=1))
    seen.page.locator(".alsoread-item >> nth=4").wait_for()
    assert len(seen.asked("/v1/page")) == 1
    assert [len(set(shown(seen, f"also-read:nth-of-type({n})"))) for n in (1, 2)] == [2, 3]
    ids = seen.page.locator("h2[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(set(ids)) == 2
    seen.page.evaluate("document.querySelector('main').append(document.createElement('more-in-section'))")
    seen.page.locator("more-in-section .alsoread-item >> nth=0").wait_for()
    assert len(seen.asked("/v1/page")) == 2
    assert len(set(shown(seen))) == len(shown(seen)) == 11


def test_attributes_name_the_article_the_number_the_heading_and_the_language(news: Newsroom, visit: Open):
    boxes = (
        '<also-read article="match-1" limit="2" heading="From the terrace"></also-read>'
        '<more-in-section url="https://www.example.com/match/2?utm_source=x" limit="1" ui="de"></more-in-section>'
    )
    seen = visit(news.page(boxes, above=1, canonical="https://www.example.com/unknown"))
    seen.page.locator("more-in-section .alsoread-item").wait_for()
    seen.page.locator("also-read .alsoread-item >> nth=1").wait_for()
    assert seen.page.locator("h2").all_inner_texts() == ["From the terrace", "Mehr aus Local sport"]
    assert seen.page.locator("more-in-section section").get_attribute("lang") == "de"
    assert " März 2026" in seen.page.locator("more-in-section time").inner_text()
    assert seen.page.locator("also-read section").get_attribute("data-article") == "match-1"
    assert "match-1" not in shown(seen, "also-read")


def test_another_article_brings_other_pieces_without_loading_the_page(news: Newsroom, visit: Open):
    seen = visit(news.page('<also-read article="flood-1"></also-read>', above=1))
    seen.page.locator(FIRST).wait_for()
    seen.page.evaluate("document.querySelector('also-read').setAttribute('article', 'match-2')")
    seen.page.locator("[data-article=match-2] .alsoread-item >> nth=3").wait_for()
    assert "match-2" not in shown(seen)
    assert len(seen.asked("/v1/page")) == 2


def test_an_article_that_nobody_knows_leaves_no_trace(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1, canonical="https://www.example.com/unknown"))
    seen.page.locator("also-read").wait_for(state="detached")
    assert seen.page.locator("more-in-section").count() == 0
    (line,) = seen.console
    assert line.startswith("debug: alsoread: no answer, 404")


def test_an_empty_slot_goes_and_the_other_stays(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1, canonical="https://www.example.com/alone"))
    seen.page.locator("also-read .alsoread-item >> nth=0").wait_for()
    assert seen.page.locator("more-in-section").count() == 0
    clean(seen)


def test_where_the_service_died_the_page_stays_whole(tmp_path: Path, site: PageServer, visit: Open):
    publish(tmp_path / "data", newsroom(site.base))
    with running_server(tmp_path / "data", indexer=False) as service:
        seen = visit(Newsroom(service, site).page())
        assert seen.page.evaluate("!!customElements.get('also-read')")
    scroll_down(seen)
    assert seen.page.locator("also-read, more-in-section").count() == 0
    assert seen.page.locator("p").count() == 61
    assert seen.shift() == 0
    assert seen.page.evaluate("broken") == []
    (line,) = seen.console
    assert line.startswith("debug: alsoread: no answer")
    again = visit(seen.page.url)
    assert again.page.locator("p").count() == 61
    assert again.page.evaluate("document.querySelector('also-read').offsetHeight") == 0
    assert again.console == []


def test_reserved_space_goes_again_where_the_script_never_comes(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1, head=news.style), java_script_enabled=False)
    height = "document.querySelector('also-read').offsetHeight"
    assert seen.page.evaluate(height) > 100
    seen.page.wait_for_timeout(9_200)
    assert seen.page.evaluate(height) == 0
