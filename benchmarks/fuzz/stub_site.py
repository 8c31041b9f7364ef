"""A site that is a bundle of answers: whoever fetches from it gets damaged bytes, and nothing leaves the machine."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from benchmarks.fuzz.bundle import parts
from index.errors import FetchFailed
from index.fetching import UNCONDITIONAL, Fetched, Validators
from index.fetching.address import WebAddress, parse_address
from index.fetching.robots import Robots

HOME = "https://marrow.example/"
MOST = 3_000
"""Requests for one source; a reader that makes more of the few answers there are goes in circles."""

TYPES = {"json": "application/json", "xml": "application/xml", "txt": "text/plain"}


class Endless(Exception):
    """A reader asks and asks."""


class StubSite:
    """Answers as `index.fetching.fetcher.Fetcher` does; `otherwise` is what addresses answer that it does not name."""

    def __init__(self, bundle: bytes, otherwise: bytes | None = None) -> None:
        self._answers: Mapping[str, bytes] = parts(bundle)
        self._otherwise = otherwise
        self._asked = 0
        self._robots = Robots("alsoread", lambda address: self.get(address.url).body)

    def get(
        self, url: str, validators: Validators = UNCONDITIONAL, accept: str = "*/*", max_bytes: int | None = None
    ) -> Fetched:
        """The answer of an address, by its path and query, else by its path. Raises `FetchFailed`."""
        self._asked += 1
        if self._asked > MOST:
            raise Endless(f"more than {MOST:,} requests, the last for {url[:200]}")
        whole = parse_address(url).url
        at = urlsplit(whole)
        body = self._answers.get(f"{at.path}?{at.query}", self._answers.get(at.path, self._otherwise))
        if body is None or "page=2" in at.query.split("&"):
            raise FetchFailed(f"{url[:200]}: the site answered 404", 404 if body is None else 400)
        if max_bytes is not None and len(body) > max_bytes:
            raise FetchFailed(f"{url[:200]}: longer than {max_bytes:,} bytes")
        media_type = TYPES.get(at.path.rpartition(".")[2], "application/json" if "/wp-json/" in at.path else "")
        return Fetched(whole, 200, body, media_type, None, UNCONDITIONAL, {"x-wp-total": "2"})

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """Those that the site's robots.txt names."""
        return self._robots.sitemaps(parse_address(url))

    def asks_robots(self, address: WebAddress) -> None:
        """All that its robots.txt is asked for. Raises `FetchFailed` where it lets nobody in."""
        self._robots.delay(address)
        self._robots.sitemaps(address)
        self._robots.check(address)
