"""What a poll of a source looks at: what changed since the last one where the source can tell, else all that it holds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from index.sources import Item
from index.sources.feeds.feed import Feed
from index.sources.feeds.full_text import FullText, taken_in
from index.sources.opening import open_at
from index.sources.reach import Reach
from index.sources.wordpress.kept import KeptWordPress
from index.sources.wordpress.site import WordPressSite
from index.urls import is_web_address

DATES_OF_DAYS = timedelta(days=2)
"""Sitemaps often date their pages by the day, in whichever zone."""

REMOVALS_EVERY = timedelta(hours=1)
"""What was taken away is found by listing everything, which is done so often."""


def nothing() -> None:
    """For what is done once it is written."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is to be written, which articles are gone (known once the items were read), and what is to be called when both
    are written."""

    items: Iterable[Item] = ()
    removed: Iterable[str] = ()
    done: Callable[[], None] = nothing


def open_watched(location: str, reach: Reach, since: datetime | None, now: datetime) -> Watched:
    """What changed in a source since a moment (None: nothing is known of it yet).

    A file that was not written since is not read. Of a sitemap only the pages are looked at that it dates later. A WordPress
    site is asked for what changed, and once an hour for what is gone. Raises as `open_source`, and as reading does.
    """
    if not is_web_address(location):
        wanted = since is None or _written_since(Path(location), since)
        return Watched(open_at(location, None, reach)) if wanted else Watched()
    if since is not None:
        reach = replace(
            reach, polls=True, since=max(since - DATES_OF_DAYS, reach.since or since.min.replace(tzinfo=UTC))
        )
    source = open_at(location, None, reach)
    if isinstance(source, (Feed, FullText)):
        return Watched(source, _taken_back(source), partial(taken_in, source, reach))
    if isinstance(source, WordPressSite) and since is not None:
        return Watched(source.changes(since), _gone(source, location, reach, since, now))
    return Watched(source)


def _taken_back(source: Feed | FullText) -> Iterator[str]:
    """The ids that a feed takes back, once it was read."""
    feed = source.feed if isinstance(source, FullText) else source
    yield from feed.deleted if isinstance(feed, Feed) else ()


def _gone(site: WordPressSite, location: str, reach: Reach, since: datetime, now: datetime) -> Sequence[str]:
    """The articles that the site showed before and shows no more; it is asked in the first poll of each hour."""
    kept = reach.kept()
    if kept is None or _hour(since) == _hour(now):
        return ()
    known = KeptWordPress(kept, location)
    keys = known.ids()
    removed = site.removed(list(keys))
    for article_id in removed:
        known.forget(keys[article_id])
    return removed


def _hour(moment: datetime) -> int:
    return int(moment.timestamp() // REMOVALS_EVERY.total_seconds())


def _written_since(path: Path, since: datetime) -> bool:
    """Whether a file, or one in a folder, was written since, or is missing: then reading it says so."""
    try:
        if not path.is_dir():
            return path.stat().st_mtime >= since.timestamp()
        return any(one.stat().st_mtime >= since.timestamp() for one in (path, *path.rglob("*")))
    except OSError:
        return True
