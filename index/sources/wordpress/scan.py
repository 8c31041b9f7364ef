"""The records of a WordPress export, cut out one by one before anything is parsed.

An export means to be XML and often is not: control characters, a second encoding within, an end that is missing. Each record
is found by its own tags, so that what is broken in one hides no other, and no more than one is held at a time.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import BinaryIO

MAX_RECORD = 64_000_000
"""Longest record that is read, in characters: an article with all its comments."""

HEADER = 1 << 16
"""How much of what stands outside records is kept, in characters."""

_CHUNK, _MAX_CHUNK = 1 << 18, 1 << 24
_TOKEN = 64
"""No tag that is looked for is longer, in characters."""
_BEGINNING = 4_000
"""What is kept of a record that is too long."""
_COMMENT = 1 << 16
"""A comment or a channel's CDATA that does not end within so many characters is none."""

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_TEXT_CODECS = re.compile(
    r"utf-(?:8|16|32)(?:-[bl]e)?|iso8859-\d+|cp\d+|koi8-[ru]|gb\w+|big5\w*|shift_jis\w*|euc_\w+|mac-\w+|tis-620|ascii"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRAY_BYTES = "index.stray-bytes"

_OUTSIDE = re.compile(
    r"<(?:(?P<name>(?:[\w.-]{1,20}:)?(?P<tag>item|author|category|tag|term))(?=[\s>/])"
    r"|(?P<cdata>!\[CDATA\[)|(?P<comment>!--)|(?P<end>/(?:channel|rss)\s{0,9}>))"
)
_IN_CDATA = re.compile(r"\]\]>|<!\[CDATA\[")
_NEXT_ITEM = re.compile(r"</item\s*>\s*<item[\s>]")
_ITEM_OR_POST = re.compile(r"<(?:/item\s*>|(?:[\w.-]{1,20}:)?(?P<post>post_(?:id|type)>))")


class End(StrEnum):
    """How a record ends."""

    CLOSED = "closed"
    MISSING = "missing"
    """Its closing tag is missing, or stands within a CDATA section that was never closed; what follows is whole."""
    CUT = "cut"
    """The file ends within it."""
    TOO_LONG = "too long"


@dataclass(frozen=True, slots=True)
class Piece:
    """One record as it stands in the file."""

    tag: str
    """`item`, `author`, `category`, `tag` or `term`, without its prefix."""
    text: str
    """From its opening tag to its closing one, where there is one; of one that is too long the beginning."""
    end: End


def _as_windows_1252(error: UnicodeError) -> tuple[str | bytes, int]:
    """What old databases hold beside UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_STRAY_BYTES, _as_windows_1252)


def encoding_of(head: bytes) -> str:
    """The encoding that the first bytes show or declare: UTF-8 where they name none that text is written in."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    declared = _DECLARED.search(head[:2_000])
    try:
        name = codecs.lookup(declared[1].decode("ascii", "replace")).name if declared else "utf-8"
    except LookupError:
        return "utf-8"
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    # a file whose first bytes could be read to find the declaration is in no encoding of two bytes a character
    return name if _TEXT_CODECS.fullmatch(name) and not name.startswith(("utf-16", "utf-32")) else "utf-8"


@lru_cache
def _inside(name: str) -> re.Pattern[str]:
    """What is looked for within a record of this name."""
    return re.compile(
        rf"<(?:(?P<close>/{re.escape(name)}\s{{0,9}}>)|(?P<cdata>!\[CDATA\[)|!--|(?P<next>item[\s>]|/channel>|/rss>))"
    )


class Cutter:
    """Cuts a stream into its records, in their order. `header` holds the beginning of what stands outside of them, `ended`
    says whether the channel was closed."""

    def __init__(self, stream: BinaryIO) -> None:
        self.header = ""
        self.ended = False
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        self._in_bytes = False
        self._text = ""
        self._at = 0
        self._limit = MAX_RECORD
        self._eof = False
        self._none: dict[
            str, tuple[int, int]
        ] = {}  # where no such end begins: many that nothing ends are looked for once

    def pieces(self) -> Iterator[Piece]:
        """The records. Raises what the stream raises, after the last record that is whole."""
        while found := self._next_outside():
            self._keep(self._at, found.start())
            if found["name"]:
                yield self._record(self._made_room(found.start()), found["name"], found["tag"])
            elif found["end"]:
                self.ended = True
                self._at = found.end()
            else:
                self._at = self._after(found.end(), "]]>" if found["cdata"] else "-->")
                self._keep(found.start(), self._at)

    def _next_outside(self) -> re.Match[str] | None:
        """The next beginning of a record or the like; what stands before is let go."""
        while True:
            found = _OUTSIDE.search(self._text, self._at)
            if self._eof or (found and found.end() + _TOKEN < len(self._text)):
                if not found:
                    self._keep(self._at, len(self._text))
                return found
            stop = found.start() if found else max(self._at, len(self._text) - _TOKEN)
            self._keep(self._at, stop)
            self._drop(stop)
            self._more()

    def _record(self, start: int, name: str, tag: str) -> Piece:
        """The record that begins at a place."""
        inside, at, end = _inside(name), start + len(name) + 1, None
        self._limit = start + MAX_RECORD
        while end is None:
            found = self._find(inside, at)
            if found is None:
                at, end = self._without_end()
            elif found["next"]:
                at, end = found.start(), End.MISSING
            elif found["close"]:
                at, end = found.end(), End.CLOSED
            elif found["cdata"]:
                at, end = self._after_cdata(found.end())
            else:
                at = self._after(found.end(), "-->")
        self._at = at
        return Piece(tag, self._text[start : start + _BEGINNING if end is End.TOO_LONG else at], end)

    def _after_cdata(self, start: int) -> tuple[int, End | None]:
        """Where a CDATA section ends; with an end where the record ends within it, because the section was never closed."""
        end = self._text.find("]]>", start)
        if end >= 0 and self._text.find("<![CDATA[", start, end) < 0:
            return end + 3, None
        at = looked = start
        while True:
            found = self._find(_IN_CDATA, at)
            if found and found[0] == "]]>":
                return found.end(), None
            stop = found.start() if found else len(self._text)
            following = _NEXT_ITEM.search(self._text, looked, stop)
            if following and self._is_exported(following.end()):
                return self._text.index(">", following.start()) + 1, End.MISSING
            if found is None:
                return self._without_end()
            at, looked = found.end(), max(start, stop - _TOKEN)

    def _is_exported(self, at: int) -> bool:
        """Whether the item that begins at a place is one of the export, and not of a feed whose source an article shows."""
        found = self._find(_ITEM_OR_POST, at)
        return bool(found and found["post"])

    def _without_end(self) -> tuple[int, End]:
        return len(self._text), End.CUT if self._eof else End.TOO_LONG

    def _after(self, at: int, end: str) -> int:
        """Behind the end of a comment or the like; where there is none near, `at`."""
        first, last = self._none.get(end, (0, 0))
        start = last if first <= at < last else at
        while (
            (found := self._text.find(end, start, at + _COMMENT)) < 0
            and len(self._text) < at + _COMMENT
            and self._more()
        ):
            pass
        if found < 0:
            self._none[end] = (at, min(len(self._text), at + _COMMENT) - len(end) + 1)
        return found + len(end) if found >= 0 else at

    def _find(self, pattern: re.Pattern[str], at: int) -> re.Match[str] | None:
        """The next match within the record; reads on until there is one that more text could not change. None at the end of
        the file, and where the record becomes too long."""
        while True:
            found = pattern.search(self._text, at)
            if self._eof or (found and found.end() + _TOKEN < len(self._text)):
                return found
            at = max(at, found.start() if found else len(self._text) - _TOKEN)
            if len(self._text) > self._limit:
                return None
            self._more()

    def _more(self) -> bool:
        raw = self._stream.read(min(max(_CHUNK, len(self._text)), _MAX_CHUNK))
        if self._decoder is None:
            name = encoding_of(raw)
            self._decoder = codecs.getincrementaldecoder(name)(_STRAY_BYTES if name == "utf-8" else "replace")
            self._in_bytes = not name.startswith(("utf-16", "utf-32"))
        self._eof = not raw
        self._text += self._cleaned(raw)
        return not self._eof

    def _cleaned(self, raw: bytes) -> str:
        """The next characters, without those that XML may not hold."""
        if self._in_bytes:
            raw = raw.translate(None, _CONTROLS)
        text = self._decoder.decode(raw, final=self._eof) if self._decoder else ""
        return text if self._in_bytes and "\ufffe" not in text and "\uffff" not in text else _NOT_XML.sub("", text)

    def _keep(self, start: int, stop: int) -> None:
        self.header += (
            self._text[start : min(stop, start + HEADER - len(self.header))] if len(self.header) < HEADER else ""
        )

    def _drop(self, at: int) -> None:
        self._text = self._text[at:]
        self._at = 0
        self._none = {end: (first - at, last - at) for end, (first, last) in self._none.items()}

    def _made_room(self, at: int) -> int:
        """Where a place is after what stands before it was let go, which is worth while only now and then."""
        if at < len(self._text) // 2:
            return at
        self._drop(at)
        return 0
