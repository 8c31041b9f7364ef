"""Saved HTML pages: a folder of them, one page, or a zip or tar archive."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.sources import Item
from index.sources.saved.files import ARCHIVES, Folder, Tar, Zip, is_page
from index.sources.saved.kept import KeptPages
from index.sources.saved.pool import TIME_LIMIT, read_in_order

WORKERS = 2


class SavedPages:
    """Reads each page of a folder or an archive, the pages of a folder and of a zip archive in the order of names.

    An article's id is the address that its page states; without one, the file's path below the folder (or in the archive)
    without its suffix. Pages that hold no article are counted as skipped. `workers` processes read, and a page that takes
    longer than `time_limit` seconds is rejected; with 0 workers there is no other process and no such limit.
    """

    whole = True

    def __init__(
        self,
        path: Path,
        names: FieldNames | None = None,
        workers: int = WORKERS,
        time_limit: float = TIME_LIMIT,
        kept: KeptPages | None = None,
    ) -> None:
        """`kept` spares pages that did not change.

        Raises `UnreadableSource` for what is no folder, no page and no archive of pages."""
        self.name = str(path)
        self.names = names or FieldNames()
        self._workers = workers
        self._time_limit = time_limit
        self._kept = kept
        try:
            self._files = _files(path)
        except OSError as error:
            raise UnreadableSource(f"{path}: {error.strerror}") from error
        self.size: int | None = self._files.size

    def position(self) -> int:
        """Bytes of the files read so far, as they lie on disk."""
        return self._files.done

    def __iter__(self) -> Iterator[Item]:
        read = partial(read_in_order, workers=self._workers, time_limit=self._time_limit)
        yield from self._kept.read(self._files, read) if self._kept is not None else read(self._files)


def _files(path: Path) -> Folder | Zip | Tar:
    name = path.name.lower()
    if path.is_dir() or is_page(name):
        return Folder(path)
    if name.endswith(".zip"):
        return Zip(path)
    if name.endswith(ARCHIVES):
        return Tar(path)
    raise UnreadableSource(f"{path}: expected a folder of saved pages, a page, or one of {', '.join(ARCHIVES)}")
