"""Two policies side by side: which of them an article is answered under is chance that falls anew each day, by hash.

Readers are told apart nowhere: all who see an article on one day see it under the same policy.
"""

from datetime import UTC, date, datetime

from index.article import digest
from recommender.policy import Policies, Policy

_HASH_BYTES = 6
"""So few that the quotient is exact, and below 1."""


class SplitPolicies:
    """Policy A for one part of the articles of each day, and policy B for a share (0 to 1) of them."""

    def __init__(self, a: Policies, b: Policies, share: float = 0.5) -> None:
        self.a = a
        self.b = b
        self.share = share

    @property
    def problem(self) -> str | None:
        """Why the newest policy, A or else B, is not the one that holds; None when both are."""
        return self.a.problem or self.b.problem

    def current(self) -> Policy:
        """Policy A: what holds where no article is spoken of."""
        return self.a.current()

    def in_force(self) -> tuple[Policy, ...]:
        """A and B."""
        return self.a.current(), self.b.current()

    def chosen(self, site: str, article_id: str, now: datetime) -> Policy:
        """The policy that an article is answered under on the day (UTC) that it is now."""
        day = now.astimezone(UTC).date()
        return (self.b if chance(site, article_id, day) < self.share else self.a).current()


def chance(site: str, article_id: str, day: date) -> float:
    """A number from 0 up to 1 for an article and day, the same everywhere and as good as random."""
    drawn = digest("split", site, article_id, day.isoformat())[:_HASH_BYTES]
    return int.from_bytes(drawn, "big") / (1 << 8 * _HASH_BYTES)
