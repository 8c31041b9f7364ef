"""What a rebuild does about furniture: learns where it is time to, and reads the archive by the rules that hold then."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.article import Article
from index.article_rows import article_of
from index.boilerplate.apply import Cleaner
from index.boilerplate.decisions import last_learning, note_findings, unknown
from index.boilerplate.learn import learn
from index.boilerplate.rereading import count_staged, reread, sample
from index.boilerplate.rules import Finding, RuleSet
from index.boilerplate.store import keep_set, removed_rules, set_for
from index.boilerplate.survey import MIN_ARTICLES
from index.catalogue import Catalogue
from index.chunks import in_chunks
from index.engines import writing
from index.learning import How
from index.report import Learned, Report
from index.staging import Staging

AT_ONCE = 0.2
"""Of the articles, after the first rebuild: where more than so many would read otherwise, what is learnt waits for an
editor. The first has nobody's lists to change, and removes all that it learns."""

CHANGED = 20
"""After a change of so many articles it is learnt again, …"""
CHANGED_SHARE = 0.02
"""… of so many of all, where these are more, …"""
CHANGED_MOST = 500
"""… and of so many at the most."""


class Wanted(Protocol):
    """What is asked of a rebuild."""

    @property
    def boilerplate(self) -> How: ...
    @property
    def dry_run(self) -> bool: ...
    @property
    def fold(self) -> bool: ...


Tell = Callable[[str, int, int | None], None]


def settle(catalogue: Catalogue, staging: Staging, wanted: Wanted, report: Report, tell: Tell) -> None:
    """Learn where it is due, and let `staging`, which is frozen, read by the rules that hold then; `report` says what came
    of it. A fold learns nothing and reads as the rebuild before it. On a dry run nothing lasts.
    """
    if wanted.fold:
        return
    learnt = _learn(catalogue, staging, tell) if wanted.boilerplate != "off" else None
    new: Sequence[Finding] = ()
    at_once = False
    with writing(catalogue.engine) as connection:
        if learnt is not None:
            new = unknown(connection, learnt.found)
            at_once = wanted.boilerplate == "remove" and (learnt.first or _share(staging, learnt, new) <= AT_ONCE)
            note_findings(connection, learnt.found, staging.number, learnt.articles, at_once)
        made = keep_set(connection, set_for(removed_rules(connection)))
        if wanted.dry_run:
            connection.rollback()
    report.boilerplate = Learned(tuple(new), at_once, len(made.rules), _read_by(staging, made, tell))


@dataclass(frozen=True, slots=True)
class _Learnt:
    found: Sequence[Finding]
    articles: int
    """From how many it was learnt, …"""
    spread: Sequence[str]
    """… and the ids of those of them that are an even part of all."""
    first: bool
    """Whether there were no lists before."""


def _learn(catalogue: Catalogue, staging: Staging, tell: Tell) -> _Learnt | None:
    """What is found; None where it is not time, or too little is there."""
    with catalogue.engine.connect() as connection:
        last = last_learning(connection)
    if last is not None:
        enough = max(CHANGED, min(CHANGED_MOST, int(CHANGED_SHARE * staging.known_before)))
        if last[1] + count_staged(staging.connection) < enough:
            return None
    chosen = sample(staging.connection, staging.removed, last is None)
    if len(chosen.ids) < MIN_ARTICLES:
        return None
    tell("learning boilerplate", 0, None)
    found = learn(lambda: _articles(staging, chosen.ids))
    return _Learnt(found, len(chosen.ids), chosen.spread, staging.known_before < MIN_ARTICLES)


def _share(staging: Staging, learnt: _Learnt, new: Sequence[Finding]) -> float:
    """Of all articles, as far as a part of them tells, how many would read otherwise without what is new."""
    cleaner = Cleaner(set_for(finding.rule for finding in new))
    touched = sum(bool(cleaner.cuts(article)) for article in _articles(staging, learnt.spread)) if new else 0
    return touched / max(1, len(learnt.spread))


def _articles(staging: Staging, ids: Sequence[str]) -> Iterator[Article]:
    """These articles, in the order of their ids, which are ascending."""
    for chunk in in_chunks(ids):
        for _, record in sorted(staging.records(chunk)):
            yield article_of(record)


def _read_by(staging: Staging, made: RuleSet, tell: Tell) -> int:
    """Read by these rules; gives how many articles have another text by them than before."""
    if made.number == staging.cleaner.number:
        return 0
    tell("reading without boilerplate", 0, None)
    before, staging.cleaner = staging.cleaner, Cleaner(made)
    return reread(staging.connection, staging.removed, before, staging.cleaner)
