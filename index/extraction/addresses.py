"""Which address a page has, by itself and by where it came from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from index.extraction.head import Head
from index.urls import is_web_address

MAX_ADDRESS = 2_000

_DOOR = re.compile(r"^(?:www\d?|m|mobile|amp|edition|beta)\.(?=[^.]+\.)")
_FRONT = re.compile(r"/*(?:index\.\w+|home/?|default\.aspx?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageAddress:
    """An article's address, and the one against which its links are resolved."""

    url: str | None
    base: str | None

    def resolved(self, address: str) -> str | None:
        """An absolute http or https address; None for any other and for one that cannot be made so."""
        address = re.sub(r"[\t\r\n]+", "", address.strip())
        if not address or len(address) > MAX_ADDRESS or address.startswith("#"):
            return None
        try:
            whole = urljoin(self.base or "", address).replace(" ", "%20")
        except ValueError:
            return None
        if whole.startswith("//"):
            whole = f"https:{whole}"
        return whole if is_web_address(whole) and len(whole) <= MAX_ADDRESS else None


def site_of(url: str) -> str:
    """The host of an address without what stands for a door to the same site (`www.`, `m.`, `amp.`); empty where it has
    none."""
    try:
        host = (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""
    return _DOOR.sub("", host)


def is_same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site: the same host, or one below the other."""
    a, b = site_of(one), site_of(other)
    return bool(a and b) and (a == b or a.endswith(f".{b}") or b.endswith(f".{a}"))


def is_front_page(url: str) -> bool:
    """Whether an address names a site and nothing in it."""
    parts = urlsplit(url)
    return bool(_FRONT.fullmatch(parts.path)) and not parts.query


def find_address(node: Mapping[str, Any], head: Head, url: str | None) -> PageAddress:
    """The page's own canonical address, where it can be believed: one of another site than the page came from is
    another's article, one of a front page is a mistake of the site's. Else where it came from."""
    came_from = urldefrag(url.strip()).url if url and is_web_address(url.strip()) else None
    base = PageAddress(None, came_from).resolved(head.base) if head.base else None
    pages = PageAddress(None, base or came_from)
    named = [
        *head.links.get("canonical", ())[:3],
        head.first("og:url"),
        *_in_ld(node),
        head.first("twitter:url", "parsely-link"),
    ]
    wholes = [urldefrag(whole).url for one in named if one and (whole := pages.resolved(one))]
    believed = [one for one in wholes if not is_front_page(one) and (came_from is None or is_same_site(one, came_from))]
    if came_from and is_front_page(came_from):
        believed = []
    own = believed[0] if believed else came_from
    return PageAddress(own, base or came_from or own)


def _in_ld(node: Mapping[str, Any]) -> list[str]:
    named = [node.get("url"), node.get("mainEntityOfPage"), node.get("@id")]
    flat = [one.get("@id") or one.get("url") if isinstance(one, Mapping) else one for one in named]
    return [one for one in flat if isinstance(one, str) and one.startswith(("http", "/"))]
