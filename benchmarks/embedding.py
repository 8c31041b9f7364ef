"""What embedding costs: the default model as the product runs it, beside `SentenceTransformer.encode` with its defaults.

    python -m benchmarks.embedding                the table, one thread
    python -m benchmarks.embedding --threads 2    the same with two
    python -m benchmarks.embedding --quick        a quarter of the texts, once each after a warm-up

Every way is given the same texts in turns, of which the medians are told: processor time, for that does not hang on what
else the machine does (with more than one thread it counts the waiting of each, so look at the time passed then). Vectors
are compared with those of `encode`. Memory and the time to the first vector are those of a process of its own.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import median

import click
import numpy as np

from benchmarks.machine import development_data, machine
from index.article import Article
from index.embedder import embedding_text
from index.sentence_transformer import DEFAULT_MODEL, HALF_MODEL, SentenceTransformerEmbedder
from index.sources import open_source

ROUNDS = 3

KINDS = {
    "headlines": ("headlines120k", 311, 256),
    "wire items, 130 words": ("reuters21578", 101, 128),
    "long articles, 470 words": ("digitalgov", 37, 48),
}
"""Each kind's set, of which every so manieth article is taken, and how many of them."""

Encode = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Row:
    """One way on one kind of text: medians over the rounds, per second of the processor."""

    texts: str
    way: str
    articles: float
    tokens: float
    passed: float
    """Articles per second of time passed."""
    ratio: float
    """How many times as fast as `encode`, by processor time; above 1 is faster."""
    difference: float
    """The greatest between a number of its vectors and of `encode`'s."""


def texts_of(kind: str, share: float = 1.0) -> list[str]:
    """What would be embedded of these articles (of headlines: the headline alone)."""
    name, step, count = KINDS[kind]
    source = open_source(str(development_data(name) / "articles.jsonl.gz"))
    articles = (item for item in source if isinstance(item, Article))
    every = islice(articles, 0, None, step)
    taken = islice(every, max(8, int(count * share)))
    return [one.title if kind == "headlines" else embedding_text(one) for one in taken]


def ways() -> tuple[dict[str, Encode], Callable[[str], int]]:
    """Each way of embedding, loaded; and how many tokens the model reads of a text."""
    from sentence_transformers import SentenceTransformer

    exact, half = SentenceTransformerEmbedder(DEFAULT_MODEL), SentenceTransformerEmbedder(HALF_MODEL)
    model = SentenceTransformer(str(exact._folder))

    def encode(texts: list[str]) -> np.ndarray:
        return model.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    def tokens(text: str) -> int:
        return len(model.tokenizer(text, truncation=True, max_length=model.max_seq_length)["input_ids"])

    return {"SentenceTransformer.encode": encode, DEFAULT_MODEL: exact.embed, HALF_MODEL: half.embed}, tokens


def rows(quick: bool = False) -> Iterator[Row]:
    """Every way on every kind of text."""
    known, tokens = ways()
    base = next(iter(known))
    for kind in KINDS:
        texts = texts_of(kind, 0.25 if quick else 1.0)
        count = sum(map(tokens, texts))
        busy, passed, vectors = _in_turns(known, texts, 1 if quick else ROUNDS)
        for way in known:
            yield Row(
                texts=kind,
                way=way,
                articles=len(texts) / median(busy[way]),
                tokens=count / median(busy[way]),
                passed=len(texts) / median(passed[way]),
                ratio=median(a / b for a, b in zip(busy[base], busy[way], strict=True)),
                difference=float(np.abs(vectors[way] - vectors[base]).max()),
            )


def _in_turns(
    known: dict[str, Encode], texts: list[str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, np.ndarray]]:
    """Seconds of the processor and passed of each round, and the vectors; a warm-up on a few texts is not counted."""
    busy: dict[str, list[float]] = {way: [] for way in known}
    passed: dict[str, list[float]] = {way: [] for way in known}
    vectors = {way: encode(texts[:8]) for way, encode in known.items()}
    for _ in range(rounds):
        for way, encode in known.items():
            since, used = time.perf_counter(), time.process_time()
            vectors[way] = encode(texts)
            busy[way].append(time.process_time() - used)
            passed[way].append(time.perf_counter() - since)
    return busy, passed, vectors


STARTS = {
    "SentenceTransformer.encode": (
        "from sentence_transformers import SentenceTransformer; from index.sentence_transformer import _default_folder\n"
        "encode = SentenceTransformer(str(_default_folder())).encode"
    ),
    DEFAULT_MODEL: (
        f"from index.sentence_transformer import make_embedder\nencode = make_embedder({DEFAULT_MODEL!r}).embed"
    ),
    HALF_MODEL: f"from index.sentence_transformer import make_embedder\nencode = make_embedder({HALF_MODEL!r}).embed",
}


def starts() -> list[tuple[str, float, float, float]]:
    """Each way in a process of its own: seconds of the processor to the first vector, median milliseconds of the processor
    for a single text of more than 256 tokens after that, and MB of memory at most."""
    found = []
    for way, loading in STARTS.items():
        code = rf"""
import re, statistics, time
from pathlib import Path
{loading}
encode(["ready"])
first, times = time.process_time(), []
for _ in range(7):
    since = time.process_time()
    encode(["the river rose " * 400])
    times.append(time.process_time() - since)
peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
print(first, statistics.median(times) * 1000, peak / 1024)
"""
        printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        first, single, memory = map(float, printed.split())
        found.append((way, first, single, memory))
    return found


def print_table(quick: bool = False) -> None:
    """Both tables."""
    print("### Embedding\n\n| texts | way | articles/s | tokens/s | articles/s passed | ratio | greatest difference |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows(quick):
        figures = f"{row.articles:.1f} | {row.tokens:,.0f} | {row.passed:.1f} | {row.ratio:.2f} | {row.difference:.1e}"
        print(f"| {row.texts} | {row.way} | {figures} |", flush=True)
    print("\n| way | processor s to the first vector | ms for one long text | MB at most |\n| --- | --- | --- | --- |")
    for way, first, single, memory in starts():
        print(f"| {way} | {first:.1f} | {single:.0f} | {memory:.0f} |", flush=True)


@click.command()
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads of torch.")
@click.option("--quick", is_flag=True, help="Fewer texts, one round.")
def main(threads: int, quick: bool) -> None:
    """Print the tables."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import torch

    torch.set_num_threads(threads)
    print(f"{machine()}; {threads} thread{'s' * (threads > 1)}\n")
    print_table(quick)


if __name__ == "__main__":
    main()
