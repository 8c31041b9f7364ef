"""What the site lists: the articles of the live index that may be shown now, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from index.retrieval import newest
from index.snapshot import Snapshot
from index.urls import canonical_url
from index.vector_index import Filter
from service.headings import RIGHT_TO_LEFT

EVERY = 1_000_000
"""More than the example newspaper, and whatever is written into it, will hold."""

LEADING = ("news", "council", "business")
"""The newest piece of one of these leads the front page."""

SECONDS = 2
LATEST = 6
IN_SECTION = 4


@dataclass(frozen=True, slots=True)
class Story:
    """An article as it is listed. `path` is where the site shows it; texts as they came, escaped by the templates."""

    id: str
    path: str
    title: str
    summary: str | None = None
    section: str | None = None
    lang: str = "en"
    authors: tuple[str, ...] = ()
    series: str | None = None
    published: datetime | None = None

    @property
    def top(self) -> str | None:
        """Its top-level section."""
        return self.section.split("/")[0] if self.section else None

    @property
    def language(self) -> str:
        """The primary tag of its language."""
        return self.lang.split("-")[0]

    @property
    def direction(self) -> str:
        """Which way its language is written."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


def story_of(article_id: str, card: dict[str, Any], site: str) -> Story:
    """The story of an article's card."""
    published = card.get("published_at")
    return Story(
        id=article_id,
        path=path_of(article_id, card.get("url"), site),
        title=card.get("title") or card.get("summary") or article_id,
        summary=card.get("summary"),
        section=card.get("section"),
        lang=card.get("lang") or "en",
        authors=tuple(card.get("authors") or ()),
        series=card.get("series"),
        published=datetime.fromisoformat(published) if published else None,
    )


@lru_cache(maxsize=4096)
def path_of(article_id: str, url: str | None, site: str) -> str:
    """The path at which the site shows an article, in the one spelling that it has here: that of its address, or one made of
    its id where the address is elsewhere or is not all path. A browser would take two slashes at its beginning for a host."""
    if url is not None and url.startswith(f"{site}/"):
        path = quote(unquote(urlsplit(url).path))
        if not path.startswith("//") and canonical_url(site + path) == canonical_url(url):
            return path
    return f"/article/{quote(article_id)}"


def stories(snapshot: Snapshot, now: datetime, site: str, section: str | None = None) -> list[Story]:
    """All that may be listed now, or those of a section and below it, newest first: neither what is superseded nor what
    is not to be recommended."""
    rows = newest(snapshot, EVERY, snapshot.eligible(Filter(visible_at=now, section=section)))
    places = [(snapshot.id_of(int(row)), *snapshot.place(int(row))) for row in rows]
    return [story_of(article_id, segment.card(local), site) for article_id, segment, local in places]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The front page: nothing stands on it twice."""

    lead: Story | None
    seconds: Sequence[Story] = ()
    latest: Sequence[Story] = ()
    german: Sequence[Story] = ()
    sections: dict[str, list[Story]] = field(default_factory=dict)


def front_page(listed: Sequence[Story], sections: Iterable[str]) -> FrontPage:
    """Make up the front page: the newest news leads, two of other sections stand below it, then the latest; what remains
    of each section stands with it."""
    own = [story for story in listed if story.language == "en"]
    leading = [story for story in own if story.top in LEADING and story.summary]
    lead = next(iter([*leading, *own]), None)
    shown = {lead.id} if lead else set()
    seconds: list[Story] = []
    for story in own:
        tops = {one.top for one in (*seconds, *filter(None, [lead]))}
        if len(seconds) < SECONDS and story.id not in shown and story.summary and story.top not in tops:
            seconds.append(story)
    shown |= {story.id for story in seconds}
    latest = [story for story in own if story.id not in shown][:LATEST]
    shown |= {story.id for story in latest}
    left = [story for story in own if story.id not in shown]
    by_section = {name: [story for story in left if story.top == name][:IN_SECTION] for name in sections}
    german = [story for story in listed if story.language == "de"][:IN_SECTION]
    return FrontPage(lead, seconds, latest, german, {name: some for name, some in by_section.items() if some})
