"""The document as a whole."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from index.access_keys import SCOPES
from service.openapi.bodies import (
    article_schema,
    draft_schema,
    event_schema,
    events_schema,
    rule_schema,
    rules_schema,
)
from service.openapi.editing import click_operations, document_operations, rule_operations
from service.openapi.headers import HEADERS
from service.openapi.operation import Answer, Body, Content, Operation
from service.openapi.problems import MEMBERS, problem_examples, problem_schemas, responses_of
from service.openapi.reads import read_operations
from service.openapi.writes import write_operations
from service.parameter_values import Parameter
from service.shapes.clicks import ClickReport, Comparison
from service.shapes.problems import Problem
from service.shapes.writes import LineWritten

OPENAPI = "3.1.1"

KEY = "key"
"""What the way to show a key is called among the components."""

TAGS = {
    "Lists": "What a reader should see next. Public, and kept by caches.",
    "Articles": "The articles themselves, as far as they may be shown.",
    "On your site": "What stands on other sites' pages.",
    "Writing": "Between two rebuilds, your CMS says what changed. A key of scope `write`.",
    "Drafts": "What a piece would bring, before it is published. A key of scope `read`.",
    "Rules": "What editors settle by hand. A key of scope `rules`, to look at them of scope `read`.",
    "Clicks": "What readers saw and clicked, counted without knowing one of them.",
    "Health": "For whoever keeps the service running.",
    "This document": "What you are reading.",
}

ABOUT = """\
Related content for newsrooms: what a reader of an article should see next.

Reads are public and need no key. Every answer is JSON where nothing else is said; every error is
`application/problem+json` (RFC 9457), and its `detail` says what came, what was expected and what to do. An unknown
parameter is an error. `HEAD` gives the headers of `GET`, and `OPTIONS` is answered at every path; any other method is a 405
`method-not-allowed`.

Answers have an `ETag`; browsers are told to ask again on each view, so that a change shows at once.
"""

KEY_SAID = """\
A key, shown as `Authorization: Bearer KEY`. Make one with `alsoread keys add --scope SCOPE NAME`. `read` reads rules and
reports and tries drafts; `rules` does so too, and settles rules; `write` writes articles; `admin` does all of it.
"""


TOO_LONG = Answer(
    "The address is longer than the server in front of the application reads, which is some 65,000 bytes. It has no body."
)


def make_document(with_index: bool = True) -> dict[str, Any]:
    """The document. Without an index of its own, as on a replica, the service does not serve all operations, and it holds
    those that are."""
    operations = [one for one in all_operations() if with_index or not one.only_with_index]
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "alsoread_…", "description": KEY_SAID}
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Alsoread",
            "summary": "Related content for newsrooms.",
            "description": ABOUT,
            "version": version("alsoread"),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This service."}],
        "tags": [{"name": name, "description": says} for name, says in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(_schemas(operations).items())),
            "examples": problem_examples(),
            "headers": {name: header for name, (_, header) in HEADERS.items()},
            "securitySchemes": {KEY: {**scheme, "x-scopes": list(SCOPES)}},
        },
    }


def all_operations() -> tuple[Operation, ...]:
    """Every operation, in the order of the page."""
    return (*read_operations(), *write_operations(), *rule_operations(), *click_operations(), *document_operations())


def _operation(operation: Operation) -> dict[str, Any]:
    fields = {
        one.name: {
            "name": one.name,
            "in": one.place,
            "required": one.needed,
            "description": one.says,
            "schema": one.schema,
            "example": one.example,
        }
        for one in operation.fields
    }
    paths = [one for one in fields.values() if one["in"] == "path"]
    headers = [one for one in fields.values() if one["in"] == "header"]
    told: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.says,
        "parameters": [*paths, *map(_parameter, operation.parameters), *headers],
    }
    if operation.body:
        told["requestBody"] = _body(operation.body)
    answers = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    if told["parameters"]:
        answers["414"] = _answer(TOO_LONG)
    told["responses"] = {**answers, **responses_of(operation.problems)}
    if operation.scope:
        told["security"] = [{KEY: [operation.scope]}]
    return told


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.values.schema)
    example: Any = parameter.example
    if schema.get("type") == "integer":
        example = int(example)
    elif schema.get("type") == "boolean":
        example = example == "true"
    told: dict[str, Any] = {"name": parameter.name, "in": "query", "required": parameter.needed}
    tells = "pattern" not in schema and "anyOf" not in schema and schema.get("type") != "array"
    told["description"] = parameter.says if tells else f"{parameter.says} Expected: {parameter.values.expected}."
    if schema.get("type") == "array":
        told |= {"style": "form", "explode": False}
        example = example.split(",")
    elif parameter.repeated:
        schema = {"type": "array", "items": schema, "maxItems": parameter.most}
        told |= {"style": "form", "explode": True}
        example = [example]
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {**told, "schema": schema, "example": example}


def _body(body: Body) -> dict[str, Any]:
    return {
        "description": f"{body.says} At most {body.limit:,} bytes.",
        "required": True,
        "content": _contents(body.contents),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.says}
    if answer.headers:
        told["headers"] = {HEADERS[name][0]: {"$ref": f"#/components/headers/{name}"} for name in answer.headers}
    if answer.contents:
        told["content"] = _contents(answer.contents)
    return told


def _contents(contents: Mapping[str, Content]) -> dict[str, Any]:
    return {media: {"schema": _schema(one.schema), "example": one.example} for media, one in contents.items()}


def _schema(schema: type | str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(schema, Mapping):
        return schema
    return {"$ref": f"#/components/schemas/{schema if isinstance(schema, str) else schema.__name__}"}


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    """All components: what is sent, what is answered, and problems."""
    answers = {
        content.schema
        for operation in operations
        for answer in operation.answers.values()
        for content in answer.contents.values()
        if isinstance(content.schema, type)
    }
    shapes = [*answers, LineWritten, ClickReport, Comparison, Problem, *MEMBERS.values()]
    named: list[Any] = [
        (one, "serialization", TypeAdapter(one)) for one in sorted({*shapes}, key=lambda one: one.__name__)
    ]
    _, found = TypeAdapter.json_schemas(named, ref_template="#/components/schemas/{model}")
    sent = {
        "ArticleBody": article_schema(),
        "DraftBody": draft_schema(),
        "Event": event_schema(),
        "EventReport": events_schema(),
        "RuleBody": rule_schema(),
        "RulesBody": rules_schema(),
    }
    return {**{name: _tidy(one) for name, one in found["$defs"].items()}, **sent, **problem_schemas()}


def _tidy(schema: Any) -> Any:
    """A schema without the titles that repeat the names of members, and without the default that means "missing"."""
    for member in schema.get("properties", {}).values():
        member.pop("title", None)
        if "default" in member and member["default"] is None:
            del member["default"]
    return schema
