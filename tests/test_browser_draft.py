"""A draft tried in Chromium: as one pauses typing, by the button, without script; readable for everyone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser_fixtures import Visit
from demo_server import DemoServer, running_demo
from writing_fixtures import make_key

pytestmark = pytest.mark.browser

Visitor = Callable[..., Visit]

TITLE = "Harbour wall repairs begin after the spring floods"
TEXT = "Engineers began repairing the harbour wall after the spring tides and floods. The council pays for the pumps."
WIDE = {"viewport": {"width": 1280, "height": 1400}}
NARROW = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with running_demo(tmp_path_factory.mktemp("draft") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def key(demo: DemoServer) -> str:
    return make_key(demo.data, "Anna", "read")


def at_draft(demo: DemoServer, key: str, visit: Visitor, **context: Any) -> Visit:
    one = visit(demo.base + "/desk/draft", **{**WIDE, **context})
    one.page.fill("#key", key)
    one.page.click("button.main")
    one.page.wait_for_selector("[data-draft]")
    return one


def test_its_lists_come_as_one_pauses_and_a_section_brings_more(demo: DemoServer, key: str, visit: Visitor):
    one = at_draft(demo, key, visit)
    one.page.fill("[name=title]", TITLE)
    one.page.fill("[name=text]", TEXT)
    one.page.wait_for_selector("#list-also-read")
    assert one.page.locator("#result .item-title").count()
    assert not one.page.locator("section[aria-labelledby=list-more-in-section] .item").count()
    assert "would start to suggest it" in one.page.text_content("#draft-state")
    one.page.fill("[name=section]", "sport")
    one.page.wait_for_selector("section[aria-labelledby=list-more-in-section] .item")
    one.page.click("section[aria-labelledby=list-more-in-section] .why summary >> nth=0")
    assert one.page.locator("details[open] dl.bars").count() == 1
    assert one.page.input_value("[name=title]") == TITLE
    assert "Harbour" not in one.page.url
    assert one.page.evaluate("window.broken") == []


def test_the_keyboard_asks_at_once(demo: DemoServer, key: str, visit: Visitor):
    one = at_draft(demo, key, visit)
    one.page.fill("[name=text]", TEXT)
    one.page.press("[name=text]", "Control+Enter")
    one.page.wait_for_selector("#list-also-read")


def test_without_script_the_button_shows_them(demo: DemoServer, key: str, visit: Visitor):
    one = at_draft(demo, key, visit, java_script_enabled=False)
    one.page.fill("[name=title]", TITLE)
    one.page.click("text=Show its lists")
    one.page.wait_for_selector("#list-also-read")
    assert one.page.input_value("[name=title]") == TITLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_stands_in_anyones_way(
    demo: DemoServer, key: str, visit: Visitor, axe_source: str, scheme: str, size: dict[str, Any]
):
    one = at_draft(demo, key, visit, color_scheme=scheme, bypass_csp=True, **size)
    assert one.violations(axe_source) == []
    one.page.fill("[name=title]", TITLE)
    one.page.fill("[name=section]", "news")
    one.page.wait_for_selector("#list-also-read")
    one.page.click("text=Topics and authors")
    assert one.violations(axe_source) == []
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
