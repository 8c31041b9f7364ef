"""The gate holds against a rebuild what its sources lost, not what people took down."""

from pathlib import Path

import pytest
from helpers import article, rebuild_with

from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue, place_of
from index.errors import RebuildRefused
from service.commands.rebuild import _say_what_was_read


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


def test_a_rebuild_names_what_the_api_wrote_and_its_sources_lack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    old = [article(f"n{number}", f"Title {number}") for number in range(10)]
    rebuild_with(data, old)
    with Catalogue.open(place_of(data)) as catalogue:
        put_articles(catalogue, [article("new", "Written by the CMS")])
    once, twice = rebuild_with(data, old), rebuild_with(data, old)
    assert (once.kept_unseen, once.removed_written, once.articles) == (["new"], [], 11)
    assert (twice.kept_unseen, twice.removed_written, twice.articles) == ([], ["new"], 10)
    for report in (once, twice):
        _say_what_was_read(report, None)
    said = capsys.readouterr().err
    assert "not in the sources: they stay until the next rebuild (1): new" in said
    assert "missing in the sources for the second time: removed (1): new" in said
