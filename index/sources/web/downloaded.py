"""An archive that was downloaded: read as the file that it is, under the address that it came from."""

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from index.sources import Item, Source


class Downloaded:
    """A source out of a folder of its own, which goes when it was read."""

    def __init__(self, source: Source, name: str, folder: "TemporaryDirectory[str]") -> None:
        self.name = name
        self.size = source.size
        self.names = source.names
        self.whole = source.whole
        self._source = source
        self._folder = folder

    def position(self) -> int:
        return self._source.position()

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._source
        finally:
            self.whole = self._source.whole
            self._folder.cleanup()
