"""Schemas in words, for the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from service.openapi.bodies import BLANK, UNSEEN

Schema = Mapping[str, Any]

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_FORMATS = {"date-time": "date-time", "date": "date", "uri": "address"}
MANY = 6
"""More words of a list than these are not told one by one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A member of an object."""

    name: str
    words: Markup
    needed: bool
    text: Markup


def rows_of(schema: Schema) -> list[Row]:
    """The members of an object; of one that has several kinds, those of each."""
    kinds = [one for one in schema.get("oneOf", ()) if "properties" in one]
    if kinds:
        return [row for one in kinds for row in _rows(one, f"{one['title'].lower()}: ")]
    return list(_rows(schema))


def _rows(schema: Schema, before: str = "") -> Iterator[Row]:
    for name, member in schema.get("properties", {}).items():
        if member.get("type") == "null":
            continue
        text = Markup(_MARKDOWN.renderInline(member.get("description", "")))  # noqa: S704  # our own words
        yield Row(before + name, words_of(member), name in schema.get("required", ()), text)


def words_of(schema: Schema) -> Markup:
    """What a value may be, in a few words; a type that has a name as a link to it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#type-{0}">{0}</a>').format(name)
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"] if schema["const"] != "" else '""')
    if "enum" in schema:
        return _enumerated(schema["enum"])
    for together in ("anyOf", "oneOf"):
        if together in schema and "properties" not in schema:
            return Markup(" or ").join(dict.fromkeys(words_of(one) for one in schema[together]))
    kind = schema.get("type", "")
    if kind == "array":
        return Markup("list of {}").format(words_of(schema.get("items", {})))
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping) and "properties" not in schema:
        return Markup("object of {}").format(words_of(schema["additionalProperties"]))
    if kind == "string":
        return _text(schema)
    if kind in ("integer", "number"):
        return escape(_number(kind, schema))
    return escape({"boolean": "true or false", "null": "null"}.get(kind, kind or "any"))


def _enumerated(values: list[Any]) -> Markup:
    shown = [Markup("<code>{}</code>").format("null" if one is None else str(one).lower()) for one in values[:MANY]]
    return Markup(" | ").join(shown) + (Markup(" | …") if len(values) > MANY else Markup(""))


def _text(schema: Schema) -> Markup:
    if "contentSchema" in schema:
        return Markup("JSON as text: {}").format(words_of(schema["contentSchema"]))
    if schema.get("format") in _FORMATS:
        return escape(_FORMATS[schema["format"]])
    if schema.get("pattern") in (BLANK, UNSEEN):
        return escape("blank")
    most = schema.get("maxLength")
    return escape(f"text, at most {most:,} characters" if most else "text")


def _number(kind: str, schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    word = "whole number" if kind == "integer" else "number"
    if least is not None and most is not None and most < 10**9:
        return f"{word} from {least} to {most:,}"
    return f"{word} from {least}" if least is not None and least > -(10**9) else word
