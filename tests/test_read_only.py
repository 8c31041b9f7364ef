"""A data folder that nothing can be written to: what was committed last is read all the same, and nothing is written."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import article, rebuild_with

from index import sqlite_files
from index.article_writes import delete_article, put_articles
from index.catalogue import FILE, Catalogue
from index.change_log import changes_after
from index.engines import database_errors_said
from index.errors import CatalogueUnusable
from index.live_index import LiveIndex

BESIDE = ("-wal", "-shm")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rebuild_with(tmp_path / "data", [article(name, f"Flood {name}", "The ferry is late.") for name in "abc"])
    return tmp_path / "data"


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes a folder read-only, for whoever else than root runs the tests in earnest; what is asked says so in any case."""

    def make(data: Path) -> None:
        denied = {data, *data.iterdir()}
        allowed = os.access
        monkeypatch.setattr(sqlite_files.os, "access", lambda path, mode: path not in denied and allowed(path, mode))
        for path in data.glob(f"{FILE}*"):
            path.chmod(0o444)

    return make


def removed(data: Path) -> list[str]:
    with Catalogue.open_existing(data / FILE, 1) as catalogue:
        return [change.article_id for change in changes_after(catalogue.engine, 0)]


def as_killed(data: Path, article_id: str, endings: tuple[str, ...]) -> None:
    """Remove an article and leave the files that a killed process leaves."""
    with Catalogue.open(data / FILE) as catalogue:
        delete_article(catalogue, article_id)
        for ending in ("", *endings):
            shutil.copyfile(data / f"{FILE}{ending}", data / f"kept{ending}")
    for ending in ("", *endings):
        (data / f"kept{ending}").rename(data / f"{FILE}{ending}")


@pytest.mark.parametrize("endings", [BESIDE, BESIDE[:1], ()], ids=["wal and shm", "wal alone", "neither"])
def test_a_removal_counts_whatever_files_stand_beside_the_catalogue(
    data: Path, endings: tuple[str, ...], read_only: Callable[[Path], None]
):
    if endings:
        as_killed(data, "a", endings)
    else:
        with Catalogue.open(data / FILE) as catalogue:
            delete_article(catalogue, "a")
    assert {path.name for path in data.glob(f"{FILE}-*")} == {f"{FILE}{ending}" for ending in endings}
    read_only(data)
    assert removed(data) == ["a"]
    live = LiveIndex(data, data / FILE)
    assert live.snapshot().row_of_id("a") is None
    assert live.snapshot().row_of_id("b") is not None
    assert live.problem is None


def test_a_write_is_refused_in_words_and_the_catalogue_opens_as_ever(data: Path, read_only: Callable[[Path], None]):
    read_only(data)
    with Catalogue.open(data / FILE) as catalogue:
        with pytest.raises(CatalogueUnusable, match="read-only"), database_errors_said():
            put_articles(catalogue, [article("new", "New", "New")])
        assert catalogue.count() == 3


def test_what_another_writes_meanwhile_is_seen(
    data: Path, read_only: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as for_us:
        denied = {data, data / FILE}
        for_us.setattr(sqlite_files.os, "access", lambda path, mode: path not in denied)
        reader = Catalogue.open_existing(data / FILE, 1)
        assert changes_after(reader.engine, 0) == []
    with Catalogue.open(data / FILE) as writer:
        delete_article(writer, "b")
        assert [change.article_id for change in changes_after(reader.engine, 0)] == ["b"]
    reader.close()


def test_it_is_written_to_again_as_soon_as_it_can_be(data: Path):
    as_killed(data, "a", BESIDE)
    access = os.access
    with pytest.MonkeyPatch.context() as for_now:
        for_now.setattr(
            sqlite_files.os, "access", lambda path, mode: path not in (data, data / FILE) and access(path, mode)
        )
        catalogue = Catalogue.open(data / FILE)
        assert [change.article_id for change in changes_after(catalogue.engine, 0)] == ["a"]
        with pytest.raises(CatalogueUnusable, match="read-only"), database_errors_said():
            delete_article(catalogue, "b")
    with catalogue:
        delete_article(catalogue, "b")
        assert [change.article_id for change in changes_after(catalogue.engine, 0)] == ["a", "b"]
