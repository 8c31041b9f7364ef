"""A file's bytes as a stream, unpacked where they are gzip, and up to where no honest file unpacks to."""

import gzip
import io
from typing import BinaryIO, cast

GZIP_MAGIC = b"\x1f\x8b"
PLENTY = 1 << 30
MAX_RATIO = 100
"""More than `PLENTY` bytes may not be so many times what they were packed in: text packs to a tenth."""
LOOKED_AT = 1_024
"""Lines after which the ratio is looked at."""


def opened(raw: io.BufferedReader) -> BinaryIO:
    """The unpacked bytes of a file that was just opened; that it is gzip is seen by its first two bytes, not by its name.

    Reading them raises `OSError` where they become far too many, and what `gzip` raises for a damaged file.
    """
    return cast(BinaryIO, _Bounded(raw) if raw.peek(2)[:2] == GZIP_MAGIC else raw)


class _Bounded(gzip.GzipFile):
    """Read by lines or by pieces."""

    def __init__(self, raw: io.BufferedReader) -> None:
        super().__init__(fileobj=raw)
        self._packed = raw
        self._lines = 0

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(-1 if size is None else size)
        self._lines += 1
        if self._lines % LOOKED_AT == 0 or len(line) > 1 << 20:
            self._look_at_ratio()
        return line

    def read1(self, size: int = -1) -> bytes:
        piece = super().read1(size)
        self._look_at_ratio()
        return piece

    def _look_at_ratio(self) -> None:
        if self.tell() > max(PLENTY, MAX_RATIO * self._packed.tell()):
            raise OSError("it unpacks to far more than text does")
