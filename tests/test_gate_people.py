"""The gate holds against a rebuild what its sources lost, not what people took down."""

from pathlib import Path

import pytest
from helpers import article, rebuild_with

from index.article_writes import delete_article
from index.catalogue import Catalogue, place_of
from index.errors import RebuildRefused


def test_what_people_took_down_is_not_held_against_the_next_rebuild(tmp_path: Path) -> None:
    data = tmp_path / "data"
    many = [article(f"n{number}", f"Title {number}") for number in range(10)]
    rebuild_with(data, many)
    with Catalogue.open(place_of(data)) as catalogue:
        for one in many[:6]:
            delete_article(catalogue, one.id)
    report = rebuild_with(data, many)
    assert (report.articles, report.removed, len(report.withheld)) == (4, 6, 6)
    with pytest.raises(RebuildRefused, match="3 of 4 articles would be lost"):
        rebuild_with(data, many[9:])
