"""The operations that anyone may use: articles, lists, pages, what stands on other sites, and health."""

from dataclasses import replace

from index.record_fields import MAX_ID
from service.api.paths import SERVED
from service.openapi.examples import example, text
from service.openapi.operation import HTML, JSON, Answer, Content, Field, Operation
from service.parameter_table import CSS, EXPLAIN, ID, ID_SCHEMA, LIMIT, PAGE, QUESTION, URL, VERSION
from service.problems import (
    CATALOGUE_BUSY,
    CATALOGUE_UNUSABLE,
    INTERNAL,
    INVALID_PARAMETER,
    NOT_READY,
    REQUEST_REFUSED,
    UNKNOWN_ADDRESS,
    UNKNOWN_ARTICLE,
)
from service.shapes.health import Live, Ready
from service.shapes.lists import Article, Page, Suggestions

_NO_SLOT = {"not": {"pattern": f"/({'|'.join(SERVED)})$"}}

ARTICLE_ID = Field(
    "id",
    "path",
    "The article, by its id, which may hold any character: percent-encode it; slashes may stay. One whose id ends in "
    "`/also-read` or `/more-in-section` is named with `?id=` only.",
    {"type": "string", "minLength": 1, "maxLength": MAX_ID, **_NO_SLOT},
    "2026-03-12-songs-of-peg-sallow",
    needed=True,
)
WRITTEN_ARTICLE_ID = replace(ARTICLE_ID, schema={**ID_SCHEMA, **_NO_SLOT}, example="flood-wall")

IF_NONE_MATCH = Field(
    "If-None-Match",
    "header",
    "The `ETag` of an answer that is at hand: 304 where it is still the same.",
    {"type": "string"},
    '"5f1c0d3a"',
)

ALWAYS = (REQUEST_REFUSED, INTERNAL)
READING = (INVALID_PARAMETER, *ALWAYS, NOT_READY, CATALOGUE_BUSY, CATALOGUE_UNUSABLE)
ABOUT_ONE = (*READING, UNKNOWN_ARTICLE)

KEPT = ("ETag", "Cache-Control", "CDN-Cache-Control", "Surrogate-Key", "Vary")
UNCHANGED = Answer("What `If-None-Match` names is still the answer; no body.", headers=("ETag", "Cache-Control"))

_ALSO_READ = (
    "Related pieces, best first; never the article itself, nor a copy of it. `source` says how each came to be there, "
    "`fallback` whether the list was filled up."
)
_MORE = "The best of the article's top-level section, which the list never leaves."


def read_operations() -> tuple[Operation, ...]:
    """All of them, in the order of the page."""
    without_limit = tuple(one for one in QUESTION if one is not LIMIT)
    page = (ID, URL, *PAGE, *without_limit)
    return (
        _list("alsoRead", "/v1/also-read", "What to read next", _ALSO_READ, True),
        _list("alsoReadById", "/v1/articles/{id}/also-read", "What to read next, by path", _ALSO_READ, False),
        _list("moreInSection", "/v1/more-in-section", "More in the section", _MORE, True),
        _list("moreInSectionById", "/v1/articles/{id}/more-in-section", "More in the section, by path", _MORE, False),
        Operation(
            "page",
            "get",
            "/v1/page",
            "Lists",
            "All boxes of a page",
            "One request instead of several, and the only way that no piece stands in two boxes.",
            {200: _kept("The boxes.", JSON, Content(Page, example("page"))), 304: UNCHANGED},
            ABOUT_ONE,
            page,
            (IF_NONE_MATCH,),
        ),
        _article("getArticleById", "/v1/articles/{id}", "An article", False),
        _article("getArticle", "/v1/articles", "An article, by query", True),
        Operation(
            "embed",
            "get",
            "/embed",
            "On your site",
            "The boxes as HTML",
            "A fragment for pages that are made on a server. Of an article that is not known nothing is shown, and that is no "
            "error.",
            {
                200: _kept(
                    "The boxes; nothing where there is nothing to say.",
                    HTML,
                    Content({"type": "string"}, text("embed.html")),
                ),
                304: UNCHANGED,
            },
            READING,
            (*page, CSS),
            (IF_NONE_MATCH,),
        ),
        _asset("widgetScript", "/widget.js", "The widget's script", "text/javascript", "customElements.define(…)"),
        _asset("widgetStyle", "/widget.css", "The widget's stylesheet", "text/css", "also-read{display:block}"),
        Operation(
            "live",
            "get",
            "/health/live",
            "Health",
            "Whether the process runs",
            "200 while it does. Which worker answered is said with it.",
            {200: _fresh("It runs.", Content(Live, example("live")))},
            ALWAYS,
        ),
        Operation(
            "ready",
            "get",
            "/health/ready",
            "Health",
            "What is served, and whether anything is wrong",
            "503 while nothing can be served. `problem` is a sentence about what is wrong, null when all is well.",
            {200: _fresh("It can answer.", Content(Ready, example("ready")))},
            (*ALWAYS, NOT_READY, CATALOGUE_BUSY, CATALOGUE_UNUSABLE),
        ),
    )


def asset_answers(says: str, media: str, content: Content) -> dict[int, Answer]:
    """What a file that browsers keep for an hour is answered with."""
    return {200: Answer(says, {media: content}, ("ETag", "Kept-Hour", "Vary")), 304: UNCHANGED}


def _list(name: str, path: str, summary: str, says: str, by_query: bool) -> Operation:
    slot = "also-read" if "also" in path else "more-in-section"
    return Operation(
        name,
        "get",
        path,
        "Lists",
        summary,
        says,
        {200: _kept("The list.", JSON, Content(Suggestions, example(slot))), 304: UNCHANGED},
        ABOUT_ONE if by_query else (*ABOUT_ONE, UNKNOWN_ADDRESS),
        (*((ID, URL) if by_query else ()), *QUESTION, EXPLAIN),
        (IF_NONE_MATCH,) if by_query else (ARTICLE_ID, IF_NONE_MATCH),
    )


def _article(name: str, path: str, summary: str, by_query: bool) -> Operation:
    return Operation(
        name,
        "get",
        path,
        "Articles",
        summary,
        "What may be shown of it. One that is dated in the future is unknown until then.",
        {200: _kept("The article.", JSON, Content(Article, example("article"))), 304: UNCHANGED},
        ABOUT_ONE if by_query else (*ABOUT_ONE, UNKNOWN_ADDRESS),
        (ID, URL) if by_query else (),
        (IF_NONE_MATCH,) if by_query else (ARTICLE_ID, IF_NONE_MATCH),
    )


def _asset(name: str, path: str, summary: str, media: str, shown: str) -> Operation:
    content = Content({"type": "string"}, shown)
    says = "Any site may load it. Browsers keep it for an hour."
    answers = asset_answers("The file.", media, content)
    return Operation(
        name,
        "get",
        path,
        "On your site",
        summary,
        says,
        answers,
        (INVALID_PARAMETER, *ALWAYS),
        (VERSION,),
        (IF_NONE_MATCH,),
    )


def _kept(says: str, media: str, content: Content) -> Answer:
    return Answer(says, {media: content}, KEPT)


def _fresh(says: str, content: Content) -> Answer:
    return Answer(says, {JSON: content}, ("NoStore",))
