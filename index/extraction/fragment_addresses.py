"""Which of the addresses in a piece of HTML are pages that an editor links to, and which are its images."""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from index.urls import canonical_url, is_web_address

MAX_ADDRESSES = 1_000
"""Links, and images, that are looked at in one piece of HTML: far more than any article has."""

MAX_LENGTH = 8_000

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?|ico|mp3|m4a|ogg|wav|mp4|m4v|webm|mov|avi|pdf|docx?|xlsx?|pptx?|zip|gz|css|js|xml|rss)",
    re.IGNORECASE,
)
"""How the path of what is no page ends."""
_SHARING = re.compile(
    r"(?:www\.)?(?:facebook\.com/(?:sharer|share\.php|dialog)|(?:twitter|x)\.com/(?:intent|share)|linkedin\.com/share"
    r"|pinterest\.\w+/pin/create|reddit\.com/submit|t\.me/share|telegram\.me/share|wa\.me/|api\.whatsapp\.com/)",
    re.IGNORECASE,
)
_DECORATION = re.compile(
    r"/wp-smiley|/smilies/|/images/core/emoji/|feeds\.feedburner\.com/~|feedsportal\.com|/pixel\b|doubleclick|/b\.gif\b"
    r"|pixel\.wp\.com|stats\.wordpress\.com|feeds\.wordpress\.com",
    re.IGNORECASE,
)
"""Smileys, and images that count readers."""


class Addresses:
    """Addresses in one piece of HTML, resolved against its own."""

    def __init__(self, base: str | None, own: str | None) -> None:
        self.images: dict[str, None] = {}
        self._base = base if base and is_web_address(base) else None
        self._own = _canonical(own)
        self._host = site_of(self._base or own or "")
        self._looked_at = 0

    def resolved(self, address: str) -> str | None:
        """An absolute http or https address; None for any other, for one that cannot be, and for what is far too long."""
        address = re.sub(r"[\t\r\n]+", "", address.strip())[: MAX_LENGTH + 1]
        if not address or len(address) > MAX_LENGTH:
            return None
        try:
            whole = urljoin(self._base or "", address)
        except ValueError:
            return None
        whole = whole.replace(" ", "%20")
        return whole if is_web_address(whole) and len(whole) <= MAX_LENGTH else None

    def page(self, address: str) -> str | None:
        """The address of another page; None for the article's own, for files, and for what shares the article."""
        self._looked_at += 1
        if self._looked_at > MAX_ADDRESSES or address.lstrip()[:1] in ("#", ""):
            return None
        whole = self.resolved(address)
        if whole is None or self.is_own(whole) or self.is_front_page(whole):
            return None
        parts = urlsplit(whole)
        if _FILE.fullmatch(parts.path[parts.path.rfind(".") :]) or _SHARING.match(parts.netloc + parts.path):
            return None
        return whole

    def is_own(self, whole: str) -> bool:
        """Whether an absolute address is the article's own."""
        return self._own is not None and _canonical(whole) == self._own

    def is_same_site(self, whole: str) -> bool:
        """Whether a page is of the same site: the same host, whichever of `www.` and the like stands before it."""
        host = site_of(whole)
        return bool(self._host) and (
            host == self._host or host.endswith("." + self._host) or self._host.endswith("." + host)
        )

    def is_front_page(self, whole: str) -> bool:
        """Whether it is the site itself."""
        parts = urlsplit(whole)
        return self.is_same_site(whole) and parts.path in ("", "/") and not parts.query

    def see_image(self, written: Mapping[str, str]) -> None:
        """Note the image of a tag's attributes."""
        if len(self.images) >= MAX_ADDRESSES or _is_tiny(written):
            return
        sources = (written.get(name) for name in ("data-src", "data-lazy-src", "data-original", "src", "poster"))
        set_of = written.get("srcset") or written.get("data-srcset") or ""
        for source in (*sources, set_of.strip()[:MAX_LENGTH].split(" ")[0].rstrip(",")):
            whole = self.resolved(source) if source else None
            if whole is not None and not _DECORATION.search(whole):
                self.images.setdefault(whole)
                return


def site_of(address: str) -> str:
    """The host of an address, in lower case, without `www.` or `m.` before it; empty where it has none."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return re.sub(r"^(?:www|m|amp|mobile)\.(?=.*\.)", "", host.lower().rstrip("."))


def _is_tiny(written: Mapping[str, str]) -> bool:
    """Whether an image counts readers, or is no larger than a letter."""
    return any(re.fullmatch(r"\s*[0-9](?:px)?\s*", written.get(side, "")) for side in ("width", "height")) or bool(
        re.search(r"(?<![\w-])(?:wp-smiley|emoji|avatar)(?![\w-])", written.get("class", ""))
    )


def _canonical(address: str | None) -> str | None:
    """The form in which two addresses of one page are the same, with `www.` and without."""
    try:
        whole = canonical_url(address) if address else None
    except ValueError:
        return None
    return whole and whole.replace("//www.", "//", 1)
