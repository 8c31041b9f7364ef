"""CSV and TSV: a header, then one article a row; gzip too.

The dialect is found by the header: comma, semicolon, tab or bar, cells in double quotes where they need them, a quote within
such a cell written twice, Excel's `sep=;` before the header.
"""

import csv
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from index.article import Article
from index.article_record import FieldNames, parse_article
from index.errors import InvalidArticle, UnreadableSource
from index.record_fields import shown
from index.sources import Rejected
from index.sources.packed import opened
from index.sources.tables.cells import Columns, known_columns
from index.sources.tables.csv_lines import MAX_ROW, Lines, LineTooLong
from index.sources.tables.dates import DateOrder

CSV_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")

DELIMITERS = ",;\t|"

ZIP_MAGIC = b"PK\x03\x04"
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0"

NEVER_CLOSED = "a quotation mark opens a cell and is never closed"

_EXCEL = re.compile(r'"?sep=(?P<delimiter>[^\n\r])"?[\r\n]*', re.IGNORECASE)

Row = tuple[int, Sequence[str]]
"""The number of the line in which a row begins, and its cells."""


class CsvTable:
    """Reads articles from a table with a header; empty rows are passed over.

    `columns` says what the header's columns are read as. Raises `UnreadableSource` for what has no such header.
    """

    whole = True

    def __init__(
        self,
        name: str,
        stream: BinaryIO,
        names: FieldNames,
        raw: BinaryIO | None = None,
        size: int | None = None,
        reopen: Callable[[], "CsvTable"] | None = None,
    ) -> None:
        """`reopen` gives the same table once more: by it the dates of a column are looked through, where their order matters.
        Without it the dates before one tell."""
        self.name = name
        self.names = names
        self.size = size
        self._raw = raw
        self._reopen = reopen
        self._looked_through = reopen is None
        peeked = stream if hasattr(stream, "peek") else io.BufferedReader(stream)  # type: ignore[type-var]  # is raw enough
        try:
            head = peeked.peek(4)[:4]
            if head in (ZIP_MAGIC, OLD_EXCEL_MAGIC):
                raise UnreadableSource(f"{name}: is a workbook, not a text table; save it as 'CSV UTF-8' and give that")
            self._lines = Lines(peeked, head)
            delimiter, header = self._header()
        except (EOFError, OSError, zlib.error, UnicodeDecodeError) as error:
            raise UnreadableSource(f"{name}: the header cannot be read: {error}") from error
        csv.field_size_limit(MAX_ROW)
        self._delimiter = delimiter
        self._reader = csv.reader(self._lines, delimiter=delimiter, skipinitialspace=True, strict=True)
        self.columns = Columns(header, names, name)
        self._orders = {column: DateOrder() for column in self.columns.dates}

    @classmethod
    def at(cls, path: Path, names: FieldNames) -> "CsvTable":
        """Open a file; that it is gzip is seen by its first two bytes, not by its name."""
        try:
            raw = path.open("rb")
        except OSError as error:
            raise UnreadableSource(f"{path}: {error.strerror}") from error
        try:
            return cls(
                str(path),
                opened(raw),
                names,
                raw,
                path.stat().st_size,
                lambda: cls.at(path, FieldNames(dict(names.own))),
            )
        except UnreadableSource:
            raw.close()
            raise

    def position(self) -> int:
        """Bytes of the file read so far (packed bytes where it is gzip)."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.size or 0

    def __iter__(self) -> Iterator[Article | Rejected]:
        for row in self.rows():
            yield row if isinstance(row, Rejected) else self._article(*row)

    def _article(self, number: int, cells: Sequence[str]) -> Article | Rejected:
        try:
            return parse_article(self.columns.record(cells, self._is_day_first), self.names)
        except InvalidArticle as error:
            return Rejected(self._place(number), error.problems)

    def rows(self) -> Iterator[Row | Rejected]:
        """The rows after the header, each with as many cells as there are columns; the file is closed after the last."""
        try:
            while True:
                number = self._lines.number + 1
                self._lines.begin()
                try:
                    cells = next(self._reader)
                except StopIteration:
                    return
                except LineTooLong:
                    yield self._too_long(number)
                except csv.Error as error:
                    yield self._misquoted(number, str(error))
                else:
                    if self._lines.problem:
                        yield Rejected(self._place(number), (self._lines.problem,))
                    elif any(cell and not cell.isspace() for cell in cells):
                        yield self._counted(number, cells)
        except (EOFError, OSError, zlib.error, UnicodeDecodeError) as error:
            place = f"{self.name}, after line {self._lines.number:,}"
            yield Rejected(place, (f"the file cannot be read further: {error}",))
        finally:
            self._lines.close()
            if self._raw is not None:
                self._raw.close()

    def _counted(self, number: int, cells: list[str]) -> Row | Rejected:
        wanted = len(self.columns.keys)
        while len(cells) > wanted and not cells[-1].strip():
            cells.pop()
        if len(cells) != wanted:
            problem = f"expected {wanted:,} cells, as the header has, got {len(cells):,}: {shown(cells[0])} and so on"
            return Rejected(self._place(number), (problem,))
        if self._reopen is None:
            self._notice(cells)
        return number, cells

    def _too_long(self, number: int) -> Rejected:
        problem = f"expected a row of at most {MAX_ROW:,} characters, got a longer one"
        if self._lines.row:
            problem = f"{problem}; maybe {NEVER_CLOSED}"
        self._resume()
        return Rejected(self._place(number), (problem,))

    def _misquoted(self, number: int, error: str) -> Rejected:
        last = self._lines.number
        if error == "unexpected end of data":
            problem = NEVER_CLOSED
        else:
            problem = (
                f"expected {self._delimiter!r} or the row's end after the quotation mark that closes a cell, in line"
                f" {last:,}; a quotation mark within a cell is written twice"
            )
        if (resumed := self._resume()) and last > number:
            problem = f"{problem} (the {resumed:,} lines after it are read as rows of their own)"
        elif last > number:
            problem = f"{problem} (the row took the lines up to {last:,})"
        return Rejected(self._place(number), (problem,))

    def _resume(self) -> int:
        """After a row that went wrong over several lines: how many of them are given again, because each of them is a row by
        itself. Where one is not, they may be the paragraphs of a text, of which none must become an article."""
        swallowed = self._lines.row[1:]
        if not swallowed or not all(self._is_row(line) for line, _ in swallowed):
            return 0
        self._lines.read_again(swallowed)
        return len(swallowed)

    def _is_row(self, line: str) -> bool:
        try:
            cells = next(csv.reader([line], delimiter=self._delimiter, skipinitialspace=True, strict=True), [])
        except csv.Error:
            return False
        return len(cells) in (0, len(self.columns.keys))

    def _place(self, number: int) -> str:
        return f"{self.name}, line {number:,}"

    def _header(self) -> tuple[str, list[str]]:
        """The delimiter and the header's cells. Raises `UnreadableSource` where there is no line, or none that is a header."""
        first = self._header_line()
        while first and not first.strip("\r\n"):
            first = self._header_line()
        match = _EXCEL.fullmatch(first)
        if match:
            first = self._header_line()
        if not first.strip():
            raise UnreadableSource(f"{self.name}: expected a header, the names of the columns, got an empty table")
        if self._lines.problem:
            raise UnreadableSource(f"{self.name}: the header cannot be read: {self._lines.problem}")
        found: list[tuple[int, int, str, list[str]]] = []
        for delimiter in match["delimiter"] if match else DELIMITERS:
            try:
                cells = next(csv.reader([first], delimiter=delimiter, skipinitialspace=True, strict=True), [])
            except csv.Error:
                continue
            while len(cells) > 1 and not cells[-1].strip():
                cells.pop()
            found.append((known_columns(cells, self.names), len(cells), delimiter, cells))
        # of equal ones the first, as in `DELIMITERS`
        known, count, delimiter, cells = max(found, key=lambda one: one[:2], default=(0, 0, "", []))
        if known == 0 and count <= 1 and '"' in first:
            raise UnreadableSource(f"{self.name}: expected a header on one line, got {shown(first)}")
        return delimiter, cells

    def _header_line(self) -> str:
        """The next line of those that stand before the rows, empty at the end."""
        self._lines.begin()
        try:
            return next(self._lines, "")
        except LineTooLong:
            raise UnreadableSource(
                f"{self.name}: expected a header, the names of the columns, got a line of more than {MAX_ROW:,} characters"
            ) from None

    def _is_day_first(self, column: int) -> bool | None:
        if self._reopen is not None and not self._looked_through:
            self._looked_through = True
            for row in self._reopen().rows():
                if not isinstance(row, Rejected):
                    self._notice(row[1])
        return self._orders[column].is_day_first

    def _notice(self, cells: Sequence[str]) -> None:
        for column, order in self._orders.items():
            order.notice(cells[column])
