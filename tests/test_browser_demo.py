"""The demonstration site in Chromium: a real `alsoread demo`, seen as a visitor sees it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser_fixtures import Visit
from demo_fixtures import GERMAN, PUMPS
from demo_server import DemoServer, running_demo
from service_fixtures import wait_until

pytestmark = pytest.mark.browser

Visitor = Callable[..., Visit]

NARROW = {"viewport": {"width": 360, "height": 780}}
PAGES = {"front": "/", "article": PUMPS, "german": GERMAN, "missing": "/nope", "section": "/section/culture",
         "script": f"{PUMPS}?boxes=script"}  # fmt: skip
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
"""Chromium without a head says so, and counts as a machine."""

LINKS = ".alsoread-link"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """For tests that only look."""
    with running_demo(tmp_path_factory.mktemp("demo") / "data") as server:
        yield server


@pytest.fixture
def own(data: Path) -> Iterator[DemoServer]:
    """For tests that take something down, or the server."""
    with running_demo(data) as server:
        yield server


def titles(page: Any) -> list[str]:
    return page.locator(".alsoread-title").all_inner_texts()


def read_to_the_end(page: Any) -> None:
    """Scroll down as a reader does, until all boxes have come."""
    page.mouse.wheel(0, 20_000)
    page.locator(".alsoread").nth(1).wait_for()
    page.wait_for_timeout(300)


def test_the_program_says_where_the_front_page_and_an_article_are(demo: DemoServer, visit: Visitor):
    assert f"front page  {demo.base}/\n" in demo.said
    assert f"an article  {demo.base}{PUMPS}\n" in demo.said
    assert "175 articles, 175 embedded now" in demo.said


@pytest.mark.parametrize("javascript", [True, False])
def test_the_boxes_stand_in_the_first_paint_also_without_scripts(demo: DemoServer, visit: Visitor, javascript: bool):
    page = (
        visit(demo.base + PUMPS, java_script_enabled=javascript).page if javascript else bare(visit, demo.base + PUMPS)
    )
    assert len(titles(page)) == len(set(titles(page))) == 10
    assert page.locator(".alsoread-heading").all_inner_texts() == ["Also read", "More in Business"]
    assert page.locator(".alsoread").first.is_visible()


def bare(visit: Visitor, address: str) -> Any:
    """A page without scripts: the context's own notes are one, so that it is opened beside them."""
    browser = visit("about:blank").page.context.browser
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    return page


def test_the_element_takes_over_without_a_request_and_nothing_moves(demo: DemoServer, visit: Visitor):
    for options in ({}, NARROW):
        one = visit(demo.base + PUMPS, **options)
        before = titles(one.page)
        read_to_the_end(one.page)
        assert titles(one.page) == before
        assert one.asked("/v1/page") + one.asked("/embed") == []
        assert len(one.asked("/widget.css")) == len(one.asked("/widget.js")) == 1
        assert one.shift() == 0


def test_by_script_alone_there_is_one_request_the_same_boxes_and_no_shift(demo: DemoServer, visit: Visitor):
    served = titles(visit(demo.base + PUMPS).page)
    for options in ({}, NARROW):
        one = visit(f"{demo.base}{PUMPS}?boxes=script", **options)
        read_to_the_end(one.page)
        assert titles(one.page) == served
        assert len(one.asked("/v1/page")) == 1
        assert one.shift() == 0


def test_each_link_of_a_box_leads_to_the_article_that_it_names(demo: DemoServer, visit: Visitor):
    page = visit(demo.base + PUMPS).page
    for at, title in enumerate(titles(page)):
        page.locator(LINKS).nth(at).click()
        page.wait_for_selector("h1")
        assert page.locator("h1").inner_text() == title
        page.go_back()


def test_the_keyboard_reaches_every_link_of_the_boxes_and_shows_where_it_is(demo: DemoServer, visit: Visitor):
    page = visit(demo.base + PUMPS).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["link"] and len(reached) < 10:
            reached.append(focus["link"])
            assert focus["outline"] >= 2, focus
    assert reached == page.locator(LINKS).evaluate_all("links => links.map(link => link.href)")


FOCUS = """(() => {
  const on = document.activeElement, box = on.classList.contains('alsoread-link');
  const width = of => of.outlineStyle == 'none' ? 0 : parseFloat(of.outlineWidth);
  return {link: box && on.href, outline: Math.max(width(getComputedStyle(on)), width(getComputedStyle(on, '::after')))};
})()"""


