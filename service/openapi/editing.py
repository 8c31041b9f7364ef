"""The operations about rules and clicks, and those of the document itself."""

import orjson

from index.rules import MAX_RULES
from service.api.clicks import MAX_BYTES as MAX_EVENT_BYTES
from service.api.rules import MAX_RULE_BYTES, MAX_RULES_BYTES
from service.clicks.events import MAX_EVENTS
from service.openapi.examples import example, text
from service.openapi.operation import CSV, HTML, JSON, Answer, Body, Content, Field, Operation
from service.openapi.reads import ALWAYS, IF_NONE_MATCH, asset_answers
from service.openapi.writes import KEYED, WITH_BODY
from service.parameter_table import FORMAT, REPORT, RULES_ARTICLE, RULES_ITEM, RULES_KIND
from service.problems import (
    BODY_CUT_OFF,
    BODY_TOO_SLOW,
    INVALID_EVENTS,
    INVALID_JSON,
    INVALID_PARAMETER,
    INVALID_RULE,
    NOT_READY,
    NOTHING_TO_COMPARE,
    PRECONDITION_REQUIRED,
    RULE_CHANGED,
    RULE_EXISTS,
    RULES_CHANGED,
    TOO_LARGE,
    UNKNOWN_ADDRESS,
    UNKNOWN_RULE,
    UNSUPPORTED_MEDIA_TYPE,
)
from service.shapes.clicks import ClickReport, Comparison, Counted
from service.shapes.writes import RemovedRule, Rule, Rules

_TABLE = Content({"type": "string", "description": "A table whose first line names its columns."}, text("rules.csv"))

RULE_ID = Field(
    "id", "path", "The rule, by its id.", {"type": "string", "minLength": 1}, "6f1d2c3b4a59687f", needed=True
)


def _if_match(what: str, example: str, needed: bool = True) -> Field:
    schema = {"type": "string", "pattern": r'^(?:\*|"[0-9]{1,18}")$'}
    return Field(
        "If-Match", "header", f"{what}, in quotation marks, as the `ETag` has it; or `*`.", schema, example, needed
    )


def rule_operations() -> tuple[Operation, ...]:
    """Rules, as a whole and one by one."""
    rule, rules = Content(Rule, example("rule")), Content(Rules, example("rules"))
    sent = Body("One rule.", MAX_RULE_BYTES, {JSON: Content("RuleBody", _PIN)})
    all_sent = Body(
        f"All rules, at most {MAX_RULES:,}, as `GET` gives them.",
        MAX_RULES_BYTES,
        {JSON: Content("RulesBody", {"rules": [_PIN]}), CSV: _TABLE},
    )
    number = _if_match("The number of the rules", '"41"')
    everything = Answer("The rules now.", {JSON: rules}, ("ETag", "NoStore"))
    return (
        Operation(
            "getRules",
            "get",
            "/v1/rules",
            "Rules",
            "What editors settled",
            "Pins, blocks and marks as sensitive, expired ones too.",
            {200: Answer("The rules.", {JSON: rules, CSV: _TABLE}, ("ETag", "NoStore"))},
            (*KEYED, NOT_READY),
            (RULES_ARTICLE, RULES_ITEM, RULES_KIND, FORMAT),
            scope="read",
        ),
        Operation(
            "addRule",
            "post",
            "/v1/rules",
            "Rules",
            "Settle a rule",
            "A pin puts a piece at a place of an article's lists; a block keeps one out of them; a mark says that one is "
            "sensitive. It holds from the next answer on.",
            {201: Answer("The rule.", {JSON: rule}, ("ETag", "Location", "NoStore"))},
            (*WITH_BODY, INVALID_RULE, RULE_EXISTS, NOT_READY),
            scope="rules",
            body=sent,
        ),
        Operation(
            "replaceRules",
            "put",
            "/v1/rules",
            "Rules",
            "Replace all rules",
            "All or nothing. Rules that stay the same keep their id, and who made them.",
            {200: everything},
            (*WITH_BODY, INVALID_RULE, PRECONDITION_REQUIRED, RULES_CHANGED, NOT_READY),
            fields=(number,),
            scope="rules",
            body=all_sent,
        ),
        Operation(
            "removeRules",
            "delete",
            "/v1/rules",
            "Rules",
            "Remove all rules",
            "As if none had ever been settled; the audit log keeps who did it.",
            {200: everything},
            (*KEYED, PRECONDITION_REQUIRED, RULES_CHANGED, NOT_READY),
            fields=(number,),
            scope="rules",
        ),
        Operation(
            "getRule",
            "get",
            "/v1/rules/{id}",
            "Rules",
            "One rule",
            "With `conflicts`: why it has no effect, or not the one that is meant.",
            {200: Answer("The rule.", {JSON: rule}, ("ETag", "NoStore"))},
            (*KEYED, UNKNOWN_RULE, UNKNOWN_ADDRESS, NOT_READY),
            fields=(RULE_ID,),
            scope="read",
        ),
        Operation(
            "changeRule",
            "put",
            "/v1/rules/{id}",
            "Rules",
            "Change a rule",
            "Nobody's change is lost: it is made from the version that `If-Match` names, or not at all.",
            {200: Answer("The rule now.", {JSON: rule}, ("ETag", "NoStore"))},
            (
                *WITH_BODY,
                INVALID_RULE,
                UNKNOWN_RULE,
                UNKNOWN_ADDRESS,
                RULE_EXISTS,
                RULE_CHANGED,
                PRECONDITION_REQUIRED,
                NOT_READY,
            ),
            fields=(RULE_ID, _if_match("The rule's version", '"1"')),
            scope="rules",
            body=sent,
        ),
        Operation(
            "removeRule",
            "delete",
            "/v1/rules/{id}",
            "Rules",
            "Remove a rule",
            "`If-Match` is heeded where it comes.",
            {200: Answer("The rule as it was.", {JSON: Content(RemovedRule, example("removed"))}, ("NoStore",))},
            (*KEYED, UNKNOWN_RULE, UNKNOWN_ADDRESS, RULE_CHANGED, PRECONDITION_REQUIRED),
            fields=(RULE_ID, _if_match("The rule's version", '"1"', needed=False)),
            scope="rules",
        ),
    )


