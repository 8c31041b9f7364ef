"""Fetching addresses safely and politely: never from a private network unless allowed, never without a limit, never too often.

Everything that this program asks of the web goes through a `Fetcher`. It knows addresses, bytes and validators; what an
answer means (a feed, a page, a sitemap) is for the readers in `index.sources` to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Validators:
    """What an answer said about its version, to be asked with again (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


UNCONDITIONAL = Validators()
"""Nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer: 200 with its body, or 304 without."""

    url: str
    """Where it came from in the end, after every redirect."""
    status: int
    body: bytes
    """Decompressed, at most as long as the rules allow; empty for 304."""
    media_type: str
    """Lower-case, without parameters, such as `application/rss+xml`; empty where the server says nothing."""
    charset: str | None
    """As the server's `Content-Type` says; None where it does not."""
    validators: Validators
    headers: Mapping[str, str]
    """By lower-case name; of several of one name joined by `, `."""


class Fetches(Protocol):
    """Whoever fetches: the real one is `index.fetching.fetcher.Fetcher`."""

    def get(
        self, url: str, validators: Validators = UNCONDITIONAL, accept: str = "*/*", max_bytes: int | None = None
    ) -> Fetched:
        """One answer, of at most `max_bytes` where the rules allow more.

        Raises `FetchFailed`, with the reason; after as many tries as the rules give where it may pass.
        """
        ...
