"""The saved versions of the policy, each with what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from index.policy_versions import PolicyChanged, PolicyVersion, UnknownPolicy
from recommender.errors import InvalidPolicy
from recommender.policy import Policy, load_policy, policy_from_toml
from recommender.policy_edit import Change, difference
from service.saved_policy import policy_numbered


@dataclass(frozen=True, slots=True)
class Version:
    """A saved policy, with what it changed of the one before; None where one of the two cannot be read by this version."""

    saved: PolicyVersion
    changes: list[Change] | None


def told(versions: Sequence[PolicyVersion], older: Sequence[PolicyVersion]) -> list[Version]:
    """Versions, newest first, each with what it changed; `older` are those before the last of them, if any."""
    following = [*versions, *older]
    read = [_read(one) for one in following] + ([] if older else [load_policy()])
    return [
        Version(one, difference(before, after) if before is not None and after is not None else None)
        for one, after, before in zip(versions, read, read[1:], strict=False)
    ]


def changed_meanwhile(engine: Engine, conflict: PolicyChanged) -> list[Change] | None:
    """What is different between the policy that was worked on and the one that holds; None where that cannot be said."""
    try:
        worked_on = policy_numbered(engine, conflict.expected)
    except (InvalidPolicy, UnknownPolicy):
        return None
    holds = _read(conflict.newest) if conflict.newest else load_policy()
    return difference(worked_on, holds) if holds is not None else None


def _read(saved: PolicyVersion) -> Policy | None:
    try:
        return policy_from_toml(saved.toml)
    except InvalidPolicy:
        return None
