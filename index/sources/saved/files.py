"""Files of saved pages, in a folder or in an archive that is never unpacked to disk; names in it are labels and nothing
else."""

import gzip
import io
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.errors import UnreadableSource
from index.extraction.saved import GZIP, SavedPage
from index.extraction.tree import MAX_PAGE
from index.sources import Rejected, Skipped

PAGES = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz", ".mhtml", ".mht")
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
OTHER_FILES = "other files"

MAX_RATIO = 300
"""Bytes that one byte of a packed archive of pages may unpack to; pages make twenty, a hundred where they are much alike."""
FIRST_BYTES = 64_000_000
"""That may be unpacked before the ratio counts."""

File = SavedPage | Rejected | Skipped

TOO_LONG = f"expected a page of at most {MAX_PAGE:,} bytes, got a longer one"


def is_page(name: str) -> bool:
    """Whether a file is a saved page by its name."""
    return name.lower().endswith(PAGES)


class Folder:
    """A folder, and all below it, in the order of names; or one page."""

    def __init__(self, path: Path) -> None:
        self._root = path if path.is_dir() else path.parent
        self._paths = sorted(_below(path)) if path.is_dir() else [path]
        self.size = sum(page.stat().st_size for page in self._paths if page.exists())
        self.done = 0

    def __iter__(self) -> Iterator[File]:
        for path in self._paths:
            name = path.relative_to(self._root).as_posix()
            try:
                length = path.stat().st_size
                self.done += length
                if not is_page(name):
                    yield Skipped(str(path), OTHER_FILES)
                    continue
                yield (
                    Rejected(str(path), (TOO_LONG,))
                    if length > MAX_PAGE
                    else SavedPage(str(path), path.read_bytes(), name)
                )
            except OSError as error:
                yield Rejected(str(path), (f"cannot be read: {error.strerror}",))


def _below(folder: Path) -> Iterator[Path]:
    """Files below a folder; links to other folders are not followed."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if path.is_file():
                yield path


class Zip:
    """A zip archive, in the order of names."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.done = 0

    def __iter__(self) -> Iterator[File]:
        try:
            archive = zipfile.ZipFile(self._path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise UnreadableSource(f"{self._path}: expected a zip archive: {error}") from None
        with archive:
            for entry in sorted(archive.infolist(), key=lambda one: one.filename):
                if entry.is_dir():
                    continue
                place = f"{self._path}: {entry.filename}"
                self.done = min(self.done + entry.compress_size, self.size)
                yield self._page(archive, entry, place) if is_page(entry.filename) else Skipped(place, OTHER_FILES)
        self.done = self.size

    def _page(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str) -> File:
        if entry.flag_bits & 1:
            return Rejected(place, ("expected a page, got one under a password",))
        if entry.file_size > MAX_PAGE:
            return Rejected(place, (TOO_LONG,))
        try:
            with archive.open(entry) as stream:
                raw = stream.read(MAX_PAGE + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            return Rejected(place, (f"cannot be unpacked: {error}",))
        return Rejected(place, (TOO_LONG,)) if len(raw) > MAX_PAGE else SavedPage(place, raw, entry.filename)


class Tar:
    """A tar archive, gzip too, in its own order: what comes first in it is read before what comes later is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.done = 0

    def __iter__(self) -> Iterator[File]:
        count = 0
        try:
            with self._path.open("rb") as raw, _Wary(raw) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
                for count, entry in enumerate(archive, start=1):  # noqa: B007  # said where the archive breaks off
                    archive.members = []  # type: ignore[attr-defined]  # it would keep each entry it has seen
                    self.done = raw.tell()
                    place = f"{self._path}: {entry.name}"
                    if entry.isfile() and is_page(entry.name):
                        yield self._page(archive, entry, place)
                    elif not entry.isdir():
                        yield Skipped(place, OTHER_FILES)
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            if not count:
                raise UnreadableSource(f"{self._path}: expected a tar archive: {error}") from None
            yield Rejected(f"{self._path}, after file {count:,}", (f"the archive cannot be read further: {error}",))
        self.done = self.size

    def _page(self, archive: tarfile.TarFile, entry: tarfile.TarInfo, place: str) -> File:
        if entry.size > MAX_PAGE:
            return Rejected(place, (TOO_LONG,))
        stream = archive.extractfile(entry)
        return SavedPage(place, stream.read(MAX_PAGE + 1) if stream else b"", entry.name)


class _Wary(io.RawIOBase):
    """The bytes of a file, unpacked if they are gzip, of which no one can be made to hold or unpack too many."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._packed = raw.peek(2)[:2] == GZIP if isinstance(raw, io.BufferedReader) else False
        self._stream: BinaryIO = gzip.GzipFile(fileobj=raw) if self._packed else raw  # type: ignore[assignment]  # one in all but name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > 2 * MAX_PAGE:
            raise OSError(f"an entry claims {size:,} bytes" if size >= 0 else "an entry claims all there is")
        self._look_at_ratio(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        at = self._stream.tell()
        target = offset if whence == 0 else at + offset
        while self._packed and at < target:
            step = min(target, at + FIRST_BYTES // 8)
            self._look_at_ratio(step)
            if self._stream.seek(step) < step:
                break
            at = step
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def _look_at_ratio(self, after: int) -> None:
        if self._packed and after > FIRST_BYTES and after > MAX_RATIO * max(self._raw.tell(), 1):
            raise OSError(f"it unpacks to more than {MAX_RATIO} times its size, as no pages do")
