"""What the widget sends: seen and clicked pieces, once each, and never from a page that nobody looks at."""

from collections.abc import Callable

import pytest
from browser_fixtures import Visit
from widget_pages import Newsroom, clean, hide, scroll_to, shown

pytestmark = [pytest.mark.browser, pytest.mark.timed]

Open = Callable[..., Visit]


@pytest.fixture
def open_boxes(news: Newsroom, visit: Open) -> Callable[..., Visit]:
    """A page whose boxes, at its top, are filled."""

    def open_and_wait(boxes: str = "<also-read></also-read>", **options: object) -> Visit:
        seen = visit(news.page(boxes, above=1, **options))
        seen.page.locator(".alsoread-item >> nth=3").wait_for()
        return seen

    return open_and_wait


def test_what_stood_in_view_for_a_second_is_reported_with_its_place_in_the_list(open_boxes: Callable[..., Visit]):
    seen = open_boxes()
    box = seen.page.locator(".alsoread")
    events = seen.wait_reported(4)
    assert [(one["item"], one["position"]) for one in events] == list(zip(shown(seen), range(1, 5), strict=True))
    for event in events:
        assert list(event) == ["type", "list_id", "slot", "article", "item", "position"]
        assert (event["type"], event["slot"], event["article"]) == ("seen", "also-read", "flood-1")
        assert event["list_id"] == box.get_attribute("data-list")
    (request,) = [one for one in seen.requests if one.url.endswith("/v1/events")]
    assert request.headers["content-type"].startswith("text/plain")
    assert "cookie" not in request.all_headers()
    clean(seen)


def test_what_was_not_in_view_for_a_second_is_not_reported(news: Newsroom, visit: Open):
    seen = visit(news.page("<also-read></also-read>"))
    seen.page.evaluate("scrollTo(0, document.querySelector('also-read').offsetTop - innerHeight - 200)")
    seen.page.locator(".alsoread-item >> nth=3").wait_for(state="attached")
    scroll_to(seen, "also-read")
    seen.page.wait_for_timeout(300)
    seen.page.evaluate("scrollTo(0, 0)")
    seen.page.wait_for_timeout(1_500)
    hide(seen)
    assert seen.reported() == []


def test_a_page_that_is_left_reports_what_was_seen(open_boxes: Callable[..., Visit]):
    seen = open_boxes()
    seen.page.wait_for_timeout(1_400)
    assert seen.reported() == []
    hide(seen)
    assert len(seen.wait_reported(4)) == 4
    hide(seen, "visible")
    seen.page.wait_for_timeout(1_400)
    hide(seen)
    assert len(seen.reported()) == 4


def test_a_page_that_is_prerendered_or_in_the_background_reports_nothing_until_it_is_looked_at(
    news: Newsroom, visit: Open
):
    seen = visit(news.page("<also-read></also-read>"))
    hide(seen)
    scroll_to(seen, "also-read")
    seen.page.locator(".alsoread-item >> nth=3").wait_for()
    seen.page.wait_for_timeout(1_500)
    hide(seen)
    assert seen.reported() == []
    hide(seen, "visible")
    seen.page.wait_for_timeout(1_300)
    hide(seen)
    assert len(seen.wait_reported(4)) == 4


@pytest.mark.parametrize("how", ["click", "middle", "control", "keyboard"])
def test_a_click_is_sent_at_once_however_it_is_made(open_boxes: Callable[..., Visit], how: str):
    seen = open_boxes()
    seen.page.context.route("https://www.example.com/**", lambda route: route.fulfill(body="the article"))
    link = seen.page.locator(".alsoread-link").nth(1)
    item = shown(seen)[1]
    if how == "keyboard":
        link.press("Enter")
    else:
        link.click(button="middle" if how == "middle" else "left", modifiers=["Control"] if how == "control" else [])
    seen.wait_reported(2, seconds=2)
    events = [(one["type"], one["position"]) for one in seen.reported() if one["item"] == item]
    assert events == [("seen", 2), ("click", 2)]


def test_a_right_click_is_none(open_boxes: Callable[..., Visit]):
    seen = open_boxes()
    seen.page.locator(".alsoread-link").nth(1).click(button="right")
    seen.page.wait_for_timeout(200)
    assert seen.reported() == []


def test_with_events_off_nothing_is_sent(open_boxes: Callable[..., Visit]):
    seen = open_boxes('<also-read events="off"></also-read>')
    seen.page.wait_for_timeout(1_400)
    seen.page.locator(".alsoread-link").nth(1).click(modifiers=["Control"])
    hide(seen)
    seen.page.wait_for_timeout(200)
    assert seen.reported() == []


def test_what_the_server_rendered_is_taken_over_without_a_request(news: Newsroom, open_boxes: Callable[..., Visit]):
    fragment = news.embed("id=flood-1&slots=also-read:4")
    seen = open_boxes(f"<also-read>{fragment}</also-read>")
    before = shown(seen)
    events = seen.wait_reported(4)
    assert [(one["item"], one["position"]) for one in events] == list(zip(before, range(1, 5), strict=True))
    assert seen.asked("/v1/page") == []
    assert len(seen.asked("widget.css")) == 1, "only the fragment's own link"
    assert shown(seen) == before
    assert seen.shift() == 0
    clean(seen)


def test_a_box_beside_what_the_server_rendered_shows_other_pieces(news: Newsroom, visit: Open):
    fragment = news.embed("id=flood-1&slots=also-read:4")
    seen = visit(news.page(f"<also-read>{fragment}</also-read><more-in-section></more-in-section>", above=1))
    seen.page.locator("more-in-section .alsoread-item >> nth=0").wait_for()
    assert len(set(shown(seen))) == len(shown(seen)) == 10
    assert len(seen.asked("/v1/page")) == 1
