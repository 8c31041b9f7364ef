"""Readers of archives, one family a folder; each gives articles one by one and reports what it had to reject.

A reader never ends a run for one bad record: it yields a `Rejected` that names the place and the reasons.
Add a format by writing a reader with the shape of `Source` and naming it in `open_source`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from index.article import Article
from index.article_record import FieldNames
from index.errors import UnreadableSource

if TYPE_CHECKING:
    from index.sources.reach import Reach


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is not an article: where it stands, which id it claims, and one sentence for each reason."""

    place: str
    problems: tuple[str, ...]
    passing: bool = False
    """Whether it may be read another day: the machine was busy, or ended the process that read it."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is no article and does not claim to be one: a draft, an attachment, a section's front page."""

    place: str
    kind: str
    """What it is, in the plural and as the report counts it: `drafts`, `attachments`, `pages without an article`."""
    reason: str = ""
    """By what that was seen, in a sentence, where the kind does not say it."""


Item = Article | Rejected | Skipped


class Source(Protocol):
    """One archive being read, once, from its first record to its last."""

    name: str
    size: int | None
    """Bytes (or items, where it is not bytes that take the time) to read in all, where that is known."""
    names: FieldNames
    whole: bool
    """Whether it holds the whole archive, so that what it does not hold is gone; a feed, say, holds the newest alone."""

    def __iter__(self) -> Iterator[Item]: ...

    def position(self) -> int:
        """Bytes or items read so far, of `size`."""
        ...


def check_fields(sources: Sequence[Source]) -> None:
    """Once all were read: a field that the reader names was in some record. Raises `UnreadableSource`: a misspelt name would
    leave every article without what it is read for."""
    met = {word for source in sources for word in source.names.met}
    for ours, theirs in (pair for source in sources[:1] for pair in source.names.own.items()):
        if theirs not in met:
            there = sorted({word for source in sources for word in source.names.unknown})
            hint = f"; records have, besides ours: {', '.join(there[:20])}" if there else ""
            raise UnreadableSource(f"no record has the field {theirs!r}, from which {ours!r} was to be read{hint}")


def open_source(
    location: str, fields: Mapping[str, str] | None = None, stdin: BinaryIO | None = None, reach: "Reach | None" = None
) -> Source:
    """The reader for a file, a folder, an address, or `-` for JSON lines or CSV on standard input.

    `fields` maps our field names to the archive's; `reach` says who fetches addresses (without one nobody does). Raises
    `UnreadableSource` for what is missing or of no known format, and `FetchFailed` for an address that cannot be fetched.
    """
    from index.sources.opening import open_at
    from index.sources.reach import Reach

    return open_at(location, stdin, reach or Reach(fields or {}))