def test_nothing_is_stored_and_nobody_else_is_asked(demo: DemoServer, visit: Visitor):
    one = visit(demo.base)
    for path in PAGES.values():
        one.page.goto(demo.base + path)
        one.page.mouse.wheel(0, 20_000)
        one.page.wait_for_timeout(1500)
    assert one.stored() == {"cookies": [], "local": {}, "session": {}}
    assert {urlsplit(request.url).netloc for request in one.requests} == {urlsplit(demo.base).netloc}
    assert one.console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_the_accessibility_checker_finds_nothing(
    demo: DemoServer, visit: Visitor, axe_source: str, name: str, scheme: str
):
    for options in ({}, NARROW):
        one = visit(demo.base + PAGES[name], color_scheme=scheme, **options)
        if name == "script":
            read_to_the_end(one.page)
        if name in ("article", "german"):
            one.page.locator(".demo summary").click()
        assert one.violations(axe_source) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_small_telephone(demo: DemoServer, visit: Visitor, name: str):
    page = visit(demo.base + PAGES[name], viewport={"width": 320, "height": 640}).page
    if page.locator(".demo summary").count():
        page.locator(".demo summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_article_that_is_taken_down_is_gone_on_the_next_view(own: DemoServer, visit: Visitor):
    page = visit(own.base + PUMPS).page
    gone = page.locator(".alsoread-item").first
    article_id, address = gone.get_attribute("data-id"), gone.locator("a").get_attribute("href")
    assert own.take_down(article_id) == 200
    page.reload()
    shown = page.locator(".alsoread-item").evaluate_all("items => items.map(item => item.dataset.id)")
    assert len(shown) == 10
    assert article_id not in shown
    assert page.goto(address).status == 404
    page.goto(f"{own.base}/section/business")
    assert page.locator(f"a[href='{urlsplit(address).path}']").count() == 0


def test_a_click_comes_to_the_report_and_nothing_stays_in_the_browser(own: DemoServer, visit: Visitor):
    one = visit(own.base + PUMPS, user_agent=FIREFOX)
    item = one.page.locator("[data-slot=also-read] .alsoread-item").nth(1)
    clicked = item.get_attribute("data-id")
    item.locator("a").click()
    one.page.wait_for_selector("h1")
    counted = wait_until(own.clicked_most, 30, "the click in the report")
    assert [(row["id"], row["clicks"]) for row in counted] == [(clicked, 1)]
    assert one.stored() == {"cookies": [], "local": {}, "session": {}}


def test_a_page_that_is_read_from_right_to_left_is_laid_out_so(own: DemoServer, visit: Visitor, axe_source: str):
    for name, title, day in (
        ("wall", "اكتمال جدار الفيضان على ضفة النهر", 20),
        ("ferry", "العبّارة تعود إلى النهر بعد الفيضان", 18),
        ("bridge", "إغلاق الجسر فوق النهر حتى الربيع", 16),
    ):
        text = f"{title}. يقول سكان ضفة النهر إن الفيضان لن يعود. الجسر والعبّارة والجدار."
        record = {"id": name, "title": title, "text": text, "summary": text[:60], "lang": "ar", "section": "news"}
        dated = {"published_at": f"2026-09-{day}T08:00:00Z", "url": f"{own.base}/ar/{name}"}
        assert own.put({**record, **dated}) == 201
    # a worker follows a write within a second, and a page is not made anew under the reader
    wait_until(lambda: "alsoread-item" in own.page("/ar/wall"), 30, "the page with its box")
    for scheme, options in (("light", {}), ("dark", NARROW)):
        one = visit(f"{own.base}/ar/wall", color_scheme=scheme, **options)
        one.page.locator(".alsoread-item").first.wait_for()
        boxes = one.page.locator(".story h1, .story-text p, .alsoread, .alsoread-title")
        assert set(boxes.evaluate_all("them => them.map(one => getComputedStyle(one).direction)")) == {"rtl"}
        assert one.page.locator(".alsoread-heading").first.inner_text() == "اقرأ أيضًا"
        assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert one.violations(axe_source) == []
        one.page.screenshot(path=own.data / f"right-to-left-{scheme}.png", full_page=True)


def test_with_the_service_away_a_page_stays_whole_and_loses_no_box_it_has(own: DemoServer, visit: Visitor):
    served, by_script = visit(own.base + PUMPS), visit(f"{own.base}{PUMPS}?boxes=script", **NARROW)
    own.stop()
    for one in (served, by_script):
        one.page.mouse.wheel(0, 20_000)
    served.page.wait_for_timeout(500)
    assert len(titles(served.page)) == 10
    by_script.page.wait_for_selector("also-read, more-in-section", state="detached")
    assert by_script.page.locator(".story-text p").count() == 5
    assert by_script.page.locator(".story-text").is_visible()
    assert [line for line in by_script.console if not line.startswith("debug")] == []


def test_a_box_whose_service_answers_with_an_error_goes_without_a_trace(demo: DemoServer, visit: Visitor):
    one = visit("about:blank")
    one.page.route("**/v1/page*", lambda route: route.fulfill(status=503))
    one.page.goto(f"{demo.base}{PUMPS}?boxes=script")
    one.page.mouse.wheel(0, 20_000)
    one.page.wait_for_selector("also-read, more-in-section", state="detached")
    assert one.page.locator(".story").is_visible()
