"""`POST /v1/events`: what is counted, what is dropped and why, and that nothing of a reader is kept."""

import json
import logging
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click_fixtures import BROWSER, READER, Site, event, site_over
from service_fixtures import NOON, Clock, check_problem, small_archive

from index import click_counts as counts_module
from index.archive_writer import ArchiveWriter
from index.catalogue import Catalogue, place_of
from index.click_counts import GROUPS, Place, read_totals
from index.errors import CatalogueUnusable
from index.schema import changes, click_counts
from service.clicks import counter as counter_module

ALSO = "/v1/articles/flood-1/also-read"


@pytest.fixture
def site(data: Path) -> Site:
    return site_over(data).publish(small_archive())


def test_an_item_that_was_seen_and_clicked_is_counted_where_it_stood(site: Site):
    answer = site.answer(ALSO)
    assert site.report(event(answer), event(answer, 2), event(answer, 2, "click")) == {"counted": 3, "dropped": {}}
    assert site.clicks(by=",".join(GROUPS))["rows"] == [
        {
            "day": "2026-03-20",
            "slot": "also-read",
            "section": "news",
            "position": position,
            "source": answer["items"][position - 1]["source"],
            "policy": site.recommender.policies.current().version,
            "seen": 1,
            "clicks": clicks,
            "ctr": float(clicks),
            **{
                name: pytest.approx(value, abs=1e-6)
                for name, value in zip(("ctr_low", "ctr_high"), bounds, strict=True)
            },
        }
        for position, clicks, bounds in ((1, 0, WIDE), (2, 1, (1 - WIDE[1], 1)))
    ]


WIDE = (0, 0.993844)
"""No click in one impression, of one article: n = (1.959964 / 12.7062)² · 1, and Wilson's upper bound is z² / (n + z²)."""


def test_each_source_is_the_one_that_its_letter_in_the_list_says(site: Site):
    answer = site.answer("/v1/articles/match-1/also-read", limit=12)
    sources = [item["source"] for item in answer["items"]]
    assert len(set(sources)) > 1
    site.report(*(event(answer, position) for position in range(1, len(sources) + 1)))
    found = {row["position"]: row["source"] for row in site.clicks(by="position,source")["rows"]}
    assert [found[position] for position in range(1, len(sources) + 1)] == sources


def test_lists_of_a_page_are_counted_in_their_slots(site: Site):
    page = site.answer("/v1/page", id="flood-1", slots="also-read:2,more-in-section")
    for slot, box in page["slots"].items():
        site.report(event({**page, **box, "slot": slot}))
    assert {row["slot"] for row in site.clicks()["rows"]} == set(page["slots"])


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/plain;charset=UTF-8"])
def test_both_kinds_of_bodies_that_need_no_preflight_or_are_plain_are_read(site: Site, kind: str):
    body = json.dumps({"events": [event(site.answer(ALSO))]}).encode()
    assert site.post(body, kind=kind).get_json()["counted"] == 1


def test_a_repeat_by_the_same_browser_counts_once_and_other_readers_count(site: Site):
    seen = event(site.answer(ALSO))
    click = {**seen, "type": "click"}
    assert site.report(seen, seen, click)["dropped"] == {"repeat": 1}
    assert site.report(seen, click) == {"counted": 0, "dropped": {"repeat": 2}}
    assert site.report(seen, address="203.0.113.8")["counted"] == 1
    assert site.report(seen, agent=BROWSER + " Another")["counted"] == 1
    row = site.clicks()["rows"][0]
    assert (row["seen"], row["clicks"]) == (3, 1)


