"""What the desk's page on health tells, gathered: problems, facts of the moment, and the last rebuilds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from index.data_folder import disk_problem, read_only_problem
from index.engines import database_errors_said
from index.kept import Kept, kept_generations
from index.live_index import LiveIndex
from index.rebuild_log import RebuildDone, read_rebuilds
from index.retrieval import newest
from index.vector_index import Filter
from service.api.health import indexer_record, is_rolled_back
from service.desk.cards import card_at
from service.desk.frame import Desk
from service.desk.words import ago, count
from service.purge_state import purge_record

REBUILDS = 40
SHOWN = 12
SECTIONS = 8

STALE_DAYS = 3
"""Where nothing newer was published for so long, that is said."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with what it is, and a word on it."""

    name: str
    value: str
    note: str = ""
    tone: str = ""
    """`good`, `warn` or `bad`; empty where it is neither."""
    article: str | None = None
    """An article's id, where the note is its title."""
    why: str = ""
    """Why the tone is as it is, where the note does not say it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A generation that is kept, or was made, and how it came about."""

    generation: str
    at: datetime | None
    current: bool
    kept: bool
    problem: str | None
    how: str
    articles: int | None
    added: int = 0
    removed: int = 0
    changed: int = 0
    first: bool = False
    known: bool = False
    """Whether it is known what was different in it."""
    sections: tuple[tuple[str, int, int], ...] = ()
    """Name, before, after; those that changed most."""
    more_sections: int = 0
    lists_kept: float | None = None
    """Share of the items of readers' lists that stayed."""
    forced: tuple[str, ...] = ()
    """What the gate held against it, where somebody forced it."""
    again: int = 0
    """How many rebuilds found nothing to change in it."""

    @property
    def may_return(self) -> bool:
        """Whether one can go back to it."""
        return self.kept and not self.current and self.problem is None


def problems_of(desk: Desk) -> list[str]:
    """What is wrong, in sentences; nothing where all is well."""
    data, settings = desk.settings.data, desk.settings
    folder = disk_problem(data) or (read_only_problem(data) if settings.indexer else None)
    indexer = indexer_record(data, folder)
    purge = purge_record(data, settings.purge_url) if settings.purge_url else None
    found = (
        desk.recommender.index.problem,
        desk.recommender.policies.problem,
        folder,
        indexer and indexer["problem"],
        purge and purge["problem"],
    )
    said = [str(one) for one in dict.fromkeys(filter(None, found))]
    return [f"{one[:1].upper()}{one[1:]}{'' if one.endswith('.') else '.'}" for one in said]


def facts_of(desk: Desk, taken_down: int) -> list[Fact]:
    """The figures at the top of the page."""
    now, live, data = desk.clock(), desk.recommender.index, desk.settings.data
    snapshot = live.snapshot()
    manifest = snapshot.manifest
    made = datetime.fromisoformat(manifest.created_at)
    rolled = is_rolled_back(data)
    rows = newest(snapshot, 1, snapshot.eligible(Filter(visible_at=now)))
    card = card_at(snapshot, int(rows[0]), now) if len(rows) else None
    quiet = (now - card.published).days if card and card.published else 0
    facts = [
        Fact(
            "Articles",
            f"{manifest.articles:,}",
            f"{manifest.vectors:,} read for meaning"
            if manifest.vectors < manifest.articles
            else "all read for meaning",
        ),
        Fact(
            "Newest article",
            ago(card.published, now) if card and card.published else "no date",
            card.title if card else "",
            "warn" if quiet >= STALE_DAYS else "",
            card.id if card else None,
            f"Nothing newer for {count(quiet, 'day')}: does the archive still come in?" if quiet >= STALE_DAYS else "",
        ),
        Fact("Index made", ago(made, now), "gone back to by hand" if rolled else "", "warn" if rolled else ""),
    ]
    facts.append(_indexer(indexer_record(data, disk_problem(data) or read_only_problem(data))))
    waiting = live.following.waiting if isinstance(live, LiveIndex) else 0
    facts.append(Fact("Changes to take in", f"{waiting:,}", "everything written is served" if not waiting else "", ""))
    facts.append(Fact("Taken down", f"{taken_down:,}", "in no list any more" if taken_down else ""))
    return facts


def _indexer(state: Mapping[str, Any] | None) -> Fact:
    if state is None:
        return Fact("Indexer", "none", "none ever ran over this archive")
    if not state["alive"]:
        return Fact("Indexer", "does not run", "new articles are answered by terms", "bad")
    words = {
        "ready": "ready",
        "embedding": "reading",
        "starting": "starting",
        "no-index": "starting",  # this page shows one: the indexer has not seen it yet, and is about to
        "no-model": "has no model",
        "embedder-away": "waits for its model",
        "catalogue-unreachable": "cannot read",
    }
    waits = int(state["waiting"])
    note = f"{count(waits, 'article')} to be read for meaning" if waits else "nothing waits"
    return Fact("Indexer", words.get(state["state"], state["state"]), note, "bad" if state["problem"] else "")


def generations_told(desk: Desk) -> list[Told]:
    """The generations that are kept, and the last ones that were made, newest first."""
    with database_errors_said():
        done = read_rebuilds(desk.catalogue().engine, REBUILDS)
    kept = {one.generation: one for one in kept_generations(desk.settings.data)}
    first: dict[str, RebuildDone] = {}
    again: dict[str, int] = {}
    for one in reversed(done):
        if one.generation in first:
            again[one.generation] = again.get(one.generation, 0) + 1
        else:
            first[one.generation] = one
    names = sorted({*first, *kept} - {""}, reverse=True)
    told = [_told(name, first.get(name), kept.get(name), again.get(name, 0)) for name in names]
    return [one for at, one in enumerate(told) if at < SHOWN or one.kept]


def _told(generation: str, done: RebuildDone | None, kept: Kept | None, again: int) -> Told:
    manifest = kept.manifest if kept else None
    at = datetime.fromtimestamp(done.at, UTC) if done else None
    if at is None and manifest is not None:
        at = datetime.fromisoformat(manifest.created_at)
    folded = manifest is not None and manifest.folded
    how = "By the indexer, out of what was written" if folded else "From the sources"
    if done is not None and not done.from_sources and not folded:
        how = "Out of the catalogue, or from an addition"
    state = (generation, at, bool(kept and kept.current), kept is not None, kept.problem if kept else None, how)
    articles = manifest.articles if manifest else None
    difference = done.difference if done else None
    if difference is None:
        return Told(*state, articles, again=again)
    counts = difference["articles"]
    sections = sorted(
        ((name, int(both["before"]), int(both["after"])) for name, both in difference["sections"].items()),
        key=lambda item: (-abs(item[2] - item[1]), item[0]),
    )
    return Told(
        *state,
        int(counts["after"]),
        added=int(counts["added"]),
        removed=int(counts["removed"]),
        changed=int(counts["changed"]),
        first=not counts["before"],
        known=True,
        sections=tuple(sections[:SECTIONS]),
        more_sections=max(0, len(sections) - SECTIONS),
        lists_kept=difference.get("lists", {}).get("items_kept"),
        forced=tuple(one["reason"] for one in difference["refused"]),
        again=again,
    )
