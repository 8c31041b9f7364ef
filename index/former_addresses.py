"""The addresses that articles had before, as a rebuild finds and keeps them."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.article_rows import alias_row
from index.chunks import in_chunks
from index.schema import articles, url_aliases


def former_addresses(connection: Connection, staged: sa.Table, removed: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Earlier canonical addresses of articles, by id, sorted, the present one not among them, once those of `staged` have
    taken the place of the catalogue's. Only articles that had another address are looked at."""
    former = sa.select(url_aliases.c.article_id, url_aliases.c.canonical_url)
    was = sa.select(articles.c.id, articles.c.canonical_url).join(staged, staged.c.id == articles.c.id)
    was = was.where(articles.c.canonical_url.is_distinct_from(staged.c.canonical_url))
    known = [(article_id, url) for query in (former, was) for article_id, url in connection.execute(query)]
    present: dict[str, str | None] = {}
    for chunk in in_chunks(sorted({article_id for article_id, _ in known})):
        for table in (articles, staged):
            query = sa.select(table.c.id, table.c.canonical_url).where(table.c.id.in_(chunk))
            present.update((article_id, url) for article_id, url in connection.execute(query))
    found: dict[str, set[str]] = {}
    for article_id, url in known:
        if url and article_id in present and article_id not in removed and url != present[article_id]:
            found.setdefault(article_id, set()).add(url)
    return {article_id: tuple(sorted(urls)) for article_id, urls in found.items()}


def write_former_addresses(
    connection: Connection, aliases: Mapping[str, tuple[str, ...]], touched: Collection[str]
) -> None:
    """Make these the former addresses of all articles but for those that were `touched`."""
    known = sa.select(url_aliases.c.article_id, url_aliases.c.canonical_url)
    present = {(row.article_id, row.canonical_url) for row in connection.execute(known)}
    wanted = {(key, url) for key, urls in aliases.items() for url in urls}
    gone = {key for key, _ in present - wanted}.difference(touched)
    for chunk in in_chunks(sorted(gone)):
        connection.execute(sa.delete(url_aliases).where(url_aliases.c.article_id.in_(chunk)))
    kept = {(key, url) for key, url in present if key not in gone}
    rows = [alias_row(key, url) for key, url in sorted(wanted - kept) if key not in touched]
    if rows:
        connection.execute(sa.insert(url_aliases), rows)
