"""How the catalogue's SQLite file is opened where nothing can be written: a read-only disk, a folder of another user.

What was committed last may stand in the log beside the file (`-wal`) alone, and a take-down must not be undone because a
folder became read-only: so the log is read wherever there is one.
"""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote
from weakref import finalize

Stamp = tuple[tuple[int, int], ...]


class ReadOnlyFile:
    """Finds out, each time it is opened, how a file can be opened; any number of threads may ask."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copy: tuple[Stamp, Path] | None = None
        self._remove: finalize[[str, bool], ReadOnlyFile] | None = None

    def address(self) -> str | None:
        """The URI under which SQLite only reads it; None where it can be written to, or is not there.

        Raises `OSError` where it must be copied to be read, and cannot be.
        """
        path = self._path
        if not path.is_file() or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            return None
        if not _size(_beside(path, "-wal")):
            # nothing but the file itself; SQLite would want to make a log
            return _uri(path, "mode=ro&immutable=1")
        if _beside(path, "-shm").is_file():
            return _uri(path, "mode=ro")
        return _uri(self._copied(), "mode=rw")

    def _copied(self) -> Path:
        """A copy beside which SQLite may write what it needs to read a log; kept as long as the original stays the same."""
        files = [self._path, _beside(self._path, "-wal")]
        stamp = tuple((status.st_mtime_ns, status.st_size) for status in (file.stat() for file in files))
        if self._copy is None or self._copy[0] != stamp:
            if self._remove is not None:
                self._remove()
            folder = mkdtemp(prefix="alsoread-")
            self._remove = finalize(self, shutil.rmtree, folder, True)
            for file in files:
                shutil.copyfile(file, Path(folder) / file.name)
            self._copy = stamp, Path(folder) / self._path.name
        return self._copy[1]


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _uri(path: Path, options: str) -> str:
    return f"file:{quote(str(path.absolute()))}?{options}"
