"""Saved pages that were read before are not read again, unless they changed or are read by another version."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pages_of_dunmere import LD, ld_json, page

from index.article import Article
from index.errors import RebuildLocked
from index.extraction.saved import SavedPage
from index.fetching.kept import KeptItems
from index.sources import Item, Rejected, Skipped
from index.sources.saved import kept as kept_module
from index.sources.saved.files import Folder
from index.sources.saved.kept import KeptPages, kept_pages
from index.sources.saved.pool import read_in_order


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles, a page that is none, and a file that is no page."""
    there = tmp_path / "pages"
    there.mkdir()
    for name in ("a", "b", "c"):
        (there / f"{name}.html").write_bytes(story(name))
    (there / "d.html").write_bytes(b"<html><body></body></html>")
    (there / "e.css").write_bytes(b"p {}")
    return there


def story(name: str) -> bytes:
    return page(ld_json({**LD, "headline": f"Story {name}"}))


def run(folder: Path, data: Path) -> tuple[list[Item], list[str]]:
    """What a run gives, and the names of the pages that it had to read."""
    asked: list[str] = []

    def read(pages: Iterator[Item | SavedPage]) -> Iterator[Item]:
        def noted() -> Iterator[Item | SavedPage]:
            for one in pages:
                if isinstance(one, SavedPage):
                    asked.append(one.name)
                yield one

        return read_in_order(noted(), workers=0)

    data.mkdir(exist_ok=True)
    with KeptItems(data) as kept:
        return list(KeptPages(folder, kept).read(Folder(folder), read)), asked


def test_a_second_run_reads_no_page_and_gives_the_same(folder: Path, tmp_path: Path) -> None:
    first, asked = run(folder, tmp_path / "data")
    assert asked == ["a.html", "b.html", "c.html", "d.html"]
    assert [type(item) for item in first] == [Article, Article, Article, Skipped, Skipped]
    second, asked = run(folder, tmp_path / "data")
    assert asked == []
    assert second == first


def test_what_is_new_changed_or_has_another_name_is_read(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "data")
    (folder / "b.html").write_bytes(story("changed"))
    (folder / "c.html").rename(folder / "f.html")
    items, asked = run(folder, tmp_path / "data")
    assert asked == ["b.html", "f.html"]
    titles = [item.title for item in items if isinstance(item, Article)]
    assert titles == ["Story a", "Story changed", "Story c"]


def test_a_page_that_is_gone_is_forgotten(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "data")
    (folder / "a.html").unlink()
    run(folder, tmp_path / "data")
    (folder / "a.html").write_bytes(story("a"))
    assert run(folder, tmp_path / "data")[1] == ["a.html"]


@pytest.mark.parametrize("which", ["READ_VERSION", "RECORD_VERSION"])
def test_another_version_of_the_reader_reads_all_anew(
    folder: Path, tmp_path: Path, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder, tmp_path / "data")
    monkeypatch.setattr(kept_module, which, getattr(kept_module, which) + 1)
    assert len(run(folder, tmp_path / "data")[1]) == 4


def test_a_page_that_was_rejected_is_tried_again(folder: Path, tmp_path: Path) -> None:
    with KeptItems(tmp_path) as kept:
        list(KeptPages(folder, kept).read(Folder(folder), lambda pages: (Rejected("-", ("slow",)) for _ in pages)))
        found = KeptPages(folder, kept).read(Folder(folder), lambda pages: read_in_order(pages, workers=0))
        assert [type(item) for item in found] == [Article, Article, Article, Skipped, Skipped]


def test_where_another_process_has_the_file_all_is_read(folder: Path) -> None:
    def locked() -> KeptItems | None:
        raise RebuildLocked("in use")

    assert kept_pages(folder, locked) is None