_PIN = {
    "kind": "pin",
    "article_id": "flood-wall",
    "item_id": "quay-reopens",
    "slot": "also-read",
    "position": 1,
    "reason": "our own follow-up",
}

_EVENTS = {
    "events": [
        {
            "type": "seen",
            "list_id": "96f0fc0e58e1802f.1b0cf5a7d3e2.sssss",
            "slot": "also-read",
            "article": "2026-03-12-songs-of-peg-sallow",
            "item": "2026-07-13-folk-weekend-2026",
            "position": 1,
        }
    ]
}


def click_operations() -> tuple[Operation, ...]:
    """What readers saw and clicked: reported, and counted."""
    report = {"anyOf": [{"$ref": f"#/components/schemas/{one.__name__}"} for one in (ClickReport, Comparison)]}
    table = Content({"type": "string", "description": "The rows as a table."}, text("clicks.csv"))
    plain = {"type": "string", "contentMediaType": JSON, "contentSchema": {"$ref": "#/components/schemas/EventReport"}}
    return (
        Operation(
            "postEvents",
            "post",
            "/v1/events",
            "Clicks",
            "Report what was seen and clicked",
            "As the widget does, or a script of your own. No key, no cookie. What is no such report is a 400, and nothing "
            f"of it is counted. At most {MAX_EVENTS} events.",
            {200: Answer("What became of the events.", {JSON: Content(Counted, example("counted"))}, ("NoStore",))},
            (
                INVALID_PARAMETER,
                INVALID_JSON,
                INVALID_EVENTS,
                BODY_CUT_OFF,
                BODY_TOO_SLOW,
                TOO_LARGE,
                UNSUPPORTED_MEDIA_TYPE,
                *ALWAYS,
                NOT_READY,
            ),
            body=Body(
                "The events. As `text/plain`, which `navigator.sendBeacon` sends across origins without a preflight, the same "
                "JSON.",
                MAX_EVENT_BYTES,
                {JSON: Content("EventReport", _EVENTS), "text/plain": Content(plain, _as_text(_EVENTS))},
            ),
        ),
        Operation(
            "clickReport",
            "get",
            "/v1/reports/clicks",
            "Clicks",
            "Counts and click-through",
            "In groups; or two policies on split traffic against each other. A `ctr` comes with the interval that it lies in.",
            {200: Answer("The report.", {JSON: Content(report, example("clicks")), CSV: table}, ("NoStore",))},
            (*KEYED, NOTHING_TO_COMPARE),
            REPORT,
            scope="read",
        ),
    )


def document_operations() -> tuple[Operation, ...]:
    """The document itself, and the page that it is read on."""
    problems = (INVALID_PARAMETER, *ALWAYS)
    whole = Content({"type": "object"}, {"openapi": "3.1.1", "info": {"title": "Alsoread"}})
    page = Content({"type": "string"}, "<!doctype html>…")
    says = "OpenAPI 3.1, made from what the service reads requests by."
    document = asset_answers("The document.", JSON, whole)
    docs = asset_answers("The page.", HTML, page)
    match = (IF_NONE_MATCH,)
    return (
        Operation(
            "openapi",
            "get",
            "/openapi.json",
            "This document",
            "The API as a document",
            says,
            document,
            problems,
            (),
            match,
        ),
        Operation(
            "docs",
            "get",
            "/docs",
            "This document",
            "The API as a page",
            "It needs no other host.",
            docs,
            problems,
            (),
            match,
        ),
    )


def _as_text(value: object) -> str:
    return orjson.dumps(value).decode()
