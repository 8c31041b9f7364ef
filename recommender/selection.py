"""From an order to a list: no more of one story than the policy wants, nothing beside what it must not stand beside, and
not the same thing five times.

With diversity, each place goes to the piece of the greatest log-odds less `diversity` times its likeness in meaning to
the likest piece already chosen: maximal marginal relevance (Carbonell and Goldstein, 1998) on the scale of log-odds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from index.snapshot import Snapshot
from recommender.candidates import Candidates
from recommender.policy import SlotPolicy
from recommender.ranking import DECIMALS, Ranked
from recommender.stories import Stories
from recommender.subject import Subject

POOL = 12
"""For each place so many of the best are looked at when diversity chooses among them."""

MIN_POOL = 60


@dataclass(frozen=True, slots=True)
class Bounds:
    """What else a list must keep to: `admits` says whether a row may stand beside those already chosen."""

    stories: Stories
    admits: Callable[[int, Sequence[int]], bool]

    @classmethod
    def of(cls, snapshot: Snapshot, subject: Subject, policy: SlotPolicy) -> "Bounds":
        """The bounds that a policy sets for a subject."""
        return cls(Stories(snapshot, subject), keeps_apart(snapshot, subject, policy))


class Standing:
    """The pieces already in a list, and what may join them."""

    def __init__(self, policy: SlotPolicy, bounds: Bounds) -> None:
        self._policy = policy
        self._bounds = bounds
        self._rows: list[int] = []
        self._published: list[int] = []
        self._own = 0

    @classmethod
    def of(cls, snapshot: Snapshot, policy: SlotPolicy, bounds: Bounds, rows: Sequence[int]) -> "Standing":
        """These rows, whatever the policy says of them."""
        standing = cls(policy, bounds)
        published = snapshot.take("published", np.array(rows, dtype=np.int64)).tolist() if rows else []
        for row, at in zip(rows, published, strict=True):
            standing.put(row, at)
        return standing

    def admits(self, row: int, published: int) -> bool:
        """Whether a piece may join those in the list."""
        stories = self._bounds.stories
        if stories.is_own(row, published):
            if self._own >= self._policy.own_story:
                return False
        elif self._policy.per_story <= sum(
            stories.same(row, other, published, then) for other, then in zip(self._rows, self._published, strict=True)
        ):
            return False
        return self._bounds.admits(row, self._rows)

    def put(self, row: int, published: int) -> None:
        """Have it in the list from now on."""
        self._own += self._bounds.stories.is_own(row, published)
        self._rows.append(row)
        self._published.append(published)


def choose(
    snapshot: Snapshot,
    candidates: Candidates,
    ranked: Ranked,
    order: Sequence[int],
    policy: SlotPolicy,
    bounds: Bounds,
    limit: int,
    beside: Sequence[int] = (),
) -> list[int]:
    """At most `limit` positions of candidates, in the order of the list; `order` holds those that may be chosen, best
    first. Without diversity it is that order, less what the policy's bounds keep out. The rows of `beside` stand in the list
    already."""
    standing = Standing.of(snapshot, policy, bounds, beside)
    chosen: list[int] = []

    def join(at: int) -> bool:
        row, published = int(candidates.rows[at]), int(candidates.published[at])
        if admitted := standing.admits(row, published):
            standing.put(row, published)
            chosen.append(at)
        return admitted

    diverse = policy.diversity and policy.mode != "latest"
    pool = list(order[: max(MIN_POOL, POOL * limit)]) if diverse else []
    vectors = snapshot.vectors_at(candidates.rows[pool]) if pool else np.zeros((0, 1), np.float32)
    log_score = ranked.log_score[pool]
    likeness = np.zeros(len(pool))
    if pool and beside:
        pinned = snapshot.vectors_at(np.array(beside, dtype=np.int64))
        likeness = np.maximum(likeness, (vectors @ pinned.T).max(axis=1))
    open_places = np.ones(len(pool), dtype=np.bool_)
    while len(chosen) < limit and open_places.any():
        marginal = np.where(open_places, np.round(log_score - policy.diversity * likeness, DECIMALS), -np.inf)
        best = int(np.argmax(marginal))  # of equal ones the first, which is the better
        open_places[best] = False
        if join(pool[best]):
            likeness = np.maximum(likeness, np.maximum(0, vectors @ vectors[best]))
    for at in order[len(pool) :]:
        if len(chosen) == limit:
            break
        join(at)
    return chosen


def keeps_apart(snapshot: Snapshot, subject: Subject, policy: SlotPolicy) -> Callable[[int, Sequence[int]], bool]:
    """Says whether a row may stand beside the subject and the rows chosen, as the policy's pairs to keep apart want it."""
    pairs = [(one.casefold(), other.casefold()) for one, other in policy.apart]
    if not pairs:
        return lambda row, chosen: True
    labels: dict[int, frozenset[str]] = {}

    def of(row: int) -> frozenset[str]:
        if row not in labels:
            segment, local = snapshot.place(row)
            card = segment.card(local)
            labels[row] = labels_of(card.get("section"), card.get("tags", ()), card.get("type"))
        return labels[row]

    own = labels_of(subject.section, subject.tags, subject.type)

    def admits(row: int, chosen: Sequence[int]) -> bool:
        mine = of(row)
        return not any(
            (one in mine and other in theirs) or (other in mine and one in theirs)
            for theirs in (own, *(of(other) for other in chosen))
            for one, other in pairs
        )

    return admits


def labels_of(section: str | None, tags: Sequence[str], type_: str | None) -> frozenset[str]:
    """What a policy may call an article by, in lower case: its tags, its type, its section and those above it."""
    path = section.split("/") if section else []
    above = ["/".join(path[:depth]) for depth in range(1, len(path) + 1)]
    return frozenset(label.casefold() for label in (*tags, *above, *([type_] if type_ else ())))
