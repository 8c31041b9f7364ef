"""What bodies may hold, as JSON Schema, out of the types and tables that read them."""

from collections.abc import Mapping
from typing import Any

from index.article_record import ALIASES, EXPECTED, ArticleRecord
from index.record_fields import MAX_SHORT, PUBLISHED, UNPUBLISHED
from index.rules import FIELDS_OF, KINDS, MAX_POSITION, MAX_REASON, MAX_RULES, PIN_SLOTS, RuleKind
from service.clicks.events import EXPECTED as EXPECTED_OF_EVENTS
from service.clicks.events import EventReport
from service.drafts import MAX_POLICY, POLICY_EXPECTED
from service.parameter_table import CONTROL, COUNT, ID_SCHEMA, SLOT_SCHEMA, SLOTS_VALUES, VISIBLE
from service.rules_io import TOLD

Schema = dict[str, Any]

_NOTHING: Schema = {"type": "null"}
BLANK = r"^[\s\u001c-\u001f\u0085]*$"
UNSEEN = rf"^[\s{CONTROL}]*$"
"""Texts that count as if they had not come: of dates, and of everything else."""

_BLANK: Schema = {"type": "string", "pattern": BLANK}
_UNSEEN: Schema = {"type": "string", "pattern": UNSEEN}
_DATES: list[Schema] = [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]
_NUMBER: Schema = {"type": "integer", "minimum": -(2**63), "maximum": 2**64 - 1}
_WEB = {
    "type": "string",
    "format": "uri",
    "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,4})?([/?#]\S*)?$",
    "maxLength": MAX_SHORT * 4,
}
_SHORT: Schema = {"type": "string", "maxLength": MAX_SHORT}


def article_schema() -> Schema:
    """An article to write: the fields that `ArticleRecord` validates, in every form and under every name that is read."""
    schema = _fields_of_article()
    return {**_object("An article, with the fields of a record.", schema), "anyOf": _words()}


def draft_schema() -> Schema:
    """A draft: an article, and beside it what is asked."""
    options: Schema = {
        "slots": {
            "anyOf": [
                SLOTS_VALUES.schema,
                {"type": "array", "items": SLOT_SCHEMA, "minItems": 1, "uniqueItems": True},
                _NOTHING,
            ],
            "description": f"Expected: {SLOTS_VALUES.expected}; all three, each by itself, where it is missing.",
        },
        "limit": {
            "anyOf": [COUNT.schema, _NOTHING],
            "description": "For slots that have none of their own; the policy's where it is missing.",
        },
        "would_suggest": _flag("`false`: the lists alone, which is several times quicker.", True),
        "explain": _flag("`true`: each item has its `breakdown`.", False),
        "policy": {
            "anyOf": [{"type": "string", "maxLength": MAX_POLICY}, {"type": "integer", "minimum": 0}, _NOTHING],
            "description": f"Another policy to try. Expected: {POLICY_EXPECTED}.",
        },
    }
    schema = _object("A draft, and what is asked about it.", {**_fields_of_article(), **options})
    return {**schema, "anyOf": _words()}


def events_schema() -> Schema:
    """A report of events, as its type has it."""
    schema = EventReport.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")
    return {**schema, "description": "What a reader saw and clicked."}


def event_schema() -> Schema:
    """One event, as its type has it."""
    schema: Schema = EventReport.model_json_schema()["$defs"]["Event"]
    for name, field in schema["properties"].items():
        field["description"] = f"Expected: {EXPECTED_OF_EVENTS[name]}."
    return schema


def rule_schema() -> Schema:
    """A rule to settle: one of its kinds."""
    return {"oneOf": [_rule_of_kind(kind) for kind in KINDS], "description": "A pin, a block, or a mark as sensitive."}


def rules_schema() -> Schema:
    """All rules at once, as `GET /v1/rules` gives them or as a list."""
    each: Schema = {"type": "array", "maxItems": MAX_RULES, "items": {"$ref": "#/components/schemas/RuleBody"}}
    whole = {"type": "object", "required": ["rules"], "properties": {"rules": each}}
    return {"anyOf": [whole, each], "description": f"Every rule there is to be, at most {MAX_RULES:,}."}


