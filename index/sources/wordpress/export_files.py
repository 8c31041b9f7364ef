"""The files of one WordPress export as streams, whatever they are packed in."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

from index.errors import UnreadableSource
from index.sources.packed import GZIP_MAGIC, MAX_RATIO, PLENTY

UNREADABLE = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError)
"""What a damaged file, or one packed in a way that is not known, raises while it is read."""

_ENCRYPTED = 1
ZIP_MAGIC = b"PK\x03\x04"
EXPORTS = (".xml", ".wxr")
HEAD = 65_536
"""So many bytes tell an export."""
MAX_FILES = 10_000
"""Files read from one zip archive."""


class _Unpacked(io.RawIOBase):
    """What a packed file holds, as far as it can be unpacked, and up to where no honest one unpacks to."""

    def __init__(self, stream: gzip.GzipFile | IO[bytes], packed: int) -> None:
        self._stream = stream
        self._room = max(PLENTY, MAX_RATIO * packed)
        self._broken: Exception | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Some bytes; those before a damage come first. Raises what is in `UNREADABLE`."""
        if self._broken:
            raise self._broken
        parts: list[bytes] = []
        try:
            # a part at a time, for what was unpacked together with a damage is lost
            while size > 0 and (part := self._stream.read1(size)):  # type: ignore[union-attr]  # both have it
                parts.append(part)
                size -= len(part)
        except UNREADABLE as error:
            self._broken = error
        raw = b"".join(parts)
        self._room -= len(raw)
        if self._room < 0:
            self._broken = OSError("it unpacks to far more than text does")
        if self._broken and not raw:
            raise self._broken
        return raw

    def close(self) -> None:
        """Close what is read from."""
        self._stream.close()
        super().close()


def has_exports(path: Path, looks_like_one: Callable[[bytes], bool]) -> bool:
    """Whether a zip archive holds files of an export, by how the first of them begins. A damaged archive holds none."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.lower().endswith(EXPORTS)]
            if not members or members[0].flag_bits & _ENCRYPTED:
                return False
            with archive.open(members[0]) as file:
                return looks_like_one(file.read(HEAD))
    except UNREADABLE:
        return False


class ExportFiles:
    """Opens the files, over and over, and counts what was read of them. `unreadable` holds what could not be opened."""

    def __init__(self, paths: Sequence[Path]) -> None:
        if not paths:
            raise UnreadableSource("expected the files of a WordPress export, got none")
        for path in paths:
            if not path.is_file():
                raise UnreadableSource(f"{path}: no such file")
        self._paths = paths
        self.name = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1:,} more"
        self.only = len(paths) == 1
        self.size = sum(path.stat().st_size for path in paths)
        self.unreadable: dict[str, str] = {}
        self._done = 0
        self._raw: BinaryIO | None = None

    def position(self) -> int:
        """Bytes of the files read so far, each as often as it was."""
        return self._done + (self._raw.tell() if self._raw is not None and not self._raw.closed else 0)

    def streams(self) -> Iterator[tuple[str, BinaryIO]]:
        """The name of each file and its unpacked bytes."""
        for path in self._paths:
            try:
                with path.open("rb") as raw:
                    self._raw = raw
                    yield from self._unpacked(path, raw)
            except UNREADABLE as error:
                self.unreadable[str(path)] = f"the file cannot be read: {error}"
            self._done += path.stat().st_size

    def _unpacked(self, path: Path, raw: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
        head = raw.read(4)
        raw.seek(0)
        if head.startswith(GZIP_MAGIC):
            yield str(path), cast(BinaryIO, _Unpacked(gzip.GzipFile(fileobj=raw), path.stat().st_size))
        elif head == ZIP_MAGIC:
            with zipfile.ZipFile(raw) as archive:
                members = [one for one in archive.infolist() if one.filename.lower().endswith(EXPORTS)]
                if not members:
                    self.unreadable[str(path)] = (
                        "expected a zip archive with the .xml files of an export, got none in it"
                    )
                for one in members[:MAX_FILES]:
                    name = f"{path}/{one.filename}"
                    if one.flag_bits & _ENCRYPTED:
                        self.unreadable[name] = "it is encrypted"
                        continue
                    yield name, cast(BinaryIO, _Unpacked(archive.open(one), one.compress_size))
        else:
            yield str(path), raw
