"""Which articles are the same to a reader: copies word for word or lightly edited, updates and corrections marked by
their record or their title, one address reused.

Copies collapse in every list. An article that a newer version or a newer article at its own address has replaced
is *superseded*: still answered for when asked by id, never suggested.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from index.article import Article, digest
from index.catalogue_key import ArticleKey
from index.near_copies import NearCopies, find_near_copies

SHORT_TEXT = 20
"""Under so many words the text alone does not make two articles the same; the title must agree too."""

NEVER = (1 << 63) - 1
"""`superseded_at` of an article that nothing replaced."""

ALWAYS = -(1 << 63)
"""`superseded_at` of an article whose replacement has no date."""


@dataclass(frozen=True, slots=True)
class CopyState:
    """`key`: 16 bytes that all copies of an article share. `superseded_at`: Unix time from which it is replaced."""

    key: bytes
    superseded_at: int


def copy_hash(article: Article) -> bytes:
    """16 bytes that two articles share when their words are the same, whatever their punctuation, case and spacing."""
    words = re.findall(r"\w+", article.text.lower())
    if len(words) < SHORT_TEXT:
        titled = re.findall(r"\w+", article.title.lower())
        words = [*titled, "\n", *words] if titled or words else [article.title, "\n", article.text]
    return digest(" ".join(words))


class Bound(Protocol):
    """What says by itself which other articles one is a copy of."""

    @property
    def id(self) -> str: ...
    @property
    def copy_hash(self) -> bytes: ...
    @property
    def version_of(self) -> str | None: ...
    @property
    def canonical_url(self) -> str | None: ...
    @property
    def published(self) -> int | None: ...


def find_copies(keys: Iterable[ArticleKey]) -> dict[str, CopyState]:
    """The copy state of every article, by id; the same whatever the order of `keys`."""
    articles = {key.id: key for key in sorted(keys, key=lambda key: key.id)}
    return join_copies(articles, find_near_copies(list(articles.values())))


def join_copies(articles: Mapping[str, Bound], near: NearCopies) -> dict[str, CopyState]:
    """The copy states of articles, by id in ascending order, of which these are near copies."""
    groups = _Groups(articles)
    by_text: dict[bytes, str] = {}
    by_url: dict[str, list[Bound]] = {}
    for key in articles.values():
        groups.join(key.id, by_text.setdefault(key.copy_hash, key.id))
        if key.version_of is not None and key.version_of in articles:
            groups.join(key.id, key.version_of)
        if key.canonical_url:
            by_url.setdefault(key.canonical_url, []).append(key)
    for one, other in (*near.same, *near.versions):
        groups.join(one, other)
    superseded: dict[str, int] = {}
    for newer_id, older_id in near.versions:
        _supersede(superseded, older_id, articles[newer_id])
    for key in articles.values():
        for ancestor in _ancestors(key, articles):
            _supersede(superseded, ancestor, key)
    for sharing in by_url.values():
        if len(sharing) > 1:
            for key in sharing:
                groups.join(key.id, sharing[0].id)
            newest_first = sorted(sharing, key=_newest_first)
            for newer, older in pairwise(newest_first):
                _supersede(superseded, older.id, newer)
    return {
        article_id: CopyState(articles[groups.root(article_id)].copy_hash, superseded.get(article_id, NEVER))
        for article_id in articles
    }


def _newest_first(key: Bound) -> tuple[int, str]:
    return (-key.published if key.published is not None else NEVER, key.id)


def _supersede(superseded: dict[str, int], older: str, newer: Bound) -> None:
    at = ALWAYS if newer.published is None else newer.published
    superseded[older] = min(superseded.get(older, NEVER), at)


def _ancestors(key: Bound, articles: Mapping[str, Bound]) -> Sequence[str]:
    """The articles that this one updates, nearest first; none where versions run in a circle."""
    found: list[str] = []
    parent = key.version_of
    while parent is not None and parent in articles and parent not in found:
        if parent == key.id:
            return []
        found.append(parent)
        parent = articles[parent].version_of
    return found


class _Groups:
    """Disjoint sets of ids (union by smallest id, so that the result does not depend on the order of joins)."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._parent = {item: item for item in ids}

    def root(self, item: str) -> str:
        while (parent := self._parent[item]) != item:
            self._parent[item] = item = self._parent[parent]
        return item

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first
