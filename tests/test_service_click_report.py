"""`GET /v1/reports/clicks` and `alsoread clicks`: who may read it, what it groups, two policies compared."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cli_fixtures import lines, one_line_error, run
from click_fixtures import Site, site_over
from service_fixtures import NOON, check_problem, small_archive
from writing_fixtures import NOBODYS_KEY, make_key

from index.catalogue import Catalogue, place_of
from index.click_counts import Count, Place, add_counts
from recommender.policy import load_policy

TODAY = NOON.date()
A = Place(TODAY, "also-read", "flood-1", "flood-2", 1, "similar", "a" * 12)


def put(data: Path, counts: Mapping[Place, Count]) -> None:
    with Catalogue.open(place_of(data)) as catalogue:
        add_counts(catalogue, counts)


@pytest.fixture
def site(data: Path) -> Site:
    site = site_over(data).publish(small_archive())
    counts = {
        A: Count(100, 5, "news"),
        replace(A, position=2, item_id="flood-3"): Count(80, 2, "news"),
        replace(A, slot="more-in-section", source="section"): Count(50, 1, "news"),
        replace(A, article_id="match-1", day=TODAY - timedelta(days=1)): Count(40, 0, "sport"),
        replace(A, article_id="plain", day=TODAY - timedelta(days=27)): Count(10, 1),
        replace(A, day=TODAY - timedelta(days=28)): Count(1_000, 900, "old"),
    }
    put(data, counts)
    return site


def figures(rows: list[dict[str, Any]], *names: str) -> list[tuple]:
    return [tuple(row[name] for name in (*names, "seen", "clicks")) for row in rows]


def test_the_last_four_weeks_are_told_apart_by_slot_unless_something_else_is_asked_for(site: Site):
    report = site.clicks()
    assert (report["from"], report["to"], report["by"]) == ("2026-02-21", "2026-03-20", ["slot"])
    assert figures(report["rows"], "slot") == [("also-read", 230, 8), ("more-in-section", 50, 1)]
    assert report["rows"][0]["ctr"] == pytest.approx(8 / 230, abs=1e-6)
    assert report["rows"][0]["ctr_low"] < 8 / 230 < report["rows"][0]["ctr_high"]
    assert "items" not in report


def test_groups_combine_and_stand_in_order_what_has_no_section_last(site: Site):
    rows = site.clicks(by="section,position")["rows"]
    assert figures(rows, "section", "position") == [
        ("news", 1, 150, 6),
        ("news", 2, 80, 2),
        ("sport", 1, 40, 0),
        (None, 1, 10, 1),
    ]
    days = site.clicks(by="day", **{"from": "2026-02-20", "to": "2026-03-19"})["rows"]
    assert figures(days, "day") == [("2026-02-20", 1000, 900), ("2026-02-21", 10, 1), ("2026-03-19", 40, 0)]


def test_the_items_clicked_most_are_named_where_asked_for(site: Site):
    assert site.clicks(items=1)["items"] == [
        {"id": "flood-2", "seen": 200, "clicks": 7, "ctr": 0.035},
    ]


@pytest.mark.parametrize(
    ("query", "headers"), [({"format": "csv"}, {}), ({}, {"Accept": "text/csv"}), ({}, {"Accept": "text/csv;q=0.9"})]
)
def test_it_comes_as_csv_too(site: Site, query: dict, headers: dict):
    response = site.ask(headers, by="section", **query)
    assert response.mimetype == "text/csv"
    table = list(csv.DictReader(StringIO(response.text)))
    assert [(row["section"], row["seen"], row["clicks"]) for row in table] == [
        ("news", "230", "8"),
        ("sport", "40", "0"),
        ("", "10", "1"),
    ]
    assert site.ask({"Accept": "text/csv"}, format="json").mimetype == "application/json"
    assert site.ask({"Accept": "*/*"}).mimetype == "application/json"


def test_no_cell_of_the_csv_is_a_formula(site: Site):
    put(site.data, {A: Count(1, 1, "=HYPERLINK(1)")})
    table = list(csv.DictReader(StringIO(site.ask(by="section", format="csv").text)))
    assert "'=HYPERLINK(1)" in [row["section"] for row in table]


def test_only_a_key_that_reads_opens_it(site: Site):
    check_problem(site.client.get("/v1/reports/clicks"), 401, "key-required")
    check_problem(site.ask({"Authorization": f"Bearer {NOBODYS_KEY}"}), 401, "key-required")
    writes, all_of_it = make_key(site.data, "cms", "write"), make_key(site.data, "desk", "admin")
    problem = check_problem(site.ask({"Authorization": f"Bearer {writes}"}), 403, "wrong-scope")
    assert problem["detail"] == "this needs a key of scope read, this one is of scope write"
    response = site.ask({"Authorization": f"Bearer {all_of_it}"})
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    put_with_read = site.client.delete("/v1/articles/flood-1", headers={"Authorization": f"Bearer {site.token}"})
    check_problem(put_with_read, 403, "wrong-scope")


def test_the_first_days_of_all_have_a_report_too(site: Site):
    report = site.ask(to="0001-01-05").get_json()
    assert (report["from"], report["to"], report["rows"]) == ("0001-01-01", "0001-01-05", [])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"by": "reader"}, "by"),
        ({"by": "slot,slot"}, "by"),
        ({"from": "yesterday"}, "from"),
        ({"to": "20260320"}, "to"),
        ({"from": "2026-03-21", "to": "2026-03-20"}, "from"),
        ({"items": "0"}, "items"),
        ({"items": "²"}, "items"),
        ({"format": "xls"}, "format"),
        ({"format": "csv", "items": "3"}, "items"),
        ({"compare": "yes"}, "compare"),
        ({"compare": "true", "by": "slot"}, "by"),
        ({"limit": "3"}, "limit"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(site: Site, query: dict, parameter: str):
    assert check_problem(site.ask(**query), 400, "invalid-parameter")["parameter"] == parameter


def test_a_comparison_needs_two_policies(site: Site, tmp_path: Path):
    said = check_problem(site.ask(compare="true"), 409, "nothing-to-compare")["detail"]
    assert said.endswith("got one")
    same = tmp_path / "same.toml"
    same.write_text("", encoding="utf-8")
    twice = site_over(site.data, site.token, policy_b=same)
    assert "the same twice" in check_problem(twice.ask(compare="true"), 409, "nothing-to-compare")["detail"]


@pytest.fixture
def policy_b(tmp_path: Path) -> Path:
    path = tmp_path / "b.toml"
    path.write_text("[also-read]\nlimit = 3\n", encoding="utf-8")
    return path


def week(data: Path, policy_b: Path, today: date) -> None:
    """Two days of 60 articles for each policy, B clicked twice as often; a day before on which there was A alone; and one
    article in another slot."""
    a, b = load_policy().version, load_policy(policy_b).version
    counts = {}
    for back in (0, 1):
        for number in range(60):
            policy, clicks = (a, 2 + number % 3) if number % 2 else (b, 5 + number % 3)
            place = replace(A, day=today - timedelta(days=back), article_id=f"piece-{number}", policy=policy)
            counts[place] = Count(100, clicks, "news")
    counts[replace(A, day=today, slot="background", policy=a)] = Count(10, 1, "news")
    counts[replace(A, day=today - timedelta(days=2), policy=a)] = Count(100_000, 90_000, "news")
    counts[replace(A, day=today, policy="other")] = Count(100_000, 90_000, "news")
    put(data, counts)


def check_comparison(rows: list[dict[str, Any]]) -> None:
    both, also_read, background = rows
    assert [row["slot"] for row in rows] == ["all", "also-read", "background"]
    assert (also_read["seen_a"], also_read["clicks_a"], also_read["ctr_a"]) == (6_000, 180, 0.03)
    assert (also_read["seen_b"], also_read["clicks_b"], also_read["ctr_b"]) == (6_000, 360, 0.06)
    assert (also_read["difference"], also_read["ratio"]) == (0.03, 2.0)
    assert 0 < also_read["difference_low"] < 0.03 < also_read["difference_high"]
    assert 1 < also_read["ratio_low"] < 2 < also_read["ratio_high"]
    assert also_read["verdict"] == "B is clicked more"
    assert (both["seen_a"], both["clicks_a"]) == (6_010, 181)
    assert background["verdict"].startswith("too little data: policy A")
    assert background["difference"] is None


def test_two_policies_are_compared_on_the_days_on_which_both_were_shown(site: Site, policy_b: Path):
    week(site.data, policy_b, TODAY)
    split = site_over(site.data, site.token, policy_b=policy_b)
    report = split.clicks(compare="true")
    assert (report["a"], report["b"]) == (load_policy().version, load_policy(policy_b).version)
    assert report["days"] == 2
    check_comparison(report["rows"])
    table = list(csv.DictReader(StringIO(split.ask(compare="true", format="csv").text)))
    assert [row["verdict"] for row in table] == [row["verdict"] for row in report["rows"]]
    none = split.clicks(compare="true", to="2020-01-01")
    assert (none["days"], [row["verdict"][:15] for row in none["rows"]]) == (0, ["too little data"])


def test_the_command_line_prints_the_same(data: Path, policy_b: Path):
    site = site_over(data).publish(small_archive())
    today = datetime.now(UTC).date()
    week(data, policy_b, today)
    site.clock.now = datetime.now(UTC)
    asked = ("clicks", "--by", "day,policy", "--data", data)
    assert lines(run(*asked, "--json")) == site.clicks(by="day,policy")["rows"]
    header, *_ = [line.split("\t") for line in run(*asked).stdout.splitlines()][1:]
    assert header == ["day", "policy", "seen", "clicks", "ctr", "ctr_low", "ctr_high"]
    assert lines(run("clicks", "--items", 1, "--data", data, "--json")) == site.clicks(items=1)["items"]
    compared = ("clicks", "--compare", "--data", data)
    check_comparison(lines(run(*compared, "--json", ALSOREAD_POLICY_B=str(policy_b))))
    shown = [line.split("\t") for line in run(*compared, ALSOREAD_POLICY_B=str(policy_b)).stdout.splitlines()]
    assert shown[1] == ["slot", "all", "also-read", "background"]
    assert ["ratio", "2.000"] in [[row[0], row[2]] for row in shown[1:]]


def test_the_command_line_says_what_is_wrong_and_when_there_is_nothing(data: Path):
    assert "no catalogue in" in one_line_error(run("clicks", "--data", data, code=1))
    site_over(data).publish(small_archive())
    assert run("clicks", "--data", data, "--to", "2026-03-20").stdout == (
        "nothing was seen or clicked, 2026-02-21 to 2026-03-20\n"
    )
    assert "got one" in one_line_error(run("clicks", "--compare", "--data", data, code=1))
    assert "expected some of day" in run("clicks", "--by", "reader", "--data", data, code=2).stderr
    assert "such as 2026-03-14" in run("clicks", "--from", "May", "--data", data, code=2).stderr
    late = run("clicks", "--from", "2026-03-02", "--to", "2026-03-01", "--data", data, code=2).stderr
    assert "--from 2026-03-02 comes after --to 2026-03-01" in late
