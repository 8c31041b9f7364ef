"""The articles themselves: read by anyone, written and removed, one or many, by who has a key."""

from collections.abc import Callable
from datetime import datetime

import orjson
from flask import Blueprint, Response, request

from index.archive_writer import ArchiveWriter
from recommender.recommend import Located, Recommender
from service.access import Access
from service.answers import article_record, dump
from service.api.bodies import read_body
from service.api.paths import check_path_encoding
from service.api.queries import locate, only
from service.api.responses import uncached, validated
from service.batch import run_batch
from service.errors import InvalidParameter, StaleArticle
from service.incoming import Removal, parse_identifier, parse_json, parse_writing
from service.outcomes import asked_updated_at, outcome_record
from service.parameter_table import UPDATED_AT
from service.parameters import read_once
from service.problems import status_of_outcome

JSON = ("application/json",)
JSON_LINES = ("application/x-ndjson", "application/jsonl")

MAX_ARTICLE_BYTES = 5_000_000
MAX_BATCH_BYTES = 64_000_000


def make_articles(
    recommender: Recommender, writer: ArchiveWriter, access: Access, clock: Callable[[], datetime]
) -> Blueprint:
    """`/v1/articles` and `/v1/articles/{id}`."""
    views = Blueprint("articles", __name__)
    by_path = "/v1/articles/<whole_id:article_id>"

    @views.get(by_path)
    def read_by_path(article_id: str) -> Response:
        only()
        return stored(recommender.locate_id(article_id, clock()))

    @views.get("/v1/articles")
    def read_by_query() -> Response:
        return stored(locate(recommender, only("id", "url"), clock()))

    @views.put(by_path)
    def put_by_path(article_id: str) -> Response:
        with access.granted(request.headers.get("Authorization"), "write"):
            check_path_encoding()
            only()
            return put(article_id)

    @views.put("/v1/articles")
    def put_by_query() -> Response:
        with access.granted(request.headers.get("Authorization"), "write"):
            return put(_named(only("id").get("id")))

    @views.delete(by_path)
    def delete_by_path(article_id: str) -> Response:
        with access.granted(request.headers.get("Authorization"), "write"):
            check_path_encoding()
            return delete(article_id, read_once(only("updated_at"), UPDATED_AT))

    @views.delete("/v1/articles")
    def delete_by_query() -> Response:
        with access.granted(request.headers.get("Authorization"), "write"):
            arguments = only("id", "updated_at")
            return delete(_named(arguments.get("id")), read_once(arguments, UPDATED_AT))

    @views.post("/v1/articles")
    def post_batch() -> Response:
        with access.granted(request.headers.get("Authorization"), "write"):
            only()
            body = read_body(MAX_BATCH_BYTES, JSON_LINES)
            results = run_batch(writer, body, MAX_ARTICLE_BYTES, clock())
            lines = b"".join(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE) for result in results)
            return uncached(lines, JSON_LINES[0])

    def stored(found: Located) -> Response:
        record = article_record(found.id, found.card())
        return validated(record, shown=[found.id], published=record["published_at"])

    def put(article_id: str) -> Response:
        article_id = parse_identifier(article_id)
        asked = parse_writing(parse_json(read_body(MAX_ARTICLE_BYTES, JSON)), article_id)
        (written,) = writer.put([asked.article])
        if written.outcome == "stale":
            raise StaleArticle(written.id, asked_updated_at(asked), written.known)
        return uncached(dump(outcome_record(written, asked, clock())), status=status_of_outcome(written.outcome))

    def delete(article_id: str, updated_at: datetime | None) -> Response:
        asked = Removal(parse_identifier(article_id), updated_at, ())
        written = writer.delete(asked.id, updated_at)
        if written.outcome == "stale":
            raise StaleArticle(written.id, updated_at, written.known)
        return uncached(dump(outcome_record(written, asked, clock())), status=status_of_outcome(written.outcome))

    return views


def _named(identifier: str | None) -> str:
    if identifier is None:
        raise InvalidParameter("id", None, "the id of an article, here or in the path")
    return identifier
