"""What the catalogue tells of rebuilds and take-downs."""

from pathlib import Path

import pytest
from helpers import article, rebuild_with

from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue, place_of
from index.errors import RebuildRefused
from index.rebuild_log import read_rebuilds, read_taken_down

NINE = [article(f"a{n}", section="local" if n < 6 else "world") for n in range(9)]


@pytest.fixture
def catalogue(tmp_path: Path):
    with Catalogue.open(place_of(tmp_path)) as opened:
        yield opened


def test_each_rebuild_is_told_with_what_it_changed_newest_first(tmp_path: Path, catalogue: Catalogue):
    first = rebuild_with(tmp_path, NINE)
    second = rebuild_with(tmp_path, [*NINE[:-1], article("new", section="local")])
    told = read_rebuilds(catalogue.engine, 10)
    assert [one.generation for one in told] == [second.generation, first.generation]
    assert told[0].from_sources
    difference = told[0].difference
    assert difference is not None
    assert difference["articles"] == {"before": 9, "after": 9, "added": 1, "removed": 1, "changed": 0}
    assert difference["sections"] == {"world": {"before": 3, "after": 2}, "local": {"before": 6, "after": 7}}


def test_a_rebuild_that_changed_nothing_has_no_difference(tmp_path: Path, catalogue: Catalogue):
    rebuild_with(tmp_path, NINE)
    rebuild_with(tmp_path, NINE)
    last, first = read_rebuilds(catalogue.engine, 10)
    assert last.difference is None
    assert last.generation == first.generation


def test_a_refused_rebuild_leaves_no_line(tmp_path: Path, catalogue: Catalogue):
    rebuild_with(tmp_path, NINE)
    with pytest.raises(RebuildRefused):
        rebuild_with(tmp_path, NINE[:2])
    assert len(read_rebuilds(catalogue.engine, 10)) == 1


def test_no_more_rebuilds_are_told_than_asked_for(tmp_path: Path, catalogue: Catalogue):
    for count in (7, 8, 9):
        rebuild_with(tmp_path, NINE[:count])
    assert [one.number for one in read_rebuilds(catalogue.engine, 2)] == [3, 2]


def test_what_was_taken_down_is_told_with_its_time(tmp_path: Path, catalogue: Catalogue):
    rebuild_with(tmp_path, NINE)
    delete_article(catalogue, "a1")
    put_articles(catalogue, [article("a2", status="unpublished")])
    told, count = read_taken_down(catalogue.engine, 10)
    assert {(one.article_id, one.removed) for one in told} == {("a1", True), ("a2", False)}
    assert all(one.at is not None for one in told)
    assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
    assert count == 2
    assert read_taken_down(catalogue.engine, 1) == (told[:1], 2)


def test_what_came_back_is_not_told(tmp_path: Path, catalogue: Catalogue):
    rebuild_with(tmp_path, NINE)
    delete_article(catalogue, "a1")
    put_articles(catalogue, [article("a1", text="It is back.")])
    assert read_taken_down(catalogue.engine, 10) == ([], 0)
