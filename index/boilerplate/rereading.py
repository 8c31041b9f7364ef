"""A rebuild that reads articles by other rules than the one before: which are to be looked at, which come out otherwise.

All of it happens in the rebuild's own view of the catalogue (`index.staging`), in its connection.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.article_rows import article_of, row_of
from index.boilerplate.apply import Cleaner
from index.boilerplate.rules import RuleSet
from index.boilerplate.store import activate
from index.chunks import CHUNK, in_chunks
from index.schema import articles
from index.staged_table import staged
from index.urls import canonical_url

FIRST_SAMPLE = 20_000
"""So many articles are learnt from at the first time, …"""
NEWEST = 1_000
"""… and later so many of the newest, where a site's new clothes show, …"""
OTHERS = 1_000
"""… and so many of all."""


def count_staged(connection: Connection) -> int:
    """How many articles the sources have that differ from the catalogue."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(staged)).scalar_one())


@dataclass(frozen=True, slots=True)
class Sample:
    """Ids of the articles to learn from, and of those of them that are an even part of all; both ascending."""

    ids: Sequence[str]
    spread: Sequence[str]


def sample(connection: Connection, removed: Collection[str], first: bool) -> Sample:
    """Which articles to learn from: at the first time an even part of all, later less."""
    every = sa.union_all(
        _readable(articles).where(articles.c.id.not_in(sa.select(staged.c.id))), _readable(staged)
    ).subquery()

    def chosen(count: int, *order: "sa.ColumnElement[Any]") -> list[str]:
        found = connection.execute(sa.select(every.c.id).order_by(*order).limit(count + len(removed))).scalars()
        return [one for one in found if one not in removed][:count]

    # the hashes of what articles say are chance, and stay: it is the same part of an archive each time
    spread = sorted(chosen(FIRST_SAMPLE if first else NEWEST + OTHERS, every.c.record_hash))
    if first or len(spread) < NEWEST + OTHERS:
        return Sample(spread, spread)
    spread = sorted(chosen(OTHERS, every.c.record_hash))
    newest = chosen(NEWEST, sa.func.coalesce(every.c.published, 0).desc(), every.c.id)
    return Sample(sorted({*newest, *spread}), spread)


def _readable(table: sa.Table) -> "sa.Select[Any]":
    return sa.select(table.c.id, table.c.published, table.c.record_hash).where(~table.c.unpublished)


def reread(connection: Connection, removed: Collection[str], before: Cleaner, cleaner: Cleaner) -> int:
    """Stage anew every article that reads otherwise by `cleaner` than before, so that its sketch, its copies and its vector
    are of the text that stays; gives how many these are. Sites of which the rules are the same are not looked at."""
    changed = 0
    touched = hosts_touched(before.rule_set, cleaner.rule_set)
    ids = [key for key in _ids_of(connection, articles, touched) if key not in removed]
    ids += _ids_of(connection, staged, touched)
    for chunk in in_chunks(sorted(set(ids)), CHUNK):
        rows = []
        for article_id, seq, known, record in _records(connection, chunk):
            article = article_of(record)
            if cleaner.clean(article).content_hash != known:
                rows.append({**row_of(article, cleaner), "seq": seq, "id": article_id})
        if rows:
            connection.execute(sa.delete(staged).where(staged.c.id.in_([row["id"] for row in rows])))
            connection.execute(sa.insert(staged), rows)
            changed += len(rows)
    return changed


def _ids_of(connection: Connection, table: sa.Table, hosts: Collection[str] | None) -> Iterator[str]:
    """The ids of the articles of these sites; of all, where none are given."""
    if hosts is None:
        yield from connection.execute(sa.select(table.c.id)).scalars()
        return
    if not hosts:
        return
    known: dict[str, bool] = {"": "" in hosts}
    for article_id, url in connection.execute(sa.select(table.c.id, table.c.canonical_url)):
        site = url.split("/", 3)[2] if url else ""
        if site not in known:  # as `host_of` says it, of a canonical address
            known[site] = (urlsplit(url).hostname or "").removeprefix("www.") in hosts
        if known[site]:
            yield article_id


def hosts_touched(before: RuleSet, after: RuleSet) -> frozenset[str] | None:
    """The hosts for which two sets of rules differ, as a canonical address spells them too; None for all."""
    hosts = {rule.host for rule in set(before.rules) ^ set(after.rules)}
    if "*" in hosts:
        return None
    return frozenset(hosts | {_canonical(host) for host in hosts if host})


def _canonical(host: str) -> str:
    try:
        return (urlsplit(canonical_url(f"https://{host}/")).hostname or host).removeprefix("www.")
    except ValueError:
        return host


def make_active(connection: Connection, written: Collection[str], cleaner: Cleaner) -> None:
    """Make a set of rules the active one, in the transaction that makes a rebuild true. What was written through the API
    while it ran is sketched anew: that was done by the rules of before."""
    activate(connection, cleaner.number)
    for chunk in in_chunks(sorted(written)):
        found = connection.execute(sa.select(articles.c.id, articles.c.record).where(articles.c.id.in_(chunk))).all()
        for row in found:
            made = row_of(article_of(row.record), cleaner)
            values = {name: made[name] for name in ("content_hash", "copy_hash", "sketch", "head")}
            connection.execute(sa.update(articles).where(articles.c.id == row.id).values(**values))


def _records(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, int, bytes, bytes]]:
    """Id, number in the log, content hash as read before, and record."""
    found: dict[str, tuple[int, bytes, bytes]] = {}
    for table in (articles, staged):
        query = sa.select(table.c.id, table.c.seq, table.c.content_hash, table.c.record).where(table.c.id.in_(ids))
        found.update((row.id, (row.seq, row.content_hash, row.record)) for row in connection.execute(query))
    for article_id, (seq, content_hash, record) in sorted(found.items()):
        yield article_id, seq, content_hash, record
