"""The physical lines of a text table: which bytes are a line, and which letters the bytes are."""

import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
UTF_8_MARK = "\xef\xbb\xbf"
"""The byte-order mark of UTF-8, a letter a byte."""

MAX_ROW = 24_000_000
"""Characters of the longest row: the longest text, and room for what stands beside it."""


Line = tuple[str, str | None]
"""A line, and what is wrong with its letters."""


class LineTooLong(Exception):
    """A row has more than `MAX_ROW` characters. Where one line alone has, its rest was passed over, and the row is empty."""


class Lines:
    """The lines of a table with their line breaks (LF, CR LF or CR), as `csv.reader` wants them; knows those of one row.

    Letters are told line by line, so that a file need not be read twice: UTF-16 by its byte-order mark; else UTF-8, and
    windows-1252 for a line that is no UTF-8, as long as no line before it was UTF-8 with more than ASCII in it. A line that is
    neither is a `problem` of its row.
    """

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        """`head` is how the stream begins, without having been taken from it."""
        self._is_utf_16 = head[:2] in UTF_16
        # a letter a byte: lines are found at the speed of text, and their bytes stay as they are
        self._text = io.TextIOWrapper(
            stream,
            "utf-16" if self._is_utf_16 else "latin-1",
            "surrogatepass" if self._is_utf_16 else "strict",
            newline="",
        )
        self._again: deque[Line] = deque()
        self._is_utf_8 = head.startswith(UTF_8_MARK.encode("latin-1"))
        self.number = 0
        """Lines given so far."""
        self.row: list[Line] = []
        """Those of the row that is being read."""
        self._length = 0

    @property
    def problem(self) -> str | None:
        """What is wrong with the letters of the row."""
        return next((problem for _, problem in self.row if problem), None)

    def begin(self) -> None:
        """The next line is the first of a row."""
        self.row, self._length = [], 0

    def read_again(self, lines: list[Line]) -> None:
        """Give these lines, the last that were given, once more."""
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Raises `LineTooLong`, and `OSError`, `EOFError`, `zlib.error` or `UnicodeDecodeError` where nothing can be read."""
        line = self._again.popleft() if self._again else self._read()
        self.number += 1
        self._length += len(line[0])
        if len(line[0]) > MAX_ROW:
            self._pass_over(line[0])
            self.row = []
            raise LineTooLong
        self.row.append(line)
        if self._length > MAX_ROW:
            raise LineTooLong
        return line[0]

    def close(self) -> None:
        """Let go of the stream, and leave it open."""
        self._text.detach()

    def _read(self) -> Line:
        text = self._text.readline(MAX_ROW + 1)
        if not text:
            raise StopIteration
        if self.number == 0:
            text = text.removeprefix(UTF_8_MARK)
        if "\0" in text:
            return text, "expected text, got a NUL byte: this part of the file is damaged"
        if self._is_utf_16 or text.isascii():
            return text, None
        raw = text.encode("latin-1")
        try:
            decoded = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            return self._decoded_otherwise(raw, error)
        self._is_utf_8 = True
        return decoded, None

    def _decoded_otherwise(self, raw: bytes, error: UnicodeDecodeError) -> Line:
        also = "earlier lines are UTF-8"
        if not self._is_utf_8:
            try:
                return raw.decode("windows-1252"), None
            except UnicodeDecodeError:
                also = "nor is it windows-1252"
        at = f"byte 0x{raw[error.start]:02x} at byte {error.start + 1:,} of line {self.number + 1:,}"
        return raw.decode("latin-1"), f"expected UTF-8, got {at}; {also}"

    def _pass_over(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(1 << 20)
