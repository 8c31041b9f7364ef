"""A whole number is one however JSON writes it: in events, rules, drafts, ids and links."""

from pathlib import Path

import pytest
from writing_fixtures import Desk, make_key, small_desk, stored

from index.record_fields import whole


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = small_desk(tmp_path / "data")
    made.token = make_key(made.data, "admin", "admin")
    return made


def test_a_float_without_a_fraction_is_a_whole_number_as_far_as_floats_are_exact():
    assert [whole(value) for value in (5.0, -3.0, 5e0, 0.0)] == [5, -3, 5, 0]
    for value in (5.5, 1e30, float("inf"), float("nan"), "5.0", None):
        assert whole(value) is value
    assert whole(True) is True


def test_the_position_of_an_event_and_of_a_rule_may_be_written_so(desk: Desk):
    listed = desk.answer("/v1/also-read", id="flood-1")
    event = {"type": "seen", "list_id": listed["list_id"], "slot": "also-read", "article": "flood-1", "item": "flood-2"}
    taken = desk.client.post(
        "/v1/events", json={"events": [{**event, "position": 1.0}]}, headers={"User-Agent": "Mozilla/5.0"}
    )
    assert taken.status_code == 200, taken.text
    refused = desk.client.post("/v1/events", json={"events": [{**event, "position": 1.5}]})
    assert refused.get_json()["errors"][0]["field"] == "events.0.position"
    pin = {"kind": "pin", "article_id": "flood-1", "item_id": "flood-3", "position": 2.0}
    assert desk.client.post("/v1/rules", json=pin, headers=desk.headers()).get_json()["position"] == 2


def test_the_limit_of_a_draft_and_the_id_of_an_article_may_be_written_so(desk: Desk):
    draft = {"title": "The river", "text": "river flood wall quay", "limit": 2.0, "would_suggest": False}
    assert desk.client.post("/v1/preview", json=draft, headers=desk.headers()).status_code == 200
    assert desk.put("7", b'{"id": 7.0, "title": "Seven"}').status_code == 201
    assert stored(desk.data)["7"]["title"] == "Seven"
