"""A connection to a Ray cluster, for as long as a rebuild needs it."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from index.errors import EmbedderAway, ModelMissing

CONNECT_SECONDS = 5.0


def _check_answers(address: str) -> None:
    """Ray itself would try for minutes. Raises `EmbedderAway` where nobody listens at `host:port`, `ModelMissing` for what is
    no address."""
    if address in ("auto", "local"):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise ModelMissing(
            f"expected auto, local, HOST:PORT or ray://HOST:PORT as the Ray cluster's address, got {address!r}"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no address"
        raise EmbedderAway(f"the Ray cluster at {address} does not answer: {reason}") from None


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected. Raises `EmbedderAway` where the cluster does not answer, `ModelMissing` without the extra."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers of each cluster
    try:
        import ray
    except ModuleNotFoundError:
        raise ModelMissing(
            "a Ray cluster needs the extra 'ray'; install it with: pip install 'alsoread[ray]' -c constraints.txt"
        ) from None
    _check_answers(address)
    where = {"include_dashboard": False} if address == "local" else {"address": address}
    try:
        ray.init(**where, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise EmbedderAway(
            f"the Ray cluster at {address} does not answer: {str(error).splitlines()[0][:200]}"
        ) from None
    try:
        yield ray
    finally:
        ray.shutdown()
