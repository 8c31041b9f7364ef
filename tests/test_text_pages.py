"""Scraped text pages: the title once, the body without furniture, the "also read" line as a link."""

from pathlib import Path

import pytest

from index.article import Article, Link
from index.errors import InvalidArticle
from index.sources import Rejected, open_source
from index.sources.saved.text_page import read_page

HARBOUR = """\
Subscribe now

Harbour Bridge Reopens After Storm
Harbour Bridge Reopens After Storm
Photo: J. Roe / Getty Images

The harbour bridge opened again on Tuesday, two weeks after a storm tore away part of its railing.

Related: Storm Closes Harbour Bridge

Related to the storm, officials said, were eleven other closures along the coast.
Read more slowly, the report holds a warning about the oldest of the piers.

See also – What The Report Says About The Piers
Share this article
Follow us on Facebook
ADVERTISEMENT

More from Local News
Cinema Closes
About John Q. Public
John has covered the harbour since 2003.
All rights reserved. 2026
"""


def test_a_page_with_other_furniture_gives_its_article() -> None:
    page = read_page(HARBOUR, "2026/harbour")
    assert (page.id, page.title) == ("2026/harbour", "Harbour Bridge Reopens After Storm")
    assert page.text.split("\n\n") == [
        "The harbour bridge opened again on Tuesday, two weeks after a storm tore away part of its railing.",
        "Related to the storm, officials said, were eleven other closures along the coast.",
        "Read more slowly, the report holds a warning about the oldest of the piers.",
    ]
    assert (page.section, page.authors) == ("local news", ("John Q. Public",))
    assert [link.title for link in page.links] == [
        "Storm Closes Harbour Bridge",
        "What The Report Says About The Piers",
    ]


def test_a_page_without_furniture_is_its_title_and_its_body() -> None:
    page = read_page("A Quiet Day\n\nNothing happened.\nNothing at all.", "quiet")
    assert (page.title, page.text) == ("A Quiet Day", "Nothing happened.\n\nNothing at all.")
    assert (page.section, page.authors, page.links) == (None, (), ())


@pytest.mark.parametrize(
    "line",
    [
        "Also readStorm Closes Bridge",
        "Also read: Storm Closes Bridge",
        "ALSO READ – Storm Closes Bridge",
        "Read also Storm Closes Bridge",
        "Related: Storm Closes Bridge",
        "See also: Storm Closes Bridge",
        "Read more: Storm Closes Bridge",
    ],
)
def test_an_also_read_line_becomes_a_link_and_leaves_the_text(line: str) -> None:
    page = read_page(f"A Quiet Day\n\nNothing happened.\n{line}\nThe end.", "quiet")
    assert page.links == (Link(title="Storm Closes Bridge"),)
    assert page.text == "Nothing happened.\n\nThe end."


@pytest.mark.parametrize("raw", ["", "\n\n \n", "\ufeff"])
def test_an_empty_page_is_refused(raw: str) -> None:
    with pytest.raises(InvalidArticle, match="expected at least one of them"):
        read_page(raw.removeprefix("\ufeff"), "empty")


def test_a_folder_is_read_in_the_order_of_names_and_bad_pages_are_named(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one.two.txt").write_text("The Second Page\n\nText.", encoding="utf-8-sig")
    (tmp_path / "a.txt").write_text("The First Page\n\nText.")
    (tmp_path / "c.txt").write_text("")
    (tmp_path / "d.txt").write_bytes(b"Caf\xe9")
    (tmp_path / "notes.md").write_text("not a page")
    source = open_source(str(tmp_path))
    items = list(source)
    assert [item.id for item in items if isinstance(item, Article)] == ["a", "b/one.two"]
    assert [item.title for item in items[:2]] == ["The First Page", "The Second Page"]
    rejected = [(Path(item.place).name, item.problems) for item in items if isinstance(item, Rejected)]
    assert rejected == [
        ("c.txt", ("title, text: expected at least one of them, got neither",)),
        ("d.txt", ("expected UTF-8, got byte 0xe9 at byte 4",)),
    ]
    assert source.position() == source.size > 0


def test_a_single_page_is_read_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "page.TXT").write_text("The First Page\n\nText.")
    assert [item.id for item in open_source(str(tmp_path / "page.TXT"))] == ["page"]


@pytest.mark.data
def test_the_page_that_started_this_is_read_as_a_person_would(development_data: Path) -> None:
    (page,) = open_source(str(development_data / "pages" / "text_dump"))
    title = "Russia Ready For ‘Serious Joint Work’ With NATO On Security"
    paragraphs = page.text.split("\n\n")
    assert (page.id, page.title) == ("russia-nato-joint-work", title)
    assert (page.section, page.authors) == ("world", ("Jennifer Ong",))
    assert page.links == (Link(title="WW3 Scenario: Russia Set Up Air Defense System Against NATO In Crimea"),)
    assert len(paragraphs) == 8
    assert paragraphs[0].startswith("Amidst aggressive military movements")
    assert paragraphs[-1] == "There is no reaction yet from Russia regarding Sea Breeze 2016 at this time."
    for furniture in (
        title,
        "Connect with us",
        "Flickr",
        "Also read",
        "newsletter",
        "Jennifer",
        "More in",
        "Good News",
    ):
        assert furniture not in page.text
