"""Memory that was needed for a moment is the system's again."""

import sys

import psutil
import pytest

from index.memory import give_back


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be asked to give memory back")
def test_what_was_freed_between_what_stays_goes_back():
    """Small pieces, which the allocator does not give back by itself; every 20th stays, on a page of its own."""
    process = psutil.Process()
    pieces = [bytes(2_000) for _ in range(50_000)]
    full = process.memory_info().rss
    kept = pieces[::20]
    del pieces
    before = process.memory_info().rss
    assert give_back()
    after = process.memory_info().rss
    assert before - after > 20e6 or full - after > 60e6
    assert len(kept) == 2_500
