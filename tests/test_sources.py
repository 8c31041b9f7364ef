"""Readers of archives: what is good arrives, what is bad is named by its place, and nothing ends the run."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from index.article import Article
from index.errors import UnreadableSource
from index.sources import Rejected, Source, jsonl, open_source

GOOD = [{"id": f"a{number}", "title": f"Title {number}"} for number in range(5)]
LINES = [orjson.dumps(record) for record in GOOD]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Article | Rejected]]:
    """What a file of these bytes is read as."""

    def read_bytes(raw: bytes, name: str = "archive.jsonl") -> list[Article | Rejected]:
        (tmp_path / name).write_bytes(raw)
        return list(open_source(str(tmp_path / name)))

    return read_bytes


def names(items: list[Article | Rejected]) -> list[str]:
    """Ids of articles, and the last part of a rejected record's place."""
    return [item.id if isinstance(item, Article) else item.place.split(", ")[-1] for item in items]


ALL = ["a0", "a1", "a2", "a3", "a4"]


@pytest.mark.parametrize(
    "raw",
    [
        b"\n".join(LINES) + b"\n",
        b"\n".join(LINES),
        b"\r\n".join(LINES) + b"\r\n",
        b"\xef\xbb\xbf" + b"\n".join(LINES),
        b"\n\n  \n" + b"\n\n".join(LINES) + b"\n\n",
        gzip.compress(b"\n".join(LINES)),
        gzip.compress(b"\n".join(LINES[:2]) + b"\n") + gzip.compress(b"\n".join(LINES[2:])),
    ],
    ids=["plain", "no last line break", "CRLF", "byte-order mark", "blank lines", "gzip", "two gzip members"],
)
@pytest.mark.parametrize("name", ["archive.jsonl", "archive.JSONL.GZ", "archive.json"])
def test_json_lines_are_read_whatever_their_dress(read: Callable, raw: bytes, name: str) -> None:
    assert names(read(raw, name)) == ALL


def test_a_bad_line_is_named_and_the_others_arrive(read: Callable) -> None:
    items = read(b"\n".join([*LINES[:2], b'{"id": "a2", title}', *LINES[3:]]))
    assert names(items) == ["a0", "a1", "line 3", "a3", "a4"]
    (problem,) = items[2].problems
    assert problem.startswith("expected one JSON object, got text that is not JSON: ")
    assert problem.endswith("at character 14")


def test_a_record_that_is_no_article_is_named_with_its_problems(read: Callable) -> None:
    items = read(b"\n".join([LINES[0], b'{"id": true, "title": 5}', b"5"]))
    assert names(items) == ["a0", "line 2", "line 3"]
    assert [problem.split(":")[0] for problem in items[1].problems] == ["id", "title"]
    assert items[2].problems == ("expected an object with at least 'id' and 'title' or 'text', got 5",)


def test_a_byte_that_is_not_utf_8_is_named(read: Callable) -> None:
    items = read(LINES[0] + b'\n{"id": "b", "title": "caf\xe9"}\n' + LINES[1])
    assert names(items) == ["a0", "line 2", "a1"]
    assert items[1].problems == ("expected UTF-8, got byte 0xe9 at byte 26 of the line",)


@pytest.mark.parametrize(
    "line", [b'{"id": "a", "title": "\\ud800"}', b"[" * 3000 + b"]" * 3000, b'{"id": NaN}', b"\x00"]
)
def test_json_that_no_one_can_read_is_rejected_and_not_a_crash(read: Callable, line: bytes) -> None:
    assert names(read(line + b"\n" + LINES[0])) == ["line 1", "a0"]


def test_a_list_over_several_lines_is_told_what_was_expected(read: Callable) -> None:
    items = read(orjson.dumps(GOOD, option=orjson.OPT_INDENT_2))
    assert isinstance(items[0], Rejected)
    assert "one JSON object a line, not a list over several lines" in items[0].problems[0]