def _rule_of_kind(kind: RuleKind) -> Schema:
    plain = ID_SCHEMA
    said: Mapping[str, str] = {
        "article_id": "The article beside which it holds.",
        "item_id": "What is pinned, blocked or marked.",
    }
    needed = ["kind", "item_id", *(("article_id", "position") if kind == "pin" else ())]
    allowed: Schema = {
        "kind": {"const": kind, "type": "string"},
        **{
            name: {**(plain if name in needed else _or_null(plain)), "description": said[name]}
            for name in ("article_id", "item_id")
        },
        "slot": {
            **_or_null({"type": "string", "enum": list(PIN_SLOTS)}),
            "description": "The only slot in which it holds; every slot where it is missing.",
        },
        "position": {"type": "integer", "minimum": 1, "maximum": MAX_POSITION, "description": "Its place, from 1."},
        "reason": {
            **_or_null(
                {
                    "type": "string",
                    "maxLength": MAX_REASON,
                    "pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$",
                }
            ),
            "description": "For colleagues; no reader sees it.",
        },
        "expires_at": {
            "anyOf": [*_DATES, _BLANK, _NOTHING],
            "description": "Until when it holds; for ever where it is missing.",
        },
    }
    fields = {"kind", "reason", "expires_at", *FIELDS_OF[kind]}
    told: Schema = {name: {"description": "As an export has it; not taken over."} for name in TOLD}
    return {
        "title": kind.capitalize(),
        "type": "object",
        "required": [name for name in allowed if name in needed],
        "properties": {
            **{name: value if name in fields else _NOTHING for name, value in allowed.items()},
            **told,
        },
        "additionalProperties": _NOTHING,
    }


def _fields_of_article() -> Schema:
    fields: Schema = {}
    for name in ArticleRecord.model_fields:
        field = {"anyOf": [*_forms(name), _NOTHING], "description": f"Expected: {EXPECTED[name]}."}
        fields[name] = field
        for other in ALIASES.get(name, ()):
            fields[other] = {**field, "description": f"Another name of `{name}`, read where that is missing."}
    return fields


def _forms(name: str) -> list[Schema]:
    """The forms that a field may come in; bounds are those of its type where it has some."""
    if name in ("id", "version_of"):
        return [ID_SCHEMA, _NUMBER, {"const": "", "type": "string"}]
    if name in ("url", "image_url"):
        return [_WEB, _UNSEEN]
    if name in ("published_at", "updated_at"):
        return [*_DATES, _BLANK]
    if name in ("tags", "authors"):
        names = {"type": "array", "items": {"anyOf": [_SHORT, _NOTHING]}}
        return [names, {**_SHORT, "description": "A list of one."}]
    if name == "links":
        return [{"type": "array", "items": _link()}]
    if name == "lang":
        return [{"type": "string", "pattern": "^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$"}, _UNSEEN]
    if name == "status":
        return [{"type": "string", "enum": [*PUBLISHED, *UNPUBLISHED]}, _UNSEEN]
    given: Schema = ArticleRecord.model_json_schema()["properties"][name]
    of_type = next((form for form in given.get("anyOf", ()) if form["type"] != "null"), given)
    return [{key: value for key, value in of_type.items() if key not in ("default", "title")}]


def _link() -> Schema:
    text: Schema = {"type": "string", "minLength": 1}
    named: Schema = {
        "id": {"anyOf": [{"type": "string"}, _NUMBER, _NOTHING]},
        "url": {"anyOf": [{"type": "string"}, _NOTHING]},
        "title": {"anyOf": [{"type": "string"}, _NOTHING]},
        "position": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, _NOTHING]},
    }
    forms: Schema = {"id": {"anyOf": [text, _NUMBER]}, "url": text, "title": text}
    some = [{"required": [name], "properties": {name: form}} for name, form in forms.items()]
    whole = {"type": "object", "properties": named, "anyOf": some}
    return {"anyOf": [text, _NUMBER, whole], "description": "An id, an address, or an object that names an article."}


def _words() -> list[Schema]:
    """An article has words: a title or a text in which something can be seen."""
    return [
        {"required": [name], "properties": {name: {"type": "string", "pattern": VISIBLE}}} for name in ("title", "text")
    ]


def _object(says: str, fields: Schema) -> Schema:
    deleted: Schema = {"deleted": {"enum": [False, None], "description": "In a batch, `true` removes the article."}}
    return {"type": "object", "description": says, "properties": {**fields, **deleted}, "additionalProperties": True}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, _NOTHING]}


def _flag(says: str, default: bool) -> Schema:
    return {**_or_null({"type": "boolean"}), "description": says, "default": default}
