"""What Milvus raises, as an error of ours: what a person may read, without addresses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import IndexAway

LONGEST = 1_000
"""Characters of an error that are looked at; some hold all that was asked."""


@contextmanager
def milvus_errors_said() -> Iterator[None]:
    """What Milvus, its client or the connection raises comes out as `IndexAway`."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
        raise ours(error) from None


def ours(error: Exception) -> IndexAway:
    """Its words without the address that they may hold."""
    said = " ".join(re.sub(r"\S*\d\.\d+\.\d+\.\d+\S*|\w+://\S+", "…", _words(error)[:LONGEST]).split())
    return IndexAway(f"Milvus does not answer as it should: {said[:200]}")


def is_missing(error: Exception) -> bool:
    """Whether what was named is not there."""
    return "not found" in _words(error).lower() or "not exist" in _words(error).lower()


def _words(error: Exception) -> str:
    details = getattr(error, "details", None)
    said = getattr(error, "message", None) or (details() if callable(details) else None)
    return str(said or type(error).__name__)
