"""Answers as JSON: the one shape that HTTP and the command line give."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from recommender.explain import Breakdown
from recommender.recommend import Answer, Suggestion
from service.headings import heading, language_of

ARTICLE_FIELDS = (
    "url",
    "title",
    "summary",
    "section",
    "tags",
    "authors",
    "series",
    "lang",
    "published_at",
    "updated_at",
    "image_url",
)
ITEM_FIELDS = ("url", "title", "section", "published_at", "image_url", "summary")


def answer_record(answer: Answer, explain: bool = False) -> dict[str, Any]:
    """An answer as a record; every field stands in it, null where it is not known. With `explain` each item's score is
    broken down."""
    return {
        "article": article_record(answer.article_id, answer.article),
        "slot": answer.slot,
        "items": [item_record(item, explain) for item in answer.items],
        "fallback": answer.fallback,
        "list_id": answer.list_id,
        "generation": answer.generation,
    }


def page_record(answers: Sequence[Answer], ui: str | None = None) -> dict[str, Any]:
    """The answers for the slots of one page as a record, at least one, all for one article; `ui` is the language of the
    headings, where it is not to be the article's, and in the record the one that they are in."""
    first = answers[0]
    language = language_of(ui, first.article.get("lang"))
    section = first.article.get("section")
    return {
        "article": article_record(first.article_id, first.article),
        "slots": {
            answer.slot: {
                "heading": heading(answer.slot, section, language),
                "items": [item_record(item, False) for item in answer.items],
                "fallback": answer.fallback,
                "list_id": answer.list_id,
            }
            for answer in answers
        },
        "ui": language,
        "generation": first.generation,
    }


def article_record(article_id: str, card: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown of an article, out of its card; every field stands in it, null where it is not known."""
    return {"id": article_id, **_picked(card, ARTICLE_FIELDS)}


def dump(record: Mapping[str, Any]) -> bytes:
    """A record as JSON in UTF-8, on one line."""
    return orjson.dumps(record)


def item_record(item: Suggestion, explain: bool) -> dict[str, Any]:
    """A suggestion as a record, with `explain` its breakdown too."""
    picked = _picked(item.card, ITEM_FIELDS)
    record = {"id": item.id, **picked, "score": item.score, "source": item.source, "reasons": list(item.reasons)}
    return {**record, "breakdown": breakdown_record(item.breakdown)} if explain else record


def breakdown_record(breakdown: Breakdown | None) -> dict[str, Any] | None:
    """How a score came about; null for an item that fills up."""
    if breakdown is None:
        return None
    return {
        "features": {
            share.feature: {"value": share.value, "weight": share.weight, "log_odds": round(share.log_odds, 4)}
            for share in breakdown.shares
        },
        "freshness": breakdown.freshness,
        "recency": breakdown.recency,
    }


def _picked(card: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: card.get(name, [] if name in ("tags", "authors") else None) for name in names}
