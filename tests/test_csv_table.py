"""CSV and TSV: whatever a spreadsheet or a database wrote, an article a row, and a bad row named by its line."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.article_record import FieldNames, parse_article
from index.errors import UnreadableSource
from index.sources import Rejected
from index.sources.tables import csv_lines
from index.sources.tables.csv_table import NEVER_CLOSED, CsvTable

Items = list[Article | Rejected]
Read = Callable[..., Items]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What a table of these bytes, or of this text as UTF-8, is read as."""

    def read_table(table: str | bytes, **fields: str) -> Items:
        path = tmp_path / "archive.csv"
        path.write_bytes(table if isinstance(table, bytes) else table.encode())
        return list(CsvTable.at(path, FieldNames(fields)))

    return read_table


def names(items: Items) -> list[str]:
    """Ids of articles, and the last part of a rejected row's place."""
    return [item.id if isinstance(item, Article) else item.place.split(", ")[-1] for item in items]


def problem(item: Article | Rejected) -> str:
    assert isinstance(item, Rejected)
    (only,) = item.problems
    return only


ROWS = 'id,title,text\na,Harbour reopens,"Boats, again.\nTwo of them."\nb,"The ""Gull"" sails",At dawn.\n'


@pytest.mark.parametrize(
    "table",
    [
        ROWS.encode(),
        ROWS.encode("utf-8-sig"),
        ROWS.encode("utf-16"),
        ROWS.encode("utf-16-be").join([b"\xfe\xff", b""]),
        ROWS.rstrip("\n").encode(),
        ROWS.replace("\n", "\r\n").encode(),
        ROWS.replace("\n", "\r").encode(),
        gzip.compress(ROWS.encode()),
        gzip.compress(ROWS.encode("utf-16")),
        ROWS.replace("id,title,text", "id;title;text")
        .replace("a,", "a;")
        .replace('s,"', 's;"')
        .replace("b,", "b;")
        .replace("ls,", "ls;")
        .replace('sails",', 'sails";')
        .encode(),
        ("sep=,\n" + ROWS).encode(),
        ("\n\n" + ROWS.replace("\nb,", "\n\n,,\nb,")).encode(),
        ROWS.replace('a,Harbour reopens,"', 'a, Harbour reopens, "').encode(),
    ],
    ids="plain mark utf-16-le utf-16-be no-last-break CRLF CR gzip gzip-utf-16 semicolons sep blank blanks".split(),
)
def test_a_table_is_read_whatever_its_dress(read: Read, table: bytes) -> None:
    items = read(table)
    assert names(items) == ["a", "b"]
    assert [item.title for item in items] == ["Harbour reopens", 'The "Gull" sails']
    assert items[0].text.replace("\r", "\n") == "Boats, again.\nTwo of them."
    assert items[1].text == "At dawn."


def test_a_delimiter_that_excel_names_is_believed_whatever_the_header_looks_like(read: Read) -> None:
    assert [item.title for item in read("sep=~\nid~title\na~One; two, three\n")] == ["One; two, three"]


@pytest.mark.parametrize("delimiter", ",;\t|")
def test_the_delimiter_is_the_one_that_makes_most_of_the_header(read: Read, delimiter: str) -> None:
    table = delimiter.join(["id", "title", "a, b; c"]) + "\n" + delimiter.join(["1", "One", "x"]) + "\n"
    if delimiter in ",;":
        table = table.replace("a, b; c", '"a, b; c"')
    (item,) = read(table)
    assert (item.id, item.title, dict(item.extra)) == ("1", "One", {"a, b; c": "x"})


def test_letters_are_utf_8_or_else_windows_1252(read: Read) -> None:
    head, row = "id,title\n", "a,Café – “neu” für 5 €\n"
    for encoding in ("utf-8", "windows-1252"):
        (item,) = read((head + row).encode(encoding))
        assert item.title == "Café – “neu” für 5 €"


def test_a_line_that_is_not_what_the_lines_before_it_were_is_rejected(read: Read) -> None:
    items = read("id,title\na,Café\n".encode() + b"b,Caf\xe9\n" + "c,Café\n".encode())
    assert names(items) == ["a", "line 3", "c"]
    assert problem(items[1]) == "expected UTF-8, got byte 0xe9 at byte 6 of line 3; earlier lines are UTF-8"


