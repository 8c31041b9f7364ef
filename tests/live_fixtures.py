"""What the tests of following share: a few articles, an index that follows, a writer beside it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers import article

from index.archive_writer import ArchiveWriter
from index.catalogue import FILE
from index.live_index import LiveIndex

A, B, C = (
    article(name, f"Flood at bridge {name}", f"The ferry is late; {who} waits.", section="local")
    for name, who in (("a", "the miller"), ("b", "the mayor"), ("c", "the baker"))
)
NEW = article("new", "Harbour reopens", "The mayor leaves again.", section="local")


@pytest.fixture
def live(data: Path) -> LiveIndex:
    index = LiveIndex(data, data / FILE)
    index.snapshot()
    return index


@pytest.fixture
def writer(data: Path) -> Iterator[ArchiveWriter]:
    opened = ArchiveWriter(data / FILE, data)
    yield opened
    opened.close()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def has(live: LiveIndex, article_id: str) -> bool:
    return live.snapshot().row_of_id(article_id) is not None
