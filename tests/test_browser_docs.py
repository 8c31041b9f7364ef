"""The page of the API in Chromium: whole on every width, in light and dark, within its own policy."""

import threading
from collections.abc import Callable, Iterator

import pytest
from browser_fixtures import Visit
from service_fixtures import Service
from werkzeug.serving import make_server

pytestmark = pytest.mark.browser

WIDTHS = (1440, 1100, 390)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, Service(tmp_path_factory.mktemp("docs") / "data").app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/docs"
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_window_and_is_accessible(
    visit: Callable[..., Visit], address: str, axe_source: str, width: int, scheme: str
):
    seen = visit(address, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == width
    assert seen.violations(axe_source) == []


def test_its_style_holds_under_its_own_policy_without_scripts_and_asks_for_nothing_else(
    visit: Callable[..., Visit], address: str
):
    seen = visit(address, java_script_enabled=False)
    assert seen.page.locator("h1").inner_text() == "The HTTP API"
    assert seen.console == []
    assert [sent.url for sent in seen.requests] == [address]
    assert seen.page.locator(".side").bounding_box()["width"] < 400


def test_it_is_valid_html(address: str, html_faults: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory):
    assert html_faults(Service(tmp_path_factory.mktemp("html") / "data").get("/docs").text) == ""
