"""The few columns of an article that a rebuild compares."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """What a rebuild compares of an article without reading its record. Hashes are 16 bytes; `published` is Unix time."""

    id: str
    record_hash: bytes
    content_hash: bytes
    copy_hash: bytes
    sketch: bytes
    """What the article is compared by for near copies (`index.sketch`)."""
    version_of: str | None
    canonical_url: str | None
    section: str | None
    published: int | None
