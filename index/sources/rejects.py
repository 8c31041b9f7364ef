"""The file of rejects: what a run could not take in, a JSON line each, for whoever mends the archive."""

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import orjson

from index.sources import Rejected, Skipped

MAX_BYTES = 100_000_000
"""A file of rejects grows no longer than this; what came after is counted in its last line."""

ROOM_FOR_THE_END = 20_000
"""Bytes of that which are kept for the lines at the end."""

MOST_KINDS = 100
"""So many kinds of what was skipped are told apart; readers know a dozen."""


class RejectsFile:
    """Writes rejects while a run goes on, and puts the file in its place when the block ends.

    Lines, in this order: one for each `Rejected`, with `place` and `problems`, and one for each `Skipped` that has a reason,
    with `place`, `kind` and `reason`, as they came; then, where there are any, one with `skipped` (kind → how many), one with
    `left_out` (how many of the former there was no room for) and one with `ended` (the error that ended the block early).
    Until the end all stands in a file of the same name with `.part` behind it, which a run
    that is killed leaves there; an older file of rejects stays as it is until then.

    Raises `OSError` where the file cannot be written.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self.written = 0
        self.left_out = 0
        self._room = max_bytes - ROOM_FOR_THE_END
        self._skipped: Counter[str] = Counter()
        self._part = path.with_name(path.name + ".part")
        self._file: BinaryIO

    def __enter__(self) -> "RejectsFile":
        self._file = self._part.open("wb")
        return self

    def write(self, item: Rejected | Skipped) -> None:
        """Write what was rejected; count what was skipped, and write it where it has a reason."""
        if isinstance(item, Skipped):
            kind = item.kind if item.kind in self._skipped or len(self._skipped) < MOST_KINDS else "others"
            self._skipped[kind] += 1
            if item.reason:
                self._add({"place": _clean(item.place), "kind": _clean(item.kind), "reason": _clean(item.reason)})
        else:
            self._add({"place": _clean(item.place), "problems": [_clean(problem) for problem in item.problems]})

    def _add(self, record: dict[str, object]) -> None:
        line = _line(record)
        # after the first that has no room none is written: what stands there is the beginning of the list, without holes
        if self.left_out or len(line) > self._room:
            self.left_out += 1
            return
        self._room -= len(line)
        self.written += 1
        self._file.write(line)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._file:
            if self._skipped:
                self._file.write(_line({"skipped": dict(self._skipped)}))
            if self.left_out:
                self._file.write(
                    _line({"left_out": self.left_out, "because": "the file has reached its greatest size"})
                )
            if error is not None:
                self._file.write(_line({"ended": _clean(f"{type(error).__name__}: {error}"[:1_000])}))
        self._part.replace(self.path)


def _line(record: dict[str, object]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _clean(text: str) -> str:
    """Text that can be written: a file's name may hold bytes that are no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
