"""The boxes of an article's page, made in process: the first paint carries them, and the element takes over."""

from datetime import datetime

from markupsafe import Markup

from recommender.page import page_answers
from recommender.question import Question
from recommender.recommend import Located, Recommender
from service.answers import page_record
from service.parameters import DEFAULT_SLOTS
from service.widget.boxes import render_boxes


def boxes_of(recommender: Recommender, located: Located, now: datetime, site: str) -> dict[str, Markup]:
    """The HTML of each box of the page by its slot, what `/embed` gives and nothing twice; empty where a slot has nothing."""
    record = page_record(page_answers(recommender, located, DEFAULT_SLOTS, Question(now=now)))
    parts = ((slot, {**record, "slots": {slot: content}}) for slot, content in record["slots"].items())
    return {slot: Markup(render_boxes(part, css=False, base=site)) for slot, part in parts}  # noqa: S704  # its templates escape
