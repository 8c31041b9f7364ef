"""How long shared caches may keep an answer, and the keys by which they are told to forget it.

These headers are for caches that are purged; browsers know none of them. What a browser obeys says `no-cache`, so that what
was taken down is gone on the next view: a `stale-while-revalidate` in `Cache-Control` would show it once more.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flask import Response

from index.article import digest

TIERS = (
    (timedelta(hours=6), 120),
    (timedelta(days=3), 900),
    (timedelta(days=15), 3_600),
)
"""Seconds that an answer is fresh, by the age of the article that it is about …"""

OLDER = 43_200
"""… and when that is older still."""

UNDATED = 3_600

BY_CLOCK = 3_600
"""At most, where the list counts from the clock: it is reckoned anew each hour. Not until the full hour, lest all caches ask
at once."""

PASSING = 10
"""For an answer that will be a better one in a moment: the article is not embedded yet."""

STALE_IF_ERROR = 86_400

_EVER = datetime.max.replace(tzinfo=UTC)

EVERYTHING = "alsoread"
"""The key of every answer."""

MOST_KEYS = 80
"""Articles that an answer may carry keys for: their two headers stay below the 4 kB that a proxy takes by default. What shows
more could not be purged whole, and is not shared."""


def surrogate_key(article_id: str) -> str:
    """The key of all answers that show this article, or are about it."""
    return f"a-{digest(article_id).hex()[:16]}"


def fresh_seconds(
    published: str | None, now: datetime, by_clock: bool, passing: bool, until: datetime | None = None
) -> int:
    """How long an answer about an article of that date is fresh; not beyond `until`, when what editors settled expires."""
    seconds = _fresh_seconds(published, now, by_clock, passing)
    return seconds if until is None else max(1, min(seconds, int((until - now).total_seconds())))


def _fresh_seconds(published: str | None, now: datetime, by_clock: bool, passing: bool) -> int:
    if passing:
        return PASSING
    if published is None:
        return UNDATED
    age = now - datetime.fromisoformat(published)
    seconds = next((seconds for limit, seconds in TIERS if age < limit), OLDER)
    return min(seconds, BY_CLOCK) if by_clock else seconds


def fresh_until(
    published: str | None, now: datetime, by_clock: bool, passing: bool, until: datetime | None = None
) -> datetime:
    """Up to when `fresh_seconds` gives the same as now; never later than it first gives something else."""
    ends: list[datetime] = []
    if not passing and published is not None:
        born = datetime.fromisoformat(published)
        ends += [born + limit for limit, _ in TIERS if now - born < limit][:1]
    if until is not None:
        left = int((until - now).total_seconds())
        ends.append(until - timedelta(seconds=max(0, min(left, _fresh_seconds(published, now, by_clock, passing)))))
    return min(ends, default=_EVER)


def share(response: Response, shown: Iterable[str], seconds: int) -> None:
    """Let shared caches keep a response that shows these articles for so long."""
    keys = [surrogate_key(article_id) for article_id in dict.fromkeys(shown)]
    if not 0 < len(keys) <= MOST_KEYS:
        return
    control = f"max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error={STALE_IF_ERROR}"
    response.headers["CDN-Cache-Control"] = control  # RFC 9213
    response.headers["Surrogate-Control"] = control
    response.headers["X-Accel-Expires"] = str(seconds)
    response.headers["Surrogate-Key"] = " ".join([EVERYTHING, *keys])
    response.headers["Cache-Tag"] = ",".join([EVERYTHING, *keys])
