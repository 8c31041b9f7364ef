"""Figures are read, compared and kept as they are."""

from pathlib import Path

import pytest

pytest.importorskip("benchmarks.results", reason="the benchmarks are not beside the tests (a source distribution)")

from benchmarks.results import Row, keep, load, percentiles, ratio
from benchmarks.wrk import read_figures


def test_what_wrk_wrote_becomes_a_rate_and_times() -> None:
    text = '{"requests": 3000, "microseconds": 1500000, "bytes": 9, "errors": 2, "p50": 1.5, "p95": 2.5, "p99": 9, "max": 11}'
    found = read_figures(text)
    assert (found.rate, found.p50, found.p95, found.p99, found.errors) == (2000.0, 1.5, 2.5, 9, 2)


def test_a_run_without_an_answer_is_no_rate_of_zero() -> None:
    with pytest.raises(ValueError, match="it got none \\(7 errors\\)"):
        read_figures(
            '{"requests": 0, "microseconds": 1, "bytes": 0, "errors": 7, "p50": 0, "p95": 0, "p99": 0, "max": 0}'
        )


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentiles([float(at) for at in range(1, 101)]) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert percentiles([3.0]) == {"p50": 3.0, "p95": 3.0, "p99": 3.0}
    with pytest.raises(ValueError, match="at least one"):
        percentiles([])


def test_a_ratio_is_the_median_over_rounds_measured_in_turn() -> None:
    assert ratio([10.0, 40.0, 9.0], [5.0, 10.0, 9.0]) == 2.0
    with pytest.raises(ValueError, match="got 1 and 2"):
        ratio([1.0], [1.0, 2.0])


def test_rows_measured_again_replace_their_like_and_leave_the_others(tmp_path: Path) -> None:
    keep("http", [Row("ours", 10, {"p50": 1.0}), Row("ours", 20, {"p50": 2.0})], tmp_path)
    keep("http", [Row("ours", 20, {"p50": 3.0, "note": "busy"})], tmp_path)
    found = load("http", tmp_path)
    assert found is not None
    assert found.rows == (Row("ours", 10, {"p50": 1.0}), Row("ours", 20, {"p50": 3.0, "note": "busy"}))
    assert found.figure("ours", 20, "p50") == 3.0
    assert found.figure("ours", 20, "note") is None
    assert found.figure("ours", 30, "p50") is None
    assert load("memory", tmp_path) is None
