"""Map, health and clicks in Chromium: drawn, at hand for mouse, keys and readers of the screen, and calm in the console."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from browser_fixtures import Visit
from editors_fixtures import Newsroom
from service_fixtures import NOON, Clock, numbered, publish, subject_words
from werkzeug.serving import make_server
from writing_fixtures import make_key

from index.article_writes import delete_article
from index.click_counts import Count, Place, add_counts

pytestmark = pytest.mark.browser

NOW = NOON
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 800}
PAGES = ("/desk/map", "/desk/health", "/desk/health/coverage", "/desk/clicks")


COLOURED = r"""() => {
  const canvas = document.querySelector('#map canvas'), seen = new Map();
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 150) {
    const key = data.slice(at, at + 3).join();
    seen.set(key, (seen.get(key) || 0) + 1);
  }
  const apart = (one, other) => one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0);
  return [...document.querySelectorAll('#legend .dot')].map(dot => {
    const wanted = getComputedStyle(dot).color.match(/\d+/g).map(Number);
    return [...seen].reduce((sum, [key, count]) => sum + (apart(wanted, key.split(',').map(Number)) < 12 ? count : 0), 0);
  });
}"""
"""How many dots of the canvas have the colour of each item of the legend."""


def words(subject: str, number: int) -> str:
    """A text of the subject that is no copy of another."""
    known = subject_words(subject, 14).rstrip(".").split()
    return " ".join(known[number % 7 : number % 7 + 6] + [f"own{subject}{number}x{at}" for at in range(5)])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a newsroom with something to see on each page, and an administrator's key."""
    data = tmp_path_factory.mktemp("newsroom") / "data"
    records = [
        numbered(subject, number, title=f"{subject} {number}", text=words(subject, number))
        for subject in ("flood", "match", "budget")
        for number in range(20)
    ]
    publish(data, records)
    publish(data, [*records, numbered("flood", 77)])
    room = Newsroom(data, clock=Clock(NOW))
    room.writer.run(lambda catalogue: delete_article(catalogue, "flood-3"))
    counts = {
        Place(NOW.date() - timedelta(days=day), slot, "flood-1", "flood-2", place, "similar", "a" * 12): Count(
            200 + 9 * day, 10 - place, "news"
        )
        for day in range(9)
        for slot in ("also-read", "background")
        for place in (1, 2, 3)
    }
    room.writer.run(lambda catalogue: add_counts(catalogue, counts))
    server = make_server("127.0.0.1", 0, room.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", make_key(data, "Ada", "admin")
    server.shutdown()
    thread.join()


@pytest.fixture
def desk(base: tuple[str, str], visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """`desk(path, **context)`: a page of the desk, signed in."""

    def open_page(path: str, **context: Any) -> Visit:
        address, key = base
        seen = visit(f"{address}/desk/sign-in", **context)
        seen.page.fill("input[name=key]", key)
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/desk")
        seen.page.goto(address + path)
        if path.startswith("/desk/map"):
            seen.page.wait_for_selector("#map[data-ready]")
        if path == "/desk/health":
            seen.page.wait_for_selector("#coverage:not([data-count])")
        return seen

    return open_page


def test_all_points_are_drawn_each_in_its_section_s_colour(desk):
    page = desk("/desk/map", viewport=WIDE).page
    assert page.locator("#map").get_attribute("data-ready") == "60"
    colours = page.evaluate(COLOURED)
    assert len(colours) == 3
    assert min(colours) > 100


def test_with_the_keys_one_goes_from_article_to_article_and_opens_it(desk):
    page = desk("/desk/map", viewport=WIDE).page
    page.focus("#map")
    said = set()
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        said.add(page.locator("#map-said").inner_text())
    assert len(said) >= 2
    title = page.locator("#map-card strong").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/article?id=*")
    assert page.locator("h1").inner_text() == title


POINT_OF_CARD = """() => { const card = document.getElementById('map-card').getBoundingClientRect();
  return [card.left - 14, card.top - 14, card.bottom + 14]; }"""
"""Where the point is whose card is shown: left, and top or bottom, as there was room for the card below it or above it."""


def test_pointing_shows_the_article_and_a_click_opens_it(desk):
    page = desk("/desk/map", viewport=WIDE).page
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"):  # of points that lie upon each other one is shown
        page.focus("#map")
        page.keyboard.press(key)
        page.wait_for_selector("#map-card:not([hidden])")
        page.wait_for_timeout(300)
        title = page.locator("#map-card strong").inner_text()
        left, above, below = page.evaluate(POINT_OF_CARD)
        page.keyboard.press("Escape")
        assert page.locator("#map-card").is_hidden()
        page.mouse.move(left, above)
        page.wait_for_timeout(400)
        if page.locator("#map-card").is_hidden():
            page.mouse.move(left, below)
            page.wait_for_selector("#map-card:not([hidden])")
        if (shown := page.locator("#map-card strong").inner_text()) == title:
            break
    assert shown == title
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/desk/article?id=*")
    assert page.locator("h1").inner_text() == title


def test_a_section_is_seen_alone_when_its_name_is_pressed(desk):
    page = desk("/desk/map", viewport=WIDE).page
    button = page.locator("#legend [data-section]").first
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.focus("#map")
    name = button.inner_text().split("\n")[0].rsplit(" ", 1)[0].strip().lower()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        assert page.locator("#map-card .kicker").inner_text().lower() == name


def test_without_script_the_map_is_there_in_words(desk, base):
    page = desk("/desk/map", viewport=WIDE).page
    state = page.context.storage_state()
    bare = page.context.browser.new_context(java_script_enabled=False, storage_state=state)
    try:
        other = bare.new_page()
        other.goto(f"{base[0]}/desk/map")
        assert other.locator("#map").is_hidden()
        assert other.locator("table tbody tr").count() == 3
        other.goto(f"{base[0]}/desk/health")
        other.get_by_role("link", name="Count now").click()
        assert other.locator(".stack-bar").count() == 3
    finally:
        bare.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_no_fault_and_nothing_overflows(desk, axe_source, path, scheme, size):
    seen = desk(path, viewport=size, color_scheme=scheme)
    assert seen.violations(axe_source) == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert seen.page.evaluate("broken") == []
    assert [line for line in seen.console if "Password forms" not in line] == []
