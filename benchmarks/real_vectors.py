"""The vectors of the 120,000 real headlines, embedded once by the real model and kept in `.bench`.

    python -m benchmarks.real_vectors            (restartable; on two busy cores the best part of an hour)

Each is the vector of an article's first 32 tokens: the headline and how its lead begins. That costs a third of what the
whole text does, and speed does not care which words a real vector was made from.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.machine import CACHE, development_data
from index.article import Article
from index.embedder import embedding_text
from index.sentence_transformer import DEFAULT_DIMENSION, DEFAULT_MODEL, SentenceTransformerEmbedder
from index.sources import open_source

REAL = 120_000
"""How many real articles there are."""

TOKENS = 32
CHUNK = 1_024
SEED = 7


def real_articles() -> list[Article]:
    """The real articles in an order drawn once, so that the first n are spread over all dates and sections."""
    source = open_source(str(development_data("headlines120k") / "articles.jsonl.gz"))
    articles = [item for item in source if isinstance(item, Article)]
    return [articles[at] for at in np.random.default_rng(SEED).permutation(len(articles)).tolist()]


def real_vectors() -> npt.NDArray[np.float32]:
    """(n, 384) float32 of length 1, the vectors of the first n of `real_articles`: as many as are embedded by now.

    Raises `SystemExit` where none is.
    """
    done = embedded()
    if not done:
        raise SystemExit("no headline is embedded yet; run: python -m benchmarks.real_vectors")
    vectors: npt.NDArray[np.float32] = np.load(_path(), mmap_mode="r")[:done]
    return vectors


def embedded() -> int:
    """How many of the real articles are embedded."""
    counter = _path().with_suffix(".done")
    return int(counter.read_text(encoding="utf-8")) if counter.is_file() else 0


def embed_all(until: int = REAL) -> None:
    """Embed those that are not yet, a chunk at a time; a kill costs one chunk."""
    done = embedded()
    if done >= until:
        return
    from sentence_transformers import SentenceTransformer

    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = "r+" if path.is_file() else "w+"
    # numpy has no types for open_memmap
    matrix = np.lib.format.open_memmap(path, mode, np.float32, (REAL, DEFAULT_DIMENSION))  # type: ignore[no-untyped-call]
    model = SentenceTransformer(str(SentenceTransformerEmbedder(DEFAULT_MODEL)._folder))
    model.max_seq_length = TOKENS
    texts = [embedding_text(article) for article in real_articles()]
    started, first = time.monotonic(), done
    while done < until:
        stop = min(done + CHUNK, until)
        matrix[done:stop] = model.encode(
            texts[done:stop], batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        matrix.flush()
        done = stop
        counter = path.with_suffix(".new")
        counter.write_text(str(done), encoding="utf-8")
        counter.replace(path.with_suffix(".done"))
        rate = (done - first) / (time.monotonic() - started)
        print(f"{done:,} of {until:,} headlines embedded, {rate:.0f} a second", file=sys.stderr, flush=True)


def _path() -> Path:
    return CACHE / "corpus" / f"real-{TOKENS}-tokens.npy"


if __name__ == "__main__":
    os.nice(5)
    embed_all()
