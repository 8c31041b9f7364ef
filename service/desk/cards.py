"""How the desk shows an article: in a list of hits, at the top of its page, as an item of a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.row import RECOMMENDABLE, SENSITIVE
from index.snapshot import Snapshot
from service.headings import RIGHT_TO_LEFT


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of an article. `url` and `image_url` are http or https addresses."""

    id: str
    title: str
    summary: str | None = None
    section: str | None = None
    url: str | None = None
    image_url: str | None = None
    lang: str | None = None
    published: datetime | None = None
    authors: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    """What is to be known of it: "sensitive", "not suggested", "replaced"."""

    @property
    def direction(self) -> str:
        """Which way its language is written."""
        return "rtl" if (self.lang or "").split("-")[0] in RIGHT_TO_LEFT else "ltr"


def card_of(article_id: str, card: Mapping[str, Any], marks: tuple[str, ...] = ()) -> Card:
    """The card of an answer's record of an article."""
    published = card.get("published_at")
    return Card(
        id=article_id,
        title=card.get("title") or card.get("summary") or article_id,
        summary=card.get("summary"),
        section=card.get("section"),
        url=card.get("url"),
        image_url=card.get("image_url"),
        lang=card.get("lang"),
        published=datetime.fromisoformat(published) if published else None,
        authors=tuple(card.get("authors") or ()),
        marks=marks,
    )


def card_at(snapshot: Snapshot, row: int, now: datetime) -> Card:
    """The card of a row, with its marks."""
    segment, local = snapshot.place(row)
    flags = int(segment.flags[local])
    marks = []
    if flags & SENSITIVE:
        marks.append("sensitive")
    if not flags & RECOMMENDABLE:
        marks.append("not suggested")
    if int(segment.superseded_at[local]) <= int(now.timestamp()):
        marks.append("replaced")
    return card_of(segment.ids[local].decode(), segment.card(local), tuple(marks))


def card_by_id(snapshot: Snapshot, article_id: str, now: datetime) -> Card | None:
    """The card of a live article; None where it is not, or not yet, there."""
    row = snapshot.row_of_id(article_id)
    if row is None:
        return None
    segment, local = snapshot.place(row)
    return card_at(snapshot, row, now) if int(segment.published[local]) <= int(now.timestamp()) else None
