"""Which reader standard input has: JSON lines, or a table where it begins with the header of one."""

import csv
import io
from typing import BinaryIO

from index.article_record import FieldNames
from index.sources import Source
from index.sources.jsonl import JsonLines
from index.sources.tables.cells import known_columns
from index.sources.tables.csv_table import DELIMITERS, CsvTable

NAME = "standard input"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
EXCEL = b"sep="


def read_stdin(stdin: BinaryIO, names: FieldNames) -> Source:
    """The reader for what begins so. Raises `UnreadableSource` for a table without a header that can be read."""
    stream = stdin if hasattr(stdin, "peek") else io.BufferedReader(stdin)  # type: ignore[type-var]  # is raw enough
    head: bytes = stream.peek(1)
    return CsvTable(NAME, stream, names) if _is_table(head, names) else JsonLines(NAME, stream, names)


def _is_table(head: bytes, names: FieldNames) -> bool:
    """Whether the first line has two cells or more, one of which names a field of ours, and is no JSON."""
    if head.startswith(UTF_16):
        return True
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n")[0]
    if first.startswith((b"{", b"[")):
        return False
    return first.lower().lstrip(b'"').startswith(EXCEL) or any(
        _is_header(first.decode("utf-8", "replace"), delimiter, names) for delimiter in DELIMITERS
    )


def _is_header(line: str, delimiter: str, names: FieldNames) -> bool:
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True), [])
    except csv.Error:
        return False
    return len(cells) > 1 and known_columns(cells, names) > 0
