"""Whole articles, as the catalogue has them now."""

from pathlib import Path

import pytest
from helpers import article, rebuild_with
from live_fixtures import NEW, A, B

from index.archive_writer import ArchiveWriter
from index.article_reader import ArticleReader
from index.catalogue import FILE
from index.errors import CatalogueUnusable


def test_it_gives_an_article_as_it_was_last_written(data: Path, writer: ArchiveWriter):
    rebuild_with(data, [A, B])
    reader = ArticleReader(data / FILE)
    assert reader.article("a") == A
    writer.put([article("a", "Another title", "Another text."), NEW])
    assert reader.article("a") == article("a", "Another title", "Another text.")
    assert reader.article("new") == NEW
    reader.close()


def test_what_is_not_there_or_not_published_is_none(data: Path, writer: ArchiveWriter):
    rebuild_with(data, [A, B])
    writer.put([article("b", "Withdrawn", "For now.", status="unpublished")])
    writer.delete("a")
    reader = ArticleReader(data / FILE)
    assert [reader.article(one) for one in ("a", "b", "c")] == [None, None, None]
    reader.close()


def test_without_a_catalogue_it_says_so_and_makes_none(data: Path):
    with pytest.raises(CatalogueUnusable, match="no catalogue"):
        ArticleReader(data / FILE).article("a")
    assert not data.exists()
