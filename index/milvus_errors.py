"""What Milvus raises, as an error of ours: what a person may read, without addresses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from index.errors import IndexAway


@contextmanager
def milvus_errors_said() -> Iterator[None]:
    """What Milvus raises comes out as `IndexAway`."""
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException as error:
        raise ours(error) from None


def ours(error: Any) -> IndexAway:
    """Its words without the address that they may hold."""
    said = " ".join(re.sub(r"\S*\d+\.\d+\.\d+\.\d+\S*|\w+://\S+", "…", str(error.message)).split())
    return IndexAway(f"Milvus does not answer as it should: {said[:200]}")


def is_missing(error: Any) -> bool:
    """Whether what was named is not there."""
    return "not found" in str(error.message).lower() or "not exist" in str(error.message).lower()
