"""The names by which articles find one another: 64-bit hashes of ids, canonical addresses and titles."""

import re
from collections.abc import Iterator
from enum import IntEnum

from index.article import Article, Link, digest
from index.urls import canonical_url


class NameOf(IntEnum):
    """What a link calls its target by."""

    ID = 0
    URL = 1
    TITLE = 2


def hash64(text: str) -> int:
    """The first 8 bytes of `digest`, as a number."""
    return int.from_bytes(digest(text)[:8], "little")


def title_name(title: str) -> str:
    """A title as a link may call it: its words in lower case; empty where it has none."""
    return " ".join(re.findall(r"\w+", title.lower()))


def link_names(article: Article) -> list[tuple[int, NameOf]]:
    """The targets of an article's links, by hash and kind of name, distinct, in their order: id and address, for one may
    be known where the other is not; a title, which is less sure, only where neither is given."""
    return list(dict.fromkeys((hash64(text), kind) for link in article.links for text, kind in _names(link)))


def _names(link: Link) -> Iterator[tuple[str, NameOf]]:
    url = _canonical(link.url)
    if link.article_id:
        yield link.article_id, NameOf.ID
    if url:
        yield url, NameOf.URL
    if not link.article_id and not url and link.title and (name := title_name(link.title)):
        yield name, NameOf.TITLE


def _canonical(url: str | None) -> str | None:
    try:
        return canonical_url(url) if url else None
    except ValueError:
        return None
