"""The operations that need a key for articles: written, removed, sent in batches, tried as drafts."""

from typing import Any

from service.api.articles import MAX_ARTICLE_BYTES, MAX_BATCH_BYTES
from service.api.preview import MAX_BYTES as MAX_DRAFT_BYTES
from service.batch import MAX_LINES
from service.openapi.examples import example, text
from service.openapi.operation import JSON, JSON_LINES, Answer, Body, Content, Operation
from service.openapi.reads import ALWAYS, WRITTEN_ARTICLE_ID
from service.parameter_table import UPDATED_AT, WRITTEN_ID
from service.problems import (
    BODY_CUT_OFF,
    BODY_TOO_SLOW,
    CATALOGUE_BUSY,
    CATALOGUE_UNUSABLE,
    INVALID_ARTICLE,
    INVALID_JSON,
    INVALID_PARAMETER,
    KEY_REQUIRED,
    METHOD_NOT_ALLOWED,
    NOT_READY,
    STALE_ARTICLE,
    TOO_LARGE,
    UNKNOWN_ADDRESS,
    UNSUPPORTED_MEDIA_TYPE,
    WRONG_SCOPE,
)
from service.shapes.lists import Preview
from service.shapes.writes import Written

KEYED = (INVALID_PARAMETER, KEY_REQUIRED, WRONG_SCOPE, *ALWAYS, CATALOGUE_BUSY, CATALOGUE_UNUSABLE)
WITH_BODY = (*KEYED, INVALID_JSON, BODY_CUT_OFF, BODY_TOO_SLOW, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)
BY_PATH = (UNKNOWN_ADDRESS, METHOD_NOT_ALLOWED)

_FLOOD_WALL = {
    "title": "The flood wall holds",
    "text": "It was tested on Friday night, and it held.",
    "url": "https://www.example.com/news/flood-wall",
    "section": "news",
    "published_at": "2026-03-14T08:00:00Z",
    "updated_at": "2026-03-14T09:30:00Z",
}
_DRAFT = {"title": "The flood wall holds", "text": "It was tested on Friday night, and it held.", "section": "news"}

_PUT = (
    "Replaces what was known of the article as a whole. The same again is `unchanged`, so that a call can be repeated; what is "
    "older than what is known, by `updated_at`, changes nothing. Readers get it within a second."
)
_DELETE = (
    "It is gone from the next answer on, and stays away, also from a rebuild out of an older export, until something newer is "
    "written. The same again is `absent`."
)


def write_operations() -> tuple[Operation, ...]:
    """All of them, in the order of the page."""
    return (
        _put("putArticleById", "/v1/articles/{id}", "Write an article", True),
        _put("putArticle", "/v1/articles", "Write an article, by query", False),
        _delete("deleteArticleById", "/v1/articles/{id}", "Remove an article", True),
        _delete("deleteArticle", "/v1/articles", "Remove an article, by query", False),
        Operation(
            "postArticles",
            "post",
            "/v1/articles",
            "Writing",
            "Write and remove many",
            "JSON lines in, a result for each line out, in order. A line is an article, or "
            '`{"id": "…", "deleted": true}`, with `updated_at` as a guard where you have it. A bad line never ends the batch. '
            f"At most {MAX_LINES:,} lines, each of at most {MAX_ARTICLE_BYTES:,} bytes.",
            {
                200: Answer(
                    "A result for each line that is not empty.",
                    {JSON_LINES: _lines("LineWritten", "batch")},
                    ("NoStore",),
                )
            },
            (*KEYED, BODY_CUT_OFF, BODY_TOO_SLOW, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE),
            scope="write",
            body=Body(
                "Articles and removals, one a line.",
                MAX_BATCH_BYTES,
                {media: _lines("ArticleBody", "lines") for media in (JSON_LINES, "application/jsonl")},
            ),
        ),
        Operation(
            "preview",
            "post",
            "/v1/preview",
            "Drafts",
            "Try a draft",
            "What readers of a piece that is not published yet would get, and which published articles would start to suggest "
            "it. Nothing of it is stored.",
            {200: Answer("Its lists.", {JSON: Content(Preview, example("preview"))}, ("NoStore",))},
            (*WITH_BODY, INVALID_ARTICLE, NOT_READY),
            scope="read",
            body=Body("A draft, of which `id` may be missing.", MAX_DRAFT_BYTES, {JSON: Content("DraftBody", _DRAFT)}),
            only_with_index=True,
        ),
    )


def _lines(each: str, name: str) -> Content:
    """JSON lines; JSON Schema has no word for them, so that they are told as the list that they hold."""
    held = {"type": "array", "items": {"$ref": f"#/components/schemas/{each}"}}
    schema: dict[str, Any] = {
        "contentMediaType": JSON_LINES,
        "contentSchema": held,
        "description": f"Lines of JSON, each a `{each}`.",
    }
    return Content(schema, text(f"{name}.jsonl") + "\n")


def _put(name: str, path: str, summary: str, by_path: bool) -> Operation:
    written = {JSON: Content(Written, {"id": "flood-wall", "result": "updated"})}
    created = {JSON: Content(Written, {"id": "flood-wall", "result": "created"})}
    return Operation(
        name,
        "put",
        path,
        "Writing",
        summary,
        _PUT,
        {
            200: Answer("It was known, and is as was sent.", written, ("NoStore",)),
            201: Answer("It was not known.", created, ("NoStore",)),
        },
        (*WITH_BODY, INVALID_ARTICLE, STALE_ARTICLE, *(BY_PATH if by_path else ())),
        () if by_path else (WRITTEN_ID,),
        (WRITTEN_ARTICLE_ID,) if by_path else (),
        scope="write",
        body=Body(
            "The article. `id` may be left out; otherwise it is the one in the address.",
            MAX_ARTICLE_BYTES,
            {JSON: Content("ArticleBody", _FLOOD_WALL)},
        ),
    )


def _delete(name: str, path: str, summary: str, by_path: bool) -> Operation:
    gone = {JSON: Content(Written, {"id": "flood-wall", "result": "deleted"})}
    return Operation(
        name,
        "delete",
        path,
        "Writing",
        summary,
        _DELETE,
        {200: Answer("It is gone.", gone, ("NoStore",))},
        (*KEYED, STALE_ARTICLE, *(BY_PATH if by_path else ())),
        (UPDATED_AT,) if by_path else (WRITTEN_ID, UPDATED_AT),
        (WRITTEN_ARTICLE_ID,) if by_path else (),
        scope="write",
    )
