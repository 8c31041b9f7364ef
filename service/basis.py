"""What answers are made from, watched: whether an answer that was made a while ago would be made the same way now."""

import threading
import time
from datetime import UTC, datetime, timedelta

from index.cluster.reading import ClusterIndex
from index.live_index import LiveIndex
from index.moments import Moments
from index.snapshot import Snapshot
from recommender.editorial import Editorial
from recommender.policy import Policy
from recommender.recommend import Recommender

LOOK_SECONDS = 0.01
"""So often it is asked whether another generation is published, which costs more than all else that a hit does."""


class Basis:
    """The index, the rules and the policy of a worker; any number of threads may look."""

    def __init__(self, recommender: Recommender, live: LiveIndex | ClusterIndex) -> None:
        """`live` is the index of the recommender."""
        self._live = live
        self._rules = recommender.rules
        self._policies = recommender.policies
        self._moments = Moments()
        self._looked = float("-inf")
        self._settling = threading.Lock()
        self._seen: tuple[Editorial | None, tuple[Policy, ...]] = (None, ())
        self.turns = live.turns
        self.epoch = 0
        """Another number after each change of the rules or of the policy."""

    def snapshot(self) -> Snapshot:
        """What a question would be answered from now. Raises as `look`."""
        self.look()
        return self._live.snapshot()

    def look(self) -> None:
        """Notice what changed, as a question that is answered from here would; another generation a few milliseconds later.

        Raises `ArchiveError` where nothing may be answered.
        """
        now = time.monotonic()
        if now - self._looked > LOOK_SECONDS or not self._live.has_heard():
            self._live.snapshot()
            self._looked = now
        rules, policies = self._rules.value(), self._policies.in_force()
        seen_rules, seen_policies = self._seen
        if rules is not seen_rules or policies != seen_policies:
            self._settled(rules, policies)

    def until(self, snapshot: Snapshot, now: datetime) -> datetime:
        """Up to when answers out of a snapshot stay as they are if nothing changes but the time: the full hour, or before it
        the date of an article that is not to be shown yet."""
        ends = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        moment = self._moments.next(snapshot, int(now.timestamp()))
        return ends if moment is None or moment >= ends.timestamp() else datetime.fromtimestamp(moment, UTC)

    def _settled(self, rules: Editorial, policies: tuple[Policy, ...]) -> None:
        """Something was settled, or read anew after a line of the audit that is about something else."""
        with self._settling:
            before, ruled = self._seen
            if ruled != policies or before is None or before.rules != rules.rules:
                self.epoch += 1
            self._seen = (rules, policies)
