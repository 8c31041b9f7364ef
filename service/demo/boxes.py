"""The boxes of an article's page, rendered here and now: the first paint carries them."""

from datetime import datetime

from flask import render_template
from markupsafe import Markup

from recommender.question import Question
from recommender.recommend import Located, Recommender


def render_slots(recommender: Recommender, located: Located, now: datetime, site: str) -> dict[str, Markup]:
    """The HTML of each box of the page, by slot; none for a slot that has nothing."""
    question = Question(now=now, limit=4)
    shown: list[str] = []
    found = {}
    for slot in ("also-read", "more-in-section"):
        answer = recommender.suggest(slot, located, Question(now=now, limit=4 if slot == "also-read" else 6, exclude=frozenset(shown)))
        shown += [item.id for item in answer.items]
        if answer.items:
            found[slot] = Markup(render_template("demo/box.html", answer=answer, heading="Also read" if slot == "also-read" else "More in Business"))
    return found
