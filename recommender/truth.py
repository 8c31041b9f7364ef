"""What editors picked: links out of a file or out of the articles themselves, and the sources that can be scored by them."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from index.article import Article, Link
from index.embedder import Embedder, embedding_text
from index.link_names import title_name
from index.urls import canonical_url
from recommender.errors import InvalidTruth
from recommender.subject import Subject, subject_of_draft

Links = dict[str, set[str]]
"""Target ids by source id."""


@dataclass(frozen=True, slots=True)
class Task:
    """One source article: what an editor saw when writing, and the ids that she linked to."""

    subject: Subject
    relevant: frozenset[str]
    older_only: bool

    @property
    def published_to(self) -> datetime | None:
        """Candidates are published before this; None where the source sees all."""
        return self.subject.published_at if self.older_only else None

    @property
    def links_before(self) -> datetime:
        """Links of articles published before this may be learnt from: never of later ones, whatever candidates it sees."""
        return self.subject.published_at or datetime.min.replace(tzinfo=UTC)


def read_links(path: Path) -> Links:
    """Editors' links from tab-separated `source_id target_id …` with a header line. Raises `InvalidTruth`."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t")
            missing = {"source_id", "target_id"} - set(reader.fieldnames or ())
            if missing:
                raise InvalidTruth(
                    f"{path}: expected tab-separated columns source_id and target_id, got {reader.fieldnames}"
                )
            links: Links = {}
            for line in reader:
                if not line["source_id"] or not line["target_id"]:
                    raise InvalidTruth(f"{path}, line {reader.line_num}: expected a source and a target, got {line}")
                links.setdefault(line["source_id"], set()).add(line["target_id"])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidTruth(f"{path}: {error}") from error
    return links


def own_links(articles: Mapping[str, Article]) -> Links:
    """The links that the articles carry themselves, as far as they lead to one of these articles by id, address or title."""
    by_url = {canonical_url(article.url): key for key, article in articles.items() if article.url}
    by_title = {title_name(article.title): key for key, article in articles.items() if title_name(article.title)}
    found: Links = {}
    for key, article in articles.items():
        for link in article.links:
            target = link.article_id if link.article_id in articles else None
            target = target or (by_url.get(_canonical(link.url)) if link.url else None)
            if not target and not link.article_id and not _canonical(link.url):
                target = by_title.get(title_name(link.title or ""))
            if target and target != key:
                found.setdefault(key, set()).add(target)
    return found


def _canonical(url: str | None) -> str:
    try:
        return canonical_url(url) if url else ""
    except ValueError:
        return ""


def with_links(articles: Iterable[Article], links: Mapping[str, set[str]]) -> list[Article]:
    """The articles, each with its links of the truth besides its own, so that an index knows them."""
    return [
        replace(article, links=(*article.links, *(Link(article_id=target) for target in sorted(links[article.id]))))
        if article.id in links
        else article
        for article in articles
    ]


def without_link_words(article: Article, targets: Iterable[Article]) -> Article:
    """The article as it was before its links were set: without its targets' titles and the words of its links, which in a
    published text would give away what an editor linked to."""
    titles = {title for title in (*(t.title for t in targets), *(link.title for link in article.links)) if title}
    text = article.text
    for title in sorted(titles, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(title)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return replace(article, text=text) if text.strip() or article.title else article


def make_tasks(
    articles: Mapping[str, Article], links: Mapping[str, set[str]], text_field: str | None, older_only: bool
) -> list[tuple[Article, frozenset[str]]]:
    """The sources that can be scored, oldest first, each as an editor wrote it (its text out of `text_field` where it has
    that), with the targets that a ranking may find."""
    tasks: list[tuple[Article, frozenset[str]]] = []
    for source_id, targets in links.items():
        source = articles.get(source_id)
        if source is None:
            continue
        known = [articles[target] for target in targets if target in articles and target != source_id]
        relevant = frozenset(target.id for target in known if not older_only or _is_older(target, source))
        if relevant:
            tasks.append((_as_written(source, text_field), relevant))
    return sorted(tasks, key=lambda task: (task[0].published_at or datetime.min.replace(tzinfo=UTC), task[0].id))


def newest_share(count: int, fraction: float) -> int:
    """At which of so many sources, oldest first, the newest `fraction` of them begins."""
    return count - round(count * fraction)


def subjects(
    tasks: Sequence[tuple[Article, frozenset[str]]],
    embedder: Embedder,
    older_only: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
    chunk: int = 64,
) -> list[Task]:
    """Embed the sources, as drafts: nothing that the index knows of a source itself is used to rank for it."""
    made: list[Task] = []
    for start in range(0, len(tasks), chunk):
        part = tasks[start : start + chunk]
        vectors = embedder.embed([embedding_text(article) for article, _ in part])
        for (article, relevant), vector in zip(part, vectors, strict=True):
            made.append(Task(subject_of_draft(article, vector), relevant, older_only))
        progress(len(made), len(tasks))
    return made


def _is_older(target: Article, source: Article) -> bool:
    if target.published_at is None or source.published_at is None:
        return False
    return target.published_at < source.published_at


def _as_written(source: Article, text_field: str | None) -> Article:
    text = source.extra.get(text_field) if text_field else None
    return replace(source, text=text) if isinstance(text, str) and text.strip() else source
