"""The addresses of one WordPress site: which are its own, and where they are now if the site moved."""

from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from index.article import Link
from index.urls import is_web_address

_FILES = ("/wp-content/", "/wp-admin", "/wp-login", "/wp-json", "/wp-includes/", "/xmlrpc.php")


def _host(address: str) -> str:
    host = (urlsplit(address).hostname or "").rstrip(".").removeprefix("www.")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


class SiteAddresses:
    """A site by the addresses that it calls its own."""

    def __init__(self, own: Sequence[str], moved_to: str | None = None) -> None:
        """`own` are the site's addresses, the one below which its pages stand first; `moved_to` the one that readers use, if
        that is another."""
        known = [address.rstrip("/") for address in own if is_web_address(address)]
        self._former = known
        self.moved_to = moved_to.rstrip("/") if moved_to else None
        self.base = self.moved_to or next(iter(known), None)
        self._front_pages = {"", *(urlsplit(address).path.strip("/") for address in known)}
        self._hosts = {_host(address) for address in (*known, *([self.moved_to] if self.moved_to else ()))}

    def current(self, address: str) -> str:
        """An address of the site where readers find it now; any other as it is."""
        if not self.moved_to or not is_web_address(address):
            return address
        parts = urlsplit(address)
        for former in self._former:
            path = unquote(urlsplit(former).path)
            if _host(address) == _host(former) and (unquote(parts.path) + "/").startswith(path + "/"):
                rest = parts.path[_length(parts.path, path) :]
                query = f"?{parts.query}" if parts.query else ""
                return f"{self.moved_to}{rest}{query}" + (f"#{parts.fragment}" if parts.fragment else "")
        return address

    def is_own(self, address: str) -> bool:
        """Whether an address is one of the site's pages; without any address of the site, any may be."""
        if not is_web_address(address):
            return False
        if self._hosts and _host(address) not in self._hosts:
            return False
        parts = urlsplit(address)
        front_page = not parts.query and parts.path.strip("/") in self._front_pages
        return not front_page and not any(part in parts.path for part in _FILES)

    def editors_links(self, links: Sequence[Link]) -> list[dict[str, object]]:
        """Of an article's links those to the site's own pages, as a record has them. An address such as `/?p=17` is by
        default also the id of what it leads to."""
        kept: list[dict[str, object]] = []
        for link in links:
            values: dict[str, object] = {"title": link.title, "position": link.position}
            if link.url and self.is_own(link.url):
                by_number = parse_qs(urlsplit(link.url).query).get("p")
                values |= {"url": self.current(link.url), "id": link.url if by_number else None}
            elif link.url or not link.title:
                continue
            kept.append({name: value for name, value in values.items() if value is not None})
        return kept


def _length(path: str, prefix: str) -> int:
    """How many characters of a path, which may be percent-encoded, make up a prefix that is not."""
    for cut in range(len(path) + 1):
        if unquote(path[:cut]) == prefix:
            return cut
    return 0
