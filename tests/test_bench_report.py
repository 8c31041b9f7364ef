"""Tables, targets and plots say what was measured, and nothing where nothing was."""

from pathlib import Path

import pytest

pytest.importorskip("benchmarks.report", reason="the benchmarks are not beside the tests (a source distribution)")

from benchmarks.growth_plots import PICTURES, draw, lines_of
from benchmarks.report import TABLES, put_into, table_of
from benchmarks.results import Row, keep
from benchmarks.targets import OURS, Target, ahead, table, targets

RIVAL = "cold · another"


def cold(rate: float, p99: float, good: float) -> dict[str, float]:
    return {"rate": rate, "p50": 1.0, "p95": 2.0, "p99": p99, "nDCG@10": good}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A run over HTTP in which this service is better than one rival, and another could not be measured."""
    rows = [
        Row(RIVAL, 100_000, {**cold(50, 40, 0.3), "ours over it": 4.0}),
        Row("cold · absent", 100_000, {"note": "could not be installed"}),
        Row(OURS, 100_000, cold(200, 12, 0.4)),
        Row(OURS, 1_000_000, cold(100, 31, 0.4)),
        Row("warm · this service, 304", 100_000, {"rate": 1.0, "over bare": 0.79}),
    ]
    keep("http", rows, tmp_path)
    return tmp_path


def test_a_table_has_a_line_for_each_row_ours_first_and_says_why_one_is_missing(kept: Path) -> None:
    lines = table_of("cold", kept)
    assert lines[2].startswith("| 100,000 | this service | 200 |  | 1.00 | 2.00 | 12.00 |")
    assert lines[3].startswith("| 100,000 | another | 50 | 4.0 × | 1.00 | 2.00 | 40.00 |")
    assert lines[4].startswith("| 100,000 | absent: could not be installed |")
    assert len({line.count("|") for line in lines[:6]}) == 1
    assert table_of("warm", kept)[2].startswith("| 100,000 | this service, 304 | 1 |  | 0.79 |")
    assert table_of("rebuild", kept) == []


def test_a_target_is_met_missed_or_not_measured(kept: Path) -> None:
    text = "\n".join(table(kept))
    assert "| cold also-read at 100,000, p99 | ≤ 15 ms | 12 ms | met |" in text
    assert "| cold also-read at 1,000,000, p99 | ≤ 30 ms | 31 ms | **missed** |" in text
    assert "| warm also-read, 304, over a bare callable | ≥ 0.8 × | 0.79 × | **missed** |" in text
    assert "| ready at 1,000,000 | ≤ 5 s | not measured |  |" in text


@pytest.mark.parametrize(
    ("theirs", "is_ahead"),
    [(cold(50, 40, 0.4), True), (cold(50, 11, 0.3), False), (cold(50, 40, 0.41), False)],
)
def test_ahead_is_who_has_more_requests_a_better_p99_and_lists_as_good(
    kept: Path, theirs: dict[str, float], is_ahead: bool
) -> None:
    keep("http", [Row(RIVAL, 100_000, {**theirs, "ours over it": 4.0})], kept)
    assert [(name, found) for name, found, _ in ahead(kept)] == [("another", is_ahead)]


def test_every_picture_stands_under_a_table() -> None:
    assert {picture.name for picture in PICTURES} == {name for shown in TABLES.values() for name in shown.pictures}


def test_every_target_names_a_family_with_a_table() -> None:
    families = {target.family for target in targets()}
    assert families <= {*TABLES, "http"}
    assert Target("", "", "", 1, "", 2.0).is_met_by(2.0)
    assert not Target("", "", "", 1, "", 2.0, at_least=False).is_met_by(2.1)


def test_a_part_of_a_document_is_replaced_and_nothing_else() -> None:
    text = "before\n<!-- bench: cold -->\nold\n<!-- end -->\nbetween\n<!-- bench: warm -->\nwarm\n<!-- end -->\n"
    done = put_into(text, "cold", ["new", "lines"])
    assert done.replace("\n", " ").split() == (
        "before <!-- bench: cold --> new lines <!-- end --> between <!-- bench: warm --> warm <!-- end -->".split()
    )
    assert put_into(done, "cold", ["new", "lines"]) == done
    with pytest.raises(ValueError, match="expected a part <!-- bench: rebuild -->"):
        put_into(text, "rebuild", [])


def test_docs_have_a_place_for_every_table() -> None:
    text = (Path(__file__).parents[1] / "docs" / "performance.md").read_text(encoding="utf-8")
    for name in (*TABLES, "targets"):
        assert f"<!-- bench: {name} -->" in text


def test_a_picture_has_the_points_of_each_size_and_is_drawn_where_there_are_two(kept: Path, tmp_path: Path) -> None:
    assert lines_of(PICTURES[0], kept)["this service"] == [(100_000, 12.0), (1_000_000, 31.0)]
    assert draw(tmp_path / "plots", kept) == {PICTURES[0].name: PICTURES[0].title}
    assert (tmp_path / "plots" / "growth-cold.svg").read_text(encoding="utf-8").startswith("<?xml")
