"""Where the links of a static site's pages lead: by address, by the path of a file, or by its name."""

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from posixpath import join, normpath
from urllib.parse import unquote, urljoin, urlsplit

from index.sources.static_site.config import SiteConfig
from index.sources.static_site.files import HTML, MARKDOWN, Page
from index.sources.static_site.permalinks import at_root
from index.sources.static_site.shortcodes import PAGE
from index.urls import is_web_address

PAGES_END = ("", *HTML, ".php")
"""How the last step of a page's address may end; others are images, documents and the like."""

Target = dict[str, object]
"""A link's `id`, `url`, or both."""


class SiteLinks:
    """Tells the links to other pages of the same site from all others."""

    def __init__(self, pages: Iterable[Page], site: SiteConfig, target: Callable[[Page], Target]) -> None:
        self._site = site
        self._target = target
        self._hosts = {
            _host(address) for address in (site.base_url, *site.languages.values()) if address is not None
        } - {""}
        self._by_place: dict[str, Page] = {}
        self._by_name: dict[tuple[str | None, str], Page | None] = {}
        for page in pages:
            self._by_place[page.place.lower()] = page
            for name in {page.name.lower(), PurePosixPath(page.place).name.lower()}:
                # a name that two pages of a language have names neither
                key = (page.language, name)
                self._by_name[key] = None if key in self._by_name else page

    def target(self, page: Page, url: str | None, address: str) -> Target | None:
        """What a link of a page leads to: another page of the site, or an address of the site; None for anything else."""
        path = unquote(address).partition("#")[0].partition("?")[0]
        if path.startswith((PAGE, "@/")):
            found = self._file(page, path.removeprefix(PAGE).removeprefix("@"))
        elif path.lower().endswith(MARKDOWN) and not is_web_address(address):
            found = self._file(page, path)
        else:
            return self._by_address(page, url, address)
        return None if found is None or found is page else self._target(found)

    def _by_address(self, page: Page, url: str | None, address: str) -> Target | None:
        base = self._site.base_url
        if base is None or url is None:
            # without an address of the site, its addresses are the places of its files
            where = unquote(address).partition("#")[0].partition("?")[0]
            if not where or not _is_relative(address):
                return None
            path = normpath(join("/", page.place, where)).strip("/")
            found = self._by_place.get(path.removesuffix(".html").lower())
            return None if found is None or found is page else self._target(found)
        rooted = at_root(base, address) if address.startswith("/") and not address.startswith("//") else address
        try:
            absolute = urljoin(url, rooted).partition("#")[0]
        except ValueError:
            return None
        if not is_web_address(absolute) or _host(absolute) not in self._hosts or absolute == url:
            return None
        parts = urlsplit(absolute)
        if not parts.path.strip("/") or PurePosixPath(parts.path).suffix.lower() not in PAGES_END:
            return None
        return {"url": absolute}

    def _file(self, page: Page, path: str) -> Page | None:
        """The page of a file: from the page's own folder, from the top, or by its name alone."""
        stem = path
        for ending in MARKDOWN:
            stem = stem.removesuffix(ending)
        stem = stem.removesuffix("/").removesuffix("/index").lower()
        folder = PurePosixPath(page.place).parent.as_posix()
        beside = folder if not page.is_bundle else page.place
        tried = [stem.strip("/")]
        if not path.startswith("/"):
            tried = [join(where, stem) for where in (beside, folder)] + tried
        for place in map(normpath, tried):
            for spelled in (
                (f"{place}.{page.language}", f"{page.language}/{place}", place) if page.language else (place,)
            ):
                if found := self._by_place.get(spelled.lower()):
                    return found
        return self._by_name.get((page.language, PurePosixPath(stem).name))


def _is_relative(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
