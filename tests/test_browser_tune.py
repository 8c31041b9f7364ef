"""Tuning at the desk in a real browser: the effect follows the slider, and saving changes what readers get."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from editors_fixtures import Newsroom, small_newsroom
from service_fixtures import ids, wait_until
from werkzeug.serving import make_server
from writing_fixtures import make_key

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


@pytest.fixture
def base(room: Newsroom) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, room.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def signed_in(visit: Any, base: str, room: Newsroom, path: str, scope: Any = "rules", **context: Any) -> Any:
    """A browser at a page of the desk."""
    key = make_key(room.data, f"someone with {scope} {len(context)}", scope)
    one = visit(f"{base}/desk/sign-in", **context)
    one.page.fill("input[name=key]", key)
    one.page.click("button.main")
    one.page.wait_for_url("**/desk")
    one.page.goto(base + path)
    return one


def served(room: Newsroom) -> list[str]:
    return ids(room.reader().get("/v1/articles/flood-1/also-read").get_json())


def complaints(one: Any) -> list[str]:
    """What the page's policy forbade, and errors of its scripts."""
    return [*one.page.evaluate("broken"), *(line for line in one.console if line.startswith("error"))]


def said(one: Any) -> str:
    return str(one.page.inner_text("#sample-says"))


def settled(one: Any, words: str) -> None:
    wait_until(lambda: words in said(one), 20, f"{words!r} (it says {said(one)!r})")
    one.page.wait_for_selector("#lists:not(.busy)")


def test_a_slider_shows_what_changes_and_saving_changes_it_for_readers(
    visit: Any, base: str, room: Newsroom, axe_source: str
):
    one = signed_in(visit, base, room, "/desk/tune?article=flood-1")
    page = one.page
    assert one.violations(axe_source) == []
    slider = page.locator("input[type=range][data-for=limit]")
    slider.focus()
    for _ in range(400):
        if page.input_value("#limit") == "2":
            break
        page.keyboard.press("ArrowLeft")
    settled(one, "15 of 15 lists would change: 0 pieces would come, 45 would go.")
    assert page.locator("#cells i.moved").count() == 15
    assert page.locator(".side").nth(0).locator("li").count() == 5
    assert page.locator(".side").nth(1).locator("li").count() == 2
    assert "Length 5 → 2" in " ".join(page.inner_text("#changes").split())
    page.click("#which summary")
    assert page.locator("#rows > li").count() == 15
    assert one.violations(axe_source) == []
    assert len(served(room)) == 5

    page.fill("[name=note]", "Shorter")
    page.click("#save-button")
    page.wait_for_url("**done=saved-1")
    assert len(served(room)) == 2
    assert "Policy 1 is in force" in page.inner_text("main")
    assert one.violations(axe_source) == []
    assert complaints(one) == []

    page.fill("#limit", "4")
    settled(one, "15 of 15")
    page.click("#save-button")
    page.wait_for_url("**done=saved-2")
    page.click("text=Go back to it")
    page.wait_for_url("**done=restored-3")
    assert len(served(room)) == 2


def test_another_article_is_looked_at_under_the_settings_that_stand(visit: Any, base: str, room: Newsroom):
    one = signed_in(visit, base, room, "/desk/tune?article=flood-1&limit=3")
    settled(one, "15 of 15")
    one.page.fill("#q", "budget-2")
    one.page.keyboard.press("Enter")
    one.page.wait_for_selector("[data-article=budget-2]")
    assert one.page.locator(".side").nth(1).locator("li").count() == 3
    one.page.click("#which summary")
    one.page.locator("#rows button", has_text="match3").click()
    one.page.wait_for_selector("[data-article=match-3]")
    assert one.page.input_value("#limit") == "3"
    assert complaints(one) == []


def test_what_cannot_be_is_said_at_once_and_mended_at_once(visit: Any, base: str, room: Newsroom):
    one = signed_in(visit, base, room, "/desk/tune")
    one.page.fill("#floor", "0")
    one.page.wait_for_selector("#problem:not([hidden])")
    assert "Floor: expected greater than 0" in one.page.inner_text("#problem")
    one.page.fill("#floor", "0.5")
    one.page.wait_for_selector("#problem", state="hidden")
    settled(one, "of 15 lists would change")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_effect_stays_in_sight_and_nothing_is_cut(
    visit: Any, base: str, room: Newsroom, axe_source: str, scheme: str
):
    one = signed_in(visit, base, room, "/desk/tune?limit=2", viewport=NARROW, color_scheme=scheme)
    settled(one, "15 of 15")
    one.page.locator("input[type=range][data-for=limit]").scroll_into_view_if_needed()
    assert one.page.locator("#sample-says").evaluate(
        "one => { const box = one.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; }"
    )
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert one.violations(axe_source) == []


def test_without_script_buttons_do_the_same(visit: Any, base: str, room: Newsroom):
    one = signed_in(visit, base, room, "/desk/tune?article=flood-1", java_script_enabled=False)
    one.page.fill("#limit", "2")
    one.page.click("button.main:has-text('Show what changes')")
    assert "15 of 15 lists would change" in one.page.inner_text("main")
    one.page.click("#save-button")
    assert "Saved as policy 1" in one.page.inner_text("main")
    assert len(served(room)) == 2
