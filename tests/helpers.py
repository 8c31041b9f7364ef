"""What many tests need: articles in one line, a source that is a list, a rebuild of such a list."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from hypothesis import settings

from index.article import Article
from index.article_columns import NO_DATE, ArticleColumns
from index.article_record import FieldNames, dump_record, parse_article, record_hash
from index.catalogue_key import ArticleKey
from index.copies import copy_hash
from index.embedder import Embedder, WordHashEmbedder
from index.pointer import current_generation
from index.rebuild import Options, rebuild
from index.report import Report
from index.sketch import HEAD, make_sketch
from index.snapshot import Snapshot, open_snapshot
from index.sources import Rejected
from index.urls import canonical_url

NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
"""The clock of the tests."""

THOROUGH, COMMIT = 60, 12
"""How many examples a property is tried on in either profile, where it does not say another number."""


def examples(thorough: int, **others: Any) -> settings:
    """For a property whose examples are dear, or that needs more than most: so many when thorough, its share in a commit."""
    return settings(max_examples=max(3, thorough * settings().max_examples // THOROUGH), **others)


def is_thorough() -> bool:
    """Whether a test on real archives reads the whole of them, as in CI, and not a part that is enough for a commit."""
    return settings().max_examples >= THOROUGH


def article(article_id: str, title: str = "", text: str = "", **fields: object) -> Article:
    """An article out of a record; without a title, its title is its id."""
    return parse_article({"id": article_id, "title": title or f"Title of {article_id}", "text": text, **fields})


class Given:
    """A source that holds exactly these articles (or rejected records)."""

    whole = True

    def __init__(self, items: Iterable[Article | Rejected], name: str = "given") -> None:
        self.name = name
        self.items = list(items)
        self.size: int | None = len(self.items)
        self.names = FieldNames()

    def __iter__(self) -> Iterator[Article | Rejected]:
        yield from self.items

    def position(self) -> int:
        return len(self.items)


class CountingEmbedder(WordHashEmbedder):
    """Notes which texts it was asked for, and fails after a number of them where one is set."""

    def __init__(self, dimension: int = 64, fail_after: int | None = None) -> None:
        super().__init__(dimension)
        self.texts: list[str] = []
        self.fail_after = fail_after

    def embed(self, texts: Sequence[str]):
        if self.fail_after is not None and len(self.texts) + len(texts) > self.fail_after:
            raise RuntimeError("the embedder failed")
        self.texts += texts
        return super().embed(texts)


def rebuild_with(
    data: Path, articles: Iterable[Article | Rejected], embedder: Embedder | None = None, **options: object
) -> Report:
    """Rebuild so that the archive is exactly these articles (`keep_unseen=True`: has these too)."""
    return rebuild(data, [Given(articles)], embedder or WordHashEmbedder(64), Options(**options))


def opened(data: Path) -> Snapshot:
    """The published snapshot of a data folder."""
    return open_snapshot(data, current_generation(data))


def key_of(article: Article) -> ArticleKey:
    """The article's key as the catalogue keeps it."""
    return ArticleKey(
        id=article.id,
        record_hash=record_hash(dump_record(article)),
        content_hash=article.content_hash,
        copy_hash=copy_hash(article),
        sketch=make_sketch(article),
        version_of=article.version_of,
        canonical_url=canonical_url(article.url) if article.url else None,
        section=article.section,
        published=article.published_seconds,
    )


def said_of(columns: ArticleColumns) -> list[tuple[object, ...]]:
    """What the columns of a rebuild say of each article."""
    return [
        (
            article_id,
            columns.record_hash[row].tobytes(),
            columns.content_hash[row].tobytes(),
            columns.copy_hash[row].tobytes(),
            columns.heads[row].tobytes(),
            columns.version_of[row],
            columns.url[row].tobytes(),
            columns.sections[row],
            int(columns.published[row]),
        )
        for row, article_id in enumerate(columns.ids)
    ]


def told_of(*articles: Article) -> list[tuple[object, ...]]:
    """The same as it must be for these articles, in the order of their ids."""
    return [
        (
            key.id,
            key.record_hash,
            key.content_hash,
            key.copy_hash,
            key.sketch[: HEAD.itemsize],
            key.version_of,
            blake2b(key.canonical_url.encode(), digest_size=16).digest() if key.canonical_url else bytes(16),
            key.section,
            NO_DATE if key.published is None else key.published,
        )
        for key in map(key_of, articles)
    ]
