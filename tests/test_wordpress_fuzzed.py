"""What hostile exports made of the reader: minutes over comments that nothing ends, a crash at a name in a zip."""

import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.errors import UnreadableSource
from index.sources import Rejected, open_source
from index.sources.wordpress.scan import Cutter

HEAD = (
    '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>'
    "<wp:base_site_url>http://paper.example</wp:base_site_url>"
)
ITEM = (
    "<item><title>{0}</title><link>http://paper.example/{0}</link><wp:post_id>{0}</wp:post_id>"
    "<wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item>"
)


def test_many_comments_that_nothing_ends_are_looked_through_once() -> None:
    text = HEAD + "<item>" + "<!--" * 300_000 + "</item>" + ITEM.format(2) + "</channel></rss>"
    started = time.process_time()
    found = [piece.text for piece in Cutter(io.BytesIO(text.encode())).pieces()]
    assert time.process_time() - started < 5  # as it was: a third of a minute
    assert found[-1] == ITEM.format(2)


PARTS = st.sampled_from(["<!--", "-->", "word ", "<![CDATA[", "]]>", "x" * 40_000])


@given(st.lists(PARTS, max_size=12), st.lists(PARTS, max_size=6))
def test_a_comment_ends_where_it_would_if_each_were_looked_for_by_itself(one: list[str], other: list[str]) -> None:
    text = f"{HEAD}<item>{''.join(one)}</item>{''.join(other)}{ITEM.format(2)}</channel></rss>"

    class Forgetful(Cutter):
        def _after(self, at: int, end: str) -> int:
            self._none.clear()
            return super()._after(at, end)

    assert list(Cutter(io.BytesIO(text.encode())).pieces()) == list(Forgetful(io.BytesIO(text.encode())).pieces())


def test_a_name_in_a_zip_that_is_no_text_costs_its_file_alone(tmp_path: Path) -> None:
    path, packed = tmp_path / "a.zip", io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in (1, 2):
            archive.writestr(f"ü{number}.xml", HEAD + ITEM.format(number) + "</channel></rss>")
    data = packed.getvalue()
    at = data.index("ü2.xml".encode())
    path.write_bytes(data[:at] + b"\x85" + data[at + 1 :])
    items = list(open_source(str(path)))
    assert [type(item) for item in items if isinstance(item, Article | Rejected)] == [Article, Rejected]


def test_the_same_in_a_zip_of_saved_pages(tmp_path: Path) -> None:
    path, packed = tmp_path / "a.zip", io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in (1, 2):
            archive.writestr(
                f"ü{number}.html", f"<h1>The ferry {number}</h1>" + "<p>It sailed at noon, as it does.</p>" * 9
            )
    data = packed.getvalue()
    at = data.index("ü2.html".encode())
    path.write_bytes(data[:at] + b"\x85" + data[at + 1 :])
    items = list(open_source(str(path)))
    assert len(items) == 2
    assert isinstance(items[-1], Rejected)


def test_a_zip_of_another_century_is_refused_and_no_crash(tmp_path: Path) -> None:
    path, packed = tmp_path / "a.zip", io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.html", "<p>One</p>")
    data = bytearray(packed.getvalue())
    data[data.index(b"PK\x01\x02") + 6] = 249  # the version of zip that is needed to unpack it
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match="expected a zip archive"):
        list(open_source(str(path)))
