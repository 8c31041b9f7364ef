"""The boxes of an article's page, made in process: the first paint carries them, and the element takes over."""

from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup

from recommender.page import Asked, page_answers
from recommender.question import Question
from recommender.recommend import Located, Recommender
from service.answers import page_record
from service.widget.boxes import render_boxes

SLOTS = (Asked("also-read", 4), Asked("more-in-section"))
"""As the elements on the page ask for them: `<also-read limit="4">` and `<more-in-section>`."""


def boxes_of(recommender: Recommender, located: Located, now: datetime, site: str) -> dict[str, Markup]:
    """The HTML of each box of the page by its slot, what `/embed` gives and nothing twice; empty where a slot has nothing."""
    record = page_record(page_answers(recommender, located, SLOTS, Question(now=now)))
    parts = ((slot, {**record, "slots": {slot: content}}) for slot, content in record["slots"].items())
    return {slot: Markup(render_boxes(part, css=False, base=site)) for slot, part in parts}  # noqa: S704  # nosec B704  # its templates escape


def page_query(article_id: str, url: str | None) -> str:
    """The query of `/v1/page` that gives what these boxes show."""
    slots = ",".join(f"{one.slot}:{one.limit}" if one.limit else one.slot for one in SLOTS)
    return urlencode({"url": url} if url else {"id": article_id}) + f"&slots={slots}"
