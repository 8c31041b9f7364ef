"""What the preview of a draft costs at 100,000 articles: in this process, on one thread, with each part by itself.

    python -m benchmarks.preview_cost            (two minutes of indexing, the first time; then a minute)

The drafts are headlines with their leads that the index does not hold. Its vectors are word hashes; the real model is
asked over the indexer's socket, as a worker asks it, for the time that it takes. Both the time that passed and that of the
processor are given, for on a busy machine the first says little.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from benchmarks.corpus import article
from benchmarks.machine import machine
from benchmarks.ranking_cost import CLOCK, SIZE, snapshot_of
from index.article import Article
from index.embedder import Embedder, WordHashEmbedder, embedding_text
from index.embedding_client import EmbeddingClient
from index.embedding_socket import serve_embeddings
from index.indexer_models import Shared
from index.sentence_transformer import DEFAULT_MODEL, make_embedder
from index.snapshot import Snapshot
from recommender.draft import DraftDesk
from recommender.policy import load_policy
from recommender.preview import Previewer
from recommender.question import Question
from recommender.recommend import Recommender

DRAFTS = 40
WARM = 5

Took = tuple[float, float]
"""Milliseconds that passed, and of the processor."""


class Here:
    """The model of the index, without a socket."""

    def __init__(self) -> None:
        self._embedder = WordHashEmbedder(384)

    def embed(self, text: str, model: str, dimension: int) -> npt.NDArray[np.float32]:
        vector: npt.NDArray[np.float32] = self._embedder.embed([text])[0]
        return vector


class Standing:
    """An index that is one snapshot."""

    problem = None

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def snapshot(self, about: str | None = None, at: str | None = None) -> Snapshot:
        return self._snapshot


def drafts() -> list[Article]:
    """Headlines that the index does not hold, without a date."""
    return [replace(article(row), published_at=None) for row in range(SIZE, SIZE + DRAFTS + WARM)]


def took(work: Callable[[], object]) -> Took:
    """How long it takes."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - busy) * 1000


def rows(model: Embedder | None = None) -> list[tuple[str, str]]:
    """The rows of the table; with a model, also what it takes over a socket."""
    faiss.omp_set_num_threads(1)
    snapshot, question = snapshot_of(SIZE), Question(CLOCK)
    previewer = Previewer(Recommender(Standing(snapshot), load_policy()), Here())
    desk = DraftDesk(Here())
    given = drafts()
    works: dict[str, Callable[[Article], object]] = {
        "putting it into a snapshot of its own": lambda one: desk.place(snapshot, one, CLOCK),
        "… and its three lists": lambda one: previewer.preview(one, question, would_suggest=False),
        "… and who would start to suggest it: the whole preview": lambda one: previewer.preview(one, question),
    }
    first = took(lambda: desk.place(snapshot, given[0], CLOCK))
    table = [("the first draft after the archive changed, put into it", f"{first[0]:.0f} / {first[1]:.0f} ms")]
    if model is not None:
        table.append(("embedding it by the real model, over the socket", _said(_embedding(model, given))))
    for name, work in works.items():
        # mypy infers no lambda whose default binds a loop's value
        table.append((name, _said([took(lambda one=one, work=work: work(one)) for one in given][WARM:])))  # type: ignore[misc]
    return table


def _embedding(model: Embedder, given: list[Article]) -> list[Took]:
    with tempfile.TemporaryDirectory() as folder:
        server = serve_embeddings(Path(folder), lambda: Shared(model, DEFAULT_MODEL))
        assert server is not None
        client = EmbeddingClient(Path(folder), wait_seconds=60)
        try:
            # as above
            times = [took(lambda one=one: client.embed(embedding_text(one), model.model, 384)) for one in given]  # type: ignore[misc]
        finally:
            server.close()
    return times[WARM:]


def _said(times: list[Took]) -> str:
    wall, busy = np.array(times).T
    parts = (f"{np.percentile(some, 50):.0f} / {np.percentile(some, 95):.0f}" for some in (wall, busy))
    return "passed {} ms, processor {} ms".format(*parts)


def main() -> None:
    """Print the table."""
    print(machine(), "\n")
    print_table(make_embedder(DEFAULT_MODEL) if "--no-model" not in sys.argv else None)


def print_table(model: Embedder | None) -> None:
    """The table alone."""
    print(f"### The preview of a draft, {SIZE:,} headlines, median / p95\n\n| what | figure |\n| --- | --- |")
    for what, figure in rows(model):
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    main()