def test_a_byte_that_is_no_letter_at_all_is_rejected(read: Read) -> None:
    items = read(b"id,title\na,Caf\x81\nb,\x00\x00\nc,Good\n")
    assert names(items) == ["line 2", "line 3", "c"]
    assert "nor is it windows-1252" in problem(items[0])
    assert "NUL byte" in problem(items[1])


def test_headers_are_known_by_case_blanks_and_aliases_and_the_readers_own_names_win(read: Read) -> None:
    table = "ID,Headline,Published At,Topics,Image URL,Desk,,Description\n7,Storm,2026-03-14,a;b,https://x.example/i.jpg,city,9,D\n"
    (item,) = read(table, title="headline")
    assert (item.id, item.title, item.tags, item.summary) == ("7", "Storm", ("a", "b"), "D")
    assert item.published_at is not None
    assert item.published_at.isoformat() == "2026-03-14T00:00:00+00:00"
    assert item.image_url == "https://x.example/i.jpg"
    assert dict(item.extra) == {"Desk": "city", "column 7": "9"}


def test_a_name_that_only_an_empty_column_has_counts_as_met(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,title,desk\na,One,\n")
    table = CsvTable.at(tmp_path / "a.csv", FieldNames({"section": "desk"}))
    assert [item.section for item in table] == [None]
    assert table.names.met == {"desk"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "an empty table"),
        ("\n\n", "an empty table"),
        ("sep=;\n", "an empty table"),
        ("a,One\nb,Two\n", r"the columns are .*none for 'id' .*--field id=COLUMN, and none for 'title' or 'text'"),
        ("id,desk\na,One\n", r"none for 'title' or 'text': --field title=COLUMN"),
        ("id,title,Title\na,One,Two\n", "two columns have the same name: 'title', 'Title'"),
        ("id,title" + ",Title" * 900 + "\na,One\n", "two columns have the same name: 'title', 'Title'; rename"),
        ('id,"title\na,One\n', "expected a header on one line"),
        ("PK\x03\x04rest", "is a workbook, not a text table"),
        ("i\x00d,title\n", "NUL byte"),
    ],
)
def test_what_has_no_header_is_refused_at_once_with_advice(read: Read, table: str, said: str) -> None:
    with pytest.raises(UnreadableSource, match=said):
        read(table)


@pytest.mark.parametrize("table", ["id,title," + "x" * 300 + "\na,One\n", "sep=;\n" + "x" * 300])
def test_a_header_that_does_not_end_is_refused(read: Read, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "MAX_ROW", 40)
    with pytest.raises(UnreadableSource, match="expected a header, the names of the columns, got a line of more than"):
        read(table)


def test_blank_lines_before_the_header_are_passed_over_however_many(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_lines, "MAX_ROW", 40)
    assert names(read("\n" * 300 + "id,title\na,One\n")) == ["a"]


def test_a_gzip_file_that_is_none_is_refused(read: Read) -> None:
    with pytest.raises(UnreadableSource, match="the header cannot be read"):
        read(b"\x1f\x8bnot gzip")


def test_rows_with_too_many_or_too_few_cells_are_named_by_the_line_where_they_begin(read: Read) -> None:
    items = read('id,title,text\na,One,"1\n2\n3"\nb,Two\nc,"Th\nree",3,4\nd,Four,4,,\ne,Five,5\n')
    assert names(items) == ["a", "line 5", "line 6", "d", "e"]
    assert problem(items[1]) == 'expected 3 cells, as the header has, got 2: "b" and so on'
    assert problem(items[2]) == 'expected 3 cells, as the header has, got 4: "c" and so on'


def test_a_quote_within_a_cell_that_is_not_doubled_costs_its_row_only(read: Read) -> None:
    items = read('id,title\na,"The "Gull" sails"\nb,Two\n')
    assert names(items) == ["line 2", "b"]
    assert problem(items[0]).startswith(
        "expected ',' or the row's end after the quotation mark that closes a cell, in line 2"
    )


