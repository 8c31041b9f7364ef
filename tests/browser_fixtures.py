"""Chromium for the tests, driven by Playwright: pages that note all that went over the network and into the console.

Where Chromium or Playwright is missing a test that asks for it is skipped, and fails under `CI=true`.
"""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
AXE = ROOT / ".tools" / "axe.min.js"
HTML_VALIDATE = ROOT / ".tools" / "node_modules" / ".bin" / "html-validate"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

WATCH = """
window.shifts = []; window.shifted = []; window.broken = [];
new PerformanceObserver(list => { for (const e of list.getEntries()) { shifts.push(e.value);
  for (const {node, previousRect: a, currentRect: b} of e.sources) shifted.push(
    `${node?.nodeName}.${node?.className} ${[a.x, a.y, a.width, a.height]} -> ${[b.x, b.y, b.width, b.height]}`); } })
  .observe({type: 'layout-shift', buffered: true});
addEventListener('securitypolicyviolation', e => broken.push(`${e.effectiveDirective} ${e.blockedURI}`));
"""
"""Runs before a page's own scripts: notes each layout shift, and what the page's policy forbade."""


def _skip_or_fail(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium for the whole session."""
    program = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if program is None:
        _skip_or_fail("Chromium is not there (apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        _skip_or_fail(f"the extra 'test' is not installed ({error})")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker axe-core, which `make .tools/axe.min.js` fetches."""
    if not AXE.exists():
        _skip_or_fail("axe-core is not there (make .tools/axe.min.js)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def html_faults() -> Callable[[str], str]:
    """`html_faults(html)`: what html-validate finds fault with in a document or a fragment; nothing where it is valid."""
    if not HTML_VALIDATE.exists():
        _skip_or_fail("html-validate is not there (make browser)")

    def faults(html: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            page.write_text(html, encoding="utf-8")
            (page.parent / ".htmlvalidate.json").write_text('{"root": true, "extends": ["html-validate:standard"]}')
            done = subprocess.run(
                [HTML_VALIDATE, "--formatter", "text", page], capture_output=True, text=True, check=False
            )
        return done.stdout + done.stderr if done.returncode else ""

    return faults


@dataclass
class Visit:
    """A page in a browser context of its own, and what happened in it."""

    page: Any
    requests: list[Any] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    """What scripts wrote and what went uncaught; not the lines that Chromium itself writes about a failed request."""

    def asked(self, part: str) -> list[str]:
        """The addresses asked for that hold this part, in order."""
        return [request.url for request in self.requests if part in request.url]

    def reported(self) -> list[dict[str, Any]]:
        """The events that were sent to a service, in order."""
        bodies = [json.loads(one.post_data) for one in self.requests if one.url.endswith("/v1/events")]
        return [event for body in bodies for event in body["events"]]

    def wait_reported(self, count: int, seconds: float = 10) -> list[dict[str, Any]]:
        """The events, once so many were sent; fails after so many seconds."""
        for _ in range(int(seconds * 20)):
            if len(self.reported()) >= count:
                break
            self.page.wait_for_timeout(50)
        assert len(self.reported()) >= count
        return self.reported()

    def shift(self) -> float:
        """The sum of all layout shifts so far, also of those that came soon after an input; prints what moved."""
        self.page.wait_for_timeout(100)
        for line in self.page.evaluate("shifted"):
            print("moved:", line)
        return float(self.page.evaluate("shifts.reduce((a, b) => a + b, 0)"))

    def stored(self) -> dict[str, Any]:
        """What the browser keeps for the pages seen: cookies, and both storages of the page's origin."""
        kept = self.page.evaluate("({local: {...localStorage}, session: {...sessionStorage}})")
        return {"cookies": self.page.context.cookies(), **kept}

    def violations(self, axe_source: str) -> list[str]:
        """What axe-core finds fault with, a line each."""
        self.page.evaluate(axe_source)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}" for one in found["violations"]]


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """`visit(address, **context)`: opens it in a new context (`color_scheme="dark"`, `viewport={…}`, `locale=…`)."""
    contexts = []

    def open_page(address: str, **context: Any) -> Visit:
        made = browser.new_context(**{"viewport": {"width": 1000, "height": 800}, "locale": "en-GB", **context})
        made.set_default_timeout(10_000)
        contexts.append(made)
        one = Visit(made.new_page())
        made.on("request", lambda sent: one.requests.append(sent))
        one.page.on("console", lambda line: _note(one, line))
        one.page.on("pageerror", lambda error: one.console.append(f"error: {error}"))
        one.page.add_init_script(WATCH)
        one.page.goto(address)
        return one

    yield open_page
    for made in contexts:
        made.close()


def _note(visit: Visit, line: Any) -> None:
    if not line.text.startswith("Failed to load resource"):
        visit.console.append(f"{line.type}: {line.text}")


@dataclass
class PageServer:
    """The site: pages by path, each with the headers it is sent with."""

    base: str
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def add(self, path: str, html: str, **headers: str) -> str:
        """The address of a page from now on; `Content_Security_Policy="…"` is a header."""
        self.pages[path] = (html, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.base + path


@contextmanager
def serving_pages() -> Iterator[PageServer]:
    """A site on an origin of its own, the loopback under its name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html, headers = server.pages.get(self.path.split("?")[0], ("", {}))
            self.send_response(200 if html else 404)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *what: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = PageServer(f"http://localhost:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture
def site() -> Iterator[PageServer]:
    """A site without pages yet."""
    with serving_pages() as server:
        yield server
