"""Parquet: an article a row, whatever types its columns have, and a damaged part costs only itself."""

import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parquet_process import started_here

from index.article import Article
from index.article_record import FieldNames, parse_article
from index.errors import UnreadableSource
from index.sources import Rejected, Skipped
from index.sources.tables.parquet_table import ParquetTable

pytest.importorskip("pyarrow", reason="the extra parquet is not installed")

import pyarrow as pa
import pyarrow.parquet as pq

from index.parquet import file
from index.sources.tables import parquet_table


@pytest.fixture(autouse=True)
def _read_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """That it is another process is what `test_parquet_apart.py` is about."""
    monkeypatch.setattr(parquet_table, "started", started_here)


Items = list[Article | Rejected | Skipped]


def read(folder: Path, table: Any, fields: dict[str, str] | None = None, **options: Any) -> Items:
    """What a table is read as, once it was written."""
    pq.write_table(table, folder / "a.parquet", **options)
    return list(ParquetTable.at(folder / "a.parquet", FieldNames(fields or {})))


def one(folder: Path, field: str, values: Any) -> Items:
    return read(
        folder, pa.table({"id": [str(n) for n in range(len(values))], "title": ["T"] * len(values), field: values})
    )


BRINKBY = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("values", "iso"),
    [
        (pa.array([date(2026, 3, 14)]), "2026-03-14T00:00:00+00:00"),
        # without a zone on purpose
        (pa.array([datetime(2026, 3, 14, 8)], pa.timestamp("s")), "2026-03-14T08:00:00+00:00"),  # noqa: DTZ001
        (pa.array([1773475200123456789], pa.timestamp("ns")), "2026-03-14T08:00:00.123456+00:00"),
        (pa.array([1773475200123], pa.timestamp("ms", "Asia/Tokyo")), "2026-03-14T08:00:00.123000+00:00"),
        (pa.array(["2026-03-14T10:00:00+02:00"]), "2026-03-14T08:00:00+00:00"),
        (pa.array(["14.03.2026 08:00"]), "2026-03-14T08:00:00+00:00"),
        (pa.array(["2026-03-14"]).dictionary_encode(), "2026-03-14T00:00:00+00:00"),
    ],
)
def test_dates_of_every_type_are_read_and_without_a_zone_they_are_utc(tmp_path: Path, values: Any, iso: str) -> None:
    (item,) = one(tmp_path, "date", values)
    assert item.published_at.isoformat() == iso


@pytest.mark.parametrize("values", [pa.array([2**62], pa.timestamp("us")), pa.array(["3/4/2026"]), pa.array([5])])
def test_a_date_that_is_none_or_that_may_be_two_days_is_rejected(tmp_path: Path, values: Any) -> None:
    (item,) = one(tmp_path, "date", values)
    assert isinstance(item, Rejected)
    assert item.place.endswith("a.parquet, row 1")
    assert item.problems[0].startswith("date: expected a date") or item.problems[0].startswith(
        "published_at: expected a date"
    )


@pytest.mark.parametrize(
    "values",
    [
        pa.array([["harbour", "storm"]]),
        pa.array([["harbour", "storm"]], pa.large_list(pa.large_string())),
        pa.array([["harbour", "storm"]], pa.list_(pa.string(), 2)),
        pa.array(["harbour; storm"]),
        pa.array([b"harbour|storm"]),
        pa.array(['["harbour", "storm"]']).dictionary_encode(),
    ],
)
def test_lists_are_lists_or_text_as_in_a_cell(tmp_path: Path, values: Any) -> None:
    (item,) = one(tmp_path, "topics", values)
    assert item.tags == ("harbour", "storm")


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (pa.array([{"desk": "city", "since": date(2026, 3, 14)}]), {"desk": "city", "since": "2026-03-14"}),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), [["a", 1]]),
        (pa.array([0], pa.timestamp("s", "Asia/Tokyo")), "1970-01-01T00:00:00+00:00"),
        (pa.array([0], pa.timestamp("s")), "1970-01-01T00:00:00"),
        (pa.array([Decimal("12.50")]), "12.50"),
        (pa.array([Decimal("12.00")]), 12),
        (pa.array([1.5]), 1.5),
        (pa.array([True]), True),
        (pa.array([2**64 - 1], pa.uint64()), 2**64 - 1),
        (pa.array([timedelta(seconds=90)]), 90.0),
    ],
)
def test_what_we_have_no_name_for_is_kept_as_json_has_it(tmp_path: Path, values: Any, kept: object) -> None:
    (item,) = one(tmp_path, "other", values)
    assert dict(item.extra) == {"other": kept}


