"""The relevance tables: every ranking on every labelled set, an ablation of ours, and their plots.

    python -m benchmarks.relevance              the tables
    python -m benchmarks.relevance --plots DIR  the tables, and their plots as SVG into this folder

Sources of links see only older articles, their own text without the words of their links, and no link of an article that
is not older. nDCG is that of ir-measures. Intervals are 95 % bootstraps over the sources (2,000 resamples, seed 0), those
of differences paired.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from ir_measures import Qrel, ScoredDoc, nDCG

from benchmarks import truth_sets
from benchmarks.likeness import Likeness, pair_measures
from benchmarks.machine import machine
from benchmarks.truth_sets import Linked
from index.embedder import Embedder
from index.sentence_transformer import DEFAULT_MODEL, make_embedder
from index.snapshot import Snapshot
from recommender import rivals
from recommender.candidates import find_candidates
from recommender.evaluate import CLOCK, Ranking, as_served, rankings
from recommender.features import FEATURES
from recommender.fit import choices, fit
from recommender.policy import Policy, SlotPolicy, load_policy
from recommender.question import Question, filter_for, reference_time
from recommender.ranking import rank
from recommender.subject import Subject, subject_of_row
from recommender.truth import Task

RESAMPLES = 2_000

Values = np.ndarray
Row = tuple[str, float, tuple[float, float], str]
"""What was ranked, its value, its interval, and how it compares."""


def interval(values: Values) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean."""
    random = np.random.default_rng(0)
    means = values[random.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def ndcg(runs: Mapping[str, Sequence[str]], truth: Mapping[str, frozenset[str]]) -> Values:
    """nDCG@10 of each source, (n,) float64, in the order of `truth`."""
    qrels = [Qrel(source, item, 1) for source, items in truth.items() for item in items]
    run = [ScoredDoc(source, item, -rank) for source, items in runs.items() for rank, item in enumerate(items)]
    found = {metric.query_id: metric.value for metric in (nDCG @ 10).iter_calc(qrels, run)}
    return np.array([found.get(source, 0.0) for source in truth])


def per_source(snapshot: Snapshot, tasks: Sequence[Task], ranking: Ranking) -> Values:
    """nDCG@10 of each task, (n,) float64."""
    truth = {task.subject.id: task.relevant for task in tasks}
    return ndcg({task.subject.id: ranking(snapshot, task) for task in tasks}, truth)


def row(name: str, values: Values, against: Values | None) -> Row:
    """A row of a table, with the paired difference from the ranking that it is compared with."""
    if against is None:
        return name, float(values.mean()), interval(values), "–"
    low, high = interval(values - against)
    return name, float(values.mean()), interval(values), f"{(values - against).mean():+.3f} ({low:+.3f} to {high:+.3f})"


def more(policy: Policy) -> dict[str, Ranking]:
    """What is served besides: where links are known, and before the source is embedded."""
    without = as_served(policy, with_links=False)

    def unembedded(snapshot: Snapshot, task: Task) -> Sequence[str]:
        subject = replace(task.subject, vector=np.zeros_like(task.subject.vector), embedded=False)
        return without(snapshot, replace(task, subject=subject))

    return {"shipped, with links": as_served(policy, with_links=True), "shipped, not embedded": unembedded}


def fitted_policy(found: Linked, policy: Policy) -> Policy:
    """The policy learnt from the older half of the sources."""
    slot = policy.slots["also-read"]
    return fit(found.snapshot, choices(found.snapshot, found.tasks[: found.half], slot), slot).policy(policy)


def link_rows(found: Linked, tasks: Sequence[Task], rows: Mapping[str, Ranking], against: str) -> list[Row]:
    """Rankings over the same tasks, each compared with one of them."""
    figures = {name: per_source(found.snapshot, tasks, ranking) for name, ranking in rows.items()}
    return [row(name, values, None if name == against else figures[against]) for name, values in figures.items()]


def ablation(policy: Policy, with_links: bool) -> dict[str, Ranking]:
    """The policy, and the same without each of its parts."""
    slot = policy.slots["also-read"]

    def under(**changed: object) -> Ranking:
        slots = {**policy.slots, "also-read": slot.model_copy(update=changed)}
        return as_served(replace(policy, slots=slots), with_links)

    rows = {"whole": as_served(policy, with_links)}
    for name in FEATURES:
        if getattr(slot.weights, name) and (with_links or name not in ("linked", "popular", "author_links")):
            rows[f"− {name}"] = under(weights=slot.weights.model_copy(update={name: 0.0}))
    rows["− age"] = under(recency=0.0)
    rows["− grace period"] = under(grace_days=0.0)
    rows["half-life × ½"] = under(half_life_days=slot.half_life_days / 2)
    rows["half-life × 2"] = under(half_life_days=slot.half_life_days * 2)
    rows["diversity 0"] = under(diversity=0.0)
    rows["diversity 3"] = under(diversity=3.0)
    rows["any number of one story"] = under(per_story=50, own_story=50)
    rows["50 candidates of each kind"] = under(candidates=50)
    rows["400 candidates of each kind"] = under(candidates=400)
    return rows


def event_rows(snapshot: Snapshot, events: Mapping[str, str], slot: SlotPolicy) -> list[Row]:
    """How well each ranking finds the other articles on the same event, before copies collapse and stories are bounded."""
    ids = list(events)
    subjects = [replace(subject_of_row(snapshot, _row(snapshot, article)), copy_key=None) for article in ids]
    truth = {
        article: frozenset(other for other in ids if other != article and events[other] == events[article])
        for article in ids
    }

    def ranked(subject: Subject) -> list[str]:
        return _by_score(snapshot, subject, slot)

    def plain(rival: Callable[..., list[str]]) -> Callable[[Subject], list[str]]:
        return lambda subject: rival(
            snapshot, subject, filter_for(snapshot, subject, "also-read", slot, Question(CLOCK)), 10
        )

    rows: dict[str, Callable[[Subject], list[str]]] = {
        "dense": plain(rivals.dense),
        "lexical": plain(rivals.lexical),
        "more-like-this": plain(rivals.more_like_this),
        "shipped": ranked,
    }
    figures = {name: ndcg({one.id: ranking(one) for one in subjects}, truth) for name, ranking in rows.items()}
    return [row(name, values, None if name == "shipped" else figures["shipped"]) for name, values in figures.items()]


def _row(snapshot: Snapshot, article_id: str) -> int:
    found = snapshot.row_of_id(article_id)
    assert found is not None
    return found


def _by_score(snapshot: Snapshot, subject: Subject, slot: SlotPolicy) -> list[str]:
    keep = filter_for(snapshot, subject, "also-read", slot, Question(CLOCK))
    candidates = find_candidates(snapshot, subject, keep, slot)
    ranked = rank(candidates, reference_time(snapshot, subject, slot, CLOCK), slot)
    best = np.argsort(-ranked.log_score, kind="stable")[:10]
    return [snapshot.id_of(int(candidates.rows[at])) for at in best]


def same_section(snapshot: Snapshot, policy: Policy, every: int = 5) -> float:
    """The share of the ten suggestions that lie in their article's section, over every fifth article."""
    shares = []
    for number in range(0, len(snapshot), every):
        subject = subject_of_row(snapshot, number)
        task = Task(subject, frozenset(), older_only=False)
        found = as_served(policy, with_links=False)(snapshot, task)
        sections = [snapshot.segments[0].sections[snapshot.segments[0].section[_row(snapshot, i)]] for i in found]
        shares += [section == subject.section for section in sections]
    return float(np.mean(shares))


def tables(embedder: Embedder) -> Iterator[tuple[str, list[Row]]]:
    """Every table with its heading."""
    policy = load_policy()
    found = truth_sets.digitalgov(embedder)
    newer = found.tasks[found.half :]
    fitted = fitted_policy(found, policy)
    plain = {**rankings(policy), **more(policy)}
    yield f"digitalgov, all {len(found.tasks)} sources: nDCG@10", link_rows(found, found.tasks, plain, "shipped")
    rows = {**plain, "fitted on the older half": as_served(fitted, with_links=True)}
    heading = f"digitalgov, newer half ({len(newer)} sources): nDCG@10"
    yield heading, link_rows(found, newer, rows, "fitted on the older half")
    heading = "Ablation of shipped, all sources of digitalgov, no links: nDCG@10"
    yield heading, link_rows(found, found.tasks, ablation(policy, with_links=False), "whole")
    heading = "Ablation of fitted, newer half of digitalgov: nDCG@10"
    yield heading, link_rows(found, newer, ablation(fitted, with_links=True), "whole")
    paper = truth_sets.newspaper(embedder)
    heading = f"The example newspaper, {len(paper.tasks)} sources (an illustration): nDCG@10"
    yield heading, link_rows(paper, paper.tasks, plain, "shipped")
    snapshot, events, graded = truth_sets.ecbplus(embedder)
    slot = policy.slots["also-read"]
    yield f"ecbplus, same event, {len(events)} sources: nDCG@10", event_rows(snapshot, events, slot)
    yield from likeness_tables(embedder, policy, snapshot, graded)


def likeness_tables(
    embedder: Embedder, policy: Policy, events: Snapshot, graded: truth_sets.Pairs
) -> Iterator[tuple[str, list[Row]]]:
    """How alike pairs are, and which are copies."""
    snapshot, pairs = truth_sets.lee50(embedder)
    likeness = Likeness(snapshot, policy.slots["also-read"].weights)
    for measure, name in (("pearson", "Pearson"), ("spearman", "Spearman")):
        yield f"lee50, {len(pairs):,} pairs against people: {name}", list(pair_measures(likeness, pairs, measure))
    articles, groups = truth_sets.bbc(embedder)
    collapsed = sum(len({copy_key(articles, article) for article in group}) == 1 for group in groups)
    by_grade = {
        grade: [copy_key(events, a) == copy_key(events, b) for a, b, given in graded if given == grade]
        for grade in (1.0, 2.0)
    }
    nothing = (0.0, 0.0)
    yield (
        "Copies and sections",
        [
            ("bbc: groups of one text that collapse", float(collapsed), nothing, f"of {len(groups)}"),
            ("ecbplus: pairs on other events merged", float(sum(by_grade[1.0])), nothing, f"of {len(by_grade[1.0]):,}"),
            ("ecbplus: pairs on one event merged", float(sum(by_grade[2.0])), nothing, f"of {len(by_grade[2.0]):,}"),
            ("bbc: suggestions in the article's section", same_section(articles, policy), nothing, "share"),
        ],
    )


def copy_key(snapshot: Snapshot, article_id: str) -> bytes:
    """What all copies of an article share."""
    key: bytes = snapshot.take("copy_key", np.array([_row(snapshot, article_id)])).tobytes()
    return key


@click.command()
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), help="Write plots (SVG) here.")
def main(plots: Path | None) -> None:
    """Print the tables."""
    print(machine())
    made = []
    for heading, rows in tables(make_embedder(DEFAULT_MODEL)):
        made.append((heading, rows))
        print(f"\n### {heading}\n\n| | value | 95 % | difference (95 %, paired) |\n| --- | --- | --- | --- |")
        for name, value, (low, high), compared in rows:
            between = f"{low:.3f} to {high:.3f}" if high > low else "–"
            shown = f"{value:.0f}" if value > 1 or value == 0 else f"{value:.3f}"
            print(f"| {name} | {shown} | {between} | {compared} |", flush=True)
    if plots:
        from benchmarks.plots import draw

        draw(made, plots)


if __name__ == "__main__":
    main()
