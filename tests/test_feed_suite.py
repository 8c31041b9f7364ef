"""Every file of feedparser's test suite, as the benchmark measures it."""

from pathlib import Path

import pytest

from benchmarks.ingest_feeds import measure


@pytest.mark.data
def test_no_file_of_the_suite_crashes_hangs_or_loses_an_entry(development_data: Path) -> None:
    figures = measure(development_data / "feeds")
    assert (figures["crashes"], figures["hangs"], figures["losses"]) == ([], [], [])
    assert figures["files"] > 2_242
    # the sample of JSON Feed has 25 items, which feedparser does not see
    assert figures["articles"] + figures["rejected"] == figures["entries"] + 25
    agreement = figures["agreement"]
    assert all(met == there for name, (met, there) in agreement.items() if name in ("date", "url", "authors", "title"))
    assert all(met >= 0.95 * there for name, (met, there) in agreement.items() if name != "id")
