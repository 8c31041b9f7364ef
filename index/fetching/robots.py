"""robots.txt: what a site lets us fetch, how often, and where its sitemaps are (RFC 9309)."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from index.errors import FetchFailed
from index.fetching.address import WebAddress, shown

MAX_ROBOTS = 500 * 1024
"""Bytes that are read; the standard asks for as much, and what stands behind is not looked at."""
MAX_LINE = 2_000
KEPT_FOR = 3_600.0
KEPT_FOR_NOW = 60.0
"""Seconds until it is asked for again: where it was there, and where the site could not say."""
KEPT = 256
LONGEST_RATE = 86_400
"""Seconds; a longer time between requests than a day asks for the same, and some cannot be divided."""

Read = Callable[[WebAddress], bytes]
"""The bytes of a robots.txt, redirects followed. Raises `FetchFailed`."""


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What the robots.txt of one origin says; `closed` is the sentence for a site that could not say."""

    text: str
    rules: Protego
    closed: str | None = None


class Robots:
    """The robots.txt of each origin, kept for an hour; of the many origins those that were asked for last."""

    def __init__(self, product: str, read: Read, clock: Callable[[], float] = time.monotonic) -> None:
        self._product = product
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, int], tuple[float, SiteRules]] = OrderedDict()

    def check(self, address: WebAddress) -> None:
        """Raises `FetchFailed` where the site does not let us fetch this address, or cannot say so now."""
        site = self._site(address)
        if site.closed is not None:
            raise FetchFailed(f"{shown(address.url)}: not asked for now: {site.closed}", passing=True)
        if not site.rules.can_fetch(address.url, self._product):
            line = _deciding_line(site, address.url, self._product)
            raise FetchFailed(
                f"{shown(address.url)}: the site's robots.txt does not let us fetch it{line}; to allow it, add the lines "
                f"'User-agent: {self._product}' and 'Allow: {address.target[:100]}' there"
            )

    def delay(self, address: WebAddress) -> float:
        """Seconds that the site asks us to leave between two requests; 0 where it does not."""
        rules = self._site(address).rules
        rate = rules.request_rate(self._product)
        by_rate = min(rate.seconds, LONGEST_RATE) / rate.requests if rate is not None and rate.requests else 0.0
        return max(rules.crawl_delay(self._product) or 0.0, by_rate)

    def sitemaps(self, address: WebAddress) -> tuple[str, ...]:
        """The addresses of sitemaps that the site names, in order, as it writes them."""
        return tuple(dict.fromkeys(self._site(address).rules.sitemaps))

    def _site(self, address: WebAddress) -> SiteRules:
        with self._lock:
            until, site = self._kept.get(address.origin, (0.0, None))
            if site is not None and self._clock() < until:
                self._kept.move_to_end(address.origin)
                return site
        site = self._fetch(address)
        with self._lock:
            self._kept[address.origin] = self._clock() + (KEPT_FOR if site.closed is None else KEPT_FOR_NOW), site
            self._kept.move_to_end(address.origin)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return site

    def _fetch(self, address: WebAddress) -> SiteRules:
        try:
            raw = self._read(address.follow("/robots.txt"))
        except FetchFailed as error:
            if error.status is None and not error.passing:
                raise  # no such host, or one that may not be asked: that is the answer
            if error.status is not None and 300 <= error.status < 500 and error.status != 429:
                return SiteRules("", Protego.parse(""))
            return SiteRules("", Protego.parse(""), f"its robots.txt could not be read ({error})")
        lines = raw.decode("utf-8-sig", "replace").splitlines()
        text = "\n".join(line for line in lines if len(line) <= MAX_LINE)
        return SiteRules(text, Protego.parse(text))


def _deciding_line(site: SiteRules, url: str, product: str) -> str:
    """The line without which we might fetch this, as it may stand in a message; nothing where none alone decides."""
    lines = site.text.splitlines()
    alone: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        rule = line.split("#")[0].strip()
        if rule[:3].lower() == "dis" and not Protego.parse(f"User-agent: *\n{rule}").can_fetch(url, product):
            alone.append((len(rule), number))
    for _, number in sorted(alone, reverse=True)[:5]:
        if Protego.parse("\n".join(lines[:number] + lines[number + 1 :])).can_fetch(url, product):
            return f" (line {number + 1}: {lines[number].strip()[:100]!r})"
    return ""
