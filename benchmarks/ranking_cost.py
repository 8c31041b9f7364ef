"""What ranking adds to an answer, beyond finding candidates: in this process, on one thread.

    python -m benchmarks.ranking_cost            (minutes of indexing, the first time; then seconds)

Over the archive of `benchmarks.corpus`. Also what a table of candidates for every article would save of an answer, and what
it would cost to make.
"""

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import faiss
import numpy as np

from benchmarks.archives import archive
from benchmarks.machine import CACHE, machine
from index.pointer import current_generation
from index.snapshot import Snapshot, open_snapshot
from index.stand_in import BY_TERMS
from index.term_scores import TermScores
from recommender.candidates import find_candidates
from recommender.linkers import find_linkers
from recommender.policy import SlotPolicy, load_policy
from recommender.question import Question, filter_for
from recommender.recommend import suggest_for
from recommender.subject import Subject, subject_of_row

SIZE = 100_000
QUESTIONS = 200
CLOCK = datetime(2022, 9, 1, tzinfo=UTC)


def snapshot_of(size: int) -> Snapshot:
    """The index of so many articles."""
    data = archive(size)
    return open_snapshot(data, current_generation(data), verify=False)


def copy_of(size: int) -> Path:
    """The data folder of so many articles once more, for what writes into it; kept from one run to the next."""
    data, copy = archive(size), CACHE / f"desk-{size}"
    if not copy.is_dir() or current_generation(copy) != current_generation(data):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy)
    return copy


def retrieval(snapshot: Snapshot, subject: Subject, policy: SlotPolicy, question: Question, links: bool) -> None:
    """Finding candidates: the filter, the nearest in meaning, those that share most terms; with `links` also those that
    articles like the subject link to."""
    eligible = snapshot.eligible(filter_for(snapshot, subject, "also-read", policy, question))
    near = snapshot.vectors.nearest_rows(subject.vector, policy.candidates, eligible)
    terms = TermScores(snapshot, subject.terms)
    alike = terms.best(policy.candidates, eligible.holds, BY_TERMS, eligible.spans)
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
    times: dict[str, list[float]] = {"plain": [], "linked": [], "found": [], "whole": []}
    for row in np.random.default_rng(1).integers(0, SIZE, QUESTIONS + 20).tolist():
        subject = subject_of_row(snapshot, row)
        keep = filter_for(snapshot, subject, "also-read", policy, question)
        found = find_candidates(snapshot, subject, keep, policy)
        works: dict[str, Callable[[], object]] = {
            "plain": partial(retrieval, snapshot, subject, policy, question, links=False),
            "linked": partial(retrieval, snapshot, subject, policy, question, links=True),
            "found": partial(
                suggest_for, snapshot, subject, "also-read", policy, question, find=lambda *_, found=found: found
            ),
            "whole": partial(suggest_for, snapshot, subject, "also-read", policy, question),
        }
        for name, work in works.items():
            snapshot.asked = None  # what was asked last is remembered
            times[name].append(seconds(work) * 1000)
    plain, linked, ranked, whole = (np.array(values[20:]) for values in times.values())
    saved = float(np.median(whole - ranked))
    return [
        ("finding candidates: filter, meaning, terms", f"{np.median(plain):.1f} ms"),
        ("… finding those by links adds, median of the differences", f"{np.median(linked - plain):.1f} ms"),
        (
            "the whole answer: median / p95 / p99",
            " / ".join(f"{np.percentile(whole, at):.1f}" for at in (50, 95, 99)) + " ms",
        ),
        ("… of candidates that are known already", f"{np.median(ranked):.1f} ms"),
        ("a table of candidates would save of an answer", f"{saved:.1f} ms ({saved / np.median(whole):.0%})"),
        ("… and take, to be made for all on one core", f"{saved * SIZE / 60_000:.0f} minutes"),
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
