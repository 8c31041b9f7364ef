"""Problems in the document: when each comes, what it holds besides, and the answers of one status that an operation gives."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from service import problems as kinds
from service.problems import KEY_REQUIRED, KINDS, MEDIA_TYPE, METHOD_NOT_ALLOWED, RETRY_AFTER_SECONDS, Kind
from service.shapes import problems as shapes

MEMBERS: Mapping[Kind, type] = MappingProxyType(
    {
        kinds.INVALID_PARAMETER: shapes.ParameterMembers,
        kinds.INVALID_JSON: shapes.JsonMembers,
        kinds.INVALID_ARTICLE: shapes.FaultMembers,
        kinds.INVALID_EVENTS: shapes.FaultMembers,
        kinds.INVALID_RULE: shapes.RuleFaultMembers,
        kinds.METHOD_NOT_ALLOWED: shapes.MethodMembers,
        kinds.RULE_EXISTS: shapes.RuleMembers,
        kinds.STALE_ARTICLE: shapes.StaleMembers,
        kinds.RULE_CHANGED: shapes.RuleMembers,
        kinds.RULES_CHANGED: shapes.NumberMembers,
        kinds.TOO_LARGE: shapes.LimitMembers,
        kinds.UNSUPPORTED_MEDIA_TYPE: shapes.MediaMembers,
    }
)
"""What a problem holds besides the members that all have; nothing for those that are not named."""

_RULE = {
    "id": "6f1d2c3b4a59687f",
    "kind": "block",
    "item_id": "quay-reopens",
    "created_by": "Anna Berg",
    "created_at": "2026-03-14T08:00:00Z",
    "updated_by": "Anna Berg",
    "updated_at": "2026-03-14T08:00:00Z",
    "version": 1,
}

WHEN: Mapping[Kind, tuple[str, str, Mapping[str, Any]]] = MappingProxyType(
    {
        kinds.INVALID_PARAMETER: (
            "A parameter is not as expected, or unknown: a misspelt one would otherwise be obeyed by no one.",
            "limit: expected a whole number from 1 to 50, got '500'",
            {"parameter": "limit", "value": "500", "expected": "a whole number from 1 to 50"},
        ),
        kinds.INVALID_JSON: (
            "The body cannot be read.",
            "expected one JSON object in UTF-8; reading ended at line 1, column 12: unexpected end of data",
            {"line": 1, "column": 12},
        ),
        kinds.INVALID_ARTICLE: (
            "The body is no article.",
            'url: expected an absolute http or https address, got "news/flood-wall"',
            {
                "errors": [
                    {"field": "url", "detail": 'expected an absolute http or https address, got "news/flood-wall"'}
                ]
            },
        ),
        kinds.INVALID_EVENTS: (
            "The body is no report of events; nothing of it is counted.",
            'events.0.position: expected a whole number from 1, got "1"',
            {"errors": [{"field": "events.0.position", "detail": 'expected a whole number from 1, got "1"'}]},
        ),
        kinds.INVALID_RULE: (
            "The body is no rule, or holds what is none; nothing is changed.",
            "position: expected a number from 1 to 50, got nothing",
            {"errors": [{"line": None, "field": "position", "detail": "expected a number from 1 to 50, got nothing"}]},
        ),
        kinds.KEY_REQUIRED: (
            "No key came, or one that is unknown or revoked.",
            "expected a key: Authorization: Bearer KEY; make one with: alsoread keys add",
            {},
        ),
        kinds.WRONG_SCOPE: (
            "The key is for something else.",
            "this needs a key of scope write, this one is of scope read",
            {},
        ),
        kinds.UNKNOWN_ARTICLE: ("No article has this id or address.", "no article has the id 'flood-wal'", {}),
        kinds.UNKNOWN_RULE: ("No rule has this id (any more).", "no rule has the id '6f1d2c3b4a59687f'", {}),
        kinds.UNKNOWN_ADDRESS: ("Nothing is served at this path.", "nothing is served at '/v1/artikel'", {}),
        kinds.METHOD_NOT_ALLOWED: (
            "This path does not take that method; `Allow` says which it does.",
            "PATCH is not taken here",
            {"expected": ["GET", "HEAD", "OPTIONS"]},
        ),
        kinds.BODY_CUT_OFF: (
            "The connection ended before as many bytes came as were announced; nothing was taken.",
            "expected the bytes that Content-Length announced; the body ended before",
            {},
        ),
        kinds.BODY_TOO_SLOW: (
            "For twenty seconds nothing of the body came.",
            "the body did not come in time; send it again",
            {},
        ),
        kinds.RULE_EXISTS: (
            "The same is settled already, by `rule`.",
            "the same is settled already by rule 6f1d2c3b4a59687f (Anna Berg); change that one",
            {"rule": _RULE},
        ),
        kinds.STALE_ARTICLE: (
            "What came is older than what is known; nothing was changed.",
            "what came is older than what is known of the article; nothing was changed",
            {"id": "flood-wall", "updated_at": "2026-03-14T08:00:00Z", "known_updated_at": "2026-03-14T09:30:00Z"},
        ),
        kinds.NOTHING_TO_COMPARE: (
            "Two policies are to be compared, and there are not two.",
            "compare: expected two policies that differ, in ALSOREAD_POLICY and ALSOREAD_POLICY_B, got one",
            {},
        ),
        kinds.RULE_CHANGED: (
            "Somebody else changed the rule in between.",
            "Anna Berg changed rule 6f1d2c3b4a59687f in the meantime; it is at version 2 now",
            {"rule": {**_RULE, "version": 2}},
        ),
        kinds.RULES_CHANGED: (
            "Somebody settled something since.",
            "the rules were changed since number 40; they are at 41 now: read them again",
            {"number": 41},
        ),
        kinds.TOO_LARGE: (
            "The body has more bytes or lines than `limit`.",
            "expected at most 5,000,000 bytes in one call",
            {"limit": 5_000_000},
        ),
        kinds.UNSUPPORTED_MEDIA_TYPE: (
            "The body is of another kind than those expected, or compressed.",
            "expected a body of type application/json, got text/xml",
            {"expected": ["application/json"]},
        ),
        kinds.PRECONDITION_REQUIRED: (
            "A change must say in `If-Match` what it was made from.",
            "expected If-Match with the rule's version, as its ETag says it: what was changed meanwhile must not be lost",
            {},
        ),
        kinds.REQUEST_REFUSED: (
            "The request cannot be answered for another reason.",
            "The browser (or proxy) sent a request that this server could not understand.",
            {},
        ),
        kinds.NOT_READY: ("No index can be served yet.", "no index has been published yet", {}),
        kinds.CATALOGUE_BUSY: ("Others are writing.", "other writes are under way; try again in a few seconds", {}),
        kinds.CATALOGUE_UNUSABLE: (
            "The archive cannot be written to, or read from. Lists go on.",
            "the catalogue cannot be written to: the disk is full",
            {},
        ),
        kinds.INTERNAL: ("Our mistake; it is in the log.", "it was logged; the request was not answered", {}),
    }
)
"""Of each kind: when it comes, and an example of its `detail` and of its own members."""


def schema_name(kind: Kind) -> str:
    """What the schema of a kind of problem is called among the components."""
    return "".join(word.capitalize() for word in kind.name.split("-")) + "Problem"


def problem_schemas() -> dict[str, Any]:
    """A component for each kind."""
    return {schema_name(kind): _schema(kind) for kind in KINDS}


def problem_examples() -> dict[str, Any]:
    """An example of each kind."""
    return {kind.name: {"summary": kind.title, "value": example_of(kind)} for kind in KINDS}


def responses_of(given: Iterable[Kind]) -> dict[str, Any]:
    """The answers that these problems are, by status."""
    by_status: dict[int, list[Kind]] = {}
    for kind in (kind for kind in KINDS if kind in set(given)):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _response(same) for status, same in sorted(by_status.items())}


def example_of(kind: Kind) -> dict[str, Any]:
    """A body of this kind."""
    _, detail, members = WHEN[kind]
    head = {"type": f"urn:alsoread:problem:{kind.name}", "title": kind.title, "status": kind.status}
    return {**head, "detail": detail, **members}


def _schema(kind: Kind) -> dict[str, Any]:
    own: dict[str, Any] = {"type": {"const": f"urn:alsoread:problem:{kind.name}"}}
    if kind is not kinds.REQUEST_REFUSED:  # which comes with other statuses too
        own["status"] = {"const": kind.status}
    parts: list[Any] = [{"$ref": "#/components/schemas/Problem"}, {"properties": own}]
    if kind in MEMBERS:
        parts.append({"$ref": f"#/components/schemas/{MEMBERS[kind].__name__}"})
    return {"title": kind.name, "description": WHEN[kind][0], "allOf": parts}


def _response(same: list[Kind]) -> dict[str, Any]:
    refs = [{"$ref": f"#/components/schemas/{schema_name(kind)}"} for kind in same]
    content = {
        "schema": refs[0] if len(refs) == 1 else {"oneOf": refs},
        "examples": {kind.name: {"$ref": f"#/components/examples/{kind.name}"} for kind in same},
    }
    headers = {"Cache-Control": {"$ref": "#/components/headers/NoStore"}}
    if any(kind in RETRY_AFTER_SECONDS for kind in same):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    if KEY_REQUIRED in same:
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/WWW-Authenticate"}
    if METHOD_NOT_ALLOWED in same:
        headers["Allow"] = {"$ref": "#/components/headers/Allow"}
    said = " ".join(f"`{kind.name}`: {WHEN[kind][0]}" for kind in same)
    return {"description": said, "headers": headers, "content": {MEDIA_TYPE: content}}
