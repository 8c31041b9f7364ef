"""Standard input is JSON lines, unless it begins with the header of a table."""

import io

import pytest

from index.article import Article
from index.sources import Rejected, open_source

TABLES = {
    "commas": b"id,title\na,Ferry\n",
    "semicolons and a byte-order mark": b"\xef\xbb\xbftitle;id\r\nFerry;a\r\n",
    "tabs": b"ID\tTitle\na\tFerry\n",
    "quotes": b'"id","title"\n"a","Ferry"\n',
    "a line for Excel": b"sep=;\nid;title\na;Ferry\n",
    "UTF-16": "\ufeffid,title\na,Ferry\n".encode("utf-16-le"),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("buffered", [True, False])
def test_a_table_is_known_by_its_header(table: str, buffered: bool) -> None:
    stream = io.BytesIO(TABLES[table])
    (item,) = open_source("-", stdin=io.BufferedReader(stream) if buffered else stream)
    assert isinstance(item, Article)
    assert (item.id, item.title) == ("a", "Ferry")


def test_a_header_of_an_archive_s_own_names_is_known_by_those_that_are_given() -> None:
    source = open_source("-", {"id": "nr", "title": "kop"}, io.BytesIO(b"nr,kop\na,Ferry\n"))
    assert [item.title for item in source if isinstance(item, Article)] == ["Ferry"]


@pytest.mark.parametrize("lines", [b'{"id": "a", "title": "Ferry, id, title"}\n', b'\n\n {"id": "a", "title": "x"}\n'])
def test_what_begins_with_a_brace_is_json_lines(lines: bytes) -> None:
    (item,) = open_source("-", stdin=io.BytesIO(lines))
    assert isinstance(item, Article)


def test_what_is_neither_is_rejected_as_json_lines_line_by_line() -> None:
    items = list(open_source("-", stdin=io.BytesIO(b"one, two\nthree, four\n")))
    assert [type(item) for item in items] == [Rejected, Rejected]


def test_nothing_at_all_holds_no_article() -> None:
    assert list(open_source("-", stdin=io.BytesIO(b""))) == []