def test_a_day_later_the_same_reader_counts_again(data: Path):
    site = Site(data, clock=Clock()).publish(small_archive())
    seen = event(site.answer(ALSO))
    assert site.report(seen)["counted"] == 1
    site.clock.now = NOON.replace(hour=23, minute=59)
    assert site.report(seen)["counted"] == 0
    site.clock.now = NOON + timedelta(hours=12)
    assert site.report(seen)["counted"] == 1
    assert [(row["day"], row["seen"]) for row in site.clicks(by="day")["rows"]] == [
        ("2026-03-20", 1),
        ("2026-03-21", 1),
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"list_id": "96f0fc0e58e1802f"}, "unknown-list"),
        ({"list_id": "96f0fc0e58e1802f.1a2b3c4d5e6f.sx"}, "unknown-list"),
        ({"list_id": "96f0fc0e58e1802f.1a2b3c4d5e6f."}, "unknown-list"),
        ({"list_id": "96F0FC0E58E1802F.1a2b3c4d5e6f.s"}, "unknown-list"),
        ({"slot": "sidebar"}, "unknown-slot"),
        ({"position": 9}, "wrong-position"),
        ({"list_id": "96f0fc0e58e1802f.1a2b3c4d5e6f.sss", "position": 4}, "wrong-position"),
        ({"article": "nobody"}, "unknown-article"),
        ({"item": "nobody"}, "unknown-item"),
        ({"item": "flood-1"}, "unknown-item"),
        ({"item": "embargoed"}, "unknown-item"),
    ],
)
def test_what_cannot_have_been_shown_is_dropped_for_a_reason_with_a_name(site: Site, changed: dict, reason: str):
    site.publish([*small_archive(), {"id": "embargoed", "title": "Later", "published_at": "2099-01-01"}])
    answer = site.answer(ALSO)
    assert site.report({**event(answer), **changed}, event(answer, 2)) == {"counted": 1, "dropped": {reason: 1}}


@pytest.mark.parametrize("version", ["forged", "known", "in force"])
def test_a_policy_that_is_not_in_force_counts_as_other_unless_it_was_counted_lately(site: Site, version: str):
    answer = site.answer(ALSO)
    digest, policy, codes = answer["list_id"].split(".")
    old = "0123456789ab"
    if version == "known":
        with Catalogue.open(place_of(site.data)) as catalogue:
            place = Place(NOON.date() - timedelta(days=6), "also-read", "a", "b", 1, "similar", old)
            counts_module.add_counts(catalogue, {place: counts_module.Count(1, 0)})
        site.counter.learn_policies()
    named = policy if version == "in force" else old
    site.report({**event(answer), "list_id": f"{digest}.{named}.{codes}"})
    site.counter.write()
    with Catalogue.open(place_of(site.data)) as catalogue:
        found = read_totals(catalogue, NOON.date(), NOON.date(), ["policy"])
    assert list(found) == [("other" if version == "forged" else named,)]


@pytest.mark.parametrize(
    ("agent", "headers", "reason"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", {}, "robot"),
        ("", {}, "robot"),
        (BROWSER, {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        (BROWSER, {"Purpose": "prefetch"}, "prefetch"),
    ],
)
def test_robots_and_pages_loaded_in_advance_are_not_counted(site: Site, agent: str, headers: dict, reason: str):
    answer = site.answer(ALSO)
    said = site.report(event(answer), event(answer, 2), agent=agent, **headers)
    assert said == {"counted": 0, "dropped": {reason: 2}}
    assert site.report(event(answer))["counted"] == 1  # nor do they make a reader's own report a repeat


@pytest.mark.parametrize(
    ("proxies", "forwarded", "same"),
    [
        (0, ("198.51.100.1", "198.51.100.2"), True),
        (1, ("198.51.100.1", "198.51.100.2"), False),
        (1, ("6.6.6.6, 198.51.100.1", "7.7.7.7, 198.51.100.1"), True),
        (2, ("198.51.100.1, 10.0.0.1", "198.51.100.2, 10.0.0.1"), False),
        (2, ("198.51.100.1", "198.51.100.2"), True),
    ],
)
def test_a_readers_address_behind_a_proxy_is_believed_only_where_a_setting_says_so(
    data: Path, proxies: int, forwarded: tuple[str, str], same: bool
):
    site = site_over(data, trust_proxy=proxies).publish(small_archive())
    seen = event(site.answer(ALSO))
    counted = [site.report(seen, X_Forwarded_For=hops)["counted"] for hops in forwarded]
    assert counted == [1, 0 if same else 1]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"events": [{}]}, {f"events.0.{name}" for name in ("type", "list_id", "slot", "article", "item", "position")}),
        ({"events": "x"}, {"events"}),
        ({}, {"events"}),
        ([], {None}),
        ({"events": [1]}, {"events.0"}),
        ({"events": [], "reader": "x"}, {"reader"}),
    ],
)
def test_what_is_no_report_is_a_400_that_names_each_field(site: Site, body: object, fields: set):
    problem = check_problem(site.post(json.dumps(body).encode()), 400, "invalid-events")
    assert {fault.get("field") for fault in problem["errors"]} == fields
    assert all("expected" in fault["detail"] for fault in problem["errors"])


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"type": "view"}, 'expected "seen" or "click", got "view"'),
        ({"position": 0}, "expected a whole number from 1, got 0"),
        ({"position": "1"}, 'expected a whole number from 1, got "1"'),
        ({"position": True}, "expected a whole number from 1, got true"),
        ({"article": 7}, "expected the id, of 1 to 512 characters, of the article that the list is for, got 7"),
        ({"reader": "abc"}, "expected no such field"),
    ],
)
def test_a_field_at_fault_is_named_with_what_came_and_nothing_is_counted(site: Site, changed: dict, detail: str):
    answer = site.answer(ALSO)
    body = json.dumps({"events": [event(answer), {**event(answer, 2), **changed}]}).encode()
    problem = check_problem(site.post(body), 400, "invalid-events")
    assert problem["errors"] == [{"field": f"events.1.{next(iter(changed))}", "detail": detail}]
    assert site.clicks()["rows"] == []


