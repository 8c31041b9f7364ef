"""Static sites: a folder of Markdown with front matter, as Hugo, Zola, Jekyll and Eleventy have it, or any other."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from index.article import Article
from index.article_record import FieldNames, parse_article
from index.errors import InvalidArticle, UnreadableSource
from index.sources import Item, Rejected, Skipped
from index.sources.static_site.address import address_of, id_of
from index.sources.static_site.config import read_site
from index.sources.static_site.fields import Fields
from index.sources.static_site.files import MARKDOWN, Page, pages_of
from index.sources.static_site.front_matter import BrokenFrontMatter, FrontMatter, split_front_matter
from index.sources.static_site.links import SiteLinks
from index.sources.static_site.markdown import FoundLink, prose_of
from index.sources.static_site.record import kind_of, record_of
from index.sources.static_site.shortcodes import without_shortcodes

MAX_PAGE = 4_000_000
"""Bytes of the longest file that is read."""

LOOKED_AT = 50
"""Files that are looked at to find out whether a folder is such a site."""


class MarkdownSite:
    """Reads the articles of a static site, a folder's files before its folders, by name; what is no article is skipped by kind.

    An article's id is the `id` or `guid` of its front matter; else its address where the site's configuration (or `base_url`)
    says under which address the site stands; else its place below the folder of content. `now` is the clock by which pages
    expire.

    Raises `UnreadableSource` for a folder that is not there, and for a configuration that cannot be read.
    """

    whole = True

    def __init__(self, path: Path, names: FieldNames, base_url: str | None = None, now: datetime | None = None) -> None:
        if not path.is_dir():
            raise UnreadableSource(f"{path}: expected a folder with a static site's content")
        self.name = str(path)
        self.names = names
        self.site = read_site(path, base_url)
        for folder, _ in self.site.folders:
            if not folder.is_dir():
                raise UnreadableSource(f"{folder}: no such folder, which should hold the content of the site in {path}")
        self._found = list(pages_of(self.site))
        self._now = now or datetime.now(UTC)
        self._done = 0
        self.size: int | None = sum(page.size for page in self._found if isinstance(page, Page))
        pages = [page for page in self._found if isinstance(page, Page)]
        self._links = SiteLinks(pages, self.site, lru_cache(4_096)(self._target))

    def position(self) -> int:
        """Bytes of the pages read so far."""
        return self._done

    def __iter__(self) -> Iterator[Item]:
        for found in self._found:
            if not isinstance(found, Page):
                yield found
                continue
            yield self._read(found)
            self._done += found.size

    def _read(self, page: Page) -> Article | Rejected | Skipped:
        place = str(page.path)
        try:
            front = _front_matter(page)
            if front is None:
                return Skipped(place, "files without front matter")
            fields = Fields(front.fields)
            if (kind := kind_of(page, fields, self.site, self._now)) is not None:
                return Skipped(place, kind)
            return self._article(page, fields, front.body)
        except BrokenFrontMatter as error:
            return Rejected(f"{place}, line {error.line:,}", (f"front matter: {error.problem}",))
        except InvalidArticle as error:
            return Rejected(place, error.problems)
        except OSError as error:
            return Rejected(place, (f"cannot be read: {error.strerror}",))

    def _article(self, page: Page, fields: Fields, body: str) -> Article:
        url = address_of(page, fields, self.site)
        prose = prose_of(without_shortcodes(body, self.site.kind == "hugo"), page.is_html)
        links = self._targets(page, url, prose.links)
        return parse_article(record_of(page, fields, self.site, prose, url, links, self.names.own.values()), self.names)

    def _targets(self, page: Page, url: str | None, links: Iterable[FoundLink]) -> list[dict[str, object]]:
        """To which pages of the site these lead, each once and with where it first stands."""
        found: dict[str, dict[str, object]] = {}
        for link in links:
            target = self._links.target(page, url, link.address)
            if target is not None:
                found.setdefault(
                    str(target.get("url") or target["id"]), {**target, "position": round(link.position, 4)}
                )
        return list(found.values())

    def _target(self, page: Page) -> dict[str, object]:
        """How a page is named as the target of a link."""
        try:
            front = _front_matter(page)
        except (BrokenFrontMatter, InvalidArticle, OSError):
            front = None
        fields = Fields(front.fields if front else {})
        url = address_of(page, fields, self.site)
        named: dict[str, object] = {"id": id_of(page, fields, self.site, url)}
        return {**named, "url": url} if url else named


def is_markdown_site(path: Path) -> bool:
    """Whether a folder is a static site's, or holds Markdown with front matter among the first files that are found."""
    if not path.is_dir():
        return False
    try:
        site = read_site(path)
    except UnreadableSource:
        return True
    if site.kind != "folder":
        return True
    looked_at = 0
    for page in pages_of(site):
        if isinstance(page, Page) and page.path.suffix.lower() in MARKDOWN:
            looked_at += 1
            try:
                if _front_matter(page) is not None:
                    return True
            except BrokenFrontMatter:
                return True
            except (InvalidArticle, OSError):
                pass
        if looked_at == LOOKED_AT:
            break
    return False


def _front_matter(page: Page) -> FrontMatter | None:
    """Raises `BrokenFrontMatter`, `OSError`, and `InvalidArticle` for what is too long or no text."""
    if page.size > MAX_PAGE:
        raise InvalidArticle((f"expected a file of at most {MAX_PAGE:,} bytes, got {page.size:,}",))
    try:
        return split_front_matter(page.path.read_bytes()[: MAX_PAGE + 1].decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        problem = f"expected UTF-8, got byte 0x{error.object[error.start]:02x} at byte {error.start + 1:,}"
        raise InvalidArticle((problem,)) from error
