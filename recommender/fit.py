"""Learning the ranker's weights from the links that a newsroom's editors placed.

Each linked source is a choice that an editor made among the candidates: a conditional logit over their features, fitted
by maximum likelihood (McFadden, 1974; `recommender.ranking` has the model). Each pick competes with the candidates that
were not picked; a source with k picks counts √k. A Gaussian prior keeps the weights near those of the policy that it
starts from, so that a newsroom with few links departs little from what ships.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.snapshot import Snapshot
from recommender.candidates import find_candidates
from recommender.errors import InvalidTruth, RecommenderError
from recommender.evaluate import CLOCK
from recommender.features import FEATURES
from recommender.policy import Policy, SlotPolicy, Weights
from recommender.question import Question, filter_for, reference_time
from recommender.ranking import freshness, weight_vector
from recommender.truth import Task

MIN_SOURCES = 20
"""Fewer sources than this teach nothing that would hold tomorrow."""

MAX_SOURCES = 5_000
"""Of more the newest are taken: older habits say less, and the weights no longer move."""

HALF_LIVES = (15.0, 30.0, 60.0, 120.0, 240.0, 480.0)
"""Half-lives in days that are tried."""

PRIOR = 3.0
"""How strongly weights are drawn to those they start from, in units of one source's log-likelihood."""

MAY_BE_NEGATIVE = frozenset({"column"})

MORE_IN_SECTION_SHARE = 0.2
"""How much of the weights *more in section* takes, as in the shipped policy: it leans to recency."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """One source's candidates: `features` (n, 14) float64, 0 to 1; `published` (n,) int64; `picked` (n,) bool;
    `reference` the Unix time from which their age counts."""

    features: Array
    published: npt.NDArray[np.int64]
    picked: npt.NDArray[np.bool_]
    task: Task


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learnt: the settings that differ from those it started from, and how much it was learnt from."""

    weights: Weights
    recency: float
    half_life_days: float
    sources: int
    links: int

    def policy(self, start: Policy) -> Policy:
        """The policy with what was learnt in every slot; *more in section* takes a share of the weights."""
        less = {name: getattr(self.weights, name) * MORE_IN_SECTION_SHARE for name in FEATURES}
        changed = {"weights": self.weights, "recency": self.recency, "half_life_days": self.half_life_days}

        def learnt(slot: str, settings: SlotPolicy) -> SlotPolicy:
            return settings.model_copy(update={"weights": Weights(**less)} if slot == "more-in-section" else changed)

        return replace(
            start,
            slots={slot: learnt(slot, settings) for slot, settings in start.slots.items()},
            sections={key: learnt(key[0], settings) for key, settings in start.sections.items()},
        )


def choices(
    snapshot: Snapshot,
    tasks: Sequence[Task],
    policy: SlotPolicy,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Choice]:
    """The candidates of each source and which of them its editor picked; sources whose picks no candidate is are left out."""
    made: list[Choice] = []
    for number, task in enumerate(tasks[-MAX_SOURCES:]):
        question = Question(now=CLOCK, before=task.published_to)
        keep = filter_for(snapshot, task.subject, "also-read", policy, question)
        found = find_candidates(snapshot, task.subject, keep, policy, task.links_before)
        picked = np.array([snapshot.id_of(int(row)) in task.relevant for row in found.rows], dtype=np.bool_)
        if picked.any() and not picked.all():
            made.append(Choice(found.features.scaled(), found.published, picked, task))
        progress(number + 1, len(tasks[-MAX_SOURCES:]))
    return made


def fit(snapshot: Snapshot, made: Sequence[Choice], start: SlotPolicy) -> Fitted:
    """Weights, recency and half-life under which the editors' choices are likeliest, with the prior around `start`.

    Raises `InvalidTruth` where there are fewer than `MIN_SOURCES` sources to learn from.
    """
    if len(made) < MIN_SOURCES:
        raise InvalidTruth(
            f"expected links from at least {MIN_SOURCES} articles to others that are candidates for them, got {len(made)}"
        )
    prior = np.append(weight_vector(start.weights), start.recency)
    best: tuple[float, float, Array] | None = None
    for half_life in HALF_LIVES:
        policy = start.model_copy(update={"half_life_days": half_life})
        columns = [np.column_stack([one.features, np.log(_freshness(snapshot, one, policy))]) for one in made]
        loss, found = _minimise(columns, [one.picked for one in made], prior)
        if best is None or loss < best[0]:
            best = (loss, half_life, found)
    assert best is not None
    _, half_life, found = best
    weights = {name: round(float(value), 3) for name, value in zip(FEATURES, found, strict=False)}
    return Fitted(
        weights=Weights(**weights),
        recency=round(float(found[-1]), 3),
        half_life_days=half_life,
        sources=len(made),
        links=int(sum(one.picked.sum() for one in made)),
    )


def _freshness(snapshot: Snapshot, one: Choice, policy: SlotPolicy) -> Array:
    return freshness(one.published, reference_time(snapshot, one.task.subject, policy, CLOCK), policy)


def _minimise(columns: Sequence[Array], picked: Sequence[npt.NDArray[np.bool_]], prior: Array) -> tuple[float, Array]:
    """The loss and the weights at its minimum: L-BFGS-B (Byrd, Lu, Nocedal and Zhu, 1995), bounds keep the ranker
    monotone."""
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise RecommenderError(
            "learning needs the extra 'embed'; pip install 'alsoread[embed]' -c constraints.txt"
        ) from None

    def loss(weights: Array) -> tuple[float, Array]:
        total = PRIOR / 2 * float((weights - prior) @ (weights - prior))
        gradient = PRIOR * (weights - prior)
        for values, chosen in zip(columns, picked, strict=True):
            part, slope = _choice_loss(values, chosen, weights)
            total += part
            gradient = gradient + slope
        return total, gradient

    bounds = [(None if name in MAY_BE_NEGATIVE else 0, None) for name in FEATURES] + [(0, None)]
    result = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(result.fun), np.asarray(result.x, dtype=np.float64)


def _choice_loss(values: Array, chosen: npt.NDArray[np.bool_], weights: Array) -> tuple[float, Array]:
    """−log likelihood of one source's picks, each against all that was not picked, over √picks; and its gradient."""
    scores = values @ weights
    top = scores.max()
    odds = np.exp(scores - top)
    rest = odds[~chosen]
    each = odds[chosen] + rest.sum()
    scale = 1 / np.sqrt(chosen.sum())
    loss = scale * float(np.sum(np.log(each) - (scores[chosen] - top)))
    pulled = values[chosen].T @ (odds[chosen] / each) + np.sum(1 / each) * (values[~chosen].T @ rest)
    slope: Array = scale * (pulled - values[chosen].sum(axis=0))
    return loss, slope