def test_a_quote_that_is_never_closed_costs_its_row_only_where_the_others_are_rows(read: Read) -> None:
    items = read('id,title\na,One\nb,"Two\nc,Three\n\n,Four\n')
    assert names(items) == ["a", "line 3", "c", "line 6"]
    assert problem(items[1]) == f"{NEVER_CLOSED} (the 3 lines after it are read as rows of their own)"
    items = read('id,title\na,One\nb,"Two\nc,Three\nd,"Four, really"\ne,Five\n')
    assert names(items) == ["a", "line 3", "c", "d", "e"]


def test_paragraphs_of_a_cell_that_is_quoted_wrongly_become_no_articles(read: Read) -> None:
    items = read('id,title,text\na,One,"first\nb, she said, twice\nthe "Gull" sails\n"\nc,Three,third\n')
    assert [item.id for item in items if isinstance(item, Article)] == ["c"]
    assert problem(items[0]).endswith("(the row took the lines up to 4)")


def test_a_row_that_is_too_long_is_named_and_what_follows_is_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "MAX_ROW", 40)
    items = read("id,title\na,One\nb," + "x" * 300 + "\nc,Three\n" + 'd,"Four\n' + "e,Five\n" * 10)
    assert names(items)[:4] == ["a", "line 3", "c", "line 5"]
    assert "at most" in problem(items[1])
    assert NEVER_CLOSED not in problem(items[1])
    assert NEVER_CLOSED in problem(items[3])
    assert names(items)[4:] == ["e"] * 10


def test_without_a_column_for_the_id_the_address_is_it(read: Read) -> None:
    items = read("url,title\nhttps://x.example/a,One\n,Two\nharbour,Three\n")
    assert names(items) == ["https://x.example/a", "line 3", "line 4"]
    assert "there is no column for an id" in problem(items[1])
    assert problem(items[2]).startswith("url: expected an absolute")


def test_standard_input_is_read_and_left_open() -> None:
    stream = io.BufferedReader(io.BytesIO(b"id,title\na,One\n"))
    table = CsvTable("standard input", stream, FieldNames())
    assert names(list(table)) == ["a"]
    assert not stream.closed


def test_a_file_cut_short_within_gzip_gives_what_could_be_read(read: Read) -> None:
    rows = "id,title\n" + "".join(f"{number},{number * 7919:x}\n" for number in range(3_000))
    raw = gzip.compress(rows.encode())
    items = read(raw[: len(raw) // 2])
    assert 500 < len(items) < 2_500
    assert "cannot be read further" in problem(items[-1])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_position_goes_up_to_the_size(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a.csv").write_bytes(pack(b"id,title\n" + b"a,One\n" * 4_000))
    table = CsvTable.at(tmp_path / "a.csv", FieldNames())
    positions = [table.position() for _ in table]
    assert positions == sorted(positions)
    assert 0 < positions[0] <= positions[-1] <= (table.size or 0) == table.position()


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r")).filter(
    lambda text: text.strip().upper() not in ("NULL", "\\N")
)
RECORD = st.fixed_dictionaries(
    {"id": st.text("abc/-ü", min_size=1), "title": CELL, "text": CELL, "section": CELL, "desk": CELL}
)


@given(
    st.lists(RECORD, max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_csv_writer_wrote_is_read_as_the_same_records(
    tmp_path: Path, records: list[dict[str, str]], delimiter: str, encoding: str, quoting: int
) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, ["id", "title", "text", "section", "desk"], delimiter=delimiter, quoting=quoting)
        writer.writeheader()
        writer.writerows(records)
    items = list(CsvTable.at(path, FieldNames()))
    assert len(items) == len(records)
    for item, record in zip(items, records, strict=True):
        if isinstance(item, Article):
            filled = {key: value for key, value in record.items() if value and not value.isspace()}
            assert item == parse_article(filled)


@given(st.data())
def test_a_damaged_table_is_no_crash(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(ROWS.encode() * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.sampled_from(b'"\n\r,;\0\xff\xc3x'))
    path = tmp_path / "a.csv"
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        items = list(CsvTable.at(path, FieldNames()))
    except UnreadableSource:
        return
    assert all(isinstance(item, Article) or (item.place and item.problems) for item in items)
