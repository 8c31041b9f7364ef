"""From the bytes of a page to its characters, whatever encoding it claims.

The order is that of browsers (WHATWG HTML, "determining the character encoding"), but for encodings that lie: text that is
valid UTF-8 is UTF-8, and single bytes that are not are read as windows-1252, which is what they then nearly always are.
"""

import codecs
import re

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

SNIFFED = 32_768
"""Bytes that are looked at when nothing says which encoding it is."""

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
_ENCODINGS = re.compile(
    r"utf[-_](?:8|16|32)(?:[-_][lb]e)?|ascii|iso8859[-_]\d+|cp\d{3,4}|koi8[-_]\w|mac[-_]\w+|tis[-_]620|gb\w+|hz|big5\w*"
    r"|euc[-_]\w+|iso2022[-_]\w+|shift[-_]?jis\w*"
)
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_SINGLE_BYTES = frozenset(("cp1252", "iso8859-1", "iso8859-15", "ascii"))
"""Encodings under which any bytes are some text, so that they prove nothing."""


def decode(html: bytes, charset: str | None = None) -> str:
    """The characters of a page, without control characters; `charset` is what HTTP said, and may be wrong. Never raises."""
    named, bom = read_bom(html)
    if named and bom:
        return _clean(html[len(bom) :].decode(named, "replace"))
    if _holds_utf_8(html):
        return _clean(html.decode("utf-8", "replace"))
    claimed = [resolve_encoding(charset)] if charset else []
    claimed.append(html_body_declared_encoding(html))
    for name in (codecs.lookup(claim).name for claim in claimed if claim and _is_known(claim)):
        if name.startswith(("utf-16", "utf-32")) and b"\x00" not in html[:1_000]:
            continue  # what says so in ASCII is not
        if name == "utf-8" and not _mostly_utf_8(html):
            continue
        return _clean(html.decode("cp1252" if name in _SINGLE_BYTES else name, "alsoread-latin"))
    return _clean(html.decode(_sniffed(html), "alsoread-latin"))


def storable(text: str) -> str:
    """Text without characters that a tree may hold, from references such as `&#1;`, and may not be given."""
    return _NOT_TEXT.sub("", text)


def _holds_utf_8(html: bytes) -> bool:
    """Whether all of it is UTF-8 and not plain ASCII in another's dress (such as ISO-2022-JP, which has escapes)."""
    if b"\x1b$" in html or b"\x00" in html[:1_000]:
        return False
    try:
        html.decode("utf-8")
    except UnicodeDecodeError as error:
        # a page cut within a character is no other encoding
        return error.reason == "unexpected end of data"
    return True


def _mostly_utf_8(html: bytes) -> bool:
    """Whether more than half of the bytes beyond ASCII are parts of valid UTF-8: a page glued of two encodings."""
    beyond = len(html) - len(html.translate(None, _BEYOND_ASCII))
    lost = len(html) - len(html.decode("utf-8", "ignore").encode())
    return 2 * lost < beyond


def _sniffed(html: bytes) -> str:
    start = max(html.find(b"<body"), 0)
    # where letters beyond ASCII begin is where an encoding shows
    beyond = re.search(rb"[\x80-\xff]", html[start:])
    at = start + max((beyond.start() if beyond else 0) - SNIFFED // 4, 0)
    best = from_bytes(html[at : at + SNIFFED]).best()
    if best is None:
        return "cp1252"
    return "cp1252" if best.encoding in ("cp1250", "latin_1", "ascii", "iso8859_15") else best.encoding


def _is_known(name: str) -> bool:
    """Whether it is an encoding of pages; Python knows others (`hex`, `idna`), which are none of characters."""
    try:
        return bool(_ENCODINGS.fullmatch(codecs.lookup(name).name))
    except LookupError:
        return False


def _clean(text: str) -> str:
    return _NOT_TEXT.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", " ")


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    """What cannot be decoded, byte by byte as windows-1252; what that does not know either is U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error("alsoread-latin", _as_latin)
