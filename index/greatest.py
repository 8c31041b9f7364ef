"""Where the greatest of many values stand."""

from typing import Any

import numpy as np
import numpy.typing as npt


def greatest(values: npt.NDArray[Any], k: int) -> npt.NDArray[np.int64]:
    """Where the `k` greatest stand, ascending; of those that tie at the bound the first."""
    if k < 1:
        return np.zeros(0, np.int64)
    if len(values) <= k:
        return np.arange(len(values))
    likely = np.flatnonzero(values > values.max() / 4)  # mostly far fewer, and where enough the greatest are among them
    if k < len(likely) < len(values):
        return likely[greatest(values[likely], k)]
    bound = np.partition(values, len(values) - k)[len(values) - k]
    over = np.flatnonzero(values > bound)
    return np.sort(np.concatenate([over, np.flatnonzero(values == bound)[: k - len(over)]]))
