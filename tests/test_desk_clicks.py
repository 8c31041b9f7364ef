"""The desk's page of clicks: pictures that say what the report says."""

import csv
import re
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from editors_fixtures import Newsroom, small_newsroom, text_of
from hypothesis import given
from hypothesis import strategies as st

from index.click_counts import Count, Place, add_counts
from index.policy_versions import save_policy
from recommender.policy import load_policy, policy_from_toml
from service.clicks.report import Span
from service.desk.click_plots import HEIGHT, WIDTH, days, nice_top, percent, rates

TODAY = date(2026, 3, 14)


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


def counted(room: Newsroom, counts: dict[Place, Count]) -> None:
    room.writer.run(lambda catalogue: add_counts(catalogue, counts))


def place(days_ago: int = 0, **other) -> Place:
    given = {"slot": "also-read", "article_id": "flood-1", "item_id": "flood-2", "position": 1, "source": "similar"}
    return Place(TODAY - timedelta(days=days_ago), **{**given, "policy": "a" * 12, **other})


def row(day: date, seen: int, clicks: int) -> dict[str, object]:
    rate = clicks / seen if seen else None
    return {
        "day": day.isoformat(),
        "seen": seen,
        "clicks": clicks,
        "ctr": rate,
        "ctr_low": None if rate is None else max(0.0, rate - 0.01),
        "ctr_high": None if rate is None else rate + 0.01,
    }


def test_without_counts_the_page_says_so(room: Newsroom):
    assert "Nothing was seen or clicked" in text_of(room.editor("read").page("/desk/clicks"))


def test_the_page_shows_what_was_counted(room: Newsroom):
    room.clock.now = room.clock.now.replace(year=2026, month=3, day=14)
    counted(room, {place(): Count(200, 10, "local"), place(1, position=2, source="latest"): Count(300, 3, None)})
    page = text_of(room.editor("read").page("/desk/clicks"))
    assert "Seen 500 Clicked 13 Share clicked 2.6 %" in page
    for said in ("Also read", "Local", "no section", "Place 1", "Place 2", "Related", "Newest, to fill up"):
        assert said in page
    assert "13 clicks" in page


def test_where_much_is_counted_the_page_comes_first_and_its_figures_after_it(room: Newsroom, monkeypatch):
    monkeypatch.setattr("service.desk.clicks.MANY", 1)
    room.clock.now = room.clock.now.replace(year=2026, month=3, day=14)
    counted(room, {place(): Count(200, 10), place(1): Count(300, 3)})
    editor = room.editor("read")
    first = editor.page("/desk/clicks")
    assert "Adding up" in first
    address = re.search(r'data-count="([^"]+)"', first)
    assert address is not None
    assert "Seen 500" in text_of(editor.page(address[1].replace("&amp;", "&")))
    assert "Seen 500" in text_of(editor.page("/desk/clicks"))


def test_a_policy_is_called_by_the_number_under_which_it_was_saved(room: Newsroom):
    room.clock.now = room.clock.now.replace(year=2026, month=3, day=14)
    saved = "[also-read]\nlimit = 3\n"
    version = policy_from_toml(saved).version
    room.writer.run(lambda catalogue: save_policy(catalogue, saved, version, "Anna"))
    shown = {version: "Policy 1 ", load_policy().version: "As shipped ", "c" * 12: f"Policy {'c' * 12} "}
    counted(room, {place(policy=one): Count(200, 10, "local") for one in shown})
    page = text_of(room.editor("read").page("/desk/clicks"))
    by_policy = page[page.index("By policy") :]
    for name in shown.values():
        assert name in by_policy
    assert version not in page


def test_days_outside_the_span_do_not_count(room: Newsroom):
    room.clock.now = room.clock.now.replace(year=2026, month=3, day=14)
    counted(room, {place(): Count(200, 10), place(20): Count(999, 0)})
    span = {"from": "2026-03-10", "to": "2026-03-14"}
    assert "Seen 200" in text_of(room.editor("read").page("/desk/clicks", **span))


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"from": "2026-03-14", "to": "2026-03-01"}, {"to": "2026-3-1"}]
)
def test_days_that_are_none_are_refused_in_a_sentence(room: Newsroom, query):
    response = room.editor("read").get("/desk/clicks", **query)
    assert response.status_code == 400
    assert "two dates" in response.text


def test_an_item_that_is_not_served_any_more_is_named_by_its_id(room: Newsroom):
    room.clock.now = room.clock.now.replace(year=2026, month=3, day=14)
    counted(room, {place(item_id="<gone>"): Count(100, 9)})
    page = room.editor("read").page("/desk/clicks")
    assert "&lt;gone&gt;" in page
    assert "not served any more" in page


def test_the_export_is_the_report_as_a_file(room: Newsroom):
    counted(room, {place(): Count(200, 10, "local")})
    response = room.editor("read").get(
        "/desk/clicks/export", **{"from": "2026-03-14", "to": "2026-03-14", "by": "slot"}
    )
    assert "attachment" in response.headers["Content-Disposition"]
    (line,) = csv.DictReader(StringIO(response.text))
    assert (line["slot"], line["seen"], line["clicks"]) == ("also-read", "200", "10")
    assert room.editor("read", "b").get("/desk/clicks/export", by="nonsense").status_code == 400


def test_the_line_has_a_point_for_each_day_and_a_gap_where_nothing_was_seen():
    span = Span(TODAY - timedelta(days=4), TODAY)
    rows = [row(span.first + timedelta(days=at), 100, at) for at in (0, 1, 3, 4)]
    found = days(rows, span)
    assert found.line == "M0 100 L250 80 M750 40 L1000 20"
    assert found.band.count("Z") == 2
    assert (found.best.clicks, found.worst.clicks) == (4, 0)
    assert [day for _, day in found.labels] == [span.first + timedelta(days=at) for at in range(5)]


def test_one_day_alone_stands_in_the_middle():
    found = days([row(TODAY, 100, 3)], Span(TODAY, TODAY))
    assert found.line.startswith(f"M{WIDTH / 2:g} ")
    assert days([], Span(TODAY, TODAY)).line == ""


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 5_000), st.integers(0, 50)),
        max_size=40,
        unique_by=lambda one: one[0],
    )
)
def test_no_line_leaves_its_picture(counts):
    span = Span(TODAY - timedelta(days=60), TODAY)
    rows = [row(span.first + timedelta(days=at), seen, min(clicks, seen)) for at, seen, clicks in sorted(counts)]
    found = days(rows, span)
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", found.line + found.band)]
    assert all(-0.01 <= number <= WIDTH for number in numbers)
    assert all(number <= HEIGHT for number in numbers[1::2])


@given(st.floats(1e-6, 1.0))
def test_a_scale_holds_what_is_to_be_shown_and_little_more(most: float):
    assert most * 0.999 <= nice_top(most) <= max(2.01 * most, 0)


def test_a_plot_keeps_the_most_seen_groups_in_the_report_s_order():
    rows = [row(TODAY, 10 + at, 1) | {"section": f"s{at:02}"} for at in range(20)]
    found = rates("section", "By section", rows, str, 0.05)
    assert [one.name for one in found.rows] == [f"s{at:02}" for at in range(8, 20)]
    assert found.more == 8
    assert all(0 <= one.low <= one.middle <= one.high <= 100 for one in found.rows)


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "–"), (0.0, "0 %"), (0.00513, "0.51 %"), (0.0246, "2.5 %"), (1.0, "100 %"), (0.104, "10.4 %")],
)
def test_shares_are_written_as_people_read_them(share, said):
    assert percent(share) == said
