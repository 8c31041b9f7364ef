"""The demonstration site over the example newspaper, called in process, and what its pages hold."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from service_fixtures import Clock
from werkzeug.test import TestResponse

from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild
from index.report import Report
from service.app import create_app
from service.demo.newspaper import Newspaper, site_address
from service.settings import Settings

PORT = 8123
SITE = f"http://127.0.0.1:{PORT}"
AUTUMN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""All of the newspaper is published by then."""

PUMPS = "/business/property/2026/04/foundry-lane-sold-corrected"
GERMAN = "/de/council/2025/03/hochwassermauer-beschlossen"


def publish_newspaper(data: Path, port: int = PORT) -> Report:
    """Index the example newspaper as the demonstration does, with the word-hash embedder."""
    return rebuild(data, [Newspaper(site_address("127.0.0.1", port))], WordHashEmbedder(), Options())


@dataclass
class DemoSite:
    """The application with the demonstration over a data folder."""

    data: Path
    clock: Clock = field(default_factory=lambda: Clock(AUTUMN))

    def __post_init__(self) -> None:
        self.app = create_app(Settings(data=self.data, port=PORT, demo_site=True), clock=self.clock)
        self.client: FlaskClient = self.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def page(self, path: str) -> "Page":
        """A page that is there; fails where it is not."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return read_page(response.text)


@dataclass
class Page(HTMLParser):
    """What a page's HTML holds."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    """What stands inside `script` and `style`."""
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within = tag
        if tag == "br":
            self.texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        (self.inline if self._within in ("script", "style") and data.strip() else self.texts).append(data)

    @property
    def text(self) -> str:
        """Its words, blanks made one."""
        return " ".join("".join(self.texts).split())

    def all(self, tag: str, **attributes: Any) -> list[dict[str, str | None]]:
        """The attributes of every element of a tag that has these (`class_` for class)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [has for found, has in self.elements if found == tag and wanted.items() <= has.items()]

    def links(self, **attributes: Any) -> list[str]:
        return [str(one["href"]) for one in self.all("a", **attributes)]

    def box_ids(self) -> list[str]:
        """The ids of the items of its boxes, in order."""
        return [str(one["data-id"]) for one in self.all("li", class_="alsoread-item")]


def read_page(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page
