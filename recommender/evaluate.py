"""Ground truth in, metrics out: how often each ranking finds the articles that editors linked to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

import numpy as np

from index.snapshot import Snapshot
from index.vector_index import Filter
from recommender import metrics, rivals
from recommender.errors import InvalidTruth
from recommender.policy import Policy
from recommender.question import Question
from recommender.recommend import suggest_for
from recommender.subject import Subject
from recommender.truth import Task

DEPTH = 10
"""How many suggestions of each ranking are looked at."""

CLOCK = datetime(9999, 1, 1, tzinfo=UTC)
"""Everything is published by then; ages count from the subject, so that no score hangs on the day of the evaluation."""

NO_LINKS = datetime.min.replace(tzinfo=UTC)
"""As `links_before`: no link is old enough to count."""


@dataclass(frozen=True, slots=True)
class Score:
    """The mean over all sources for one ranking; all but `sources` are 0 to 1, higher is better."""

    ranking: str
    ndcg_5: float
    ndcg_10: float
    recall_10: float
    mrr: float
    sources: int


Ranking = Callable[[Snapshot, Task], Sequence[str]]


def rankings(policy: Policy, fitted: Policy | None = None) -> dict[str, Ranking]:
    """Every ranking of the table by its name; `fitted` only where a policy was learnt from links.

    `shipped` uses no links at all; `fitted` those of articles older than the source.
    """

    def plain(rival: Callable[[Snapshot, Subject, Filter, int], list[str]]) -> Ranking:
        return lambda snapshot, task: rival(snapshot, task.subject, _open_filter(snapshot, task), DEPTH)

    rows = {
        "dense": plain(rivals.dense),
        "lexical": plain(rivals.lexical),
        "more-like-this": plain(rivals.more_like_this),
        "shipped": as_served(policy, with_links=False),
    }
    return rows if fitted is None else {**rows, "fitted": as_served(fitted, with_links=True)}


def as_served(policy: Policy, with_links: bool) -> Ranking:
    """The list that a reader would get under a policy, without anything that only fills it up."""

    def ranking(snapshot: Snapshot, task: Task) -> list[str]:
        question = Question(
            now=CLOCK,
            limit=DEPTH,
            before=task.published_to,
            fallback=False,
            links_before=task.links_before if with_links else NO_LINKS,
        )
        settings = policy.for_article("also-read", task.subject.section)
        items, _ = suggest_for(snapshot, task.subject, "also-read", settings, question)
        return [item.id for item in items]

    return ranking


def score(snapshot: Snapshot, tasks: Sequence[Task], name: str, ranking: Ranking) -> Score:
    """The mean metrics of one ranking over the tasks. Raises `InvalidTruth` when there is none to score."""
    if not tasks:
        raise InvalidTruth("no link leads from one of these articles to another that a ranking may find")
    lists = [(ranking(snapshot, task), task.relevant) for task in tasks]
    return Score(
        ranking=name,
        ndcg_5=fmean(metrics.ndcg(found, relevant, 5) for found, relevant in lists),
        ndcg_10=fmean(metrics.ndcg(found, relevant, 10) for found, relevant in lists),
        recall_10=fmean(metrics.recall(found, relevant, 10) for found, relevant in lists),
        mrr=fmean(metrics.reciprocal_rank(found, relevant) for found, relevant in lists),
        sources=len(tasks),
    )


def _open_filter(snapshot: Snapshot, task: Task) -> Filter:
    row = snapshot.row_of_id(task.subject.id)
    own = snapshot.take("copy_key", np.array([row])).tobytes() if row is not None else None
    return Filter(
        visible_at=CLOCK,
        published_to=task.published_to,
        excluded_ids=frozenset({task.subject.id}),
        excluded_copies=frozenset({own}) if own else frozenset(),
    )
