"""A policy that follows its file: what an editor saves counts from the next request on."""

import logging
import threading
from datetime import datetime
from pathlib import Path

from recommender.errors import InvalidPolicy
from recommender.policy import Policy, load_policy

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]


class PolicyFile:
    """The policy in a file, read again whenever the file was changed; any number of threads may ask.

    A file that is missing or says what no policy may say is reported in `problem` and the log, and the last good policy
    holds.
    """

    def __init__(self, path: Path) -> None:
        """Raises `InvalidPolicy`: a service does not start under a policy that it cannot read."""
        self._path = path
        self._reading = threading.Lock()
        self._stamp = self._now()
        self._policy = load_policy(path)
        self.problem: str | None = None
        """Why the file as it is now does not count; None when it does."""

    def current(self) -> Policy:
        """The policy that holds now; costs one `stat` while the file is unchanged."""
        if self._now() != self._stamp and self._reading.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._reading.release()
        return self._policy

    def in_force(self) -> tuple[Policy, ...]:
        """The one policy that holds now."""
        return (self.current(),)

    def chosen(self, site: str, article_id: str, now: datetime) -> Policy:
        """The policy that holds now, whatever the article."""
        return self.current()

    def _read(self) -> None:
        before = self._now()
        try:
            policy = _not_empty(self._path)
            if self._now() != before:
                return  # it is being written; the next request looks again
            self._policy, self.problem = policy, None
            log.info("policy %s from %s", self._policy.version, self._path)
        except (InvalidPolicy, OSError) as error:
            # shown by /health/ready to anybody, whom no path of the machine and no value of the policy concerns
            self.problem = str(error).replace(str(self._path), self._path.name).split(", got ")[0]
            log.error("still under policy %s: %s", self._policy.version, error)
        self._stamp = before

    def _now(self) -> Stamp:
        try:
            status = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (status.st_mtime_ns, status.st_size, status.st_ino)


def _not_empty(path: Path) -> Policy:
    """The policy in a file that was changed; an empty one is mostly one that is being written."""
    policy = load_policy(path)
    if path.stat().st_size == 0:
        raise InvalidPolicy(f"{path}: expected settings, got an empty file")
    return policy
