"""Rules over HTTP: who may settle them, that they count at once, and that nobody's change is lost."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from service_fixtures import check_problem
from werkzeug.test import TestResponse
from writing_fixtures import Desk, make_key, small_desk

from service.app import create_app, make_recommender
from service.settings import Settings

ALSO = "/v1/articles/flood-1/also-read"
PIN = {"kind": "pin", "article_id": "flood-1", "item_id": "match-5", "slot": "also-read", "position": 2}
BLOCK = {"kind": "block", "item_id": "flood-2"}


class Editor:
    """Somebody with a key of scope `rules`."""

    def __init__(self, desk: Desk, name: str = "anna", scope: Any = "rules") -> None:
        self.desk = desk
        self.name = name
        self.headers = {"Authorization": f"Bearer {make_key(desk.data, name, scope)}"}

    def call(self, method: str, path: str = "/v1/rules", body: Any = None, **headers: str) -> TestResponse:
        options: dict[str, Any] = {"headers": {**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}}
        if isinstance(body, bytes):
            options |= {"data": body, "content_type": "text/csv"}
        elif body is not None:
            options["json"] = body
        return self.desk.client.open(path, method=method, **options)

    def add(self, rule: dict[str, Any]) -> dict[str, Any]:
        response = self.call("POST", body=rule)
        assert response.status_code == 201, response.text
        record: dict[str, Any] = response.get_json()
        return record

    def rules(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/v1/rules{query}").get_json()["rules"]
        return found

    def number(self) -> str:
        return str(self.call("GET").headers["ETag"])


@pytest.fixture
def desk(data: Path) -> Desk:
    return small_desk(data)


@pytest.fixture
def anna(desk: Desk) -> Editor:
    return Editor(desk)


def test_what_is_settled_counts_for_the_next_reader(desk: Desk, anna: Editor):
    before = desk.ids(ALSO)
    assert "flood-2" in before
    pin, block = anna.add(PIN), anna.add(BLOCK)
    after = desk.answer(ALSO)
    assert after["items"][1]["id"] == "match-5"
    assert (after["items"][1]["source"], after["items"][1]["reasons"]) == ("pinned", ["Pinned by an editor"])
    assert after["list_id"].split(".")[2][1] == "p"
    assert "flood-2" not in [item["id"] for item in after["items"]]
    for rule in (pin, block):
        assert anna.call("DELETE", f"/v1/rules/{rule['id']}").get_json()["removed"]["id"] == rule["id"]
    assert desk.ids(ALSO) == before


def test_a_rule_is_told_as_it_was_settled_with_who_and_when(anna: Editor):
    response = anna.call("POST", body={**PIN, "reason": "our own story", "expires_at": "2099-01-01"})
    rule = response.get_json()
    assert {name: rule[name] for name in PIN} == PIN
    assert (rule["reason"], rule["expires_at"]) == ("our own story", "2099-01-01T00:00:00Z")
    assert (rule["created_by"], rule["version"], rule["conflicts"]) == ("anna", 1, [])
    assert response.headers["Location"] == f"/v1/rules/{rule['id']}"
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Cache-Control"] == "no-store"
    assert anna.call("GET", response.headers["Location"]).get_json() == rule


def test_rules_are_found_by_article_item_and_kind(anna: Editor):
    for rule in (PIN, BLOCK, {**BLOCK, "article_id": "match-1"}, {"kind": "sensitive", "item_id": "budget-1"}):
        anna.add(rule)
    assert [rule["kind"] for rule in anna.rules("?article=flood-1")] == ["pin"]
    assert [rule["kind"] for rule in anna.rules("?item=flood-2")] == ["block", "block"]
    assert [rule["item_id"] for rule in anna.rules("?kind=sensitive")] == ["budget-1"]
    assert anna.rules("?article=nobody") == []
    check_problem(anna.call("GET", "/v1/rules?kind=hide"), 400, "invalid-parameter")
    check_problem(anna.call("GET", "/v1/rules?slot=x"), 400, "invalid-parameter")


CALLS = [
    ("GET", "/v1/rules", "read"),
    ("GET", "/v1/rules/x", "read"),
    ("POST", "/v1/rules", "rules"),
    ("PUT", "/v1/rules", "rules"),
    ("DELETE", "/v1/rules", "rules"),
    ("PUT", "/v1/rules/x", "rules"),
    ("DELETE", "/v1/rules/x", "rules"),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_nothing_is_read_or_settled_without_a_key_that_is_for_it(desk: Desk, method: str, path: str, scope: str):
    check_problem(desk.client.open(path, method=method, json=PIN), 401, "key-required")
    wrong = "write" if scope == "read" else "read"
    check_problem(Editor(desk, scope=wrong).call(method, path, PIN), 403, "wrong-scope")
    allowed = Editor(desk, "bert", scope).call(method, path, PIN, If_Match="*")
    assert allowed.status_code not in (401, 403)


def test_of_two_editors_of_one_rule_the_second_gets_it_as_it_is_and_may_choose(desk: Desk, anna: Editor):
    bert = Editor(desk, "bert")
    rule = anna.add(PIN)
    path = f"/v1/rules/{rule['id']}"
    check_problem(anna.call("PUT", path, {**PIN, "position": 1}), 428, "precondition-required")
    first = bert.call("PUT", path, {**PIN, "position": 4}, If_Match='"1"')
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    told = check_problem(anna.call("PUT", path, {**PIN, "position": 1}, If_Match='"1"'), 412, "rule-changed")
    assert (told["rule"]["position"], told["rule"]["updated_by"], told["rule"]["version"]) == (4, "bert", 2)
    check_problem(anna.call("DELETE", path, If_Match='"1"'), 412, "rule-changed")
    check_problem(anna.call("PUT", path, PIN, If_Match='"x"'), 412, "rule-changed")
    assert anna.rules()[0]["position"] == 4
    assert anna.call("PUT", path, {**PIN, "position": 1}, If_Match='"2"').get_json()["version"] == 3
    assert bert.call("DELETE", path, If_Match='"3"').status_code == 200
    check_problem(anna.call("PUT", path, PIN, If_Match='"3"'), 404, "unknown-rule")
    check_problem(anna.call("GET", path), 404, "unknown-rule")


def test_the_same_is_settled_once(anna: Editor):
    rule = anna.add(PIN)
    told = check_problem(anna.call("POST", body={**PIN, "position": 9}), 409, "rule-exists")
    assert told["rule"]["id"] == rule["id"]


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"kind": "hide"}, "kind", "expected one of pin, block, sensitive, got 'hide'"),
        ({"kind": None}, "kind", "expected one of pin, block, sensitive"),
        ({"position": "2"}, "position", "expected a whole number"),
        ({"position": True}, "position", "expected a whole number"),
        ({"position": 0}, "position", "expected a number from 1 to 50, got 0"),
        ({"item_id": 7}, "item_id", "expected a text"),
        ({"item_id": "flood-1"}, "item_id", "another article"),
        ({"slot": "front"}, "slot", "expected one of also-read"),
        ({"expires_at": "soon"}, "expires_at", "expected a date or date-time"),
        ({"pos": 1}, "pos", "expected one of kind, article_id"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_fields(anna: Editor, change: dict[str, Any], field: str, said: str):
    told = check_problem(anna.call("POST", body={**PIN, **change}), 400, "invalid-rule")
    (fault,) = told["errors"]
    assert (fault["field"], fault["line"]) == (field, None)
    assert said in fault["detail"]
    assert anna.rules() == []


def test_what_is_no_body_for_a_rule_is_refused(desk: Desk, anna: Editor):
    check_problem(anna.call("POST", body=[PIN]), 400, "invalid-rule")
    check_problem(anna.call("POST", body=b"kind\npin\n"), 415, "unsupported-media-type")
    broken = desk.client.post("/v1/rules", data=b"{", headers=anna.headers, content_type="application/json")
    check_problem(broken, 400, "invalid-json")
    check_problem(anna.call("POST", body={**PIN, "reason": "x" * 200_000}), 413, "too-large")


def test_all_rules_are_replaced_at_once_or_not_at_all(desk: Desk, anna: Editor):
    kept = anna.add(BLOCK)
    number = anna.number()
    check_problem(anna.call("PUT", body={"rules": [PIN]}), 428, "precondition-required")
    faulty = [PIN, {**BLOCK, "position": 3}, {"kind": "sensitive"}, "x"]
    told = check_problem(anna.call("PUT", body={"rules": faulty}, If_Match=number), 400, "invalid-rule")
    assert [(fault["line"], fault["field"]) for fault in told["errors"]] == [(2, "position"), (3, "item_id"), (4, None)]
    twice = check_problem(anna.call("PUT", body=[PIN, {**PIN, "position": 9}], If_Match=number), 400, "invalid-rule")
    assert [fault["line"] for fault in twice["errors"]] == [2]
    assert anna.rules() == [kept]
    done = anna.call("PUT", body={"rules": [PIN, kept]}, If_Match=number)
    assert done.status_code == 200, done.text
    assert {rule["id"] for rule in done.get_json()["rules"]} > {kept["id"]}
    assert desk.ids(ALSO)[1] == "match-5"
    changed = check_problem(anna.call("PUT", body=[], If_Match=number), 412, "rules-changed")
    assert changed["number"] == done.get_json()["number"]
    check_problem(anna.call("DELETE"), 428, "precondition-required")
    assert anna.call("DELETE", If_Match=anna.number()).get_json()["rules"] == []
    assert "match-5" not in desk.ids(ALSO)[:2]


HARD = ["=1+1", "'=1", "it's", 'a "quoted", reason', "two\nlines", "Ünïcode ✓", "-", "@x", "'", "plain"]


def test_rules_go_out_and_come_back_as_a_table_unchanged(anna: Editor):
    for at, reason in enumerate(HARD, start=1):
        anna.add({**PIN, "position": at, "item_id": f"-item,{at}", "reason": reason})
    anna.add({**BLOCK, "expires_at": "2099-01-01"})
    before, number = anna.rules(), anna.number()
    table = anna.call("GET", "/v1/rules?format=csv")
    assert (table.mimetype, table.headers["ETag"]) == ("text/csv", number)
    cells = [cell for row in csv.reader(StringIO(table.text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")], "a spreadsheet would take it for a formula"
    assert anna.call("GET", Accept="text/csv").data == table.data
    same = anna.call("PUT", body=table.data, If_Match=number)
    assert same.status_code == 200, same.text
    assert (anna.rules(), anna.number()) == (before, number)
    anna.call("DELETE", If_Match="*")
    again = anna.call("PUT", body=table.data, If_Match="*").get_json()["rules"]
    settled = ("kind", "article_id", "item_id", "slot", "position", "reason", "expires_at")
    assert [[rule.get(name) for name in settled] for rule in again] == sorted(
        ([rule.get(name) for name in settled] for rule in before), key=lambda values: (values[0], values[4] or 0)
    )


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        (b"", 1, "a first line with the columns"),
        (b"name,what\nx,y\n", 1, 'got "name,what"'),
        (b"kind,item_id\nblock,a\n\nblock,\n", 4, "needs the id of an article"),
        (b"kind,item_id\nblock,a\nblock,a\n", 3, "settled by a line before it"),
        (b"kind,item_id\nblock,a,b\n", 2, "expected one of kind"),
        (b"kind,item_id,position\npin,a,first\n", 2, "expected a whole number"),
        (b"kind\n\xff", None, "UTF-8"),
    ],
)
def test_a_faulty_table_is_refused_with_its_line(anna: Editor, table: bytes, line: int | None, said: str):
    told = check_problem(anna.call("PUT", body=table, If_Match="*"), 400, "invalid-rule")
    assert told["errors"][0]["line"] == line
    assert any(said in fault["detail"] for fault in told["errors"])


def test_a_rule_without_effect_says_so(anna: Editor):
    anna.add({"kind": "block", "item_id": "match-5"})
    assert anna.add(PIN)["conflicts"] == ["the pinned article is blocked everywhere"]
    assert [rule["conflicts"] for rule in anna.rules("?kind=block")] == [
        ["it is pinned beside 'flood-1'; the block wins"]
    ]


def test_rules_hold_after_a_restart(desk: Desk, anna: Editor):
    anna.add(PIN)
    settings = Settings(data=desk.data)
    restarted = create_app(settings, make_recommender(settings), desk.clock).test_client()
    assert restarted.get(ALSO).get_json()["items"][1]["id"] == "match-5"


def test_a_shared_cache_keeps_an_answer_no_longer_than_what_was_settled_holds(desk: Desk, anna: Editor):
    fresh = int(desk.get(ALSO).headers["X-Accel-Expires"])
    assert fresh > 60
    anna.add({**PIN, "expires_at": "2026-03-20T12:01:00Z"})
    headers = desk.get(ALSO).headers
    assert headers["X-Accel-Expires"] == "60"
    assert "max-age=60," in headers["CDN-Cache-Control"]


def test_clicks_on_a_pin_are_counted_as_such(desk: Desk, anna: Editor):
    anna.add(PIN)
    answer = desk.answer(ALSO)
    event = {"slot": "also-read", "article": "flood-1", "item": "match-5", "position": 2, "list_id": answer["list_id"]}
    body = json.dumps({"events": [{"type": "seen", **event}]})
    sent = desk.client.post("/v1/events", data=body, content_type="application/json")
    assert sent.get_json() == {"counted": 1, "dropped": {}}


def test_what_an_editor_wrote_is_shown_to_no_reader(desk: Desk, anna: Editor):
    anna.add({**PIN, "reason": "the-secret-reason"})
    for path in (ALSO, "/v1/page?id=flood-1", f"{ALSO}?explain=true", "/embed?id=flood-1"):
        text = desk.get(path).text
        assert "secret-reason" not in text
        assert "anna" not in text
