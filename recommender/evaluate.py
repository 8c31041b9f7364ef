"""Ground truth in, metrics out: how often each ranking finds the articles that editors linked to."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from index.article import Article
from index.embedder import Embedder, embedding_text
from index.snapshot import Snapshot
from index.vector_index import Filter
from recommender import metrics, rivals
from recommender.errors import InvalidTruth
from recommender.policy import Policy
from recommender.recommend import Question, suggest_for
from recommender.subject import Subject, subject_of_draft

DEPTH = 10
"""How many suggestions of each ranking are looked at."""

CLOCK = datetime(9999, 1, 1, tzinfo=UTC)
"""Everything is published by then; ages count from the subject, so that no score hangs on the day of the evaluation."""


@dataclass(frozen=True, slots=True)
class Task:
    """One source article: what an editor saw when writing, and the ids that she linked to."""

    subject: Subject
    relevant: frozenset[str]
    older_only: bool

    @property
    def published_to(self) -> datetime | None:
        return self.subject.published_at if self.older_only else None


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


def read_links(path: Path) -> dict[str, set[str]]:
    """Editors' links, target ids by source id, from tab-separated `source_id target_id …` with a header line.

    Raises `InvalidTruth`.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t")
            missing = {"source_id", "target_id"} - set(reader.fieldnames or ())
            if missing:
                raise InvalidTruth(
                    f"{path}: expected tab-separated columns source_id and target_id, got {reader.fieldnames}"
                )
            links: dict[str, set[str]] = {}
            for line in reader:
                if not line["source_id"] or not line["target_id"]:
                    raise InvalidTruth(f"{path}, line {reader.line_num}: expected a source and a target, got {line}")
                links.setdefault(line["source_id"], set()).add(line["target_id"])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidTruth(f"{path}: {error}") from error
    return links


def make_tasks(
    articles: Mapping[str, Article],
    links: Mapping[str, set[str]],
    text_field: str | None,
    older_only: bool,
    test_fraction: float,
) -> list[tuple[Article, frozenset[str]]]:
    """The sources that can be scored, oldest first, each as an editor wrote it (its text out of `text_field` where it has
    that), with the targets that a ranking may find; of them the newest `test_fraction`."""
    tasks: list[tuple[Article, frozenset[str]]] = []
    for source_id, targets in links.items():
        source = articles.get(source_id)
        if source is None:
            continue
        known = [articles[target] for target in targets if target in articles and target != source_id]
        relevant = frozenset(target.id for target in known if not older_only or _is_older(target, source))
        if relevant:
            tasks.append((_as_written(source, text_field), relevant))
    tasks.sort(key=lambda task: (task[0].published_at or datetime.min.replace(tzinfo=UTC), task[0].id))
    return tasks[len(tasks) - round(len(tasks) * test_fraction) :]


def subjects(
    tasks: Sequence[tuple[Article, frozenset[str]]],
    embedder: Embedder,
    older_only: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
    chunk: int = 64,
) -> list[Task]:
    """Embed the sources, as drafts: nothing that the index knows of a source itself is used to rank for it."""
    made: list[Task] = []
    for start in range(0, len(tasks), chunk):
        part = tasks[start : start + chunk]
        vectors = embedder.embed([embedding_text(article) for article, _ in part])
        for (article, relevant), vector in zip(part, vectors, strict=True):
            made.append(Task(subject_of_draft(article, vector), relevant, older_only))
        progress(len(made), len(tasks))
    return made


def rankings(policy: Policy) -> dict[str, Ranking]:
    """Every ranking of the table by its name."""

    def plain(rival: Callable[[Snapshot, Subject, Filter, int], list[str]]) -> Ranking:
        return lambda snapshot, task: rival(snapshot, task.subject, _open_filter(task), DEPTH)

    def shipped(snapshot: Snapshot, task: Task) -> list[str]:
        question = Question(now=CLOCK, limit=DEPTH, before=task.published_to, fallback=False)
        items, _ = suggest_for(snapshot, task.subject, "also-read", policy.slots["also-read"], question)
        return [item.id for item in items]

    return {
        "dense": plain(rivals.dense),
        "lexical": plain(rivals.lexical),
        "more-like-this": plain(rivals.more_like_this),
        "shipped": shipped,
    }


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


def _open_filter(task: Task) -> Filter:
    return Filter(visible_at=CLOCK, published_to=task.published_to, excluded_ids=frozenset({task.subject.id}))


def _is_older(target: Article, source: Article) -> bool:
    if target.published_at is None or source.published_at is None:
        return False
    return target.published_at < source.published_at


def _as_written(source: Article, text_field: str | None) -> Article:
    text = source.extra.get(text_field) if text_field else None
    return replace(source, text=text) if isinstance(text, str) and text.strip() else source
