"""Many values, a few at a time: as many as one statement takes well."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

CHUNK = 500
T = TypeVar("T")


def in_chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in runs of at most `size`, in their order."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
