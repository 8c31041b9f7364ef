"""The first page of the desk: find an article by half a headline, its address or its id."""

import re
import threading
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from index.headlines import Headlines
from index.retrieval import newest
from index.snapshot import Snapshot
from index.vector_index import Filter
from recommender.errors import UnknownArticle
from recommender.recommend import Recommender
from service.desk.cards import Card, card_at
from service.desk.coming import coming_id
from service.desk.frame import ROOT, Desk
from service.desk.visitors import Visitor

HITS = 20
MAX_QUERY = 300


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found for what was typed."""

    query: str
    cards: tuple[Card, ...]
    more: bool = False


class Finder:
    """Finds articles in whatever is served now."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender
        self._headlines = Headlines()

    def find(self, query: str, now: datetime, limit: int = HITS) -> Hits:
        """The articles meant, best first; the newest where nothing was typed."""
        query = " ".join(query[:MAX_QUERY].split())
        snapshot = self._recommender.index.snapshot()
        if not query:
            threading.Thread(target=self._headlines.warm, args=(snapshot,), daemon=True).start()
            rows = newest(snapshot, limit, snapshot.eligible(Filter(visible_at=now)))
            return Hits("", tuple(card_at(snapshot, int(row), now) for row in rows))
        named = self._named(snapshot, query, now)
        found = self._headlines.find(snapshot, query, int(now.timestamp()), limit)
        rows_found = list(dict.fromkeys([*named, *found.rows]))[:limit]
        return Hits(query, tuple(card_at(snapshot, row, now) for row in rows_found), found.more)

    def _named(self, snapshot: Snapshot, query: str, now: datetime) -> list[int]:
        """The article of exactly this id or address."""
        try:
            if re.match(r"https?://", query, re.IGNORECASE):
                located = self._recommender.locate_url(query, now)
            else:
                located = self._recommender.locate_id(query, now)
        except (UnknownArticle, ValueError):
            return []
        row = snapshot.row_of_id(located.id)
        return [] if row is None else [row]


def add_search(desk: Desk, finder: Finder) -> None:
    """`/desk`."""

    @desk.view(ROOT)
    def search(visitor: Visitor) -> Response:
        now = desk.clock()
        hits = finder.find(request.args.get("q", ""), now)
        hidden = hits.query and not hits.cards and visitor.may("rules")
        later = coming_id(desk.recommender.index.snapshot(), hits.query, now) if hidden else None
        return desk.page("search.html", hits=hits, later=later)