@pytest.mark.parametrize(
    "ids", [pa.array([7]), pa.array([7.0]), pa.array([Decimal("7.00")]), pa.array(["7"]), pa.array([b"7"])]
)
def test_an_id_may_be_a_number_even_one_that_a_data_frame_made_a_fraction(tmp_path: Path, ids: Any) -> None:
    (item,) = read(tmp_path, pa.table({"ID": ids, "Headline": ["One"]}), {"title": "headline"})
    assert (item.id, item.title) == ("7", "One")


def test_what_is_missing_is_missing_and_rows_are_named_by_their_number(tmp_path: Path) -> None:
    table = pa.table({"id": ["a", None, "c"], "title": ["One", "Two", None], "text": [None, None, " "]})
    items = read(tmp_path, table)
    assert [getattr(item, "id", getattr(item, "place", "")[-5:]) for item in items] == ["a", "row 2", "row 3"]


def test_a_column_of_bytes_is_left_out_and_counted_once(tmp_path: Path) -> None:
    items = one(tmp_path, "thumbnail", pa.array([b"\xff\xd8", b"\xff\xd9"]))
    assert [type(item) for item in items] == [Skipped, Article, Article]
    assert (items[0].place.split(", ")[-1], items[0].kind) == ("column 'thumbnail'", "columns of bytes")
    assert dict(items[1].extra) == {}


def test_bytes_that_are_no_text_where_text_must_be_are_rejected(tmp_path: Path) -> None:
    items = read(tmp_path, pa.table({"id": ["a", "b"], "title": pa.array([b"Caf\xe9", b"Two"])}))
    assert items[0].problems == (
        "title: expected a string of at most 2,000 characters, got bytes that are no text (UTF-8)",
    )
    assert items[1].title == "Two"


def test_an_address_is_the_id_where_there_is_no_other(tmp_path: Path) -> None:
    (item,) = read(tmp_path, pa.table({"url": ["https://x.example/a"], "title": ["One"]}))
    assert item.id == "https://x.example/a"


def test_position_goes_up_to_the_size_in_rows(tmp_path: Path) -> None:
    table = pa.table({"id": [str(n) for n in range(500)], "title": ["T"] * 500})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=120)
    source = ParquetTable.at(tmp_path / "a.parquet", FieldNames())
    assert [source.position() for _ in source] == list(range(1, 501))
    assert source.size == 500


def raw_of(folder: Path, **options: Any) -> bytearray:
    rows = [f"{n * 7919:x}" * 9 for n in range(300)]
    table = pa.table({"id": [str(n) for n in range(300)], "title": rows})
    pq.write_table(table, folder / "a.parquet", row_group_size=100, use_dictionary=False, compression="zstd", **options)
    return bytearray((folder / "a.parquet").read_bytes())


def test_a_damaged_row_group_costs_only_itself(tmp_path: Path) -> None:
    raw = raw_of(tmp_path, write_page_checksum=True)
    part = pq.read_metadata(tmp_path / "a.parquet").row_group(1).column(1)
    raw[part.data_page_offset + part.total_compressed_size - 9] ^= 0x55
    (tmp_path / "a.parquet").write_bytes(raw)
    source = ParquetTable.at(tmp_path / "a.parquet", FieldNames())
    items = list(source)
    assert [item.id for item in items if isinstance(item, Article)] == [str(n) for n in (*range(100), *range(200, 300))]
    (rejected,) = [item for item in items if isinstance(item, Rejected)]
    assert rejected.place.endswith("a.parquet, rows 101 to 200")
    assert rejected.problems[0].startswith("row group 2 cannot be read further: ")
    assert source.position() == 300


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"PAR1 nothing PAR1", b"id,title\na,One\n"])
def test_what_is_no_parquet_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(raw)
    with pytest.raises(UnreadableSource, match="expected a Parquet file"):
        ParquetTable.at(tmp_path / "a.parquet", FieldNames())


