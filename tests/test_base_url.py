"""`--base-url`: where readers find a site whose files do not say it, or say another address."""

from pathlib import Path

from cli_fixtures import run
from helpers import opened
from wordpress_archive import Story, wxr


def ids(data: Path) -> set[str]:
    snapshot = opened(data)
    return {snapshot.id_of(row) for row in range(len(snapshot))}


def test_pages_of_a_site_without_an_address_are_known_by_the_one_that_is_given(tmp_path: Path, data: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / ".eleventy.js").write_text("module.exports = {};\n")
    (tmp_path / "site" / "ferry.md").write_text("---\ntitle: The ferry\ndate: 2026-03-14\n---\nIt sails.\n")
    run("rebuild", tmp_path / "site", "--data", data, "--base-url", "https://www.paper.example")
    assert ids(data) == {"https://www.paper.example/ferry/"}


def test_an_export_of_a_copy_is_read_under_the_address_that_readers_use(tmp_path: Path, data: Path) -> None:
    (tmp_path / "copy.xml").write_text(wxr([Story(1), Story(2)]))
    run("rebuild", tmp_path / "copy.xml", "--data", data, "--base-url", "https://www.paper.example")
    snapshot = opened(data)
    urls = [segment.card(row)["url"] for segment, row in (snapshot.place(at) for at in range(len(snapshot)))]
    assert len(urls) == 2
    assert all(url.startswith("https://www.paper.example/") for url in urls)


def test_what_is_no_address_is_refused(tmp_path: Path, data: Path) -> None:
    refused = run("rebuild", tmp_path, "--data", data, "--base-url", "paper.example", code=2)
    assert "'paper.example' is no address such as https://www.example.com" in refused.stderr
