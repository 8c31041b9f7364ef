"""Unpacking gzip and deflate a piece at a time, never more than was asked for: a bomb goes off in a small box."""

import zlib

from index.errors import ArchiveError

EITHER, RAW = 47, -15
"""zlib's words for "gzip or zlib, by its first bytes" and for deflate without a header, which some servers send."""


class TooLong(ArchiveError):
    """More came out than may; `made` is what the last piece gave until then."""

    def __init__(self, made: bytes) -> None:
        super().__init__("more came out than may")
        self.made = made


class NotPacked(ArchiveError):
    """What came is damaged, or not packed as it is said to be."""


class Unpacker:
    """Unpacks one stream; several gzip members one after the other count as one."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._inflate = zlib.decompressobj(EITHER)
        self._begun = False

    def feed(self, packed: bytes) -> bytes:
        """What these bytes unpack to. Raises `TooLong` as soon as it is more than the limit in all, and `NotPacked`."""
        out: list[bytes] = []
        while packed:
            if self._inflate.eof:
                if not packed.startswith(b"\x1f\x8b"):
                    break  # what stands behind the end is padding
                self._inflate = zlib.decompressobj(EITHER)
            made = self._step(packed)
            if len(made) > self._left:
                raise TooLong(b"".join((*out, made[: self._left])))
            self._left -= len(made)
            out.append(made)
            packed = self._inflate.unconsumed_tail or self._inflate.unused_data
        return b"".join(out)

    def _step(self, packed: bytes) -> bytes:
        first, self._begun = not self._begun, True
        try:
            return self._inflate.decompress(packed, self._left + 1)
        except zlib.error as error:
            if not first or packed.startswith(b"\x1f\x8b"):
                raise NotPacked(f"cannot be unpacked: {error}") from error
            self._inflate = zlib.decompressobj(RAW)
        try:
            return self._inflate.decompress(packed, self._left + 1)
        except zlib.error as error:
            raise NotPacked(f"cannot be unpacked: {error}") from error

    def ended(self) -> bool:
        """Whether the stream came to its end, or never began."""
        return self._inflate.eof or not self._begun
