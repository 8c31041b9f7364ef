"""What the browser tests of the widget share: a service over a small newsroom, and pages of a site on another origin."""

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import PageServer, Visit, serving_pages
from server_process import running_server
from service_fixtures import NOON, WORDS, publish, record

IMAGE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><path fill="#7d8f86" d="M0 0h3v2H0z"/></svg>'

TITLES = (
    "The wall holds",
    "Engineers finish the last 40 metres of the flood wall three weeks before the autumn tides are due",
    "Quay closed until Friday",
    "Pumps borrowed from Drayburn are to stay the winter, and the bill is split",
    "<script>window.broken = true</script> & “quotes”",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen found in the mud",
)


def newsroom(images: str) -> list[dict[str, Any]]:
    """Fourteen pieces on each of two subjects, three Hebrew ones, and one in a section of its own; some have images."""
    words = {"flood": WORDS["flood"], "match": WORDS["match"]}
    made = []
    for subject, text in words.items():
        for number in range(1, 15):
            common = " ".join(text.split()[: 15 - number // 2])
            made.append(
                record(
                    f"{subject}-{number}",
                    f"{common} own{subject}{number} more{number}.",
                    title=f"{TITLES[number % len(TITLES)]} ({subject} {number})",
                    url=f"https://www.example.com/{subject}/{number}",
                    section="news/flood" if subject == "flood" else "local-sport",
                    lang="en",
                    published_at=(NOON - timedelta(days=number)).isoformat(),
                    image_url=f"{images}/image.svg" if number % 3 else None,
                )
            )
    hebrew = [
        record(f"he-{n}", f"גשר נהר חומה מים {n}", title=f"החומה מחזיקה מעמד {n} (2026)", lang="he", section="חדשות",
               url=f"https://www.example.com/he/{n}", published_at=f"2026-03-0{n}")
        for n in range(1, 6)
    ]  # fmt: skip
    alone = record("alone", "zither", title="Alone", section="puzzles", lang="en", url="https://www.example.com/alone")
    return [*made, *hebrew, alone]


@dataclass
class Newsroom:
    """A service, and the site that puts its boxes on pages."""

    service: str
    site: PageServer

    @property
    def policy(self) -> str:
        """A strict Content-Security-Policy: nothing inline, and no more than docs/widget.md asks for."""
        return (
            f"default-src 'none'; script-src {self.service}; connect-src {self.service}; img-src {self.site.base}; "
            f"style-src {self.service}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )

    def page(
        self,
        boxes: str = "<also-read></also-read><more-in-section></more-in-section>",
        *,
        canonical: str = "https://www.example.com/flood/1",
        above: int = 60,
        head: str = "",
        lang: str = "en-GB",
        path: str = "/page",
        more: str = "",
    ) -> str:
        """The address of a page with these boxes below so many paragraphs, under the strict policy."""
        html = f"""<!doctype html>
<html lang="{lang}"{' dir="rtl"' if lang == "he" else ""}><head><meta charset="utf-8"><title>The wall</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="canonical" href="{escape(canonical)}">{head}
<script type="module" src="{self.service}/widget.js"></script></head>
<body><main><h1>The wall</h1>{"<p>The river rose, and the wall held.</p>" * above}
{boxes}</main>{more}<footer><p>The Packet</p></footer></body></html>"""
        return self.site.add(path, html, Content_Security_Policy=self.policy)

    def embed(self, query: str) -> str:
        """What `/embed` answers."""
        with urllib.request.urlopen(f"{self.service}/embed?{query}", timeout=10) as answer:
            return str(answer.read().decode())

    @property
    def style(self) -> str:
        """A link to the widget's stylesheet."""
        return f'<link rel="stylesheet" href="{self.service}/widget.css">'


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A running service and its site, shared by the tests of a module."""
    data: Path = tmp_path_factory.mktemp("newsroom") / "data"
    with serving_pages() as site:
        site.add("/image.svg", IMAGE, Content_Type="image/svg+xml")
        site.add("/favicon.ico", IMAGE, Content_Type="image/svg+xml")
        publish(data, newsroom(site.base))
        with running_server(data, indexer=False) as service:
            yield Newsroom(service, site)


def scroll_to(visit: Visit, selector: str) -> None:
    """Bring an element into view, as a reader would; it may be gone meanwhile."""
    visit.page.evaluate("one => document.querySelector(one)?.scrollIntoView({block: 'center'})", selector)


def scroll_down(visit: Visit) -> None:
    """Scroll to the end in steps, as with a wheel."""
    for _ in range(40):
        visit.page.mouse.wheel(0, 250)
        visit.page.wait_for_timeout(20)


def shown(visit: Visit, within: str = "") -> list[str]:
    """The ids on the page, in order."""
    items = visit.page.locator(f"{within} .alsoread-item")
    return items.evaluate_all("items => items.map(item => item.dataset.id)")


def clean(visit: Visit) -> None:
    """Nothing in the console, nothing that the policy forbids, nothing kept in the browser."""
    assert visit.console == []
    assert visit.page.evaluate("broken") == []
    assert visit.stored() == {"cookies": [], "local": {}, "session": {}}


def hide(visit: Visit, state: str = "hidden") -> None:
    """Make the page believe that nobody looks at it, or that somebody does (`visible`) again."""
    visit.page.evaluate(
        "state => { Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => state});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        state,
    )
