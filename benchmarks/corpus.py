"""The archive that speed is measured on: real headlines with their leads, grown to any size, with vectors.

The first 120,000 articles are the development data's, in an order drawn once, so that `corpus(10_000)` is spread over all
dates and sections; their vectors are the real model's (`benchmarks.real_vectors`). Every further 120,000 are the same
ones re-mixed, 243 days earlier each time: the headline of one, the first half of its lead, and the second half of the
lead of one that stands next to it by section and date. Their vectors are a mix of those two articles' and noise. One
article in three links to one or two others of the archive. Half a percent have the section `opinion`, for a narrow filter.

Everything comes out the same each time; nothing of a large archive is held in memory but the 120,000.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.machine import CACHE
from benchmarks.real_vectors import REAL, embed_all, embedded, real_articles, real_vectors
from index.article import Article, Link
from index.embedder import Vectors, embedding_text
from index.sentence_transformer import DEFAULT_DIMENSION, DEFAULT_MODEL, DEFAULT_WEIGHTS_SHA256

CHUNK = 10_000
SEED = 7
VECTORS_OF = 2
"""Goes up where texts get other vectors than before: an archive that was kept is then built anew."""

EARLIER = timedelta(days=243)
"""How much older each further round of the same articles is: as long as the real ones span."""

NOISE = 0.4
"""Length of the noise in a grown vector, beside a mix of length 1 before it: a grown article's nearest are then about as
near as a real one's (docs/performance.md)."""

OPINION = "opinion"
ONE_IN = 200
"""So many articles there are for each one of the narrow section."""

STEPS = (120_000, 60_000, 30_000, 10_000, 2_000)
"""Of the real vectors so many are used, as soon as they are there."""


def corpus(size: int, changed: float = 0.0, edition: int = 0) -> Iterator[Article]:
    """The first `size` articles of the archive; of those a share `changed`, another one for each `edition`, with another
    text than at first."""
    for row in range(size):
        yield article(row, is_changed(row, changed, edition), edition)


def is_changed(row: int, share: float, edition: int) -> bool:
    """Whether an article is among the share that changed in an edition."""
    return share > 0 and _drawn(row, 1_000 + edition) < share * 2**32


def article(row: int, is_new: bool = False, edition: int = 0) -> Article:
    """One article of the archive; `is_new`: as it was changed in an edition."""
    base, order, rank = _base()
    earlier = row // REAL
    one = base[row % REAL]
    if earlier:
        other = base[int(order[(rank[row % REAL] + earlier) % REAL])]
        published = one.published_at - EARLIER * earlier if one.published_at else None
        text = f"{_half(one.text, 0)} {_half(other.text, 1)}"
        url = f"{one.url}/{earlier}" if one.url else None
        one = replace(one, id=f"{one.id}-{earlier}", text=text, url=url, published_at=published, authors=other.authors)
    if _drawn(row, 1) % ONE_IN == 0:
        one = replace(one, section=OPINION)
    if row and _drawn(row, 2) % 3 == 0:
        targets = [_drawn(row, 3 + at) % row for at in range(1 + _drawn(row, 5) % 2)]
        one = replace(one, links=tuple(Link(article_id=name_of(target)) for target in targets))
    if is_new:
        one = replace(one, text=f"{one.text} This article was changed in edition {edition}.")
    return one


def name_of(row: int) -> str:
    """The id of an article of the archive."""
    known = _base()[0][row % REAL].id
    return f"{known}-{row // REAL}" if row >= REAL else known


def row_of(article_id: str) -> int:
    """Where in the archive the article of an id stands. Raises `KeyError` for another's id."""
    first = _rows_by_id().get(article_id)
    if first is not None:
        return first
    known, _, earlier = article_id.rpartition("-")
    return int(earlier) * REAL + _rows_by_id()[known]


def vectors_of(ids: Sequence[str], size: int) -> Vectors:
    """The vectors of these articles of an archive of that size, (n, 384) float32 of length 1, as they were made."""
    return np.asarray(vectors(size)[np.array([row_of(article_id) for article_id in ids], dtype=np.int64)])


def vectors(size: int) -> npt.NDArray[np.float32]:
    """(size, 384) float32 of length 1, aligned with `corpus(size)`, memory-mapped; written when they are first asked for."""
    real = real_vectors()[: real_count()]
    path = CACHE / "corpus" / f"vectors-{len(real)}-{size}.npy"
    if not path.is_file():
        new = path.with_suffix(".new")
        # numpy has no types for open_memmap
        matrix = np.lib.format.open_memmap(new, "w+", np.float32, (size, DEFAULT_DIMENSION))  # type: ignore[no-untyped-call]
        for start in range(0, size, CHUNK):
            matrix[start : start + CHUNK] = grown(real, np.arange(start, min(start + CHUNK, size)))
        matrix.flush()
        new.replace(path)
    mapped: npt.NDArray[np.float32] = np.load(path, mmap_mode="r")
    return mapped


