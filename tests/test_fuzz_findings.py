"""What the fuzz campaign found, each once more."""

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.article import Article
from index.article_record import FieldNames
from index.entities import unescape
from index.errors import FetchFailed
from index.extraction.json_ld import _loaded
from index.extraction.plain import plain
from index.fetching import UNCONDITIONAL, Fetched, Validators
from index.sources import Rejected, packed
from index.sources.jsonl import JsonLines
from index.sources.static_site.markdown import prose_of
from index.sources.static_site.permalinks import _cut
from index.sources.tables.csv_table import CsvTable
from index.sources.web.sitemap import find_sitemaps
from index.sources.wordpress.api import find_api
from index.sources.wordpress.content import as_html
from index.sources.wordpress.post import plain_title
from index.sources.wordpress.xml import declarations, read_record
from index.urls import joined

MANY = 300_000


class Answers:
    """A site that answers with these bodies, and names sitemaps."""

    def __init__(self, bodies: dict[str, bytes], *sitemaps: str) -> None:
        self._bodies, self._sitemaps = bodies, sitemaps

    def get(
        self, url: str, validators: Validators = UNCONDITIONAL, accept: str = "*/*", max_bytes: int | None = None
    ) -> Fetched:
        if url not in self._bodies:
            raise FetchFailed(f"{url}: 404", 404)
        return Fetched(url, 200, self._bodies[url], "", None, UNCONDITIONAL, {})

    def sitemaps(self, url: str) -> tuple[str, ...]:
        return self._sitemaps


@pytest.mark.parametrize("number", ["&#" + "9" * 5_000 + ";", "&#x" + "f" * 5_000, "&#" + "1" * 30])
def test_a_number_of_thousands_of_digits_is_no_character_and_no_crash(number: str) -> None:
    assert unescape(f"a {number} &amp; b") == "a \ufffd & b"
    assert plain_title(f"a {number} &amp; b") == "a \ufffd & b"
    assert plain(f"a {number} &amp; b") == "a \ufffd & b"


def test_a_place_of_thousands_of_digits_in_a_permalink_is_beyond_the_last_step() -> None:
    assert list(_cut(["a", "b"], "9" * 5_000)) == []
    assert list(_cut(["a", "b"], f"1:{'9' * 5_000}")) == ["b"]


def test_a_page_that_names_its_interface_by_no_address_is_asked_for_it_at_the_usual_places() -> None:
    site = "https://hythe.test/"
    front = b'<link rel="https://api.w.org/" href="http://[::1"><link rel="https://api.w.org/" href="file:///etc/x">'
    api, about = find_api(Answers({site: front, f"{site}wp-json/?_fields=name,description,url,home,gmt_offset,namespaces":
                                   b'{"namespaces": []}'}), site)  # fmt: skip
    assert api.root == f"{site}wp-json/"
    assert about["namespaces"] == []


def test_sitemaps_that_robots_txt_names_by_no_address_are_none() -> None:
    site = "https://hythe.test/"
    assert find_sitemaps(site, Answers({}, "http://[", "file:///etc/x", "/map.xml")) == (f"{site}map.xml",)
    assert joined(site, "http://[") is None


SLOW: dict[str, Callable[[], object]] = {
    "white space before the end of JSON-LD's wrapping": lambda: _loaded("{" + " " * MANY + "x"),
    "a string in JSON-LD that is never closed": lambda: _loaded('{"' + '\\"' * MANY),
    "comments that are never closed, in a title": lambda: plain("<!--" * MANY),
    "white space in a section that is never closed": lambda: read_record(
        "<title><![CDATA[a" + " " * MANY + "b & c", declarations("<rss>")
    ),
    "blanks within a line of WordPress": lambda: as_html("a" + " \t" * MANY + "b"),
    "blanks within a line of Markdown": lambda: prose_of("a" + " \t" * MANY + "b"),
}


@pytest.mark.parametrize("case", SLOW)
def test_what_took_quadratic_time_takes_moments(case: str) -> None:
    started = time.process_time()
    SLOW[case]()
    assert time.process_time() - started < 10  # as it was: minutes


def test_what_wraps_json_ld_still_leaves_it() -> None:
    for text in (
        "<!-- {0} -->",
        "//<![CDATA[\n{0}\n//]]>",
        "/* <![CDATA[ */ {0} /* ]]> */",
        "<!--\n{0}\n//-->\n",
        "{0} ;",
    ):
        assert _loaded(text.replace("{0}", '{"a": "b"}')) == {"a": "b"}


def test_comments_leave_a_title_one_by_one() -> None:
    assert plain("a<!-- b --> c <!-- <i>d</i> --> e -- <!---->f") == "a c e -- f"


RECORDS = {
    "a.jsonl.gz": b'{"id": "%d", "title": "One"}\n',
    "a.csv.gz": b"%d,One\n",
}


@pytest.mark.parametrize("name", RECORDS)
def test_gzip_that_unpacks_to_far_more_than_text_does_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(packed, "PLENTY", 300_000)
    path = tmp_path / name
    first = b"id,title\n" if "csv" in name else b""
    path.write_bytes(gzip.compress(first + RECORDS[name] % 1 + b"\n" * 1_000_000))
    reader = CsvTable.at if "csv" in name else JsonLines.at
    article, rejected = list(reader(path, FieldNames()))
    assert isinstance(article, Article)
    assert isinstance(rejected, Rejected)
    assert rejected.problems == ("the file cannot be read further: it unpacks to far more than text does",)
    monkeypatch.setattr(packed, "PLENTY", 1 << 30)
    assert [type(item) for item in reader(path, FieldNames())] == [Article]
