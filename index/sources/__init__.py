"""Readers of archives, one module a format; each gives articles one by one and reports what it had to reject.

A reader never ends a run for one bad record: it yields a `Rejected` that names the place and the reasons.
Add a format by writing a reader with the shape of `Source` and naming it in `open_source`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from index.article import Article
from index.article_record import FieldNames
from index.errors import UnreadableSource


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is not an article: where it stands, which id it claims, and one sentence for each reason."""

    place: str
    problems: tuple[str, ...]


class Source(Protocol):
    """One archive being read, once, from its first record to its last."""

    name: str
    size: int | None
    """Bytes to read in all, where that is known."""
    names: FieldNames

    def __iter__(self) -> Iterator[Article | Rejected]: ...

    def position(self) -> int:
        """Bytes read so far, of `size`."""
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


JSON_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".json.gz", ".json")


def open_source(location: str, fields: Mapping[str, str] | None = None, stdin: BinaryIO | None = None) -> Source:
    """The reader for a file, a folder of text pages, or `-` for JSON lines on standard input.

    `fields` maps our field names to the archive's. Raises `UnreadableSource` for what is missing or of no known format.
    """
    from index.sources.jsonl import JsonLines
    from index.sources.text_page import TextPages

    names = FieldNames(fields or {})
    if location == "-":
        if stdin is None:
            raise UnreadableSource("'-' means standard input, and there is none here")
        return JsonLines("standard input", stdin, names)
    path = Path(location)
    if not path.exists():
        raise UnreadableSource(f"{location}: no such file or folder")
    if path.is_dir() or path.suffix.lower() == ".txt":
        return TextPages(path, names)
    if path.name.lower().endswith(JSON_LINES):
        return JsonLines.at(path, names)
    endings = ", ".join(JSON_LINES)
    raise UnreadableSource(
        f"{location}: expected JSON lines ({endings}), a scraped text page (.txt), or a folder of such pages"
    )
