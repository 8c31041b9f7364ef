"""JSON lines: one article a line, UTF-8, gzip too."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from index.article import Article
from index.article_record import FieldNames, parse_article
from index.errors import InvalidArticle, UnreadableSource
from index.sources import Rejected
from index.sources.packed import opened

MAX_LINE = 64_000_000
"""Longest line read, in bytes: some three times the longest article."""

A_LIST = "expected one JSON object a line, not a list over several lines or on one (jq -c '.[]' FILE makes lines of it)"


LINES_AT_ONCE = 2_048
LONG_LINE = 1 << 20
"""After a line of more bytes no other is waited for."""


class Block(list[tuple[int, bytes]]):
    """Lines, with their numbers in the file."""


class JsonLines:
    """Reads articles from a stream of JSON lines; blank lines and a byte-order mark are passed over."""

    whole = True

    def __init__(
        self, name: str, stream: BinaryIO, names: FieldNames, raw: BinaryIO | None = None, size: int | None = None
    ) -> None:
        self.name = name
        self.names = names
        self.size = size
        self._stream = stream
        self._raw = raw

    @classmethod
    def at(cls, path: Path, names: FieldNames) -> "JsonLines":
        """Open a file; that it is gzip is seen by its first two bytes, not by its name."""
        try:
            raw = path.open("rb")
        except OSError as error:
            raise UnreadableSource(f"{path}: {error.strerror}") from error
        return cls(str(path), opened(raw), names, raw, path.stat().st_size)

    def position(self) -> int:
        """Bytes of the file read so far (packed bytes where it is gzip)."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else 0

    def __iter__(self) -> Iterator[Article | Rejected]:
        for block in self.blocks():
            if isinstance(block, Rejected):
                yield block
            else:
                yield from (self.read(number, line) for number, line in block)

    def blocks(self) -> Iterator[Block | Rejected]:
        """The lines that are to be read, with their numbers, some at a time."""
        number, block = 0, Block()
        try:
            while line := self._stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE and not line.endswith(b"\n"):
                    self._skip_rest_of_line()
                    if block:
                        yield block
                        block = Block()
                    yield Rejected(
                        self._place(number), (f"expected a line of at most {MAX_LINE:,} bytes, got a longer one",)
                    )
                    continue
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    block.append((number, line))
                if len(block) == LINES_AT_ONCE or len(line) > LONG_LINE:
                    yield block
                    block = Block()
            if block:
                yield block
                block = Block()
        except (EOFError, OSError, zlib.error) as error:
            if block:
                yield block
                block = Block()
            yield Rejected(f"{self.name}, after line {number:,}", (f"the file cannot be read further: {error}",))
        finally:
            if self._raw is not None:
                self._raw.close()

    def _place(self, number: int) -> str:
        return f"{self.name}, line {number:,}"

    def read(self, number: int, line: bytes) -> Article | Rejected:
        """The article of a line."""
        place = self._place(number)
        if line.lstrip()[:1] == b"[":
            return Rejected(place, (A_LIST,))
        try:
            return parse_article(orjson.loads(line), self.names)
        except InvalidArticle as error:
            return Rejected(place, error.problems)
        except orjson.JSONDecodeError as error:
            return Rejected(place, (_why_not_json(line, error),))

    def _skip_rest_of_line(self) -> None:
        while (part := self._stream.readline(MAX_LINE)) and not part.endswith(b"\n"):
            pass


def _why_not_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as broken:
        return f"expected UTF-8, got byte 0x{line[broken.start]:02x} at byte {broken.start + 1:,} of the line"
    start = line.lstrip()[:1]
    hint = "" if start == b"{" != line.strip() else " (one JSON object a line, not a list over several lines)"
    return f"expected one JSON object{hint}, got text that is not JSON: {error.msg} at character {error.pos + 1:,}"
