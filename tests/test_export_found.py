"""A WordPress export is known for one in whatever it comes: a zip as WordPress.com gives it, a folder of its parts."""

import gzip
import zipfile
from pathlib import Path

import pytest
from wordpress_archive import Story, wxr

from index.article import Article
from index.sources import open_source
from index.sources.saved.pages import SavedPages
from index.sources.wordpress.export import WordPressExport

PARTS = [wxr([Story(1), Story(2)]), wxr([Story(3)])]


def titles(location: Path) -> list[str]:
    source = open_source(str(location))
    assert isinstance(source, WordPressExport)
    return [item.title for item in source if isinstance(item, Article)]


@pytest.mark.parametrize("name", ["part.000.xml", "backup/PART.XML", "part.wxr"])
def test_a_zip_of_exports_is_one(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "paper.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(PARTS):
            archive.writestr(f"{number}-{name}" if "/" not in name else name.replace("/", f"/{number}-"), part)
    assert titles(tmp_path / "paper.zip") == [Story(number).title for number in (1, 2, 3)]


def test_a_folder_of_the_parts_of_one_is_one_archive_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "paper.000.xml").write_bytes(PARTS[0].encode())
    (tmp_path / "paper.001.xml.gz").write_bytes(gzip.compress(PARTS[1].encode(), mtime=0))
    (tmp_path / "read-me.txt").write_text("Exported on a Saturday.\n")
    assert titles(tmp_path) == [Story(number).title for number in (1, 2, 3)]


@pytest.mark.parametrize("members", [{"a.html": "<html>"}, {"sitemap.xml": "<urlset/>", "a.html": "<html>"}, {}])
def test_any_other_zip_is_one_of_saved_pages(tmp_path: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(tmp_path / "pages.zip", "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    assert isinstance(open_source(str(tmp_path / "pages.zip")), SavedPages)


def test_a_damaged_zip_is_left_to_who_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "paper.zip", "w") as archive:
        archive.writestr("paper.xml", PARTS[0])
    raw = (tmp_path / "paper.zip").read_bytes()
    (tmp_path / "paper.zip").write_bytes(raw[: len(raw) // 2])
    assert isinstance(open_source(str(tmp_path / "paper.zip")), SavedPages)
