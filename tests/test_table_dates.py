"""Dates of spreadsheets: told by their form, or by the other dates of their column, and never guessed."""

import io
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.article_record import FieldNames
from index.sources import Rejected
from index.sources.tables.csv_table import CsvTable
from index.sources.tables.dates import DateOrder, iso_date


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("14.03.2026", "2026-03-14"),
        ("3.4.2026", "2026-04-03"),
        ("14.03.2026 08:05", "2026-03-14T08:05:00"),
        ("14.3.2026, 8:05:09", "2026-03-14T08:05:09"),
        ("3/14/2026", "2026-03-14"),
        ("14/3/2026", "2026-03-14"),
        ("3/3/2026", "2026-03-03"),
        ("14-03-2026 08:05:09.123", "2026-03-14T08:05:09"),
        ("3/14/2026 8:05 PM", "2026-03-14T20:05:00"),
        ("3/14/2026 12:05 a.m.", "2026-03-14T00:05:00"),
        ("3/14/2026 12:05pm", "2026-03-14T12:05:00"),
        ("14.03.2026 08:05 +0100", "2026-03-14T08:05:00+0100"),
        ("14.03.2026 08:05z", "2026-03-14T08:05:00Z"),
        ("2026/03/14", "2026-03-14"),
        ("2026.3.14 08:05", "2026-03-14T08:05:00"),
        ("2026-03-14", "2026-03-14"),
        ("2026-03-14T08:00:00Z", "2026-03-14T08:00:00Z"),
        ("14.03.26", "14.03.26"),
        ("46095", "46095"),
        ("14.03.2026 at noon", "14.03.2026 at noon"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_date_is_read_by_its_form_and_what_is_none_stays(text: str, iso: str) -> None:
    assert iso_date(text) == iso


@pytest.mark.parametrize("text", ["32.01.2026", "29.02.2026", "31/31/2026", "14.03.2026 25:00", "14.03.2026 13:00 PM"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no calendar has that day"):
        iso_date(text)


def test_a_date_that_may_be_two_days_is_one_only_where_the_order_is_known() -> None:
    assert iso_date("3/4/2026", True) == "2026-04-03"
    assert iso_date("3/4/2026", False) == "2026-03-04"
    with pytest.raises(ValueError, match="told by no other date of the column"):
        iso_date("3/4/2026")


# without a zone on purpose
@given(st.datetimes(min_value=datetime(1000, 1, 1)), st.sampled_from("/-"), st.booleans())  # noqa: DTZ001
def test_a_date_of_a_known_order_is_the_day_that_was_written(day: datetime, mark: str, is_day_first: bool) -> None:
    first, second = (day.day, day.month) if is_day_first else (day.month, day.day)
    assert iso_date(f"{first}{mark}{second}{mark}{day.year}", is_day_first) == day.date().isoformat()


@given(st.text("0123456789./-: ", max_size=12))
def test_whatever_looks_like_a_date_is_no_crash(text: str) -> None:
    order = DateOrder()
    order.notice(text)
    for is_day_first in (True, False, order.is_day_first):
        with suppress(ValueError):
            assert isinstance(iso_date(text, is_day_first), str)


def column(*dates: str) -> bytes:
    return ("id,title,date\n" + "".join(f"{number},One,{date}\n" for number, date in enumerate(dates))).encode()


def read(path: Path, *dates: str) -> list[str]:
    """The dates that are read, or the word after the parenthesis of why not."""
    path.write_bytes(column(*dates))
    return [shown(item) for item in CsvTable.at(path, FieldNames())]


def shown(item: Article | Rejected) -> str:
    if isinstance(item, Article):
        return item.published_at.date().isoformat() if item.published_at else ""
    return item.problems[0].partition("(")[2].rpartition("(")[2]


UNTOLD = "whether the day or the month comes first is told by no other date of the column)"


def test_a_later_date_of_the_column_tells_the_order_of_an_earlier_one(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", "3/4/2026", "", "14/3/2026") == ["2026-04-03", "", "2026-03-14"]
    assert read(tmp_path / "a.csv", "3/4/2026", "3/14/2026") == ["2026-03-04", "2026-03-14"]


def test_a_column_that_does_not_tell_or_contradicts_itself_has_its_ambiguous_dates_rejected(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", "3/4/2026", "3/3/2026") == [UNTOLD, "2026-03-03"]
    assert read(tmp_path / "a.csv", "3/4/2026", "14/3/2026", "3/14/2026") == [UNTOLD, "2026-03-14", "2026-03-14"]


def test_what_is_rejected_is_told_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(column("3/4/2026"))
    (item,) = CsvTable.at(tmp_path / "a.csv", FieldNames())
    assert isinstance(item, Rejected)
    assert item.problems[0].startswith("date: expected a date or date-time such as 2026-03-14")
    assert 'got "3/4/2026"' in item.problems[0]


def test_on_standard_input_the_dates_before_one_tell(tmp_path: Path) -> None:
    # a BytesIO is raw enough
    stream = io.BufferedReader(io.BytesIO(column("3/4/2026", "14/3/2026", "3/4/2026")))  # type: ignore[arg-type]
    items = list(CsvTable("standard input", stream, FieldNames()))
    assert [shown(item) for item in items] == [UNTOLD, "2026-03-14", "2026-04-03"]
