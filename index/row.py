"""One article as it goes into a segment, with everything that is worked out of its words once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import orjson

from index.article import Article
from index.copies import CopyState
from index.link_names import hash64, link_names, title_name
from index.terms import Kind, TermCounts, count_terms, headline_terms, names_in
from index.urls import canonical_url

UNDATED = -(1 << 63)
"""`published` of an article without a date."""

MAX_NAMES = 40

RECOMMENDABLE = 1
SENSITIVE = 2
HAS_VECTOR = 4
"""Bits of `flags`."""

CARD_FIELDS = ("url", "title", "summary", "section", "tags", "authors", "series", "type", "lang", "image_url")


class Worked(Protocol):
    """All that a segment holds of an article. Hashes are of names (`index.link_names`)."""

    @property
    def id(self) -> str: ...
    @property
    def section(self) -> str:
        """Empty for none; so is `language`, the primary tag."""
        ...

    @property
    def language(self) -> str: ...
    @property
    def published(self) -> int: ...
    @property
    def flags(self) -> int: ...
    @property
    def copy(self) -> CopyState: ...
    @property
    def fingerprint(self) -> bytes: ...
    @property
    def vector(self) -> npt.NDArray[np.float32]: ...
    @property
    def terms(self) -> TermCounts: ...
    @property
    def headline(self) -> npt.NDArray[np.uint64]: ...
    @property
    def names(self) -> bytes: ...
    @property
    def card(self) -> bytes: ...
    @property
    def links(self) -> Sequence[tuple[int, int]]: ...
    @property
    def addresses(self) -> Sequence[tuple[int, int]]:
        """The hashes of its address and of those that it had, each with whether it only had it, 0 or 1."""
        ...

    @property
    def title_hash(self) -> int | None:
        """None where its title has no word."""
        ...


_WORKED_OUT = ("terms", "headline", "names", "links", "card")


@dataclass(frozen=True)
class Row:
    """One article as it goes into a segment."""

    article: Article
    vector: npt.NDArray[np.float32]
    fingerprint: bytes
    """16 bytes over everything that this row is made from; an equal fingerprint means an equal row."""
    copy: CopyState
    aliases: tuple[str, ...]
    """Canonical addresses that the article had before."""
    embedded: bool = True
    """False: its vector does not come from its own words, but stands in until they are embedded (`index.stand_in`)."""

    def know_as(self, other: "Row") -> None:
        """Take over what was worked out of the words of an earlier row, where the article is the same."""
        if other.article == self.article:
            self.__dict__.update({name: other.__dict__[name] for name in _WORKED_OUT if name in other.__dict__})

    @property
    def id(self) -> str:
        return self.article.id

    @property
    def section(self) -> str:
        """Empty for none."""
        return self.article.section or ""

    @property
    def language(self) -> str:
        """The primary tag; empty where it is not known."""
        return (self.article.lang or "").split("-")[0]

    @property
    def addresses(self) -> list[tuple[int, int]]:
        """The hashes of its address and of those that it had, each with whether it only had it, 0 or 1."""
        now = [(hash64(canonical_url(self.article.url)), 0)] if self.article.url else []
        return now + [(hash64(url), 1) for url in self.aliases]

    @property
    def title_hash(self) -> int | None:
        """None where its title has no word."""
        return hash64(name) if (name := title_name(self.article.title)) else None

    @property
    def published(self) -> int:
        """Unix time, or `UNDATED`."""
        seconds = self.article.published_seconds
        return UNDATED if seconds is None else seconds

    @property
    def flags(self) -> int:
        """The bits `RECOMMENDABLE`, `SENSITIVE`, `HAS_VECTOR`."""
        article = self.article
        has_vector = HAS_VECTOR * (self.embedded and bool(self.vector.any()))
        return RECOMMENDABLE * article.recommendable | SENSITIVE * article.sensitive | has_vector

    @cached_property
    def terms(self) -> TermCounts:
        """The terms of the article, all kinds."""
        return terms_of(self.article)

    @cached_property
    def headline(self) -> npt.NDArray[np.uint64]:
        """The words of its title, as terms."""
        return headline_terms(self.article.title)

    @cached_property
    def names(self) -> bytes:
        """The names of people, places and bodies in it, most frequent first, a line each."""
        return "\n".join(name for name, _ in names_in(self.article.text).most_common(MAX_NAMES)).encode()

    @cached_property
    def links(self) -> list[tuple[int, int]]:
        """The names of what it links to: hashes and kinds."""
        return list(link_names(self.article))

    @cached_property
    def card(self) -> bytes:
        """What an answer shows of it, as JSON with our field names; empty fields left out."""
        card: dict[str, Any] = {name: value for name in CARD_FIELDS if (value := getattr(self.article, name))}
        for name in ("published_at", "updated_at"):
            if (moment := getattr(self.article, name)) is not None:
                card[name] = moment.isoformat().replace("+00:00", "Z")
        return orjson.dumps(card)


def terms_of(article: Article) -> TermCounts:
    """The terms of an article, all kinds."""
    attributes = {
        Kind.TOPIC: article.tags,
        Kind.AUTHOR: article.authors,
        Kind.SERIES: (article.series,) if article.series else (),
        Kind.TYPE: (article.type,) if article.type else (),
    }
    return count_terms(article.title, article.text, attributes)
