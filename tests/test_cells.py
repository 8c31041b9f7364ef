"""Cells of a table: lists in one cell, yes and no, and what stands for nothing."""

import csv
import io
from pathlib import Path

import pytest

from index.article import Article
from index.article_record import FieldNames
from index.sources import Rejected
from index.sources.tables.csv_table import CsvTable


def read(folder: Path, *rows: list[str]) -> list[Article | Rejected]:
    """What a table of these rows is read as."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    (folder / "a.csv").write_text(out.getvalue(), encoding="utf-8")
    return list(CsvTable.at(folder / "a.csv", FieldNames()))


@pytest.mark.parametrize(
    ("field", "cell", "items"),
    [
        ("tags", "harbour; storm ;", ("harbour", "storm")),
        ("tags", "harbour|storm", ("harbour", "storm")),
        ("tags", "harbour, storm", ("harbour", "storm")),
        ("tags", "harbour, north; storm", ("harbour, north", "storm")),
        ("tags", '["harbour, north", "storm"]', ("harbour, north", "storm")),
        ("tags", "['harbour', 'storm']", ("harbour", "storm")),
        ("tags", "harbour", ("harbour",)),
        ("authors", "Ida Brandt, Jon Moe", ("Ida Brandt", "Jon Moe")),
        ("authors", "Brandt, Ida", ("Brandt, Ida",)),
        ("authors", "Brandt, Ida; Moe, Jon", ("Brandt, Ida", "Moe, Jon")),
        ("links", "https://x.example/a,1, https://x.example/b", ("https://x.example/a,1", "https://x.example/b")),
        ("links", "a b|c", ("a b", "c")),
    ],
)
def test_a_list_in_one_cell_is_parted(tmp_path: Path, field: str, cell: str, items: tuple[str, ...]) -> None:
    (item,) = read(tmp_path, ["id", "title", field], ["a", "One", cell])
    if field == "links":
        assert tuple(link.url or link.article_id for link in item.links) == items
    else:
        assert getattr(item, field) == items


def test_a_list_that_is_none_and_a_word_that_is_neither_yes_nor_no_are_rejected_together(tmp_path: Path) -> None:
    (item,) = read(tmp_path, ["id", "title", "tags", "sensitive"], ["a", "One", "[harbour]", "maybe"])
    assert isinstance(item, Rejected)
    assert [sentence.split(":")[0] for sentence in item.problems] == ["tags", "sensitive"]


def test_yes_and_no_are_read_in_cells_and_what_databases_write_for_nothing_is_nothing(tmp_path: Path) -> None:
    items = read(
        tmp_path,
        ["id", "title", "sensitive", "recommendable", "section"],
        ["a", "NULL", "TRUE", "no", "NULL"],
        ["b", "Two", "0", "", r"\N"],
    )
    assert [(item.sensitive, item.recommendable) for item in items] == [(True, False), (False, True)]
    assert [(item.title, item.section) for item in items] == [("NULL", None), ("Two", None)]
