"""What trafilatura found of a page, as paragraphs with the links that stood in them."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice

from lxml.etree import _Element, iterwalk
from lxml.html import HtmlElement

MAX_LINKS = 2_000
"""Links of a page that are looked at."""

_BLOCKS = frozenset("p head quote list item table row code div main body lb fw ab".split())
CELLS = "\ue000"
"""What stands between cells while a row is put together."""
_KINDS = {"head": "heading", "item": "item", "row": "row", "quote": "quote"}
_SOURCE_BLOCKS = frozenset(
    "p li h1 h2 h3 h4 h5 h6 td th div section article blockquote"
    " dd dt figcaption aside body main header footer pre center".split()
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link within a paragraph: which characters of it, and the address as it was written."""

    start: int
    end: int
    href: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, one line."""

    text: str
    kind: str = "text"
    """`text`, `heading`, `item` of a list, `row` of a table (its cells apart by ` | `), `quote`."""
    anchors: tuple[Anchor, ...] = ()

    @property
    def linked(self) -> float:
        """The share of its characters that stand in links, 0 to 1."""
        return sum(one.end - one.start for one in self.anchors) / max(len(self.text), 1)


def paragraphs_of(body: _Element) -> list[Paragraph]:
    """Paragraphs of a body as trafilatura gives it, in their order."""
    found: list[Paragraph] = []
    words: list[str] = []
    kinds: list[str] = []

    def end(kind: str) -> None:
        text = " ".join("".join(words).split())
        if kind == "row":
            text = " | ".join(cell for one in text.split(CELLS) if (cell := one.strip()))
        if text:
            found.append(Paragraph(text, kind))
        words.clear()

    for event, element in iterwalk(body, events=("start", "end")):
        kind = kinds[-1] if kinds else "text"
        if event == "start":
            if element.tag in _BLOCKS and not (kind == "row" and element.tag != "row"):
                end(kind)
            kinds.append(_KINDS.get(str(element.tag), kind))
            words.append(element.text or "")
        else:
            if element.tag == "cell":
                words.append(CELLS)
            elif kind == "row" and element.tag in _BLOCKS and element.tag != "row":
                words.append(" ")
            elif element.tag in _BLOCKS:
                end(kind)
            kinds.pop()
            words.append(element.tail or "" if element is not body else "")
    end("text")
    return found


def with_links(paragraphs: list[Paragraph], root: HtmlElement) -> list[Paragraph]:
    """The same paragraphs with the links of the page that stand in them: found by the words of the element around a
    link, which are those of the paragraph; where a paragraph is only a part of such an element, by the words of the
    link."""
    full = "\n".join(one.text for one in paragraphs)
    known = {key_of(paragraph.text) for paragraph in paragraphs}
    blocks: dict[str, list[tuple[str, str]]] = {}
    loose: list[tuple[str, str]] = []
    for block, anchors in _blocks(root, full).items():
        key = key_of(block.text_content())
        if key in known:
            blocks.setdefault(key, anchors)
        else:
            loose += anchors
    found = [_with_anchors(one, blocks.get(key_of(one.text), [])) for one in paragraphs]
    return _with_loose(found, full, loose)


def _blocks(root: HtmlElement, full: str) -> dict[HtmlElement, list[tuple[str, str]]]:
    """Elements that are paragraphs, with the words and addresses of the links in them whose words are in the text."""
    by_block: dict[HtmlElement, list[tuple[str, str]]] = {}
    for anchor in islice(root.iter("a"), MAX_LINKS):
        words = " ".join(anchor.text_content().split())
        if not words or words not in full:
            continue
        href = (anchor.get("href") or "").strip()
        block = next((one for one in anchor.iterancestors() if one.tag in _SOURCE_BLOCKS), None)
        if block is not None and href and not href.startswith(("#", "javascript:", "mailto:", "tel:")):
            by_block.setdefault(block, []).append((words, href))
    return by_block


def _with_anchors(paragraph: Paragraph, anchors: list[tuple[str, str]]) -> Paragraph:
    placed: list[Anchor] = []
    at = 0
    for words, href in anchors:
        start = paragraph.text.find(words, at)
        if start >= 0:
            at = start + len(words)
            placed.append(Anchor(start, at, href))
    return Paragraph(paragraph.text, paragraph.kind, tuple(placed)) if placed else paragraph


def _with_loose(paragraphs: list[Paragraph], full: str, loose: list[tuple[str, str]]) -> list[Paragraph]:
    """Links whose paragraph is not known stand where their words do, if these are a headline's or a name's and stand once."""
    starts: list[int] = []
    length = 0
    for one in paragraphs:
        starts.append(length)
        length += len(one.text) + 1
    extra: dict[int, list[Anchor]] = {}
    for words, href in loose:
        if len(words) < 12 or " " not in words:
            continue
        at = full.find(words)
        if at < 0 or full.find(words, at + 1) >= 0:
            continue
        number = bisect_right(starts, at) - 1
        extra.setdefault(number, []).append(Anchor(at - starts[number], at - starts[number] + len(words), href))
    found = list(paragraphs)
    for number, anchors in extra.items():
        one = paragraphs[number]
        if not one.anchors:
            found[number] = Paragraph(one.text, one.kind, tuple(sorted(anchors, key=lambda anchor: anchor.start)))
    return found


_SPACE = re.compile(r"\s+")


def key_of(text: str) -> str:
    """A text without white space, under which the same words are found wherever lines and spaces fall."""
    return _SPACE.sub("", text)


def joined(paragraphs: list[Paragraph]) -> tuple[str, list[int]]:
    """One text and where in it each paragraph begins: paragraphs apart by a blank line, entries of a list (`- …`) and
    rows of a table a line each."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    before = ""
    for one in paragraphs:
        gap = "" if not parts else "\n" if one.kind in ("item", "row") and one.kind == before else "\n\n"
        mark = "- " if one.kind == "item" else ""
        parts.append(f"{gap}{mark}{one.text}")
        starts.append(length + len(gap) + len(mark))
        length += len(parts[-1])
        before = one.kind
    return "".join(parts), starts
