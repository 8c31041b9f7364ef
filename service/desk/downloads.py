"""Tables as files: CSV as spreadsheets read it, and JSON."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from flask import Response

from service.spreadsheet import guarded


def download(name: str, file_format: str, columns: Sequence[str], records: Iterable[Mapping[str, Any]]) -> Response:
    """The records as a file to keep: `csv` or `json`. Values that are no texts or numbers stand in CSV as JSON."""
    if file_format == "json":
        body = orjson.dumps(list(records), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        mimetype = "application/json"
    else:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([[_cell(record.get(column)) for column in columns] for record in records])
        body, mimetype = text.getvalue().encode(), "text/csv"
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{name}.{"json" if file_format == "json" else "csv"}"'
    )
    return response


def _cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula is marked as text."""
    if value is None or isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return guarded(text)
