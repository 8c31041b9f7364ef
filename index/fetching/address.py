"""An address taken apart, once: what is connected to, what is asked for, and what may be shown."""

import base64
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from index.errors import FetchFailed
from index.urls import DEFAULT_PORTS

MAX_ADDRESS = 8_000
SHOWN = 300


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An absolute http or https address, escaped, without fragment and without user and password."""

    url: str
    scheme: str
    host: str
    """In lower case, IDNA, without brackets."""
    port: int
    target: str
    """Path and query, as they are asked for."""
    authorization: str | None = field(default=None, repr=False)
    """The header for the user and password that the address held; never part of any message."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Whoever answers here: scheme, host and port."""
        return self.scheme, self.host, self.port

    @property
    def site(self) -> str:
        """The address of this origin, without a slash at its end."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """The `Host` header: with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def follow(self, location: str) -> "WebAddress":
        """Where a redirect leads. User and password go along within this origin only, and a server cannot set them.

        Raises `FetchFailed` for what is no http(s) address, and for a way from https to http.
        """
        try:
            # what came as header bytes was read as Latin-1; where it is UTF-8, it was meant so
            location = location.encode("latin-1").decode("utf-8")
        except UnicodeError:
            pass
        try:
            joined = urljoin(self.url, location.strip())
        except ValueError:
            joined = location
        try:
            there = parse_address(joined)
        except FetchFailed as error:
            raise FetchFailed(f"{shown(self.url)}: redirects to an address that cannot be followed: {error}") from None
        if self.scheme == "https" and there.scheme == "http":
            raise FetchFailed(
                f"{shown(self.url)}: redirects from https to http ({shown(there.url)}), where anyone on the way could change "
                "what comes; give that address itself if you trust the way"
            )
        kept = self.authorization if there.origin == self.origin else None
        return WebAddress(there.url, there.scheme, there.host, there.port, there.target, kept)


def parse_address(url: str) -> WebAddress:
    """Take an address apart. Raises `FetchFailed` for anything but an absolute http(s) address with a host."""
    if len(url) > MAX_ADDRESS:
        raise FetchFailed(f"{shown(url)}: expected an address of at most {MAX_ADDRESS:,} characters, got {len(url):,}")
    try:
        parts = urlsplit(safe_url_string(url))
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        host.encode("ascii")
    except (ValueError, TypeError):
        raise FetchFailed(f"{shown(url)}: expected an absolute http or https address") from None
    if scheme not in DEFAULT_PORTS:
        raise FetchFailed(f"{shown(url)}: expected an http or https address, got {scheme or 'no scheme'}")
    if not host.strip(".") or any(not letter.isprintable() or letter in " %/\\" for letter in host):
        raise FetchFailed(f"{shown(url)}: expected an address with a host")
    port = DEFAULT_PORTS[scheme] if port is None else port
    authorization = None
    if parts.username is not None or parts.password is not None:
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
        authorization = f"Basic {base64.b64encode(pair).decode()}"
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    bare = WebAddress("", scheme, host, port, target)
    return WebAddress(f"{bare.site}{target}", scheme, host, port, target, authorization)


def shown(url: str) -> str:
    """An address as it may stand in a message: without user and password, cut short, on one line."""
    before, slashes, rest = url.partition("//")
    end = min((at for at in (rest.find(mark) for mark in "/?#\\") if at >= 0), default=len(rest))
    if slashes and "@" in rest[:end]:
        rest = rest[:end].rpartition("@")[2] + rest[end:]
    if not slashes and "@" in before:
        before = before.rpartition("@")[2]
    clean = "".join(letter if letter.isprintable() else " " for letter in before + slashes + rest)
    return clean if len(clean) <= SHOWN else f"{clean[:SHOWN]}…"
