"""Texts as tokens, and which of them a model is given together: as many as fill a budget of tokens, and no padding."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.int64]
"""(tokens,) int64: the numbers of a text's tokens, those that begin and end it among them."""

TOKENISED_TOGETHER = 64
"""Texts: what a tokenizer notes of each besides its tokens is many times their size, and is let go of after so many."""


def tokens_of(texts: Sequence[str], tokenise: Callable[[list[str]], Sequence[Sequence[int]]]) -> list[Tokens]:
    """The tokens of each text, in their order."""
    found: list[Tokens] = []
    for start in range(0, len(texts), TOKENISED_TOGETHER):
        part = list(texts[start : start + TOKENISED_TOGETHER])
        found += [np.array(tokens, dtype=np.int64) for tokens in tokenise(part)]
    return found


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions in `lengths`, each once: the longest first, those of one length beside each other in their order, and as
    many together as have at most `budget` tokens in all (one text alone may have more)."""
    batch: list[int] = []
    tokens = 0
    for position in sorted(range(len(lengths)), key=lambda at: -lengths[at]):
        if batch and tokens + lengths[position] > budget:
            yield batch
            batch, tokens = [], 0
        batch.append(position)
        tokens += lengths[position]
    if batch:
        yield batch


def runs(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Neighbours of one length in texts laid end to end: at which token they begin, how many they are, and their length."""
    start = first = 0
    for position in range(1, len(lengths) + 1):
        if position == len(lengths) or lengths[position] != lengths[first]:
            count = position - first
            yield start, count, lengths[first]
            start, first = start + count * lengths[first], position


def embed_in_batches(
    tokens: Sequence[Tokens],
    dimension: int,
    budget: int,
    forward: Callable[[Sequence[Tokens]], npt.NDArray[np.float32]],
    crew: Executor | None = None,
) -> npt.NDArray[np.float32]:
    """What `forward` gives for each, (n, dimension) float32 in the order of `tokens`; batch by batch, or where there are
    several, beside each other by a `crew`."""
    vectors = np.zeros((len(tokens), dimension), dtype=np.float32)
    planned = list(batches([len(one) for one in tokens], budget))
    given = [[tokens[position] for position in batch] for batch in planned]
    made = crew.map(forward, given) if crew is not None and len(planned) > 1 else map(forward, given)
    for batch, found in zip(planned, made, strict=True):
        vectors[batch] = found
    return vectors
