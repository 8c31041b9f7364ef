"""Many articles in one call: JSON lines in, a result for each line out, in order.

Lines that follow each other are written in one transaction, up to `LINES_AT_ONCE` of them: one for each line would cost a
disk flush each, one for all would hold every other writer up.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from index.archive_writer import ArchiveWriter
from index.errors import CatalogueBusy, CatalogueUnusable
from service.errors import ArticleRefused, Fault, TooLarge
from service.incoming import Removal, Writing, id_of, parse_line
from service.outcomes import fault_records, outcome_record

MAX_LINES = 10_000
LINES_AT_ONCE = 100

Result = dict[str, Any]


def run_batch(writer: ArchiveWriter, body: bytes, line_limit: int, now: datetime) -> list[Result]:
    """Do what each line asks, in their order; the results, one for each line that is not empty.

    A line that is no article, is longer than `line_limit` bytes or is no JSON is `rejected`, and the others count. An error
    of the catalogue ends the work: the lines not yet written are `failed`. Raises `TooLarge` before anything is done, and
    that error of the catalogue where nothing was written before it.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if body.count(b"\n") + (not body.endswith(b"\n")) > MAX_LINES:
        raise TooLarge("lines", MAX_LINES)
    batch = _Batch(writer, now)
    for number, line in _lines(body):
        batch.take(number, line, line_limit)
    batch.write()
    return batch.finish()


class _Batch:
    """The results so far, and the lines that wait for their transaction."""

    def __init__(self, writer: ArchiveWriter, now: datetime) -> None:
        self._writer = writer
        self._now = now
        self._results: list[Result] = []
        self._waiting: list[tuple[Result, Writing]] = []
        self._written = 0
        self._error: CatalogueBusy | CatalogueUnusable | None = None

    def take(self, number: int, line: bytes, line_limit: int) -> None:
        """Read a line; writes the lines before it where its turn requires that."""
        result: Result = {"line": number, "id": None}
        self._results.append(result)
        try:
            record = _record_of(line, line_limit)
            result["id"] = id_of(record)
            asked = parse_line(record)
        except ArticleRefused as error:
            result.update(result="rejected", errors=fault_records(error.faults))
            return
        if isinstance(asked, Removal):
            self.write()
            self._remove(result, asked)
        else:
            self._waiting.append((result, asked))
            if len(self._waiting) == LINES_AT_ONCE:
                self.write()

    def write(self) -> None:
        """Write the lines that wait, all or none of them."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            self._check()
            outcomes = self._writer.put([asked.article for _, asked in waiting])
        except (CatalogueBusy, CatalogueUnusable) as error:
            self._fail([result for result, _ in waiting], error)
            return
        for (result, asked), written in zip(waiting, outcomes, strict=True):
            result.update(outcome_record(written, asked, self._now))
        self._written += len(waiting)

    def finish(self) -> list[Result]:
        """The results. Raises the catalogue's error where it came before anything was written."""
        if self._error is not None and not self._written:
            raise self._error
        return self._results

    def _remove(self, result: Result, asked: Removal) -> None:
        try:
            self._check()
            written = self._writer.delete(asked.id, asked.updated_at)
        except (CatalogueBusy, CatalogueUnusable) as error:
            self._fail([result], error)
            return
        result.update(outcome_record(written, asked, self._now))
        self._written += 1

    def _check(self) -> None:
        """After one error nothing more is tried: a later line of the same article must not overtake an earlier one."""
        if self._error is not None:
            raise self._error

    def _fail(self, results: list[Result], error: CatalogueBusy | CatalogueUnusable) -> None:
        self._error = error
        for result in results:
            result.update(result="failed", errors=fault_records([Fault(None, str(error))]))


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers from 1."""
    for number, line in enumerate(body.split(b"\n"), 1):
        if stripped := line.strip():
            yield number, stripped


def _record_of(line: bytes, limit: int) -> object:
    if len(line) > limit:
        raise ArticleRefused((Fault(None, f"expected a line of at most {limit:,} bytes, got {len(line):,}"),))
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        detail = f"expected one JSON object in UTF-8; reading ended at column {error.colno}: {error.msg}"
        raise ArticleRefused((Fault(None, detail),)) from None
