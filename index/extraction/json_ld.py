"""What a page says about itself in JSON-LD (schema.org), however badly it is written down.

Found in the wild and read here: several blocks, lists, `@graph`, references by `@id`, comments and CDATA around the
JSON, raw line breaks in strings, trailing commas, HTML entities, types as lists or whole addresses."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from index.entities import unescape

MAX_BLOCK = 1_000_000
"""Longest block that is read, in characters."""
MAX_NODES = 5_000
MAX_DEPTH = 40

_AROUND = re.compile(
    r"^\s*(?:/\*\s*)?(?:<!\[CDATA\[|<!--)?(?:\s*\*/)?|(?://|/\*|(?<!\s))\s*+(?:\]\]>|-->)\s*+(?:\*/)?\s*+$|//\s*<!\[CDATA\["
)
_STRING_OR_COMMENT = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|\Z)|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|(?<![:"\w])//[^\n]*|,(?=\s*[}\]])', re.DOTALL
)
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')

ARTICLE_TYPES: Mapping[str, str | None] = {
    "Article": None,
    "NewsArticle": None,
    "ReportageNewsArticle": None,
    "BlogPosting": None,
    "TechArticle": None,
    "ScholarlyArticle": None,
    "MedicalScholarlyArticle": None,
    "MedicalWebPage": None,
    "AskPublicNewsArticle": None,
    "Report": None,
    "SocialMediaPosting": None,
    "AdvertiserContentArticle": "advertisement",
    "AnalysisNewsArticle": "analysis",
    "BackgroundNewsArticle": "background",
    "LiveBlogPosting": "liveblog",
    "OpinionNewsArticle": "opinion",
    "ReviewNewsArticle": "review",
    "Review": "review",
    "CriticReview": "review",
    "ClaimReview": "fact check",
    "SatiricalArticle": "satire",
    "Recipe": "recipe",
}
"""Types of schema.org that are an article, best first where a page names several, and our word for them."""

_RANK = {
    name: rank
    for rank, name in enumerate(
        (
            "LiveBlogPosting",
            "OpinionNewsArticle",
            "AnalysisNewsArticle",
            "BackgroundNewsArticle",
            "ReviewNewsArticle",
            "AdvertiserContentArticle",
            "SatiricalArticle",
            "ReportageNewsArticle",
            "AskPublicNewsArticle",
            "NewsArticle",
            "Article",
            "BlogPosting",
            "TechArticle",
            "Report",
            "ScholarlyArticle",
            "MedicalScholarlyArticle",
            "MedicalWebPage",
            "SocialMediaPosting",
            "Recipe",
            "Review",
            "CriticReview",
            "ClaimReview",
        )
    )
}


@dataclass(frozen=True, slots=True)
class Statement:
    """The nodes of all blocks of a page."""

    nodes: tuple[Mapping[str, Any], ...]
    by_id: Mapping[str, Mapping[str, Any]]

    @property
    def article(self) -> Mapping[str, Any]:
        """The node of the article itself; empty where there is none. Of several the one that says most of what kind it
        is, and of these the one with the most to say."""
        best: Mapping[str, Any] = {}
        mark: tuple[int, int, int] | None = None
        for number, node in enumerate(self.nodes):
            ranks = [_RANK[name] for name in types_of(node) if name in _RANK]
            if ranks and ("headline" in node or "name" in node or "datePublished" in node or "articleBody" in node):
                own = (0 if "headline" in node or "articleBody" in node else 1, min(ranks), number)
                if mark is None or own < mark:
                    best, mark = node, own
        return best

    def of_type(self, *names: str) -> Iterator[Mapping[str, Any]]:
        """The nodes of these types."""
        for node in self.nodes:
            if any(name in names for name in types_of(node)):
                yield node

    def resolved(self, value: Any) -> Any:
        """A node instead of a reference to it."""
        if isinstance(value, Mapping) and len(value) <= 2 and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value


def read_json_ld(root: HtmlElement) -> Statement:
    """All JSON-LD of a page; what cannot be read as JSON, even mended, is passed over."""
    nodes: list[Mapping[str, Any]] = []
    by_id: dict[str, Mapping[str, Any]] = {}
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) <= MAX_BLOCK:
            for node in _nodes(_loaded(script.text)):
                if len(nodes) >= MAX_NODES:
                    break
                nodes.append(node)
                key = node.get("@id")
                if isinstance(key, str) and len(node) > len(by_id.get(key, ())):
                    by_id[key] = node
    return Statement(tuple(nodes), by_id)


def types_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of a node's types, without what stands before them (`http://schema.org/NewsArticle`)."""
    named = node.get("@type")
    several = named if isinstance(named, list) else [named]
    return tuple(re.split(r"[/:#]", one.strip())[-1] for one in several if isinstance(one, str))


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a block that stand for something by themselves: at the top, in lists and graphs, and within pages."""
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop(0)
        if depth > MAX_DEPTH:
            continue
        if isinstance(one, list):
            waiting += [(item, depth + 1) for item in one[:MAX_NODES]]
        elif isinstance(one, Mapping):
            yield one
            inner = [one.get(name) for name in ("@graph", "mainEntity", "breadcrumb", "mainEntityOfPage", "author")]
            waiting += [(item, depth + 1) for item in inner if isinstance(item, (list, Mapping))]
            if not one.get("@type"):  # a block such as {"article": {…}}
                waiting += [(item, depth + 1) for item in list(one.values())[:20] if isinstance(item, Mapping)]


def _loaded(text: str) -> Any:
    """The JSON of a block, mended where it must be; None where that does not help."""
    for mend in (str, _without_wrapping, _mended, unescape, lambda raw: _mended(unescape(raw))):
        try:
            # not strict: line breaks in strings are common
            return json.loads(mend(text), strict=False)
        except (ValueError, RecursionError):
            continue
    try:
        # what follows a first whole value is left: two objects one after the other, a semicolon
        return json.JSONDecoder(strict=False).raw_decode(_mended(text).lstrip())[0]
    except (ValueError, RecursionError):
        return None


def _without_wrapping(text: str) -> str:
    return _AROUND.sub("", _AROUND.sub("", text)).strip().rstrip(";")


def _mended(text: str) -> str:
    kept = _STRING_OR_COMMENT.sub(lambda match: match[0] if match[0][0] == '"' else "", _without_wrapping(text))
    return _BAD_ESCAPE.sub(r"\\\\", kept)