def real_count() -> int:
    """How many real vectors the archive is grown from: all, where all are embedded by now. Embeds where none is."""
    if embedded() < STEPS[-1]:
        embed_all()
    return next(step for step in STEPS if step <= embedded())


def grown(real: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """The vectors of these rows of the archive, (n, 384) float32 of length 1. Where not all real articles are embedded yet,
    the others' are grown out of those that are."""
    found = real[rows % len(real)].astype(np.float32)
    more = rows >= len(real)
    if more.any():
        _, order, rank = _base() if len(real) == REAL else (None, None, None)
        at, earlier = rows[more] % len(real), rows[more] // len(real)
        beside = order[(rank[at] + earlier) % REAL] if order is not None and rank is not None else at - earlier
        random = np.random.default_rng((SEED, int(rows[0])))
        share = random.uniform(0.5, 0.9, (len(at), 1)).astype(np.float32)
        mixed = share * found[more] + (1 - share) * real[beside % len(real)]
        mixed = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
        noise = random.standard_normal(mixed.shape).astype(np.float32) * np.float32(NOISE / DEFAULT_DIMENSION**0.5)
        found[more] = mixed + noise
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return (found / lengths).astype(np.float32)


class LookupEmbedder:
    """Gives the archive's texts their vectors without a model, so that a rebuild can be timed without embedding.

    A text that the archive's first edition lacks has the vector of an article of the same title: another edition of it, or
    what a rule left of it. Where there is none it has that of some article, always the same one.
    """

    model = f"{DEFAULT_MODEL}@{DEFAULT_WEIGHTS_SHA256[:16]}"
    dimension = DEFAULT_DIMENSION

    def __init__(self, size: int) -> None:
        """Reads the archive once, when this size is first asked for."""
        self._vectors = vectors(size)
        path = CACHE / "corpus" / f"lookup-{size}.npy"
        if not path.is_file():
            _write_lookup(path, size)
        self._texts, self._titles = np.load(path, mmap_mode="r")

    def embed(self, texts: Sequence[str]) -> Vectors:
        keys = np.array([_key(text) for text in texts], dtype=np.uint64)
        titles = np.array([_key(_title(text)) for text in texts], dtype=np.uint64)
        rows = keys % np.uint64(len(self._vectors))
        for (known, places), asked in ((self._titles, titles), (self._texts, keys)):
            at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
            rows = np.where(known[at] == asked, places[at], rows)
        return np.asarray(self._vectors[rows.astype(np.int64)], dtype=np.float32)


def _write_lookup(path: Path, size: int) -> None:
    """Keep the keys of all texts, ascending, and their rows, and the same of their titles: (2, 2, size) uint64."""
    found = []
    texts = [np.zeros(size, np.uint64), np.zeros(size, np.uint64)]
    for row, one in enumerate(corpus(size)):
        text = embedding_text(one)
        texts[0][row], texts[1][row] = _key(text), _key(_title(text))
    for keys in texts:
        order = np.argsort(keys, kind="stable")
        found.append(np.stack([keys[order], order.astype(np.uint64)]))
    new = path.with_suffix(".new.npy")
    np.save(new, np.stack(found))
    new.replace(path)


def _title(text: str) -> str:
    return text.partition("\n\n")[0]


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _drawn(row: int, purpose: int) -> int:
    """A number of 32 bits that is always the same for a row and a purpose, and looks drawn (the finaliser of SplitMix64)."""
    mask = 2**64 - 1
    state = (row * 0x9E3779B97F4A7C15 + purpose * 0xD1B54A32D192ED03) & mask
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & mask
    return (state ^ (state >> 31)) >> 32


def _half(text: str, which: int) -> str:
    words = text.split()
    middle = len(words) // 2
    return " ".join(words[middle:] if which else words[:middle])


@cache
def _rows_by_id() -> dict[str, int]:
    return {one.id: row for row, one in enumerate(_base()[0])}


@cache
def _base() -> tuple[list[Article], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The real articles, their rows by section and date, and the place of each row in that order."""
    articles = real_articles()
    keys = [(one.section or "", one.published_seconds or 0, one.id) for one in articles]
    order = np.array(sorted(range(len(articles)), key=keys.__getitem__), dtype=np.int64)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return articles, order, rank
