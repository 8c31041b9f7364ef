"""WordPress exports (WXR 1.0 to 1.2): one file or the several files of one export, plain, gzip, or a zip archive of them.

Each file is read twice: first for what articles refer to, such as the files of images, which may stand behind them or in
another file; then for the articles.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from index.article import Article
from index.article_record import FieldNames
from index.errors import InvalidArticle, UnreadableSource
from index.sources import Item, Rejected, Skipped
from index.sources.wordpress.export_files import UNREADABLE, ExportFiles
from index.sources.wordpress.export_post import Names, kind_of, moment_with_zone, post_of
from index.sources.wordpress.post import article_of
from index.sources.wordpress.scan import MAX_RECORD, Cutter, End
from index.sources.wordpress.site_addresses import SiteAddresses
from index.sources.wordpress.tables import ImageFiles
from index.sources.wordpress.xml import ExportRecord, declarations, read_record

_EXPORT = re.compile(rb"wordpress\.org/export/|<(?:wp:)?wxr_version|<wp:(?:post_id|post_type|author_login)>")
_FIELD = r"<(?:[\w.-]{{1,20}}:)?{name}>\s*(?:<!\[CDATA\[)?\s*([^<\]]{{1,500}}?)\s*(?:\]\]>)?\s*</"
_REFERRED_TO = ("author", "category", "term")
_IN_ITEMS = ("attachment_url>", "cap-display_name")

_UNREAD = {
    End.CUT: "the file ends within this item: it was cut short; export it again",
    End.TOO_LONG: f"expected an item of at most {MAX_RECORD:,} characters, got a longer one",
}


@dataclass(frozen=True, slots=True)
class _Channel:
    """What a file says before its first item."""

    namespaces: str
    site: SiteAddresses
    language: str | None


def looks_like_export(head: bytes) -> bool:
    """Whether the first bytes of a file (some 64 KB, unpacked) are those of a WordPress export."""
    return bool(_EXPORT.search(head.replace(b"\0", b"")))


class WordPressExport:
    """Reads the articles of an export; drafts, pages, images and the like are `Skipped`, each by its kind.

    Posts that are to be published later are articles with their date, from which on they are shown. Iterating raises
    `UnreadableSource` where the only file is no export.
    """

    whole = True

    def __init__(
        self,
        paths: Path | Sequence[Path],
        names: FieldNames | None = None,
        types: Sequence[str] = ("post",),
        site: str | None = None,
    ) -> None:
        """`types` are the post types that are articles; `site` is the address that readers use, where the export has
        another (a copy, a former domain). Raises `UnreadableSource` for a file that is missing."""
        self._files = ExportFiles([paths] if isinstance(paths, Path) else list(paths))
        self.name = self._files.name
        self.names = names or FieldNames()
        self.size: int | None = 2 * self._files.size
        self._types = frozenset(types)
        self._site = site

    def position(self) -> int:
        """Bytes read so far, of either reading."""
        return self._files.position()

    def __iter__(self) -> Iterator[Item]:
        with ImageFiles() as images:
            names = Names(images)
            for name, stream in self._files.streams():
                with stream:
                    self._learn(name, stream, names)
            for name, stream in self._files.streams():
                with stream:
                    if name not in self._files.unreadable:
                        yield from self._read(name, stream, names)
            for name, reason in self._files.unreadable.items():
                yield Rejected(name, (reason,))

    def _learn(self, name: str, stream: BinaryIO, names: Names) -> None:
        cutter, namespaces, items = Cutter(stream), "", 0
        try:
            for piece in cutter.pieces():
                namespaces = namespaces or declarations(cutter.header)
                items += piece.tag == "item"
                if piece.tag in _REFERRED_TO or any(word in piece.text for word in _IN_ITEMS):
                    names.learn(piece.tag, read_record(piece.text, namespaces))
        except UNREADABLE:
            # said when it is read for its articles
            return
        if not items and "<rss" not in cutter.header and not looks_like_export(cutter.header.encode()):
            problem = "expected a WordPress export (Tools, Export), got a file without any item"
            if self._files.only:
                raise UnreadableSource(f"{name}: {problem}")
            self._files.unreadable[name] = problem

    def _read(self, name: str, stream: BinaryIO, names: Names) -> Iterator[Item]:
        cutter, number, whole = Cutter(stream), 0, True
        channel, offset = None, timedelta(0)
        try:
            for piece in cutter.pieces():
                if piece.tag != "item":
                    continue
                number += 1
                channel = channel or self._channel(cutter.header)
                place = f"{name}, item {number:,}"
                if piece.end in _UNREAD:
                    yield Rejected(place, (_UNREAD[piece.end],))
                    whole = piece.end is not End.CUT
                    continue
                record = read_record(piece.text, channel.namespaces)
                offset = moment_with_zone(record, offset)
                yield self._item(place, record, names, channel, offset)
        except UNREADABLE as error:
            yield Rejected(f"{name}, after item {number:,}", (f"the file cannot be read further: {error}",))
            return
        if whole and not cutter.ended:
            yield Rejected(
                f"{name}, after item {number:,}", ("the file ends without closing its channel: it was cut short",)
            )

    def _item(
        self, place: str, record: ExportRecord, names: Names, channel: _Channel, offset: timedelta
    ) -> Article | Rejected | Skipped:
        number = record.number("post_id")
        place = f"{place} (post {number})" if number else place
        if kind := kind_of(record, self._types):
            return Skipped(place, kind)
        try:
            return article_of(post_of(record, names, channel.language, offset), names.categories, channel.site)
        except InvalidArticle as error:
            return Rejected(place, error.problems)

    def _channel(self, header: str) -> _Channel:
        found = [_field(header, name) for name in ("base_blog_url", "link", "base_site_url")]
        site = SiteAddresses([address for address in found if address], self._site)
        return _Channel(declarations(header), site, _field(header, "language"))


def _field(header: str, name: str) -> str | None:
    found = re.search(_FIELD.format(name=name), header)
    return found[1] if found else None
