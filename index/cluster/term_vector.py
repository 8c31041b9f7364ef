"""An article's terms as a vector, so that those that share most terms are near: by it they are found in an index of vectors.

A random projection (Achlioptas, *Database-friendly random projections*, 2003): each term stands for a vector of signs that its
hash gives, and an article for the sum of them, weighted. The cosine of two is near that of all their terms, where much is
shared, and chance where little is; what is found is scored by the terms themselves. Measured: docs/scaling.md.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from index.lexical_segment import LOG_COUNT
from index.term_scores import BY_TERMS
from index.terms import TermCounts, kind_bounds

DIMENSION = 384
_WORDS = DIMENSION // 64
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def term_vector(terms: TermCounts, rarity: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """The vector, (384,) float32 of length 1; zeros where no term counts. `rarity` (t,), ln(N / df), is aligned with the terms.

    Terms weigh (1 + ln count) · idf, each kind to length 1 and then to the root of how much it counts among candidates.
    """
    weights = LOG_COUNT[terms.counts] * rarity.astype(np.float32)
    bounds = kind_bounds(terms.hashes)
    spans = []
    for kind, share in BY_TERMS.items():
        span = slice(bounds[kind], bounds[kind + 1])
        length = float(np.linalg.norm(weights[span]))
        if length > 0:
            weights[span] *= share**0.5 / length
            spans.append(span)
    found = np.zeros(DIMENSION, np.float32)
    for span in spans:
        found += weights[span] @ signs(terms.hashes[span])
    length = float(np.linalg.norm(found))
    return found / length if length > 0 else found


def signs(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
    """The signs that terms stand for, (t, 384) float32, −1 or 1: bits of SplitMix64 (Steele, Lea and Flood 2014)."""
    state = hashes[:, None] + _STEP * np.arange(1, _WORDS + 1, dtype=np.uint64)
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    state ^= state >> np.uint64(31)
    bits = np.unpackbits(state.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    return bits.astype(np.float32) * 2 - 1
