"""The policy that was saved at the desk or on the command line: the last one that can be read holds."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from index.catalogue import Catalogue, Place
from index.followed import Followed
from index.policy_versions import PolicyVersion, list_policies, read_policy, restore_policy, save_policy
from recommender.errors import InvalidPolicy
from recommender.policy import Policy, load_policy, policy_from_toml

log = logging.getLogger(__name__)

AS_SHIPPED = "# Nothing is changed here: all is as it ships.\n"


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds: the policy, the number it was saved under (0: it is the one that ships), what is wrong with a newer one, if
    any, and the number that was saved last."""

    number: int
    policy: Policy
    problem: str | None = None
    newest: int = 0


class SavedPolicy:
    """Follows what is saved in the catalogue; any number of threads may ask.

    Each of `current`, `in_force`, `chosen` and `number` raises `TakeDownsUnknown` where the catalogue could not be read yet:
    what a policy keeps out must not be shown because nobody could say so.
    """

    def __init__(self, place: Place, data: Path) -> None:
        self._followed = Followed(place, data, holding, Holding(0, load_policy()), "the saved policy")
        self._seen: Holding | None = None

    @property
    def problem(self) -> str | None:
        """Why what holds is not, or may not be, what was saved last; None when it is."""
        return self._followed.problem or (self._seen.problem if self._seen else None)

    @property
    def number(self) -> int:
        """The number under which the policy that holds was saved; 0 where none was, and the one that ships holds."""
        return self._now().number

    def current(self) -> Policy:
        """The policy that holds now; costs one comparison while nothing changes."""
        return self._now().policy

    def in_force(self) -> tuple[Policy, ...]:
        """The one policy that holds now."""
        return (self.current(),)

    def chosen(self, site: str, article_id: str, now: datetime) -> Policy:
        """The policy that holds now, whatever the article."""
        return self.current()

    def _now(self) -> Holding:
        self._seen = self._followed.value()
        return self._seen


def holding(engine: Engine) -> Holding:
    """What a catalogue says holds: the policy that was saved last, or before it the last one that this version can read."""
    problem: str | None = None
    below: int | None = None
    newest = 0
    while found := list_policies(engine, below, limit=1):
        saved = found[0]
        newest = newest or saved.number
        try:
            return Holding(saved.number, _read(saved), problem and f"{problem}; number {saved.number} holds", newest)
        except InvalidPolicy as error:
            log.error("the saved policy cannot be used: %s", error)
            # shown by /health/ready to anybody, whom no value of the policy concerns
            problem = problem or str(error).split(", got ")[0]
            below = saved.number
    return Holding(0, load_policy(), problem and f"{problem}; the policy that ships holds", newest)


def policy_numbered(engine: Engine, number: int) -> Policy:
    """The policy saved under a number; 0 is the one that ships. Raises `UnknownPolicy`, and `InvalidPolicy` for one that this
    version cannot read."""
    return _read(read_policy(engine, number)) if number else load_policy()


def go_back(catalogue: Catalogue, number: int, who: str, note: str, expected_number: int | None) -> PolicyVersion:
    """Save an older policy anew; 0 is the one that ships. Raises `UnknownPolicy`, `InvalidPolicy` for one that this version
    cannot read, and as `save_policy`."""
    if number == 0:
        version = policy_from_toml(AS_SHIPPED).version
        return save_policy(catalogue, AS_SHIPPED, version, who, note or "Back to what ships", expected_number)
    _read(read_policy(catalogue.engine, number))
    return restore_policy(catalogue, number, who, note, expected_number)


def _read(saved: PolicyVersion) -> Policy:
    return policy_from_toml(saved.toml, f"policy number {saved.number}")
