"""What an address was found to be, kept for polls: they ask the feed itself, and not the front page for its feed."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

from index.fetching.kept import Kept
from index.sources import Skipped
from index.sources.reach import Reach
from index.sources.web.crawl import key_of

Way = Literal["wordpress", "sitemap", "sitemaps", "feed"]
"""How articles are had: from a WordPress site, a sitemap, all sitemaps of a site, a feed."""

SOURCE = "what addresses are"


@dataclass(frozen=True, slots=True)
class Found:
    """A way to articles, and where it begins."""

    kind: Way
    url: str


def found_before(url: str, reach: Reach) -> Found | None:
    """What an address was found to be; None where it is not known."""
    kept = reach.kept()
    one = kept.find(SOURCE, key_of(url)) if kept is not None else None
    kind, _, where = one.note.partition(" ") if one is not None else ("", "", "")
    return Found(cast(Way, kind), where) if kind in get_args(Way) and where else None


def remember(url: str, found: Found, reach: Reach) -> None:
    """Keep what an address was found to be."""
    if (kept := reach.kept()) is not None:
        kept.keep(SOURCE, key_of(url), Kept(Skipped(url, SOURCE), note=f"{found.kind} {found.url}"))


def forget(url: str, reach: Reach) -> None:
    """An address is no longer what it was found to be."""
    if (kept := reach.kept()) is not None:
        kept.forget(SOURCE, key_of(url))
