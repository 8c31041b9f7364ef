"""What readers of a draft would get, for who has a key. Nothing of it is stored, or stands in a log."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, request

from index.archive_writer import ArchiveWriter
from index.engines import database_errors_said
from recommender.policy import Policies
from recommender.preview import Previewer
from recommender.question import Question
from service.access import Access
from service.answers import dump
from service.api.bodies import read_body
from service.api.queries import only
from service.api.responses import uncached
from service.drafts import parse_draft, preview_record
from service.incoming import parse_json
from service.saved_policy import policy_numbered

MAX_BYTES = 1_000_000


def make_preview(
    previewer: Previewer, writer: ArchiveWriter, access: Access, clock: Callable[[], datetime]
) -> Blueprint:
    """`POST /v1/preview`."""
    views = Blueprint("preview", __name__)

    @views.post("/v1/preview")
    def preview() -> Response:
        with access.granted(request.headers.get("Authorization"), "read"), database_errors_said():
            only()
            asked = parse_draft(parse_json(read_body(MAX_BYTES, ("application/json",))), numbered)
            article = asked.article if asked.named else previewer.named(asked.article)
            found = previewer.preview(article, Question(clock()), asked.slots, asked.would_suggest, asked.policies)
            return uncached(dump(preview_record(asked, found)))

    def numbered(number: int) -> Policies:
        return policy_numbered(writer.catalogue().engine, number)

    return views
