"""What ranking adds to an answer, beyond finding what is near in meaning and in words: in this process, on one thread.

    python -m benchmarks.ranking_cost            (two minutes of indexing, the first time; then seconds)

100,000 headlines with their leads; each links to up to three others at random, so that three in four link, which is more
than archives do. Vectors are word hashes: no part of ranking cares what a vector means.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
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
from recommender.candidates import BY_TERMS
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


def retrieval(snapshot: Snapshot, subject: Subject, policy: SlotPolicy, question: Question) -> None:
    """What any such service must do: the filter, the nearest in meaning, those that share most terms."""
    eligible = snapshot.eligible(filter_for(snapshot, subject, "also-read", policy, question))
    snapshot.vectors.nearest_rows(subject.vector, policy.candidates, eligible)
    terms = TermScores(snapshot, snapshot.lexical.query(subject.terms))
    terms.best(policy.candidates, eligible, BY_TERMS)


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
    found, whole = [], []
    for row in np.random.default_rng(1).integers(0, SIZE, QUESTIONS + 20).tolist():
        subject = subject_of_row(snapshot, row)
        found.append(seconds(lambda subject=subject: retrieval(snapshot, subject, policy, question)) * 1000)
        whole.append(
            seconds(lambda subject=subject: suggest_for(snapshot, subject, "also-read", policy, question)) * 1000
        )
    added = [after - before for before, after in zip(found[20:], whole[20:], strict=True)]
    return [
        ("filter, nearest in meaning, terms: median", f"{statistics.median(found[20:]):.1f} ms"),
        ("the whole answer: median", f"{statistics.median(whole[20:]):.1f} ms"),
        (
            "so ranking, links, stories, diversity and reasons add: median of the differences",
            f"{statistics.median(added):.1f} ms",
        ),
        ("… as a share of the rest", f"{statistics.median(added) / statistics.median(found[20:]):.0%}"),
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