def test_a_list_on_one_line_is_told_the_same(read: Callable) -> None:
    (item,) = read(orjson.dumps([GOOD, GOOD]))
    assert "jq -c '.[]'" in item.problems[0]


def test_a_gzip_file_cut_short_gives_what_could_be_read_and_says_so(read: Callable) -> None:
    many = [orjson.dumps({"id": f"b{number}", "title": f"{number * 7919:x}" * 9}) for number in range(3000)]
    raw = gzip.compress(b"\n".join(many))
    items = read(raw[: len(raw) // 2])
    articles = [item.id for item in items[:-1]]
    assert 500 < len(articles) < 2500
    assert articles == [f"b{number}" for number in range(len(articles))]
    assert isinstance(items[-1], Rejected)
    assert f"after line {len(articles):,}" in items[-1].place
    assert "the file cannot be read further" in items[-1].problems[0]


def test_a_damaged_gzip_file_gives_what_could_be_read_and_says_so(read: Callable) -> None:
    raw = bytearray(gzip.compress(b"\n".join(LINES)))
    raw[-6] ^= 1
    items = read(bytes(raw))
    assert names(items[:-1]) in (ALL, ALL[:4])
    assert "cannot be read further" in items[-1].problems[0]


def test_a_line_that_is_too_long_is_passed_over(read: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE", 64)
    long = orjson.dumps({"id": "long", "title": "x" * 300})
    items = read(b"\n".join([LINES[0], long, LINES[1]]))
    assert names(items) == ["a0", "line 2", "a1"]
    assert items[1].problems == ("expected a line of at most 64 bytes, got a longer one",)
    assert names(read(long)) == ["line 1"]


def test_a_line_of_just_the_longest_length_is_read(read: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE", len(LINES[0]))
    assert names(read(b"\n".join(LINES))) == ALL
    assert names(read(LINES[0])) == ["a0"]


def test_an_empty_file_holds_nothing(read: Callable) -> None:
    assert read(b"") == []
    assert read(b"\xef\xbb\xbf") == []


def test_standard_input_is_json_lines() -> None:
    source = open_source("-", stdin=io.BytesIO(b"\n".join(LINES)))
    assert names(list(source)) == ALL
    assert (source.name, source.size) == ("standard input", None)


def test_the_readers_own_field_names_are_used_and_unknown_fields_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "a", "headline": "H", "desk": 1}\n{"id": "b", "headline": "I", "desk": 2}'
    )
    source = open_source(str(tmp_path / "a.jsonl"), {"title": "headline"})
    assert [item.title for item in source] == ["H", "I"]
    assert source.names.unknown == {"desk": 2}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_position_goes_up_to_the_size(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a.jsonl").write_bytes(pack(b"\n".join(LINES * 4_000)))
    source: Source = open_source(str(tmp_path / "a.jsonl"))
    positions = [source.position() for _ in source]
    assert positions == sorted(positions)
    assert 0 < positions[0] <= positions[-1] == source.size


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.jsonl", "no such file or folder"),
        ("archive.bin", r"expected JSON lines, CSV, .* or tar of pages; this is none of them"),
        ("photographs", r"expected a folder of saved pages \(\.html\), of Markdown .* or of scraped text \(\.txt\)"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_can(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "archive.bin").write_bytes(b"\x00\x01")
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "pier.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(UnreadableSource, match=said):
        open_source(str(tmp_path / name))


def test_standard_input_that_is_not_there_is_said() -> None:
    with pytest.raises(UnreadableSource, match="there is none here"):
        open_source("-")


@pytest.mark.data
@pytest.mark.parametrize(("folder", "count"), [("digitalgov", 2076), ("bbc", 2225), ("ecbplus", 982)])
def test_whole_archives_are_read_without_a_reject(development_data: Path, folder: str, count: int) -> None:
    items = list(open_source(str(development_data / folder / "articles.jsonl.gz")))
    assert [item for item in items if isinstance(item, Rejected)] == []
    assert len({item.id for item in items}) == count
