"""The document as one page of HTML that needs no script, no picture and no other host; made from the document alone."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from jinja2 import Environment, PackageLoader
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from service.openapi.words import rows_of, words_of

TEMPLATES = Environment(loader=PackageLoader("service.openapi"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
MARKDOWN = MarkdownIt("commonmark", {"html": False})

STYLE = TEMPLATES.loader.get_source(TEMPLATES, "docs.css")[0].strip() if TEMPLATES.loader else ""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_DIGEST}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The Content-Security-Policy of the page: its own style and nothing else."""

SENT = ("Event", "EventReport", "ArticleBody", "DraftBody", "RuleBody", "RulesBody")
"""Types that requests carry; all others are answered."""

HOST = "http://127.0.0.1:8000"
"""Where the examples ask: what `alsoread serve` listens on."""

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')


def render_page(document: Mapping[str, Any]) -> str:
    """The page of a document as `make_document` gives it."""
    operations = list(_operations(document))
    groups = [
        {**tag, "anchor": _anchor(tag["name"]), "operations": [one for one in operations if one["tag"] == tag["name"]]}
        for tag in document["tags"]
    ]
    schemas = document["components"]["schemas"]
    problems = [_problem(name, one, schemas) for name, one in document["components"]["examples"].items()]
    problem_types = {one["schema"] for one in problems}
    members = {
        part["$ref"].rpartition("/")[2] for name in problem_types for part in schemas[name]["allOf"] if "$ref" in part
    }
    types = [
        {
            "name": name,
            "says": _text(schema.get("description", "")),
            "rows": rows_of(schema),
            "words": words_of(schema),
            "sent": name in SENT,
        }
        for name, schema in schemas.items()
        if name not in problem_types and name not in members
    ]
    return TEMPLATES.get_template("docs.html").render(
        info=document["info"],
        about=_text(document["info"]["description"]),
        key=_text(document["components"]["securitySchemes"]["key"]["description"]),
        groups=groups,
        problems=problems,
        types=types,
        style=Markup(STYLE),  # noqa: S704  # our own file, and the policy names exactly its bytes
    )


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = [
                {
                    **one,
                    "text": _text(one["description"]),
                    "words": words_of(one["schema"]),
                    "shown": _plain(one["example"]),
                }
                for one in operation["parameters"]
            ]
            answers = [
                _answer(status, one, document)
                for status, one in operation["responses"].items()
                if "application/problem+json" not in one.get("content", {})
            ]
            body = operation.get("requestBody")
            yield {
                "id": operation["operationId"],
                "tag": operation["tags"][0],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "text": _text(operation["description"]),
                "parameters": parameters,
                "body": body and {"text": _text(body["description"]), "contents": _contents(body)},
                "scope": operation["security"][0]["key"][0] if "security" in operation else None,
                "answers": answers,
                "problems": list(_problems_of(operation)),
                "curl": _curl(method, path, operation),
            }


def _answer(status: str, answer: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    known = document["components"]["headers"]
    headers = [
        {"name": name, "text": _text(known[one["$ref"].rpartition("/")[2]]["description"])}
        for name, one in answer.get("headers", {}).items()
    ]
    return {"status": status, "text": _text(answer["description"]), "headers": headers, "contents": _contents(answer)}


def _contents(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"media": media, "words": words_of(one["schema"]), "example": _shown(one["example"])}
        for media, one in given.get("content", {}).items()
    ]


def _problems_of(operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for status, answer in operation["responses"].items():
        for name in answer.get("content", {}).get("application/problem+json", {}).get("examples", ()):
            yield status, name


def _problem(name: str, example: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    schema = "".join(word.capitalize() for word in name.split("-")) + "Problem"
    members = [part["$ref"].rpartition("/")[2] for part in schemas[schema]["allOf"][2:]]
    return {
        "name": name,
        "schema": schema,
        "status": example["value"]["status"],
        "text": _text(schemas[schema]["description"]),
        "rows": [row for member in members for row in rows_of(schemas[member])],
        "example": _shown(example["value"]),
    }


def _curl(method: str, path: str, operation: Mapping[str, Any]) -> str:
    """The call of an operation on the command line, with what it needs and an article to ask for."""
    query: list[tuple[str, str]] = []
    words = ["curl"] if method == "get" else ["curl", "-X", method.upper()]
    for one in operation["parameters"]:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(one["example"]))
        elif one["in"] == "query" and (one["required"] or one["name"] == "id"):
            query.append((one["name"], _plain(one["example"])))
        elif one["in"] == "header" and one["required"]:
            words += ["-H", f"'{one['name']}: {one['example']}'"]
    lines = [" ".join([*words, f"'{HOST}{path}{'?' + urlencode(query) if query else ''}'"])]
    if "security" in operation:
        lines.append('-H "Authorization: Bearer $KEY"')
    for media, content in list(operation.get("requestBody", {}).get("content", {}).items())[:1]:
        lines.append(f"-H 'Content-Type: {media}'")
        sent = content["example"]
        lines.append(f"--data-binary '{sent.strip() if isinstance(sent, str) else orjson.dumps(sent).decode()}'")
    return " \\\n  ".join(lines)


def _shown(example: Any) -> Markup:
    """An example as code: JSON in colours, anything else as it is."""
    if isinstance(example, str):
        return escape(example.strip())
    text = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
    return Markup("").join(_coloured(text))


def _coloured(text: str) -> Iterator[Markup]:
    at = 0
    for found in _TOKEN.finditer(text):
        yield escape(text[at : found.start()])
        kind = "k" if found[2] else "s" if found[1] else "n"
        yield Markup('<span class="{}">{}</span>').format(kind, found[0])
        at = found.end()
    yield escape(text[at:])


def _plain(example: Any) -> str:
    """An example as it stands in an address."""
    if isinstance(example, list):
        return ",".join(map(str, example))
    return str(example).lower() if isinstance(example, bool) else str(example)


def _text(markdown: str) -> Markup:
    return Markup(MARKDOWN.render(markdown))  # noqa: S704  # our own words, rendered without HTML


def _anchor(name: str) -> str:
    return re.sub(r"\W+", "-", name.lower())
