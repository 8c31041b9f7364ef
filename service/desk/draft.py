"""The page on which a draft is tried: what its readers would get, and which articles would start to suggest it.

The draft comes in the body of a form, so that it stands in no address and no log, and is gone once it is answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Response, request

from recommender.preview import Preview, Previewer, Start
from recommender.question import Question
from service.desk.cards import Card, card_by_id, card_of
from service.desk.frame import Desk
from service.desk.shown import SLOT_NAMES, shown_list
from service.desk.visitors import Visitor
from service.drafts import DraftRequest, parse_draft
from service.errors import ArticleRefused, Fault

FIELDS = ("title", "text", "section", "tags", "authors")

MOST_NAMED = 12
"""Sections; all are offered as one types."""

SENTENCES: Mapping[str, str] = {
    "title": "The headline is too long.",
    "text": "The text is too long.",
    "section": "The section is one path, such as news or news/local.",
}
"""What is said of a field that is not as expected; of others what the check says."""


@dataclass(frozen=True, slots=True)
class Starting:
    """A published article that would start to suggest the draft."""

    card: Card
    places: tuple[str, ...]
    """Where: "Also read, place 2"."""
    reasons: tuple[str, ...]


def add_draft(desk: Desk, previewer: Previewer) -> None:
    """`/desk/draft`."""

    @desk.view("/desk/draft", methods=("GET", "POST"))
    def draft(_visitor: Visitor) -> Response:
        given = {name: request.form.get(name, "").strip() for name in FIELDS}
        shown: dict[str, Any] = {"given": given, "sections": _sections(desk)}
        if any(given.values()):
            shown |= _result(desk, previewer, given)
        only_result = request.method == "POST" and request.form.get("part") == "result"
        return desk.page("draft_result.html" if only_result else "draft.html", **shown)


def _result(desk: Desk, previewer: Previewer, given: Mapping[str, str]) -> dict[str, Any]:
    try:
        asked = _asked(given)
    except ArticleRefused as refused:
        return {"faults": [_sentence(fault) for fault in refused.faults]}
    now, sections = desk.clock(), _sections(desk)
    found = previewer.preview(previewer.named(asked.article), Question(now), asked.slots)
    return {
        "preview": found,
        "lists": [shown_list(answer) for answer in found.answers],
        "starting": starting(found),
        "known_as": [_known(desk, known) for known in found.known_as],
        "elsewhere": _elsewhere(asked.article.section, sections),
    }


def _asked(given: Mapping[str, str]) -> DraftRequest:
    """Raises `ArticleRefused`."""
    if not given["title"] and not given["text"]:
        raise ArticleRefused((Fault(None, "Write a headline or some text."),))
    named = {name: [one.strip() for one in given[name].split(",") if one.strip()] for name in ("tags", "authors")}
    return parse_draft({**given, **named})


def starting(found: Preview) -> list[Starting]:
    """The articles that would start to suggest a draft, each once, in their order."""
    grouped = groupby(found.starts, key=lambda start: start.id)
    several = [(list(starts)) for _, starts in grouped]
    return [
        Starting(
            card_of(starts[0].id, starts[0].card),
            tuple(_place(start) for start in starts),
            starts[0].item.reasons,
        )
        for starts in several
    ]


def _place(start: Start) -> str:
    return f"{SLOT_NAMES[start.slot]}, place {start.position}"


def _known(desk: Desk, article_id: str) -> Card:
    """What is shown of an article that a draft is already; of one that is not published yet its id alone."""
    found = card_by_id(desk.recommender.index.snapshot(), article_id, desk.clock())
    return found or card_of(article_id, {})


def _elsewhere(section: str | None, sections: Sequence[str]) -> str | None:
    """What to say of a section that no article stands in: a slip of the pen, or a new one. Of a path the first part counts."""
    known = list(dict.fromkeys(one.split("/")[0] for one in sections))
    first = (section or "").split("/")[0]
    if not first or first.lower() in (one.lower() for one in known):
        return None
    named = ", ".join(known[:MOST_NAMED]) + (f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else "")
    here = f"Sections here: {named}." if named else "No article here has a section."
    return f"No published article is in a section “{first}”, so “More in section” stays empty. {here}"


def _sections(desk: Desk) -> list[str]:
    """The sections of the archive, to choose from."""
    snapshot = desk.recommender.index.snapshot()
    return sorted({section for segment in snapshot.segments for section in segment.sections if section})


def _sentence(fault: Fault) -> str:
    return SENTENCES.get(fault.field or "", fault.detail)
