"""The example newspaper: where its articles are, its sections, and its articles at the address of the demonstration."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from index.article import Article
from index.sources import Item, Source, open_source
from service.errors import ServiceError

NAME = "The Oxenhythe Packet"

SECTIONS = {
    "news": "News",
    "council": "Council",
    "business": "Business",
    "sport": "Sport",
    "culture": "Culture",
    "schools": "Schools",
    "opinion": "Opinion",
}
"""The top-level sections, in the order of the paper, and what they are called."""

GERMAN = "Auf Deutsch"

ARTICLE = "2026-04-25-foundry-lane-sold-corrected"
"""The article that the demonstration points to."""

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nosec B104  # what is listened on, not what we listen on


def newspaper() -> Path:
    """The example newspaper's articles: beside an installed `service`, or in a checkout's `examples/`."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "examples", package.parent / "examples"):
        if (path := folder / "newspaper" / "articles.jsonl").is_file():
            return path
    raise ServiceError("the example newspaper is not installed; take a checkout, which has it in examples/")


def site_address(host: str, port: int) -> str:
    """`http://host:port` as a browser on this host reaches it, without a slash at the end."""
    host = _EVERY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Newspaper:
    """A source that gives the newspaper's articles with the demonstration's address in place of the invented one, which
    never resolves: so links in the boxes lead to pages of the demonstration."""

    def __init__(self, site: str, location: Path | None = None) -> None:
        self._source: Source = open_source(str(location or newspaper()))
        self._site = site
        self.name = self._source.name
        self.size = self._source.size
        self.names = self._source.names
        self.whole = True

    def __iter__(self) -> Iterator[Item]:
        for item in self._source:
            yield replace(item, url=at_site(item.url, self._site)) if isinstance(item, Article) else item

    def position(self) -> int:
        return self._source.position()


def at_site(url: str | None, site: str) -> str | None:
    """An address with its scheme and host replaced by the site's."""
    return None if url is None else site + urlunsplit(("", "", *urlsplit(url)[2:]))


def article_address(site: str, article_id: str = ARTICLE) -> str:
    """Where the demonstration shows one of the newspaper's articles."""
    return next(
        item.url for item in Newspaper(site) if isinstance(item, Article) and item.id == article_id and item.url
    )
