"""`Article`, the one value type that crosses every boundary of this package.

Articles are built by `index.article_record.parse_article`, which validates and normalises;
code behind that edge may rely on every field being of the type and form stated here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Literal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that an editor placed in an article; at least one of the three names of its target is known."""

    article_id: str | None = None
    url: str | None = None
    title: str | None = None
    position: float | None = None
    """Where in the body it stood, as a fraction from 0 (first character) to 1 (last)."""


@dataclass(frozen=True)
class Article:
    """One article as the newsroom wrote it.

    `title` or `text` is non-empty; date-times carry UTC; `section` is a path such as `world/europe` without
    leading or trailing slash; `lang` is a lower-case BCP 47 tag; `url` and `image_url` are absolute http(s).
    """

    id: str
    title: str = ""
    text: str = ""
    url: str | None = None
    summary: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    series: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    lang: str | None = None
    image_url: str | None = None
    links: tuple[Link, ...] = ()
    version_of: str | None = None
    """Id of the earlier article that this one updates or corrects."""
    recommendable: bool = True
    """False: may show suggestions, is never one itself."""
    sensitive: bool = False
    """True: a story of death, violence or the like, for which a policy may hold suggestions back."""
    status: Literal["published", "unpublished"] = "published"
    """`unpublished`: kept, but served to no one, neither as a suggestion nor with suggestions of its own."""
    type: str | None = None
    """What the newsroom calls it, such as opinion, wire or liveblog."""
    extra: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Fields of the record that we have no name for, kept as they came."""

    @cached_property
    def content_hash(self) -> bytes:
        """16 bytes over title and text: of an article without its furniture the key under which its vector is kept."""
        return digest(self.title, self.text)

    @property
    def unpublished(self) -> bool:
        return self.status == "unpublished"

    @property
    def published_seconds(self) -> int | None:
        """Unix time of `published_at` in whole seconds, rounded up: nothing is shown before its moment."""
        if self.published_at is None:
            return None
        return min(-((_EPOCH - self.published_at) // timedelta(seconds=1)), _LAST_SECOND)

    @property
    def last_changed(self) -> datetime | None:
        """The later of `updated_at` and `published_at`, whichever is known."""
        known = [when for when in (self.updated_at, self.published_at) if when is not None]
        return max(known, default=None)


def unix_seconds(moment: datetime) -> int:
    """Unix time of an aware date-time in whole seconds, rounded down (exact also where a float is not)."""
    return (moment - _EPOCH) // timedelta(seconds=1)


def digest(*parts: str | bytes) -> bytes:
    """16 bytes of BLAKE2b (RFC 7693) over the parts, each preceded by its length so that no two lists collide."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(raw).to_bytes(8, "little"))
        state.update(raw)
    return state.digest()
