"""A piece of HTML, as feeds and content management systems hold an article's body, read as text, links and images."""

import re
from dataclasses import dataclass
from itertools import pairwise

from index.article import Link
from index.extraction.fragment_addresses import Addresses
from index.extraction.fragment_blocks import Block, Blocks
from index.extraction.fragment_links import editors_links
from index.extraction.fragment_markup import Kind, Piece, attributes, pieces, without_controls

__all__ = ["Fragment", "plain_text", "read_fragment"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a piece of HTML says."""

    text: str
    """Paragraphs, apart by a blank line; the entries of a list (`- …`) and the rows of a table (`… | …`) a line each."""
    links: tuple[Link, ...]
    """Links to other pages, those of the same site first, each group in its order, none twice."""
    images: tuple[str, ...]
    """Addresses of images in their order, none twice; without counters, smileys and what is not http or https."""


_LEFT_OUT = frozenset(
    "script style template noscript figcaption iframe object embed video audio canvas svg math head title form button select"
    " textarea input nav noembed noframes xmp applet del dialog".split()
)
"""Elements whose words are none of the article's."""
_ASIDE = frozenset(("aside", "noscript", "figcaption", "object", "video"))
"""Of those and besides them, such whose links and images an editor may have placed."""
_FOREIGN = re.compile(
    r"(?<![\w-])(?:twitter-tweet|instagram-media|tiktok-embed|fb-post|bluesky-embed|mastodon-embed|reddit-embed\w*|feedflare"
    r"|jp-relatedposts|sharedaddy|wp-caption-text|screen-reader-text)(?![\w-])"
)
"""Classes of embedded posts of elsewhere and of what plug-ins add at the end of each post."""
_EMBEDDED = re.compile(r"(?<![\w-])wp-embedded-content(?![\w-])")
_NOT_SHOWN = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

_BREAKS = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figure footer h1 h2 h3 h4 h5 h6"
    " header hgroup hr html main menu ol p pre section summary table tbody tfoot thead ul".split()
)
"""Elements that begin and end a paragraph."""
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

_PLAIN = frozenset("abbr b cite code em font i ins kbd mark q s small span strike strong sub sup tt u var wbr".split())
"""Elements within a paragraph that, without attributes, say nothing here."""


def read_fragment(html: str, base: str | None = None, own: str | None = None) -> Fragment:
    """The text, the links and the images of a piece of HTML; plain text is one too.

    `base` is the address against which relative ones are resolved (without it they are left out) and whose site comes
    first; `own` is the article's address, by default `base`: a link to it is none, and "Continue reading" at the end leaves
    the text. Time and memory grow with the length, whatever the text holds; nothing is ever raised.
    """
    reader = _Reader(html, Addresses(base, own or base))
    reader.read()
    blocks, links = editors_links(reader.blocks.done(), reader.addresses)
    return Fragment(_joined(blocks), links, tuple(reader.addresses.images))


def plain_text(html: str) -> str:
    """The words of a piece of HTML in one line, such as a title's; nothing in it is taken for an editor's link."""
    if "<" not in html and "&" not in html:
        return " ".join(html.split())
    reader = _Reader(html, Addresses(None, None))
    reader.read()
    return " ".join(" ".join(block.text for block in reader.blocks.done()).split())


def _joined(blocks: list[Block]) -> str:
    """One text of the paragraphs: lines of the same list or table below each other, all else apart by a blank line."""
    parts = [blocks[0].text] if blocks else []
    for before, block in pairwise(blocks):
        parts += ["\n" if block.group and block.group == before.group else "\n\n", block.text]
    return "".join(parts)


