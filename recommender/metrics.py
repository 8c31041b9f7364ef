"""How good a ranking is against what an editor picked, with binary relevance.

Formulas: Järvelin and Kekäläinen, *Cumulated gain-based evaluation of IR techniques*, 2002 (nDCG, gain 1, discount
log2(rank + 1)); Voorhees, TREC-8 question answering, 1999 (reciprocal rank). Checked against ir-measures in the tests.
"""

from collections.abc import Collection, Sequence
from math import log2


def ndcg(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Normalised discounted cumulated gain of the first `k`, 0 to 1. `relevant` must not be empty."""
    gain = sum(1 / log2(rank + 2) for rank, item in enumerate(ranking[:k]) if item in relevant)
    ideal = sum(1 / log2(rank + 2) for rank in range(min(k, len(relevant))))
    return gain / ideal


def recall(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant that stand among the first `k`, 0 to 1."""
    return sum(item in relevant for item in ranking[:k]) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Collection[str]) -> float:
    """1 over the rank of the first relevant item; 0 where there is none."""
    return next((1 / (rank + 1) for rank, item in enumerate(ranking) if item in relevant), 0.0)
