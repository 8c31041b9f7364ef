"""The pictures of the demonstration and of its desk in README and docs, taken anew: `make screenshots`.

Needs Chromium and the embedding model; indexes the example newspaper into `alsoread-demo` where that is not done yet.
"""

import argparse
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import sync_playwright

from index.access_keys import KeyRefused, add_key, revoke_key
from index.catalogue import Catalogue, place_of
from service.commands.serve import free_port

ROOT = Path(__file__).parents[1]

COLOURS = 96
"""A picture of text needs no more, and has a fourth of the bytes."""

MOST_BYTES = 150_000

READY_SECONDS = 600

EDITOR = "Anna Berg"


@dataclass(frozen=True)
class Shot:
    """A picture: which page, how wide and high, and from which element on (the top of the page, where None)."""

    name: str
    path: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    start: str | None = None
    scale: float = 1
    shows: str = ".alsoread"
    """What must be there before it is taken."""
    does: Callable[[Any], None] | None = None
    """What is done on the page first."""


def move_half_life(page: Any) -> None:
    """Tune: let pieces age faster, and wait until the sample says what that changes."""
    page.get_by_label("Half-life").first.fill("10")
    page.locator("#sample-says", has_text=re.compile(r"of 50 lists would change: [^…]*$")).wait_for(timeout=60_000)


def open_why(page: Any) -> None:
    """An article: lay the first score open."""
    page.locator("details summary:has-text('Why')").first.click()


DESK_ARTICLE = "2026-04-25-foundry-lane-sold-corrected"

ARTICLE = "/culture/music/2026/03/songs-of-peg-sallow"

SHOTS = (
    Shot("article-wide", ARTICLE, 1200, 1390),
    Shot("article-narrow-dark", ARTICLE, 390, 844, "dark", ".story-text p:last-child", 1.5),
    Shot("desk-article", f"/desk/article?id={DESK_ARTICLE}", 1280, 1000, shows="h1", does=open_why),
    Shot("desk-tune", "/desk/tune", 1280, 1000, shows="h1", does=move_half_life),
    Shot("desk-map-dark", "/desk/map", 1000, 760, "dark", shows="#map"),
)


@contextmanager
def demonstration(data: Path) -> Iterator[str]:
    """The address of a running demonstration."""
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "service", "demo", "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + READY_SECONDS
    try:
        while not _answers(f"{base}/health/ready"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the demonstration did not start")
            time.sleep(0.5)
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def take(browser: Any, base: str, shot: Shot, folder: Path, key: str) -> Path:
    """Take one picture, and make it small."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme, device_scale_factor=shot.scale
    )
    page = context.new_page()
    if shot.path.startswith("/desk"):
        page.goto(f"{base}/desk/sign-in")
        page.get_by_label("Your key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{base}/desk")
    page.goto(base + shot.path)
    page.locator(shot.shows).first.wait_for()
    if shot.does:
        shot.does(page)
    if shot.start:
        page.locator(shot.start).evaluate("from => scrollTo(0, from.getBoundingClientRect().top - 24)")
    page.wait_for_timeout(1_000)
    path = folder / f"{shot.name}.png"
    page.screenshot(path=path)
    context.close()
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    return path


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--data", type=Path, default=ROOT / "alsoread-demo")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--only", default="", help="those whose name begins so")
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    with demonstration(asked.data) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"])
        with Catalogue.open(place_of(asked.data)) as catalogue:
            with suppress(KeyRefused):  # the last run ended before it revoked it
                revoke_key(catalogue, EDITOR)
            key = add_key(catalogue, EDITOR, "rules")
        for shot in SHOTS:
            if not shot.name.startswith(asked.only):
                continue
            path = take(browser, base, shot, asked.output, key)
            size = path.stat().st_size
            print(f"{path}: {size:,} bytes{' (too many)' if size > MOST_BYTES else ''}")
        browser.close()
        with Catalogue.open(place_of(asked.data)) as catalogue:
            revoke_key(catalogue, key)


if __name__ == "__main__":
    main()
