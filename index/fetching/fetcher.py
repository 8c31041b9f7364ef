"""`Fetcher`: one address in, one answer out, by the rules. Safe first, polite second, patient third."""

import random
import re
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property

from index.errors import FetchFailed
from index.fetching import UNCONDITIONAL, Fetched, Validators
from index.fetching.address import WebAddress, parse_address, shown
from index.fetching.exchange import Answer, Limit, exchange
from index.fetching.networks import Resolver, checked, resolve
from index.fetching.robots import MAX_ROBOTS, Robots
from index.fetching.rules import FetchRules
from index.fetching.turns import HostTurns, seconds_asked_for

REDIRECTS = (301, 302, 303, 307, 308)
MAY_PASS = (408, 425, 429)
"""Besides all from 500 on: asked again after a while."""

WHAT_TO_DO: Mapping[int, str] = {
    401: "it wants a user and a password; put them into the address if you have them",
    403: "the server does not let us; its owner may have to allow our user agent",
    404: "there is nothing at this address; look whether it is spelt right",
    410: "what was there was taken away for good",
    429: "it asks for fewer requests; try again later",
    451: "it may not be shown here, for reasons of law",
}

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.IGNORECASE)


class Fetcher:
    """Fetches over http and https; one for the whole program, so that a host has one turn at a time.

    Threads may share it. Cookies are never kept, and proxies never used: behind one, nobody could say which machine is asked.
    """

    def __init__(
        self,
        rules: FetchRules | None = None,
        *,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.rules = rules if rules is not None else FetchRules()
        self._resolver = resolver
        self._given_tls = tls
        self._turns = HostTurns(clock, sleep)
        self._robots = Robots(self.rules.product, self._read_robots, clock)
        self._today = today
        self._chance = chance

    def get(
        self, url: str, validators: Validators = UNCONDITIONAL, accept: str = "*/*", max_bytes: int | None = None
    ) -> Fetched:
        """One answer: 200 with its body, or 304 where the validators still hold; `max_bytes` may only lower the rules' limit.

        Raises `FetchFailed`, with the server's status where it answered and `passing` where a later call may succeed.
        """
        asked = {"User-Agent": self.rules.user_agent, "Accept": accept}
        if validators.etag:
            asked["If-None-Match"] = validators.etag
        if validators.last_modified:
            asked["If-Modified-Since"] = validators.last_modified
        asked = {name: value for name, value in asked.items() if value.isprintable() and value.isascii()}
        limit = Limit(min(max_bytes or self.rules.max_bytes, self.rules.max_bytes))
        address, answer = self._persevere(parse_address(url), asked, limit, self.rules.obey_robots)
        return _fetched(address, answer, validators)

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of this address's site names, as it writes them.

        Raises `FetchFailed` where the host may not be asked.
        """
        return self._robots.sitemaps(parse_address(url))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The given one, or the system's; the latter takes a while to read, which is not needed for http."""
        return self._given_tls if self._given_tls is not None else ssl.create_default_context()

    def _read_robots(self, address: WebAddress) -> bytes:
        asked = {"User-Agent": self.rules.user_agent, "Accept": "text/plain,*/*;q=0.5"}
        limit = Limit(MAX_ROBOTS, cut=True)
        return self._persevere(address, asked, limit, robots=False)[1].body

    def _persevere(
        self, address: WebAddress, asked: Mapping[str, str], limit: Limit, robots: bool
    ) -> tuple[WebAddress, Answer]:
        """As many tries as the rules give, as long as the failure may pass."""
        number = 0
        while True:
            number += 1
            try:
                return self._follow(address, asked, limit, robots)
            except _TryAgain as failed:
                wait = self.rules.backoff * 2 ** (number - 1) * (0.75 + self._chance() / 2)
                wait = max(wait, failed.asked_for or 0.0)
                last = number >= self.rules.tries or wait > self.rules.max_wait
                if not last or failed.asked_for:
                    self._turns.hold(failed.host, wait)
                if last:
                    raise FetchFailed(f"{failed}{_later(failed.asked_for)}", failed.status, passing=True) from None

    def _follow(
        self, address: WebAddress, asked: Mapping[str, str], limit: Limit, robots: bool
    ) -> tuple[WebAddress, Answer]:
        """Through every redirect to an answer; each step is checked as the first one was."""
        way = [address.url]
        while True:
            answer = self._ask(address, asked, limit, robots)
            if answer.status not in REDIRECTS:
                return address, answer
            there = address.follow(answer.headers.get("location", ""))
            if there.url in way:
                said = " → ".join(shown(url) for url in (*way, there.url))
                raise FetchFailed(
                    f"{shown(way[0])}: redirects in a circle: {said}; some sites do so to whoever keeps no cookies",
                    answer.status,
                )
            if len(way) > self.rules.max_redirects:
                raise FetchFailed(
                    f"{shown(way[0])}: redirects more than {self.rules.max_redirects} times, the last time to "
                    f"{shown(there.url)}",
                    answer.status,
                )
            way.append(there.url)
            address = there

    def _ask(self, address: WebAddress, asked: Mapping[str, str], limit: Limit, robots: bool) -> Answer:
        """One request. Raises `_TryAgain` where it may go better next time, `FetchFailed` where it will not."""
        try:
            numbers = checked(address, self._resolver, self.rules.allow_private)
        except FetchFailed as error:
            raise (_TryAgain(str(error), address.host) if error.passing else error) from None
        pause = self.rules.pause
        if robots:
            self._robots.check(address)
            pause = max(pause, min(self._robots.delay(address), self.rules.max_pause))
        headers = {**asked, "Authorization": address.authorization} if address.authorization else asked
        place = shown(address.url)
        self._turns.take(address.host, pause, self.rules.max_wait, place)
        try:
            answer = exchange(
                address, numbers, headers, self.rules, limit, self._tls if address.scheme == "https" else None
            )
        except FetchFailed as error:
            if error.passing:
                raise _TryAgain(str(error), address.host) from None
            raise
        finally:
            self._turns.hold(address.host, pause)
        if answer.status in (200, 203, *REDIRECTS) or (answer.status == 304 and _was_conditional(asked)):
            return answer
        if answer.status in MAY_PASS or answer.status >= 500:
            wanted = seconds_asked_for(answer.headers.get("retry-after", ""), self._today)
            what = WHAT_TO_DO.get(answer.status, "the server has trouble")
            raise _TryAgain(f"{place}: answered {answer.status}: {what}", address.host, answer.status, wanted)
        what = WHAT_TO_DO.get(answer.status, "that is no page")
        raise FetchFailed(f"{place}: answered {answer.status}: {what}", answer.status, answer.status == 202)


class _TryAgain(FetchFailed):
    """A failure that may pass; `asked_for` is how many seconds the server wants to be left alone, where it says so."""

    def __init__(self, message: str, host: str, status: int | None = None, asked_for: float | None = None) -> None:
        super().__init__(message, status, passing=True)
        self.host = host
        self.asked_for = asked_for


def _later(asked_for: float | None) -> str:
    return f" (it asks to be left alone for {asked_for:,.0f} seconds)" if asked_for else ""


def _was_conditional(asked: Mapping[str, str]) -> bool:
    return "If-None-Match" in asked or "If-Modified-Since" in asked


def _fetched(address: WebAddress, answer: Answer, before: Validators) -> Fetched:
    content_type = answer.headers.get("content-type", "")
    charset = _CHARSET.search(content_type)
    now = Validators(answer.headers.get("etag"), answer.headers.get("last-modified"))
    if answer.status == 304:
        now = Validators(now.etag or before.etag, now.last_modified or before.last_modified)
    return Fetched(
        url=address.url,
        status=304 if answer.status == 304 else 200,
        body=answer.body,
        media_type=content_type.partition(";")[0].strip().lower(),
        charset=charset[1].lower() if charset else None,
        validators=now,
        headers=answer.headers,
    )
