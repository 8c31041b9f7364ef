"""An editor's day in Chromium: find, understand, pin, move, block, undo; with readers of the same service beside her."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browser_fixtures import Visit
from demo_server import DemoServer, running_demo
from service_fixtures import wait_until
from writing_fixtures import make_key

pytestmark = pytest.mark.browser

Visitor = Callable[..., Visit]

ARTICLE = "2026-04-25-foundry-lane-sold-corrected"
PAGE = f"/desk/article?id={ARTICLE}"
ALSO_READ = '[data-order="also-read"] [data-item]'
WIDE = {"viewport": {"width": 1280, "height": 1900}}
NARROW = {"viewport": {"width": 390, "height": 844}}
PAGES = (
    "/desk",
    "/desk?q=pump",
    PAGE,
    f"{PAGE}&beside=policy:0&pick=flood",
    "/desk/rules",
    "/desk/audit",
    "/desk/nothing",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with running_demo(tmp_path_factory.mktemp("desk") / "data") as server:
        yield server


@pytest.fixture
def own(data: Path) -> Iterator[DemoServer]:
    """For tests that settle something."""
    with running_demo(data) as server:
        yield server


def sign_in(demo: DemoServer, visit: Visitor, scope: Any = "rules", **context: Any) -> Visit:
    key = make_key(demo.data, f"Anna {scope} {len(list_of_keys)}", scope)
    list_of_keys.append(key)
    one = visit(demo.base + "/desk", **{**WIDE, **context})
    one.page.fill("#key", key)
    one.page.click("button.main")
    one.page.wait_for_selector("#q")
    return one


list_of_keys: list[str] = []


def also_read(demo: DemoServer) -> list[str]:
    """What readers get."""
    with urllib.request.urlopen(f"{demo.base}/v1/articles/{quote(ARTICLE)}/also-read", timeout=10) as response:
        return [item["id"] for item in json.load(response)["items"]]


def until(page: Any, true: str) -> None:
    """Wait for an expression; Playwright's own way needs an `eval`, which the desk's policy forbids."""
    wait_until(lambda: page.evaluate(true), 8.0, true)


def listed(page: Any) -> list[str]:
    found: list[str] = page.eval_on_selector_all(ALSO_READ, "all => all.map(one => one.dataset.item)")
    return found


def test_an_editors_day(own: DemoServer, visit: Visitor):
    one = sign_in(own, visit)
    page = one.page
    before = also_read(own)

    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("correc pump")
    until(page, "document.querySelectorAll('.hit').length == 1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAGE}")
    assert listed(page) == before

    first = page.locator(ALSO_READ).first
    first.locator(".why summary").click()
    assert first.locator(".bars dt").first.is_visible()
    assert "Words in common" in first.locator(".bars").inner_text()

    third = page.locator(ALSO_READ).nth(2)
    third.locator(".menu summary").click()
    third.locator("[name=position]").fill("1")
    third.locator("[name=reason]").fill("Where it began")
    third.get_by_role("button", name="Pin", exact=True).click()
    page.wait_for_selector("[data-said]")
    pinned = [before[2], before[0], before[1], *before[3:]]
    assert listed(page) == pinned
    wait_until(lambda: also_read(own) == pinned, 1.0, "the pin")
    assert "Pinned" in page.locator("#aloud").inner_text()

    page.locator(ALSO_READ).nth(4).locator(".place").drag_to(page.locator(ALSO_READ).nth(1).locator(".place"))
    until(page, f"document.querySelectorAll('{ALSO_READ}')[1].dataset.item == '{before[4]}'")
    moved = [before[2], before[4], before[0], before[1], before[3]]
    assert listed(page) == moved
    wait_until(lambda: also_read(own) == moved, 1.0, "the move")

    down = page.locator(ALSO_READ).nth(1).get_by_role("button", name="down")
    down.focus()
    page.keyboard.press("Enter")
    until(page, f"document.querySelectorAll('{ALSO_READ}')[2].dataset.item == '{before[4]}'")
    assert page.evaluate("document.activeElement.closest('[data-item]').dataset.item") == before[4]

    block = page.locator(ALSO_READ).nth(3)
    block.locator(".menu summary").click()
    block.get_by_role("button", name="Block here").click()
    until(page, f"![...document.querySelectorAll('{ALSO_READ}')].some(one => one.dataset.item == '{before[1]}')")
    wait_until(lambda: before[1] not in also_read(own), 1.0, "the block")
    page.get_by_role("button", name="Undo").click()
    until(page, f"[...document.querySelectorAll('{ALSO_READ}')].some(one => one.dataset.item == '{before[1]}')")
    wait_until(lambda: before[1] in also_read(own), 1.0, "the undo")

    page.fill("#pick", "flood wall glass")
    page.wait_for_selector(".picks li")
    page.locator(".picks").get_by_role("button", name="Pin").first.click()
    until(page, f"document.querySelectorAll('{ALSO_READ} .badge.pin').length == 3")

    page.click("text=Rules")
    page.wait_for_selector(".rules-list .rule")
    assert page.locator(".rules-list .rule").count() == 3
    page.click("text=Audit")
    page.wait_for_selector(".log")
    assert "pinned" in page.locator(".log").inner_text()
    page.click("text=Sign out")
    page.wait_for_selector("#key")
    page.go_back()
    page.wait_for_load_state()
    assert page.locator(".log").count() == 0, "what was shown is not kept"
    assert page.evaluate("broken") == []
    assert [line for line in one.console if not line.startswith(("info", "verbose"))] == []


def test_the_main_road_works_without_script(own: DemoServer, visit: Visitor):
    browser = visit("about:blank").page.context.browser
    page = browser.new_context(java_script_enabled=False, **WIDE).new_page()
    page.goto(own.base + "/desk")
    page.fill("#key", make_key(own.data, "Anna without script", "rules"))
    page.click("button.main")
    page.fill("#q", "correc pump")
    page.click("text=Find")
    page.locator(".hit").click()
    before = also_read(own)
    page.locator(ALSO_READ).nth(1).get_by_role("button", name="up").click()
    wait_until(lambda: also_read(own)[:2] == [before[1], before[0]], 1.0, "the move")
    page.get_by_role("button", name="Undo").click()
    wait_until(lambda: also_read(own) == before, 1.0, "the undo")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    demo: DemoServer, visit: Visitor, axe_source: str, scheme: str, size: Any
):
    one = visit(demo.base + "/desk/sign-in", color_scheme=scheme, bypass_csp=True, **size)
    assert one.violations(axe_source) == []
    one = sign_in(demo, visit, color_scheme=scheme, bypass_csp=True, **size)
    for path in PAGES:
        one.page.goto(demo.base + path)
        one.page.evaluate("for (const one of document.querySelectorAll('.why, .about')) one.open = true")
        assert one.violations(axe_source) == [], path
        assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    one.page.goto(demo.base + PAGE)
    one.page.locator(".menu summary").first.click()
    assert one.violations(axe_source) == []


def test_every_target_is_large_enough_and_the_pages_are_valid(
    demo: DemoServer, visit: Visitor, html_faults: Callable[[str], str]
):
    one = sign_in(demo, visit, **NARROW)
    for path in PAGES:
        response = one.page.goto(demo.base + path)
        small = one.page.evaluate(SMALL)
        assert small == [], path
        assert html_faults(response.text()) == "", path


SMALL = """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter(one => {
  const box = one.getBoundingClientRect();
  const inline = one.matches('p a, td a, li p a') && !one.matches('.button');
  return box.width && !inline && !one.matches('.skip') && (box.height < 24 || box.width < 24);
}).map(one => one.outerHTML.slice(0, 120))"""
