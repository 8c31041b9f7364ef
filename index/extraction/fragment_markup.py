"""Mark-up as a flat run of tags and words, in one pass whose time grows with the length of what is read, whatever it holds.

A tree would be more than is needed here, and is what a hostile text aims at: libxml2 takes minutes over 80,000 open tags that
are followed by as many wrong closing ones.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from index.entities import unescape


class Kind(Enum):
    """What a piece of mark-up is."""

    WORDS = 0
    OPEN = 1
    CLOSE = 2


class Piece(NamedTuple):
    """Words between tags, with their entities resolved; or a tag by its name in lower case, with its attributes as written."""

    kind: Kind
    text: str
    end: int
    """How many characters of the mark-up were read with it."""
    attributes: str = ""


_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
_TAG_START = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)")
_ATTRIBUTE = re.compile(r"""([^\s=/>"'][^\s=/>]*+)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]*+))?""")
_DECLARATION = re.compile(r"<(?:![a-zA-Z\[]|\?[a-zA-Z=]|/)")
_COMMENT_END = re.compile(r"--!?>")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")

_OPAQUE = frozenset("script style iframe noembed noframes xmp textarea title".split())
"""Elements whose content is no mark-up and, here, no text either."""


def resolved(text: str) -> str:
    """Text with its entities resolved, once, and without control characters."""
    if "&" not in text:
        return text
    return _UNWANTED.sub("", unescape(text))


def attributes(written: str) -> dict[str, str]:
    """A tag's attributes by their names in lower case; of several of one name the first, as in a browser."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(written) if written else ():
        bare = value[1:-1] if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1 else value
        found.setdefault(name.lower(), resolved(bare))
    return found


def without_controls(text: str) -> str:
    """Text without characters that no page may hold, and without the marks of CDATA that was wrapped once too often."""
    text = _UNWANTED.sub("", text)
    return text.replace("<![CDATA[", "").replace("]]>", "") if "<![CDATA[" in text else text


def pieces(markup: str) -> Iterator[Piece]:
    """Tags and words in their order; comments, declarations and what stands within scripts are passed over.

    A tag in which a quotation mark is never closed ends at its first `>`; a tag that never ends is no text.
    """
    at = words = 0  # how far was read; where the words begin that were not given yet
    never_closed: set[str] = set()
    quotes_pair = True
    while (at := markup.find("<", at)) >= 0:
        tag = _TAG.match(markup, at) if quotes_pair else None
        if tag is None and (tag := _TAG_START.match(markup, at)) is not None:
            # looked for in vain once, a closing quotation mark is not looked for again: that would take quadratic time
            quotes_pair = False
            after = markup.find(">", at) + 1 or len(markup)
        else:
            after = tag.end() if tag else _after_declaration(markup, at)
        if after == at:
            at += 1
            continue
        if words < at:
            yield Piece(Kind.WORDS, resolved(markup[words:at]), at)
        at = words = after
        if tag is None:
            continue
        closing, name = tag.groups()[:2]
        name = name.lower()
        written = markup[tag.end(2) : after - 1]
        yield Piece(Kind.CLOSE if closing else Kind.OPEN, name, after, written)
        if name in _OPAQUE and not closing and not written.endswith("/") and name not in never_closed:
            close = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(markup, at)
            if close is not None:
                at = words = close.start()
            elif name in ("script", "style"):
                return
            else:
                never_closed.add(name)
    if words < len(markup):
        yield Piece(Kind.WORDS, resolved(markup[words:]), len(markup))


def _after_declaration(markup: str, at: int) -> int:
    """Where what begins with `<!`, `<?` or a closing tag without a name ends; `at` itself where it is only a less-than sign."""
    if markup.startswith("<!--", at):
        if markup.startswith(("<!-->", "<!--->"), at):
            return markup.index(">", at) + 1
        end = _COMMENT_END.search(markup, at + 4)
        return end.end() if end else len(markup)
    if _DECLARATION.match(markup, at):
        end_at = markup.find(">", at)
        return end_at + 1 if end_at >= 0 else len(markup)
    return at
