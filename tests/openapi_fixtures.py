"""The document of the API, and the service over the example newspaper that it is held against."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from service_fixtures import Clock, publish
from werkzeug.test import TestResponse
from writing_fixtures import Desk, make_key

from service.demo.newspaper import newspaper
from service.openapi.document import make_document

NOVEMBER = datetime(2026, 11, 1, 12, tzinfo=UTC)

DOCUMENT: dict[str, Any] = json.loads(json.dumps(make_document()))

RECORDS = [json.loads(line) for line in newspaper().read_text(encoding="utf-8").splitlines()]

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Call:
    """An operation of the document."""

    path: str
    method: str
    told: Mapping[str, Any]

    def __str__(self) -> str:
        return str(self.told["operationId"])

    def parameters(self, place: str) -> dict[str, Mapping[str, Any]]:
        """Those in the path, the query or the header, by name."""
        return {one["name"]: one for one in self.told["parameters"] if one["in"] == place}

    def query(self) -> list[tuple[str, str]]:
        """The parameters that a call needs, with their examples."""
        named = self.parameters("query")
        return [pair for name, one in named.items() if one["required"] or name == "id" for pair in sent(one)]

    def headers(self) -> dict[str, str]:
        """The headers that a call needs."""
        return {name: one["example"] for name, one in self.parameters("header").items() if one["required"]}

    def body(self, media: str | None = None) -> dict[str, Any]:
        """Its first example of a body, or that of a type, as the test client takes it."""
        contents = self.told.get("requestBody", {}).get("content", {})
        for name, content in contents.items():
            if media in (None, name):
                example = content["example"]
                return {"data": example if isinstance(example, str) else json.dumps(example), "content_type": name}
        return {}


def sent(parameter: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A parameter's example as it stands in a query."""
    value = parameter["example"]
    if isinstance(value, list) and not parameter["explode"]:
        return [(parameter["name"], ",".join(value))]
    return [
        (parameter["name"], str(one).lower() if isinstance(one, bool) else str(one))
        for one in (value if isinstance(value, list) else [value])
    ]


def calls() -> Iterator[Call]:
    """Every operation."""
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            yield Call(path, method.upper(), told)


def newspaper_desk(data: Path) -> Desk:
    """The service over the example newspaper, and a key that may do everything."""
    publish(data, RECORDS)
    return Desk(data, clock=Clock(NOVEMBER), token=make_key(data, "admin", "admin"))


def ask(desk: Desk, call: Call, query: list[tuple[str, str]] | None = None, **options: Any) -> TestResponse:
    """Call an operation with what it needs; `id`, `headers` and whatever else the test client takes in place of it."""
    named = call.parameters("path")
    path = call.path
    if named:
        path = path.replace("{id}", quote(options.pop("id", named["id"]["example"])))
    headers = {"Authorization": f"Bearer {desk.token}", **call.headers(), **options.pop("headers", {})}
    given = {"headers": headers, "query_string": call.query() if query is None else query, **call.body(), **options}
    return desk.client.open(path, method=call.method, **given)


def closed() -> dict[str, Any]:
    """The components, with every object that is answered closed against members that are not told."""
    components = deepcopy(DOCUMENT["components"])
    for name, schema in components["schemas"].items():
        if "allOf" in schema:
            schema["unevaluatedProperties"] = False
        elif "properties" in schema and not name.endswith(("Members", "Body")) and name != "Problem":
            schema.setdefault("additionalProperties", False)
    return components


COMPONENTS = closed()


def faults(schema: Mapping[str, Any], value: object) -> list[str]:
    """What a value has against a schema of the document; none where it is as told."""
    whole = {"components": COMPONENTS, **schema}
    checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{list(error.absolute_path)}: {error.message}" for error in checker.iter_errors(value)]


def check_told(call: Call, response: TestResponse) -> None:
    """Fails where an answer is another than the document tells: its status, type, headers and body."""
    assert str(response.status_code) in call.told["responses"], response.text
    told = call.told["responses"][str(response.status_code)]
    for name, reference in told.get("headers", {}).items():
        header = DOCUMENT["components"]["headers"][reference["$ref"].rpartition("/")[2]]
        assert not header.get("required") or name in response.headers, name
    contents = told.get("content")
    if contents is None:
        assert response.data == b""
        return
    assert response.mimetype in contents, response.mimetype
    if response.mimetype in ("application/json", PROBLEM):
        assert faults(contents[response.mimetype]["schema"], response.get_json()) == []