def test_too_much_at_once_is_refused(site: Site):
    one = event(site.answer(ALSO))
    problem = check_problem(site.post(json.dumps({"events": [one] * 101}).encode()), 400, "invalid-events")
    assert problem["errors"][0]["detail"] == "expected at most 100 events, got 101"
    assert check_problem(site.post(b" " * 64_001), 413, "too-large")["limit"] == 64_000
    check_problem(site.post(b"{}", kind="application/x-www-form-urlencoded"), 415, "unsupported-media-type")
    check_problem(site.post(b"{"), 400, "invalid-json")
    assert site.report() == {"counted": 0, "dropped": {}}


def test_nothing_of_a_reader_is_in_the_archive_the_log_or_the_answer(site: Site, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    answer = site.answer(ALSO)
    for agent in (BROWSER, "curl/8"):
        site.report(event(answer), event(answer, 1, "click"), agent=agent, X_Forwarded_For="198.51.100.77")
    site.post(b"{", X_Forwarded_For="198.51.100.77")
    site.clicks()
    assert "Set-Cookie" not in site.post(b"{}").headers
    with sqlite3.connect(site.data / "catalogue.sqlite") as connection:
        dumped = "\n".join(connection.iterdump())
    connection.close()
    files = b"".join(path.read_bytes() for path in site.data.rglob("*") if path.is_file())
    for trace in (READER, "198.51.100.77", "Firefox"):
        assert trace not in caplog.text
        assert trace not in dumped
        assert trace.encode() not in files
    with Catalogue.open(place_of(site.data)) as catalogue, catalogue.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(click_counts)).scalar_one() == 1
        assert connection.execute(sa.select(changes)).all() == []


class Broken(ArchiveWriter):
    """An archive that cannot be written to until it is mended."""

    broken = True

    def catalogue(self) -> Catalogue:
        if self.broken:
            raise CatalogueUnusable("the disk of the catalogue is full; nothing was written")
        return super().catalogue()


def test_a_full_disk_delays_counts_and_fails_nobody(data: Path, caplog: pytest.LogCaptureFixture):
    archive = Broken(place_of(data), data)
    site = Site(data, archive=archive).publish(small_archive())
    answer = site.answer(ALSO)
    for position in (1, 2, 3):
        assert site.report(event(answer, position))["counted"] == 1
        assert not site.counter.write()
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "clicks cannot be written: the disk of the catalogue is full; nothing was written"
    ]
    archive.broken = False
    assert site.clicks()["rows"][0]["seen"] == 3


def test_what_is_held_is_bounded_and_what_found_no_room_is_said_once(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(counter_module, "MAX_PLACES", 2)
    site = site_over(data).publish(small_archive())
    answer = site.answer(ALSO)
    said = site.report(*(event(answer, position) for position in (1, 2, 3, 4)), event(answer, 1, "click"))
    assert said == {"counted": 3, "dropped": {"overload": 2}}
    assert site.counter.lost == 2
    assert len([record for record in caplog.records if "some are not counted" in record.message]) == 1
    assert site.clicks()["rows"][0]["seen"] == 2
    assert site.report(event(site.answer("/v1/articles/flood-2/also-read")))["counted"] == 1
