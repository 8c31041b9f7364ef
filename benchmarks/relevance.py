"""The relevance table: each ranking, and ours with one part taken out, against links that editors placed by hand.

    python -m benchmarks.relevance

Sources see only older articles, and their own text without the words of the links. The intervals are paired bootstraps
(95 %, 2,000 resamples of the sources, seed 0) of the difference from the shipped ranking.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.machine import CACHE, development_data, machine
from index.article import Article
from index.cached_embedder import CachedEmbedder
from index.rebuild import Options, rebuild
from index.sentence_transformer import DEFAULT_MODEL, make_embedder
from index.snapshot import Snapshot, current_generation, open_snapshot
from index.sources import open_source
from recommender import metrics
from recommender.evaluate import Ranking, Task, make_tasks, rankings, read_links, subjects
from recommender.policy import SlotPolicy, load_policy

RESAMPLES = 2_000


def variants(shipped: SlotPolicy) -> dict[str, SlotPolicy]:
    """The shipped slot with one part taken out or changed."""

    def weights(**changed: float) -> SlotPolicy:
        return shipped.model_copy(update={"weights": shipped.weights.model_copy(update=changed)})

    return {
        "− meaning": weights(meaning=0.0),
        "− words": weights(words=0.0),
        "− pairs": weights(pairs=0.0),
        "− names": weights(names=0.0),
        "− age": shipped.model_copy(update={"floor": 1.0}),
        "− grace": shipped.model_copy(update={"grace_days": 0.0}),
        "no floor": shipped.model_copy(update={"floor": 0.0}),
        "half-life 180 days": shipped.model_copy(update={"half_life_days": 180.0}),
        "half-life 730 days": shipped.model_copy(update={"half_life_days": 730.0}),
        "50 candidates": shipped.model_copy(update={"candidates": 50}),
        "500 candidates": shipped.model_copy(update={"candidates": 500}),
    }


def per_source(snapshot: Snapshot, tasks: Sequence[Task], ranking: Ranking) -> np.ndarray:
    """nDCG@10 of each task, (n,) float64."""
    return np.array([metrics.ndcg(ranking(snapshot, task), task.relevant, 10) for task in tasks])


def interval(differences: np.ndarray) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of paired differences."""
    random = np.random.default_rng(0)
    means = differences[random.integers(0, len(differences), (RESAMPLES, len(differences)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Print the table."""
    folder = development_data("digitalgov")
    source = str(folder / "articles.jsonl.gz")
    articles = {item.id: item for item in open_source(source) if isinstance(item, Article)}
    embedder = make_embedder(DEFAULT_MODEL)
    cache = CACHE / "digitalgov"
    rebuild(cache, [open_source(source)], embedder, Options(force=True))
    snapshot = open_snapshot(cache, current_generation(cache))
    written = make_tasks(articles, read_links(folder / "editorial_links.tsv"), "text_without_links", True, 1.0)
    with CachedEmbedder(embedder, cache / "sources.sqlite") as cached:
        tasks = subjects(written, cached, older_only=True)
    policy = load_policy()
    rows = dict(rankings(policy))
    for name, slot in variants(policy.slots["also-read"]).items():
        rows[name] = rankings(replace(policy, slots={**policy.slots, "also-read": slot}))["shipped"]
    newer = len(tasks) // 2
    print(f"digitalgov, older candidates only, {len(tasks)} sources; {machine()}\n")
    print("| ranking | nDCG@10 | newer half | difference from shipped (95 %) |")
    print("| --- | --- | --- | --- |")
    figures = {name: per_source(snapshot, tasks, ranking) for name, ranking in rows.items()}
    for name, values in figures.items():
        low, high = interval(values - figures["shipped"])
        change = (
            "–" if name == "shipped" else f"{(values - figures['shipped']).mean():+.3f} ({low:+.3f} to {high:+.3f})"
        )
        print(f"| {name} | {values.mean():.3f} | {values[newer:].mean():.3f} | {change} |")


if __name__ == "__main__":
    main()
