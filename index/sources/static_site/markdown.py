"""From Markdown, or HTML, to what is indexed: paragraphs of plain text, links, and the first image.

Code blocks, captions, embedded things and comments are left out; a line that only says "Also read" and links stays a link.
"""

import re
from dataclasses import dataclass
from functools import cache

from lxml import etree, html
from markdown_it import MarkdownIt

from index.extraction.also_read import ALSO_READ

DROPPED = frozenset(
    "script style pre iframe noscript template svg math object video audio form button nav figcaption title head".split()
)
BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figure footer h1 h2 h3 h4 h5 h6 header hr"
    " html li main ol p section summary table tbody tfoot thead tr ul".split()
)

_FOOTNOTE = re.compile(r"\n?\[\^[^\]\s]{1,80}\](:?)")
_ATTRIBUTES = re.compile(r"(?<![ \t])[ \t]*+\{[:#.][^}\n]{0,300}\}[ \t]*+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link as it stands in a text."""

    address: str
    position: float
    """Where in the text it stood, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Prose:
    """What a reader sees of a text."""

    text: str
    """Paragraphs with an empty line between them."""
    heading: str | None
    """A heading of the first level that stands before all else, and is not in the text."""
    links: tuple[FoundLink, ...]
    """In their order, each address once."""
    image: str | None
    """The address of the first image."""


def prose_of(source: str, is_html: bool = False) -> Prose:
    """What a reader sees of Markdown (CommonMark with tables, strikethrough and HTML in it) or of HTML."""
    if not is_html:
        source = _markdown().render(_ATTRIBUTES.sub("", _FOOTNOTE.sub(_note, source)))
    if not source.strip():
        return Prose("", None, (), None)
    parser = html.HTMLParser(encoding="utf-8", remove_pis=True, remove_comments=True)
    root = html.document_fromstring(f"<div>{source}</div>".encode("utf-8", "replace"), parser=parser)
    return _Walk(root).prose()


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _note(match: re.Match[str]) -> str:
    """A footnote's number leaves the text, its own text becomes a paragraph."""
    return "\n\n" if match[1] else match[0][:1].strip("[")


class _Walk:
    """One way through a page's elements, from the first to the last."""

    def __init__(self, root: html.HtmlElement) -> None:
        self._paragraphs: list[str] = []
        self._pieces: list[str] = []
        self._length = 0
        """Letters of the text so far, about."""
        self._links: list[tuple[str, int]] = []
        """Address, and at which letter of the text."""
        self._image: str | None = None
        self._heading: str | None = None
        self._is_linked = False
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = str(element.tag)
            if event == "end":
                if tag in BLOCKS:
                    self._close(tag)
                self._add(" " if tag in ("td", "th") else "")
                self._add(element.tail or "")
            elif tag in DROPPED:
                walk.skip_subtree()
            else:
                self._open(tag, element)
        self._close("body")

    def _open(self, tag: str, element: html.HtmlElement) -> None:
        if tag in BLOCKS:
            self._close("")
        elif tag == "br":
            self._add("\n")
        elif tag == "img" and self._image is None:
            self._image = element.get("src") or element.get("data-src")
        elif tag == "a" and (address := element.get("href")):
            self._is_linked = True
            self._links.append((address.strip(), self._length))
        self._add(element.text or "")

    def _add(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)

    def _close(self, tag: str) -> None:
        """A paragraph ends here, if one had begun; `tag` is the block that ends with it."""
        text = " ".join("".join(self._pieces).split())
        self._length -= sum(map(len, self._pieces))
        is_linked, self._pieces, self._is_linked = self._is_linked, [], False
        if not text or (is_linked and ALSO_READ.fullmatch(text)):
            return
        if tag == "h1" and not self._paragraphs and self._heading is None:
            self._heading = text
            return
        self._paragraphs.append(text)
        self._length += len(text) + 2

    def prose(self) -> Prose:
        text = "\n\n".join(self._paragraphs)
        first: dict[str, float] = {}
        for address, at in self._links:
            first.setdefault(address, min(1.0, at / max(1, len(text))))
        links = tuple(FoundLink(address, position) for address, position in first.items())
        return Prose(text, self._heading, links, self._image)
