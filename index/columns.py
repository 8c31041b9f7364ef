"""Arrays and strings on disk, memory-mapped when read, so that any number of processes share one copy.

A folder is written once and never changed; `FolderWriter.close` gives the size and SHA-256 of each of its files.
"""

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import orjson

from index.errors import DamagedSnapshot

HEADER_TRIES = 5
HEADER_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class FileSeal:
    """What a file must be: its size in bytes and the SHA-256 of its content, in hexadecimal."""

    size: int
    sha256: str


class FolderWriter:
    """Writes the files of one immutable folder, each flushed to the disk before it counts."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._seals: dict[str, FileSeal] = {}

    def array(self, name: str, values: npt.NDArray[Any]) -> None:
        """Write an array as `name.npy`."""
        with (self._folder / f"{name}.npy").open("wb") as file:
            np.lib.format.write_array(file, np.ascontiguousarray(values), allow_pickle=False)
        self.seal(f"{name}.npy")

    def strings(self, name: str, values: Iterable[bytes]) -> None:
        """Write byte strings as `name.offsets.npy` (n + 1) int32 or int64 and `name.bytes`."""
        offsets = [0]
        with (self._folder / f"{name}.bytes").open("wb") as file:
            for value in values:
                file.write(value)
                offsets.append(offsets[-1] + len(value))
        self.seal(f"{name}.bytes")
        self.array(f"{name}.offsets", places(np.array(offsets, dtype=np.int64)))

    def path(self, name: str) -> Path:
        """Where another library may write the file `name`; call `seal` afterwards."""
        return self._folder / name

    def seal(self, name: str) -> None:
        """Flush a finished file to the disk and note its size and checksum."""
        with (self._folder / name).open("rb+") as file:
            os.fsync(file.fileno())
        self._seals[name] = seal_of(self._folder / name)

    def close(self) -> dict[str, FileSeal]:
        """Flush the folder itself and give the seals of all its files."""
        sync_folder(self._folder)
        return dict(self._seals)


def places(ascending: npt.NDArray[np.int64]) -> npt.NDArray[np.int32] | npt.NDArray[np.int64]:
    """Places in a file, the last of them the greatest, in four bytes each where that holds them: they stay in memory."""
    return ascending.astype(np.int32) if ascending[-1] <= np.iinfo(np.int32).max else ascending


class StringColumn:
    """Byte strings by row number, read straight from the mapped file or from memory."""

    def __init__(self, offsets: npt.NDArray[np.integer[Any]], characters: memoryview) -> None:
        self._offsets = offsets
        self._bytes = characters

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> bytes:
        start, stop = self._offsets[row : row + 2].tolist()
        return bytes(self._bytes[start:stop])


class ColumnWriter(Protocol):
    """What the columns of a segment are written to."""

    def array(self, name: str, values: npt.NDArray[Any]) -> None: ...

    def strings(self, name: str, values: Iterable[bytes]) -> None: ...


class ColumnReader(Protocol):
    """What the columns of a segment are read from."""

    def open_array(self, name: str) -> npt.NDArray[Any]: ...

    def open_strings(self, name: str) -> StringColumn: ...

    def has_array(self, name: str) -> bool: ...


class FolderColumns:
    """The columns of a folder, memory-mapped and read-only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open_array(self, name: str) -> npt.NDArray[Any]:
        return open_array(self._folder, name)

    def open_strings(self, name: str) -> StringColumn:
        path = self._folder / f"{name}.bytes"
        mapped = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.zeros(0, np.uint8)
        return StringColumn(self.open_array(f"{name}.offsets"), mapped.data)

    def has_array(self, name: str) -> bool:
        return (self._folder / f"{name}.npy").exists()


class MemoryColumns:
    """Columns that are written and read in memory; read-only once written."""

    def __init__(self) -> None:
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._bytes: dict[str, bytes] = {}

    def array(self, name: str, values: npt.NDArray[Any]) -> None:
        kept = np.ascontiguousarray(values)
        kept.flags.writeable = False
        self._arrays[name] = kept

    def strings(self, name: str, values: Iterable[bytes]) -> None:
        parts = list(values)
        self._bytes[name] = b"".join(parts)
        self.array(f"{name}.offsets", np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64))

    def open_array(self, name: str) -> npt.NDArray[Any]:
        return self._arrays[name]

    def open_strings(self, name: str) -> StringColumn:
        return StringColumn(self._arrays[f"{name}.offsets"], memoryview(self._bytes[name]))

    def has_array(self, name: str) -> bool:
        return name in self._arrays


def open_array(folder: Path, name: str) -> npt.NDArray[Any]:
    """The array `name.npy`, memory-mapped and read-only. Raises `DamagedSnapshot` when it is missing or no array."""
    path = folder / f"{name}.npy"
    try:
        return np.asarray(_mapped(path))
    except (OSError, ValueError, EOFError) as error:
        raise DamagedSnapshot(f"{path.name} in {folder.name} cannot be read: {error}") from error


def _mapped(path: Path) -> npt.NDArray[Any]:
    """The array of a file, asked again when another thread was reading a header too.

    NumPy reads headers by `ast`, and older CPythons count the depth of what `ast` builds for all threads together
    (python/cpython#106905): two at once may end in a `SystemError` that says nothing about the file.
    """
    for _ in range(HEADER_TRIES - 1):
        try:
            return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]  # numpy gives Any
        except SystemError:
            time.sleep(HEADER_PAUSE)
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]  # numpy gives Any


def seal_of(path: Path) -> FileSeal:
    """Size and SHA-256 of a file as it is now."""
    with path.open("rb") as file:
        return FileSeal(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def check_seals(folder: Path, seals: Mapping[str, FileSeal], content: bool = True) -> None:
    """Read every file and compare (without `content`: its size only).

    Raises `DamagedSnapshot` that names the first file that is not as written.
    """
    for name, expected in seals.items():
        path = folder / name
        if not path.is_file():
            raise DamagedSnapshot(f"{folder.name}/{name} is missing")
        if (size := path.stat().st_size) != expected.size:
            raise DamagedSnapshot(f"{folder.name}/{name} has {size:,} bytes, expected {expected.size:,}")
        if content and seal_of(path) != expected:
            raise DamagedSnapshot(f"{folder.name}/{name} is not what was written: its checksum differs")


def write_sealed_json(path: Path, body: Mapping[str, Any]) -> None:
    """Write `{"body": …, "sha256": …}`, so that the file proves itself; flushed to the disk."""
    with path.open("wb") as file:
        file.write(_sealed_json(body))
        file.flush()
        os.fsync(file.fileno())


def read_sealed_json(path: Path) -> dict[str, Any]:
    """The body of a file of `write_sealed_json`. Raises `DamagedSnapshot` when one byte of it is another."""
    place = f"{path.parent.name}/{path.name}"
    try:
        raw = path.read_bytes()
        body: dict[str, Any] = orjson.loads(raw)["body"]
        if raw == _sealed_json(body):
            return body
    except FileNotFoundError as error:
        raise DamagedSnapshot(f"{place} is missing") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedSnapshot(f"{place} cannot be read: {error}") from error
    raise DamagedSnapshot(f"{place} is not what was written: its checksum differs")


def _sealed_json(body: Mapping[str, Any]) -> bytes:
    proof = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return orjson.dumps({"body": body, "sha256": proof}, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename in it outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
