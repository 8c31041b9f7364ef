"""Lists of addresses: each line a page, and what is no address is named by its line."""

from pathlib import Path

import pytest
from crawl_helpers import paper, read_plain, told
from fetching_helpers import fetcher
from web_server import serving

from index.errors import UnreadableSource
from index.sources.web.addresses import Addresses

LIST = """\ufeff# our best pages
{0}/ferry

  {0}/mill   # with a comment
{0}/ferry#comments
/bridge
{0}/gone
"""


def test_a_list_of_addresses_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    with serving() as web:
        paper(web, "ferry", "mill")
        path.write_text(LIST.format(web.url) + "x" * 20_000 + "\r\n" + web.url + "/mill?page=2", encoding="utf-8")
        source = Addresses(path, fetcher(), read_plain)
        items = told(source)
    assert items[:5] == [
        "Ferry",
        "Mill",
        "list.txt, line 5: pages listed twice",
        "list.txt, line 6: expected one absolute http or https address, got '/bridge'",
        "gone: answered 404: there is nothing at this address; look whether it is spelt right",
    ]
    assert items[5].startswith("list.txt, line 8: expected one absolute")
    assert items[6:] == ["Mill"]
    assert source.position() == source.size == 7


def test_a_list_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="No such file"):
        Addresses(tmp_path / "list.txt", fetcher(), read_plain)


@pytest.mark.data
def test_the_sample_lists_are_read(development_data: Path) -> None:
    samples = development_data / "feeds" / "samples"
    with serving() as web:
        hosts = dict.fromkeys(("httpbin.org", "example.org", "www.example.org"), ())
        asked = fetcher(hosts=hosts)
        assert [
            item.rpartition(": ")[2] for item in told(Addresses(samples / "list-process.txt", asked, read_plain))
        ] == ["there is no address for the host 'httpbin.org'"] * 3
        kinds = [
            item.rpartition(": ")[2] for item in told(Addresses(samples / "redundant-urls.txt", asked, read_plain))
        ]
    assert web.calls == []
    assert kinds.count("pages listed twice") == 5
    assert len(kinds) == 7
