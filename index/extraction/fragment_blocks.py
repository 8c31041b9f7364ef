"""Paragraphs as they are gathered from a run of words: white space collapsed, and where links stand in them."""

import re
from dataclasses import dataclass, field

_SPACE = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n[ \t\r]*\n\s*")

MAX_LINKS = 5_000
"""Links that are looked at in one text: far more than any article has."""


@dataclass(slots=True)
class Anchor:
    """A link in a paragraph."""

    href: str
    start: int
    """Characters of the paragraph before it."""
    end: int = -1
    """Where it ends; −1 while it is open."""
    goes_on: bool = False
    """Whether it began in a paragraph before."""


@dataclass(slots=True)
class Block:
    """One paragraph, entry of a list, or row of a table."""

    text: str
    group: int = 0
    """Of which list or table it is a line; 0: of none."""
    heading: bool = False
    anchors: list[Anchor] = field(default_factory=list)


class Blocks:
    """Gathers words into paragraphs.

    `by_lines`: a blank line ends a paragraph, as in plain text and in what WordPress stores; otherwise it is white space.
    """

    def __init__(self, by_lines: bool) -> None:
        self._by_lines = by_lines
        self._done: list[Block] = []
        self._parts: list[str] = []
        self._length = 0
        self._spaced = True  # the last character is white space, or there is none: further white space adds nothing
        self._anchors: list[Anchor] = []
        self._open: Anchor | None = None
        self._linked = 0
        self._group = 0
        self._bullet = False
        self._heading = False
        self._preformatted = 0

    def write(self, words: str) -> None:
        """Add words to the paragraph."""
        if self._preformatted:
            self._add(words.expandtabs(4).replace("\r\n", "\n").replace("\r", "\n"))
        elif self._by_lines and "\n" in words:
            first, *others = _BLANK_LINES.split(words)
            self._add(self._collapsed(first))
            for other in others:
                self.end_paragraph()
                self._add(self._collapsed(other))
        else:
            self._add(self._collapsed(words))

    def _collapsed(self, words: str) -> str:
        words = _SPACE.sub(" ", words)
        return words[1:] if self._spaced and words[:1] == " " else words

    def _add(self, words: str) -> None:
        if words:
            self._parts.append(words)
            self._length += len(words)
            self._spaced = words[-1].isspace()

    def end_line(self) -> None:
        """Begin a line; a second time one after the other, a paragraph."""
        if self._parts and self._parts[-1] == "\n":
            self._parts.pop()
            self._length -= 1
            self.end_paragraph()
        elif self._length:
            self._add("\n")

    def end_paragraph(self) -> None:
        """What was gathered is a paragraph, where it holds anything."""
        if not self._parts and not self._anchors:
            return
        raw = "".join(self._parts)
        text = raw.rstrip() if self._preformatted else raw.strip()
        shift = 0 if self._preformatted else len(raw) - len(raw.lstrip())
        text = re.sub(r" *\n *", "\n", text) if "\n" in text and not self._preformatted else text
        if self._open is not None:
            self._open.end = self._length
        if text.strip() or not all(anchor.goes_on for anchor in self._anchors):
            self._finish(text.strip("\n"), shift)
        self._parts, self._length, self._spaced, self._anchors = [], 0, True, []
        if self._open is not None:  # a link around several paragraphs
            self._open = Anchor(self._open.href, 0, goes_on=True)
            self._anchors.append(self._open)

    def _finish(self, text: str, shift: int) -> None:
        anchors = [anchor for anchor in self._anchors if anchor.end >= 0]
        for anchor in anchors:
            anchor.start = min(max(anchor.start - shift, 0), len(text))
            anchor.end = min(max(anchor.end - shift, anchor.start), len(text))
        if text and self._bullet and self._group:
            text = f"- {text}"
            for anchor in anchors:
                anchor.start, anchor.end = anchor.start + 2, anchor.end + 2
            self._bullet = False
        self._done.append(Block(text, self._group, self._heading, anchors))

    def open_link(self, href: str) -> None:
        """A link begins here; one that is open ends."""
        self.close_link()
        if href and self._linked < MAX_LINKS:
            self._linked += 1
            self._open = Anchor(href, self._length)
            self._anchors.append(self._open)

    def close_link(self) -> None:
        """The link that is open, if any, ends here."""
        if self._open is not None:
            self._open.end = self._length
            self._open = None

    def begin(self, group: int = 0, bullet: bool = False, heading: bool = False) -> None:
        """A paragraph of this kind begins, and the one before ends; the first within an entry of a list is its line."""
        self.end_paragraph()
        if group or not self._bullet:
            self._group, self._bullet = group, bullet
        self._heading = heading

    def next_cell(self) -> None:
        """A cell of a table begins, beside what the row has already."""
        if self._length:
            self._add(" | " if not self._spaced else "| ")

    def preformat(self, begins: bool) -> None:
        """Lines and spaces count as they are, or no longer."""
        self.end_paragraph()
        self._preformatted = max(self._preformatted + (1 if begins else -1), 0)

    def done(self) -> list[Block]:
        """All paragraphs in their order; such without a word hold a link."""
        self.close_link()
        self.end_paragraph()
        return self._done
