"""What Schemathesis is told that OpenAPI has no words for. Loaded by `benchmarks.contract` and by the tests.

Positive cases get ids that there are, else nearly all of them would end at "unknown article"; negative cases stay as they
were generated.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import schemathesis
from jsonschema import Draft202012Validator

from index.article_record import ALIASES, FieldNames
from index.record_fields import one_line
from service.demo.newspaper import newspaper
from service.openapi.document import make_document

KNOWN = [json.loads(line)["id"] for line in newspaper().read_text(encoding="utf-8").splitlines()]

BY_QUERY = ("/v1/also-read", "/v1/more-in-section", "/v1/page", "/v1/articles", "/embed")

ONLY_BODY = re.compile(r"Invalid component: in body")

BODIES = {"/v1/articles": "ArticleBody", "/v1/preview": "DraftBody"}

DOCUMENT = make_document()

LINES = "application/x-ndjson", "application/jsonl"

BETWEEN_FIELDS: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("exactly one of id and url", lambda said: said.get("parameter") == "id, url"),
    ("the first day is not after the last", lambda said: said.get("parameter") == "from"),
    ("a table holds no items too", lambda said: said.get("parameter") == "items"),
    (
        "a comparison has no groups",
        lambda said: said.get("expected", "").startswith("one of the parameters from, to, compare"),
    ),
    ("an id in the body is that of the address", lambda said: "as in the address" in said["detail"]),
    ("an article is no version of itself", lambda said: "this article's own id" in said["detail"]),
    ("an article never stands beside itself", lambda said: "never stands beside itself" in said["detail"]),
    ("no two rules settle the same", lambda said: "the same is settled by" in said["detail"]),
    ("a slot comes once", lambda said: said.get("parameter") == "slots"),
    ("a policy is TOML with our settings, or a number that there is", lambda said: said.get("parameter") == "policy"),
)
"""Rules between two parts of a request, or within a text: each with how its refusal is known. A request that breaks one is
refused although each of its parts is as the document says."""


@schemathesis.serializer(*LINES)
def lines(context: Any, value: Any) -> bytes:
    """JSON lines as they were made, or what was made in their place."""
    return (
        value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else json.dumps(value).encode()
    )


@schemathesis.deserializer(*LINES)
def results(context: Any, response: Any) -> list[Any]:
    """What an answer of JSON lines holds."""
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.hook
def map_case(context: Any, case: Any) -> Any:
    """Positive cases about something that is there."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return case
    pick = KNOWN[sum(map(ord, str(case.path_parameters) + str(case.query))) % len(KNOWN)]
    if (
        case.method == "GET"
        and case.path in BY_QUERY
        and not (case.query and "url" in case.query and "id" not in case.query)
    ):
        case.query = {name: value for name, value in (case.query or {}).items() if name != "url"} | {"id": pick}
    if case.method == "GET" and case.path_parameters and case.path.startswith("/v1/articles/"):
        case.path_parameters = {**case.path_parameters, "id": pick}
    if isinstance(case.body, dict) and case.method == "PUT" and case.path.startswith("/v1/articles"):
        case.body = {name: value for name, value in case.body.items() if name != "id"}
    if (
        case.headers
        and "If-Match" in case.headers
        and case.method != "GET"
        and sum(map(ord, case.headers["If-Match"])) % 3
    ):
        case.headers = {**case.headers, "If-Match": "*"}
    if isinstance(case.body, dict) and "version_of" in case.body and case.body["version_of"] == case.body.get("id"):
        case.body = {name: value for name, value in case.body.items() if name != "version_of"}
    if case.media_type == "text/csv":
        case.body = "kind,item_id\nblock,quay-reopens\n"
    if case.media_type == "text/plain":
        case.body = '{"events": []}'
    return case


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure counts: a valid request that was refused for a rule between its parts is none, nor is a body that is
    valid as it is read."""
    if type(failure).__name__ == "AcceptedNegativeData" and ONLY_BODY.search(failure.message):
        return not is_read_as_valid(case)
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 400:
        return True
    said = response.json()
    return not any(broken(said) for _, broken in BETWEEN_FIELDS)


def is_read_as_valid(case: Any) -> bool:
    """Whether a body is as the document says once it is tidied as a record is: control characters and runs of blanks do not
    count for the length of a text, and of several names of a field the first that is filled is read."""
    schema = next((name for path, name in BODIES.items() if case.path.startswith(path)), None)
    if schema is None or not isinstance(case.body, dict):
        return False
    others = {name for names in ALIASES.values() for name in names}
    folded = FieldNames().fold(case.body)
    tidied = {name: _tidied(value) for name, value in folded.items() if name not in others}
    whole = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(tidied)


def _tidied(value: Any) -> Any:
    return [one_line(one) for one in value] if isinstance(value, list) else one_line(value)