class _Reader:
    """Goes once through the mark-up."""

    def __init__(self, html: str, addresses: Addresses) -> None:
        self.addresses = addresses
        self.blocks = Blocks(by_lines=not re.search(r"<(?:p|br|div)[\s/>]", html, re.IGNORECASE))
        self._html = without_controls(html)
        self._leaving = ""  # the element that is being left out
        self._depth = 0  # how many of that name are open
        self._with_links = False
        self._last_close: dict[str, int] = {}
        self._groups: list[int] = []
        self._count = 0

    def read(self) -> None:
        """Every piece, in its place."""
        for piece in pieces(self._html):
            if self._leaving:
                self._leave_out(piece)
            elif piece.kind is Kind.WORDS:
                self.blocks.write(piece.text)
            elif piece.kind is Kind.CLOSE:
                self._close(piece.text)
            else:
                self._open(piece)

    def _leave_out(self, piece: Piece) -> None:
        name = piece.text
        if piece.kind is Kind.WORDS:
            return
        if name == self._leaving:
            self._depth += 1 if piece.kind is Kind.OPEN else -1
            # wrongly nested ones end with the last closing tag there is: what follows is the article again
            if self._depth == 0 or piece.end > self._last_closed(name):
                self._leaving = ""
        elif self._with_links and piece.kind is Kind.OPEN:
            if name == "a":
                self.blocks.open_link(attributes(piece.attributes).get("href", ""))
                self.blocks.close_link()
            elif name in ("img", "amp-img"):
                self.addresses.see_image(attributes(piece.attributes))

    def _last_closed(self, name: str) -> int:
        """Where the last closing tag of that name stands; −1 where there is none."""
        if name not in self._last_close:
            self._last_close[name] = max(self._html.rfind(f"</{name}"), self._html.rfind(f"</{name.upper()}"))
        return self._last_close[name]

    def _open(self, piece: Piece) -> None:
        name = piece.text
        if not piece.attributes and name in _PLAIN:
            return
        written = attributes(piece.attributes) if piece.attributes else {}
        if name in ("img", "amp-img"):
            self.addresses.see_image(written)
        elif name == "video" and (poster := written.get("poster")):
            self.addresses.see_image({"src": poster})
        if self._is_left_out(name, written) and not piece.attributes.endswith("/"):
            if self._last_closed(name) >= piece.end:
                self._leaving, self._depth = name, 1
                self._with_links = name in _ASIDE or bool(_EMBEDDED.search(written.get("class", "")))
            return
        if name == "a":
            self.blocks.open_link(written.get("href", ""))
        elif name == "br":
            self.blocks.end_line()
        elif name in ("td", "th"):
            self.blocks.next_cell()
        elif name == "li":
            self.blocks.begin(self._groups[-1] if self._groups else self._new_group(), bullet=True)
        elif name == "tr":
            self.blocks.begin(self._groups[-1] if self._groups else self._new_group())
        elif name in _BREAKS:
            self._break(name, opens=True)

    @staticmethod
    def _is_left_out(name: str, written: dict[str, str]) -> bool:
        if name in _VOID:
            return False
        if name in _LEFT_OUT or name in _ASIDE or "hidden" in written:
            return True
        if not written:
            return False
        of = written.get("class", "")
        return bool(of and (_FOREIGN.search(of) or _EMBEDDED.search(of))) or bool(
            _NOT_SHOWN.search(written.get("style", ""))
        )

    def _close(self, name: str) -> None:
        if name == "a":
            self.blocks.close_link()
        elif name in ("li", "tr"):
            self.blocks.begin(self._groups[-1] if self._groups else 0)
        elif name in _BREAKS:
            self._break(name, opens=False)

    def _break(self, name: str, opens: bool) -> None:
        """The beginning or the end of what stands apart."""
        if name == "pre":
            self.blocks.preformat(opens)
        elif name in ("ul", "ol", "menu", "table"):
            if opens:
                self._groups.append(self._new_group())
            elif self._groups:
                self._groups.pop()
            self.blocks.begin(self._groups[-1] if self._groups and not opens else 0)
        else:
            self.blocks.begin(heading=opens and name in _HEADINGS)

    def _new_group(self) -> int:
        self._count += 1
        return self._count
