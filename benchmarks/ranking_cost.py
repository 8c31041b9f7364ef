"""What ranking adds to an answer, beyond finding candidates: in this process, on one thread.

    python -m benchmarks.ranking_cost            (two minutes of indexing, the first time; then seconds)

100,000 headlines with their leads; each links to up to three others at random, so that three in four link, which is more
than archives do. Vectors are word hashes: no part of ranking cares what a vector means.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice

import faiss
import numpy as np

from benchmarks.machine import CACHE, development_data, machine
from index.article import Article, Link
from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild
from index.retrieval import TermScores
from index.snapshot import Snapshot, current_generation, open_snapshot
from index.sources import open_source
from index.sources.listed import Listed
from index.stand_in import BY_TERMS
from recommender.linkers import find_linkers
from recommender.policy import SlotPolicy, load_policy
from recommender.question import Question, filter_for
from recommender.recommend import suggest_for
from recommender.subject import Subject, subject_of_row

SIZE = 100_000
QUESTIONS = 200
CLOCK = datetime(2022, 9, 1, tzinfo=UTC)


def snapshot_of(size: int) -> Snapshot:
    """The index of so many headlines, kept from one run to the next."""
    source = open_source(str(development_data("headlines120k") / "articles.jsonl.gz"))
    articles = list(islice((item for item in source if isinstance(item, Article)), size))
    random = np.random.default_rng(0)
    counts = random.integers(0, 4, len(articles))
    linked = [
        replace(one, links=tuple(Link(article_id=articles[at].id) for at in random.integers(0, len(articles), count)))
        for one, count in zip(articles, counts, strict=True)
    ]
    data = CACHE / f"headlines-{size}"
    rebuild(data, [Listed(linked)], WordHashEmbedder(384), Options(force=True))
    return open_snapshot(data, current_generation(data))


def retrieval(snapshot: Snapshot, subject: Subject, policy: SlotPolicy, question: Question, links: bool) -> None:
    """Finding candidates: the filter, the nearest in meaning, those that share most terms; with `links` also those that
    articles like the subject link to."""
    eligible = snapshot.eligible(filter_for(snapshot, subject, "also-read", policy, question))
    near = snapshot.vectors.nearest_rows(subject.vector, policy.candidates, eligible)
    terms = TermScores(snapshot, snapshot.lexical.query(subject.terms))
    alike = terms.best(policy.candidates, eligible, BY_TERMS)
    if links:
        likest = np.unique(np.concatenate([near, alike]))
        linkers = find_linkers(snapshot, subject, terms, likest, question.now, None)
        eligible.only(linkers.targets())[: policy.candidates]


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rows() -> list[tuple[str, str]]:
    """The rows of the table."""
    faiss.omp_set_num_threads(1)
    snapshot, policy = snapshot_of(SIZE), load_policy().slots["also-read"]
    question = Question(CLOCK)
    times: dict[str, list[float]] = {"plain": [], "linked": [], "whole": []}
    for row in np.random.default_rng(1).integers(0, SIZE, QUESTIONS + 20).tolist():
        subject = subject_of_row(snapshot, row)
        works: dict[str, Callable[[], object]] = {
            "plain": partial(retrieval, snapshot, subject, policy, question, links=False),
            "linked": partial(retrieval, snapshot, subject, policy, question, links=True),
            "whole": partial(suggest_for, snapshot, subject, "also-read", policy, question),
        }
        for name, work in works.items():
            times[name].append(seconds(work) * 1000)
    plain, linked, whole = (np.array(values[20:]) for values in times.values())
    return [
        ("finding candidates: filter, meaning, terms", f"{np.median(plain):.1f} ms"),
        ("… finding those by links adds, median of the differences", f"{np.median(linked - plain):.1f} ms"),
        ("ranking (features, scores, order, stories, diversity, reasons) adds", f"{np.median(whole - linked):.1f} ms"),
        ("the whole answer: median", f"{np.median(whole):.1f} ms"),
        ("ranking over finding", f"{np.median((whole - linked) / linked):.0%}"),
    ]


def main() -> None:
    """Print the table."""
    print(machine(), "\n")
    print_table()


def print_table() -> None:
    """The table alone."""
    print(f"### {SIZE:,} headlines, in process, one thread\n\n| what | figure |\n| --- | --- |")
    for what, figure in rows():
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    main()
