"""The document says what the service does: every route, parameter, bound, key and problem, and no other."""

import json
import re
from pathlib import Path

import pytest
from cli_fixtures import run
from openapi_fixtures import DOCUMENT, PROBLEM, Call, ask, calls, faults, newspaper_desk
from openapi_spec_validator import OpenAPIV31SpecValidator
from writing_fixtures import Desk, make_key

from index.access_keys import SCOPES, covers
from service.app import create_app
from service.openapi.document import make_document
from service.problems import KINDS
from service.settings import Settings

CALLS = list(calls())
KEYED = [call for call in CALLS if "security" in call.told]
BOUNDED = [
    (call, one) for call in CALLS for one in call.parameters("query").values() if one["schema"].get("type") == "integer"
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return newspaper_desk(tmp_path_factory.mktemp("newspaper") / "data")


def test_it_is_a_valid_openapi_document():
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_route_of_the_api_and_no_other_stands_in_it_with_its_methods():
    served = {
        (re.sub(r"<(?:\w+:)?(?:article|rule)_id>", "{id}", rule.rule), method)
        for rule in create_app(Settings()).url_map.iter_rules()
        if rule.rule.split("/")[1] != "desk"
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")  # which every path has; the document says so once
    }
    assert {(call.path, call.method) for call in CALLS} == served


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_parameter_that_a_route_reads_and_no_other_stands_in_it(desk: Desk, call: Call):
    response = ask(desk, call, [("zzz", "1")])
    if call.told["tags"] == ["Health"]:  # whoever watches a service must not be kept from it by a parameter
        assert response.status_code == 200
        assert call.parameters("query") == {}
        return
    said = response.get_json()
    assert said["parameter"] == "zzz"
    read = said["expected"].removeprefix("one of the parameters ").split(", ")
    assert set(call.parameters("query")) == (set() if read == ["no parameter"] else set(read))


@pytest.mark.parametrize(
    ("call", "parameter"), BOUNDED, ids=lambda one: one["name"] if isinstance(one, dict) else str(one)
)
def test_the_bounds_of_numbers_are_those_that_hold(desk: Desk, call: Call, parameter: dict):
    bounds, name = parameter["schema"], parameter["name"]
    for value, holds in (
        (bounds["minimum"], True),
        (bounds["maximum"], True),
        (bounds["minimum"] - 1, False),
        (bounds["maximum"] + 1, False),
    ):
        response = ask(desk, call, [*call.query(), (name, str(value))])
        assert (response.status_code == 200) is holds, value


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_parameter_that_may_come_often_may_come_as_often_as_is_told(desk: Desk, call: Call):
    for name, one in call.parameters("query").items():
        if one.get("explode"):
            most, (_, value) = one["schema"]["maxItems"], (name, one["example"][0])
            assert ask(desk, call, [*call.query(), *[(name, value)] * most]).status_code == 200
            assert ask(desk, call, [*call.query(), *[(name, value)] * (most + 1)]).status_code == 400
        elif name != "zzz" and call.method == "GET":
            twice = [pair for pair in call.query() if pair[0] != name] + [(name, "1"), (name, "1")]
            assert ask(desk, call, twice).status_code == 400


@pytest.mark.parametrize("call", KEYED, ids=str)
def test_a_key_of_the_scope_that_is_told_is_needed_and_enough(desk: Desk, call: Call):
    (needed,) = call.told["security"][0]["key"]
    assert ask(desk, call, headers={"Authorization": ""}).status_code == 401
    for scope in SCOPES:
        key = {"Authorization": f"Bearer {make_key(desk.data, f'{call} {scope}', scope)}"}
        assert (ask(desk, call, headers=key).status_code == 403) is not covers(scope, needed), scope


def test_what_names_no_key_needs_none(desk: Desk):
    for call in CALLS:
        if call not in KEYED:
            assert ask(desk, call, headers={"Authorization": ""}).status_code == 200, call


def test_every_problem_and_no_other_stands_in_it():
    told = {
        name
        for call in CALLS
        for answer in call.told["responses"].values()
        for name in answer.get("content", {}).get(PROBLEM, {}).get("examples", ())
    }
    assert told == {kind.name for kind in KINDS} == set(DOCUMENT["components"]["examples"])
    for kind in KINDS:
        example = DOCUMENT["components"]["examples"][kind.name]["value"]
        assert (example["status"], example["title"]) == (kind.status, kind.title)
        schema = "".join(word.capitalize() for word in kind.name.split("-")) + "Problem"
        assert faults({"$ref": f"#/components/schemas/{schema}"}, example) == []


def test_names_of_operations_are_given_once_and_every_one_is_told():
    names = [str(call) for call in CALLS]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for call in CALLS:
        assert set(call.told["tags"]) <= tags
        assert call.told["summary"]
        assert call.told["description"]
        assert all(one["description"] and "example" in one for one in call.told["parameters"])


def test_a_replica_leaves_out_what_it_does_not_serve():
    left_out = set(DOCUMENT["paths"]) - set(make_document(with_index=False)["paths"])
    assert left_out == {"/v1/preview"}


def test_the_command_prints_what_the_service_answers(desk: Desk):
    assert json.loads(run("openapi").stdout) == desk.answer("/openapi.json") == DOCUMENT


def test_it_is_kept_by_browsers_and_caches_and_checked_again(desk: Desk, tmp_path: Path):
    for path in ("/openapi.json", "/docs"):
        first = desk.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert first.headers["Cache-Control"].startswith("public, max-age=3600")
        assert first.headers["Content-Encoding"] == "gzip"
        again = desk.client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
