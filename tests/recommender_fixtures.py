"""Questions to a recommender over one snapshot, policies that hang on nothing shipped, candidates by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from index.rules import Rule, RuleDraft, RuleSet
from index.segment import UNDATED
from index.snapshot import Snapshot
from recommender.candidates import Candidates
from recommender.editorial import Editorial
from recommender.features import FEATURES, Features
from recommender.policy import Policy, SlotPolicy, Weights, load_policy
from recommender.question import Question
from recommender.ranking import DAY
from recommender.recommend import Answer, Recommender

NOW = datetime(2026, 3, 14, 8, 20, tzinfo=UTC)
REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)


class Fixed:
    """An index that is one snapshot."""

    problem = None

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def snapshot(self, about: str | None = None, at: str | None = None) -> Snapshot:
        return self._snapshot


def asking(
    snapshot: Snapshot,
    slot: str = "also-read",
    policy: Policy | None = None,
    article_id: str = "subject",
    now: datetime = NOW,
    rules: Sequence[RuleDraft] = (),
    **question: Any,
) -> Answer:
    """The answer for an article of the snapshot, as editors settled it."""
    recommender = Recommender(Fixed(snapshot), policy or load_policy(), rules=editorial(*rules))
    return recommender.suggest(slot, recommender.locate_id(article_id, now), Question(now, **question))


def editorial(*drafts: RuleDraft) -> Editorial:
    """The rules that these drafts become, settled one after the other."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = [start + timedelta(seconds=at) for at in range(len(drafts))]
    rules = [
        Rule(*one.key, one.position, one.reason, one.expires_at, f"r{at}", "anna", when, "anna", when)
        for at, (one, when) in enumerate(zip(drafts, times, strict=True), start=1)
    ]
    return Editorial(RuleSet(tuple(rules), len(rules)))


def ids(answer: Answer) -> list[str]:
    return [item.id for item in answer.items]


def weights(**given: float) -> Weights:
    """Weights that are 0 where nothing is given."""
    return Weights(**{name: given.get(name, 0.0) for name in FEATURES})


def changed(slot: str, **settings: Any) -> Policy:
    """The shipped policy with some settings of a slot changed."""
    policy = load_policy()
    return Policy({**policy.slots, slot: policy.slots[slot].model_copy(update=settings)})


def plain_slot(**settings: Any) -> SlotPolicy:
    """A slot's settings with all that matters to an order written here: words alone count, and nothing else does."""
    plain = {
        "limit": 10,
        "mode": "default",
        "age_from": "article",
        "candidates": 200,
        "window_days": None,
        "half_life_days": 100.0,
        "grace_days": 10.0,
        "floor": 0.2,
        "recency": 0.0,
        "diversity": 0.0,
        "per_story": 50,
        "own_story": 50,
        "copies": "newest",
        "fallback": (),
        "weights": weights(words=1.0),
        "minimum_relevance": -1.0,
    }
    return load_policy().slots["also-read"].model_copy(update={**plain, **settings})


def plain(slot: str = "also-read", **settings: Any) -> Policy:
    """A policy whose slot is `plain_slot(**settings)`."""
    return Policy({**load_policy().slots, slot: plain_slot(**settings)})


def days_before(*days: float | None) -> np.ndarray:
    """Unix times so many days before `REFERENCE`; None is without a date."""
    return np.array(
        [UNDATED if day is None else int(REFERENCE.timestamp() - day * DAY) for day in days], dtype=np.int64
    )


def candidates_of(
    values: Mapping[str, Sequence[float]], days: Sequence[float | None], keys: Sequence[int] | None = None
) -> Candidates:
    """Candidates whose rows are 0, 1, 2 …, with these raw features (0 where none is given) and ages in days; those that
    share a key are copies."""
    count = len(days)
    raw = np.zeros((count, len(FEATURES)), np.float32)
    for name, column in values.items():
        raw[:, FEATURES.index(name)] = column
    numbers = range(count) if keys is None else keys
    return Candidates(
        rows=np.arange(count),
        features=Features(raw),
        published=days_before(*days),
        copy_key=np.array([[number, 0] for number in numbers], dtype=np.uint64).reshape(count, 2),
    )
