"""Boilerplate at the desk in a real browser: an editor keeps a line, takes that back, and the page is for everybody."""

import json
from pathlib import Path
from typing import Any

import pytest
from boilerplate_pages import AUTHORS, page
from editors_fixtures import Newsroom
from service_fixtures import publish, wait_until
from test_browser_tune import base, complaints, signed_in

from index.article_record import dump_record

__all__ = ["base"]

pytestmark = pytest.mark.browser

PATH = "/desk/boilerplate"
PLUG = "Every Friday we send out what happened: sign up for the newsletter."
SIZES = [{"width": 390, "height": 844}, {"width": 1280, "height": 900}]


@pytest.fixture
def room(data: Path) -> Newsroom:
    def furnished(n: int) -> list[str]:
        return [PLUG, f"{AUTHORS[n % 3]} keeps bees and has written about chapels since 1998.", f"Photo: Bo Lund {n}"]

    publish(data, [json.loads(dump_record(page(n, ["Share this article"], furnished(n)))) for n in range(40)])
    return Newsroom(data)


@pytest.mark.parametrize("script", [True, False])
def test_an_editor_keeps_a_line_and_takes_that_back(visit: Any, base: str, room: Newsroom, script: bool):
    one = signed_in(visit, base, room, PATH, java_script_enabled=script)
    line = one.page.locator("li", has_text=PLUG)
    line.get_by_role("button", name="Keep as text").click()
    one.page.wait_for_url("**did=*")
    assert f"Kept as text: “{PLUG}”." in one.page.inner_text("main")
    assert "1 decision counts from the next rebuild on." in one.page.inner_text("main")
    assert line.get_by_role("button", name="Leave out").is_visible()
    one.page.get_by_role("button", name="Undo").click()
    one.page.wait_for_url("**was=kept*")
    assert "next rebuild" not in one.page.inner_text("main")
    if script:
        assert complaints(one) == []


def test_a_line_is_found_while_its_words_are_typed(visit: Any, base: str, room: Newsroom):
    one = signed_in(visit, base, room, PATH)
    one.page.fill("input[name=q]", "bees")
    wait_until(lambda: one.page.locator(".furniture li").count() == 1, 20, "one line is left")
    assert "chapels" in one.page.inner_text(".furniture")


@pytest.mark.parametrize("size", SIZES, ids=["narrow", "wide"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_and_everybody_can_use_it(
    visit: Any, base: str, room: Newsroom, axe_source: str, size: dict[str, int], scheme: str
):
    one = signed_in(visit, base, room, PATH, viewport=size, color_scheme=scheme)
    assert one.page.locator(".furniture li").count() >= 3
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert one.violations(axe_source) == []
    assert complaints(one) == []