def test_a_file_cut_short_and_one_that_is_missing_are_refused(tmp_path: Path) -> None:
    raw = raw_of(tmp_path)
    (tmp_path / "a.parquet").write_bytes(raw[:-100])
    for name in ("a.parquet", "missing.parquet"):
        with pytest.raises(UnreadableSource, match="expected a Parquet file"):
            ParquetTable.at(tmp_path / name, FieldNames())


def test_columns_that_make_no_article_are_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"none for 'id'.*--field id=COLUMN"):
        read(tmp_path, pa.table({"key": ["a"], "title": ["One"]}))


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnreadableSource, match=r"requires the extra parquet: pip install 'alsoread\[parquet\]'"):
        ParquetTable.at(tmp_path / "a.parquet", FieldNames())


def test_a_part_that_unpacks_to_far_more_than_text_does_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BOMB_BYTES", 1_000_000)
    table = pa.table({"id": ["a", "b"], "title": ["One", "Two"], "text": ["x" * 2_000_000, "short"]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=1, compression="zstd")
    first, problem, second, rows = file.ParquetFile(tmp_path / "a.parquet").parts()
    assert (first, second) == (file.Group(0, 1), file.Group(1, 2))
    assert "which no text is" in str(problem)
    assert rows == [["b"], ["Two"], ["short"]]


def test_a_value_that_all_rows_share_is_unpacked_for_few_of_them_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BYTES_AT_ONCE", 3_000_000)
    shared = pa.table({"id": [str(n) for n in range(10)], "title": ["T"] * 10, "text": ["x" * 1_000_000] * 10})
    pq.write_table(shared, tmp_path / "a.parquet")
    parts = list(file.ParquetFile(tmp_path / "a.parquet").parts())
    assert [len(part[0]) for part in parts if isinstance(part, list)] == [2, 2, 2, 2, 2]


RECORD = st.fixed_dictionaries(
    {"id": st.text("abc/-ü", min_size=1), "title": st.text(st.characters(codec="utf-8"), min_size=1)},
    optional={
        "text": st.text(st.characters(codec="utf-8")),
        "tags": st.lists(st.text("abc", min_size=1)),
        "published_at": st.datetimes(timezones=st.just(UTC)),
        "sensitive": st.booleans(),
    },
)
SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "title": pa.string(),
        "text": pa.string(),
        "tags": pa.list_(pa.string()),
        "published_at": pa.timestamp("us", "UTC"),
        "sensitive": pa.bool_(),
    }
)


@given(st.lists(RECORD, max_size=6), st.sampled_from(["none", "snappy", "zstd", "gzip"]), st.integers(1, 4))
def test_what_was_written_is_read_as_the_same_records(
    tmp_path: Path, records: list[dict[str, Any]], compression: str, group: int
) -> None:
    table = pa.Table.from_pylist(records, schema=SCHEMA)
    items = read(tmp_path, table, compression=compression, row_group_size=group)
    assert len(items) == len(records)
    for item, record in zip(items, records, strict=True):
        if isinstance(item, Article):
            assert item == parse_article(record)
        else:
            assert not record["title"].strip() or any(
                ord(letter) < 32 or 126 < ord(letter) < 160 for letter in record["title"]
            )


@given(st.data())
def test_a_damaged_file_is_no_crash(tmp_path: Path, data: st.DataObject) -> None:
    raw = raw_of(tmp_path)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "a.parquet").write_bytes(raw)
    try:
        source = ParquetTable.at(tmp_path / "a.parquet", FieldNames())
    except UnreadableSource:
        return
    for item in source:
        assert isinstance(item, Article) or item.place
    assert source.position() == source.size
