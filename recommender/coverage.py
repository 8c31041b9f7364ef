"""How many articles have a full list, a short one, one that was filled up, or none: over a sample, within a time."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from index.vector_index import Filter
from recommender.policy import SLOTS, Slot
from recommender.question import Question
from recommender.recommend import Answer, Located, Recommender

State = Literal["full", "filled", "short", "empty"]
STATES: tuple[State, ...] = ("full", "filled", "short", "empty")
"""As many as the policy asks for, all of the kind asked for; as many, some of another kind; fewer; none."""

SEED = 20_260_314

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was found in the lists of a sample."""

    generation: str
    at: datetime
    looked: int
    """Articles whose lists were made; …"""
    asked: int
    """… of so many that were to be looked at; the time was up where these are more, …"""
    articles: int
    """… of so many that readers can get."""
    slots: Mapping[Slot, Mapping[State, int]]
    examples: Mapping[tuple[Slot, State], tuple[str, ...]]
    """Ids of some articles with a short list or none."""
    seconds: float


def coverage(
    recommender: Recommender,
    now: datetime,
    sample: int,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Coverage:
    """Make the lists of `sample` articles as readers get them, the same ones each time the index is the same; ends early
    when `seconds` are over. Raises as `Recommender.suggest`."""
    start = clock()
    snapshot = recommender.index.snapshot()
    eligible = snapshot.eligible(Filter(visible_at=now))
    rows = np.concatenate(
        [
            np.zeros(0, np.int64),
            *(
                start_row + span.start + np.flatnonzero(mask)
                for span, mask, start_row in zip(eligible.spans, eligible.masks, eligible.starts, strict=False)
            ),
        ]
    ).astype(np.int64)
    chosen = np.random.default_rng(SEED).permutation(len(rows))[:sample]
    counted: dict[Slot, Counter[State]] = {slot: Counter() for slot in SLOTS}
    examples: dict[tuple[Slot, State], list[str]] = {}
    looked = 0
    for row in rows[chosen].tolist():
        if looked and clock() - start > seconds:
            break
        located = Located(snapshot, row)
        for slot in SLOTS:
            answer = recommender.suggest(slot, located, Question(now))
            state = state_of(answer, recommender.policy_for(slot, located, now).limit)
            counted[slot][state] += 1
            some = examples.setdefault((slot, state), [])
            if state in ("short", "empty") and len(some) < EXAMPLES:
                some.append(located.id)
        looked += 1
    return Coverage(
        snapshot.generation,
        now,
        looked,
        min(sample, len(rows)),
        len(rows),
        {slot: {state: counted[slot][state] for state in STATES} for slot in SLOTS},
        {key: tuple(ids) for key, ids in examples.items() if ids},
        clock() - start,
    )


def state_of(answer: Answer, limit: int) -> State:
    """How good a list is, by its length and by what it says of itself."""
    if not answer.items:
        return "empty"
    if len(answer.items) < limit:
        return "short"
    kinds = {item.source for item in answer.items}
    wanted = {"pinned", "section"} if answer.slot == "more-in-section" else {"pinned", "similar"}
    return "full" if kinds <= wanted else "filled"
