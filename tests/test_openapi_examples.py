"""Examples of the document are taken by the service, and its answers are as the document tells."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_fixtures import COMPONENTS, DOCUMENT, Call, ask, calls, check_told, faults, newspaper_desk, sent
from service_fixtures import Service
from werkzeug.test import TestResponse
from writing_fixtures import Desk

from service.openapi.problems import schema_name
from service.problems import KINDS, Kind

CALLS = sorted(
    calls(), key=lambda call: call.method == "DELETE"
)  # what is removed cannot be written from an older state
BY_NAME = {str(call): call for call in CALLS}
OPTIONS = [
    (call, one)
    for call in CALLS
    for one in call.parameters("query").values()
    if not one["required"] and one["name"] not in ("id", "url")
]
PIN = {"kind": "pin", "article_id": "flood-wall", "item_id": "old-notice", "position": 3}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return newspaper_desk(tmp_path_factory.mktemp("newspaper") / "data")


def rule(desk: Desk) -> dict[str, Any]:
    """What names a rule that there is, for a call."""
    desk.client.delete("/v1/rules", headers=desk.headers(**{"If-Match": "*"}))
    made = desk.client.post("/v1/rules", json=PIN, headers=desk.headers())
    return {"id": made.get_json()["id"], "headers": {"If-Match": made.headers["ETag"]}}


def example_call(desk: Desk, call: Call, **options: Any) -> TestResponse:
    """The example of a call, about a rule that there is, and with the number that the rules have."""
    if call.path == "/v1/rules/{id}":
        options = {**rule(desk), **options}
    elif "If-Match" in call.headers():
        options = {
            "headers": {"If-Match": desk.client.get("/v1/rules", headers=desk.headers()).headers["ETag"]},
            **options,
        }
    elif str(call) == "addRule":
        rule(desk)
    return ask(desk, call, **options)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_example_of_a_request_is_taken_and_answered_as_told(desk: Desk, call: Call):
    for media in call.told.get("requestBody", {}).get("content", [None]):
        response = example_call(desk, call, **call.body(media))
        assert response.status_code in (200, 201), response.text
        check_told(call, response)


@pytest.mark.parametrize(
    ("call", "parameter"), OPTIONS, ids=lambda one: one["name"] if isinstance(one, dict) else str(one)
)
def test_the_example_of_a_parameter_is_taken_and_answered_as_told(desk: Desk, call: Call, parameter: dict):
    response = ask(desk, call, [*call.query(), *sent(parameter)])
    assert response.status_code == 200, response.text
    check_told(call, response)
    assert parameter["in"] == "query"
    one = parameter["schema"].get("items", parameter["schema"]) if isinstance(parameter["example"], list) else None
    for value in parameter["example"] if one else [parameter["example"]]:
        assert faults(one or parameter["schema"], value) == []


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_examples_in_the_document_are_as_their_schemas_say(call: Call):
    for told in (call.told.get("requestBody", {}), *call.told["responses"].values()):
        for media, content in told.get("content", {}).items():
            if "example" in content and "problem" not in media:
                assert faults(content["schema"], content["example"]) == [], media


@pytest.mark.parametrize("name", ["alsoRead", "page", "getArticle", "embed"])
def test_an_answer_that_is_still_the_same_has_no_body(desk: Desk, name: str):
    call = BY_NAME[name]
    tag = ask(desk, call).headers["ETag"]
    response = ask(desk, call, headers={"If-None-Match": tag})
    assert response.status_code == 304
    check_told(call, response)


@pytest.mark.parametrize(
    "options", [{"explain": "true"}, {"compare": "false", "by": "day,slot,section,position"}, {"items": "3"}]
)
def test_answers_with_more_in_them_are_as_told_too(desk: Desk, options: dict[str, str]):
    call = BY_NAME["alsoRead" if "explain" in options else "clickReport"]
    check_told(call, ask(desk, call, [*call.query(), *options.items()]))


def test_lines_of_a_batch_are_answered_as_told(desk: Desk):
    call = BY_NAME["postArticles"]
    lines = b'{"id":"a","title":"A","x":1,"published_at":"2030-01-01"}\n{"id":"b","deleted":true}\n{"id":1.5}\nno\n'
    lines += b'{"id":"c","title":"C","updated_at":"2026-03-02"}\n{"id":"c","title":"C","updated_at":"2026-03-01"}\n'
    response = ask(desk, call, data=lines)
    schema = call.told["responses"]["200"]["content"][response.mimetype]["schema"]["contentSchema"]
    results = [json.loads(line) for line in response.data.splitlines()]
    assert [one["result"] for one in results] == ["created", "absent", "rejected", "rejected", "created", "stale"]
    assert faults(schema, results) == []


Provoke = Callable[[Desk], TestResponse]


def stale(desk: Desk) -> TestResponse:
    desk.put("stale", {"title": "New", "updated_at": "2026-03-02"})
    return desk.put("stale", {"title": "Old", "updated_at": "2026-03-01"})


def twice(desk: Desk) -> TestResponse:
    rule(desk)
    return desk.client.post("/v1/rules", json=PIN, headers=desk.headers())


def outdated(desk: Desk) -> TestResponse:
    given = rule(desk)
    return desk.client.put(f"/v1/rules/{given['id']}", json=PIN, headers=desk.headers(**{"If-Match": '"7"'}))


PROVOKED: dict[str, tuple[str, Provoke]] = {
    "invalid-parameter": ("alsoRead", lambda desk: desk.get("/v1/also-read", id="x", limit=500)),
    "invalid-json": ("putArticleById", lambda desk: desk.put("x", b"{")),
    "invalid-article": ("putArticleById", lambda desk: desk.put("x", {"url": "news"})),
    "invalid-events": ("postEvents", lambda desk: desk.client.post("/v1/events", json={"events": [{}]})),
    "invalid-rule": (
        "addRule",
        lambda desk: desk.client.post("/v1/rules", json={"kind": "pin"}, headers=desk.headers()),
    ),
    "key-required": ("putArticleById", lambda desk: desk.put("x", {}, headers={})),
    "unknown-article": ("page", lambda desk: desk.get("/v1/page", id="x")),
    "unknown-rule": ("getRule", lambda desk: desk.client.get("/v1/rules/x", headers=desk.headers())),
    "unknown-address": ("getRule", lambda desk: desk.client.get("/v1/rules/a/b", headers=desk.headers())),
    "method-not-allowed": ("putArticleById", lambda desk: desk.put("a/also-read", {"title": "x"})),
    "rule-exists": ("addRule", twice),
    "stale-article": ("putArticleById", stale),
    "nothing-to-compare": (
        "clickReport",
        lambda desk: desk.client.get("/v1/reports/clicks?compare=true", headers=desk.headers()),
    ),
    "rule-changed": ("changeRule", outdated),
    "rules-changed": (
        "removeRules",
        lambda desk: desk.client.delete("/v1/rules", headers=desk.headers(**{"If-Match": '"999999"'})),
    ),
    "too-large": ("putArticleById", lambda desk: desk.put("x", b" " * 5_000_001)),
    "unsupported-media-type": ("putArticleById", lambda desk: desk.put("x", b"<x/>", content_type="text/xml")),
    "precondition-required": ("removeRules", lambda desk: desk.client.delete("/v1/rules", headers=desk.headers())),
}


@pytest.mark.parametrize("name", PROVOKED)
def test_a_problem_is_as_told_where_it_is_told(desk: Desk, name: str):
    operation, provoke = PROVOKED[name]
    response = provoke(desk)
    assert response.get_json()["type"] == f"urn:alsoread:problem:{name}"
    check_told(BY_NAME[operation], response)
    assert faults({"$ref": f"#/components/schemas/{schema_name(kind_named(name))}"}, response.get_json()) == []


def test_where_nothing_was_published_all_that_read_the_index_say_so_as_told(tmp_path: Path):
    empty = Service(tmp_path / "data")
    for name in ("alsoRead", "page", "getArticle", "ready"):
        call = BY_NAME[name]
        response = empty.client.get(call.path, query_string=call.query())
        assert response.status_code == 503
        check_told(call, response)


def kind_named(name: str) -> Kind:
    (found,) = [kind for kind in KINDS if kind.name == name]
    return found


def test_no_type_is_told_that_nothing_uses():
    used = str(DOCUMENT["paths"]) + str(COMPONENTS["schemas"])
    assert [name for name in COMPONENTS["schemas"] if f"#/components/schemas/{name}'" not in used] == []
