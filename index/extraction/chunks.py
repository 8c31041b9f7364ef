"""Parts of an article that stand in further elements of the same kind, as where advertisements cut a text in two."""

from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from index.extraction.paragraphs import Paragraph, key_of

MAX_PARAGRAPHS = 3_000
LONG = 80
"""Characters from which on a paragraph is one of a text and no caption."""
NEAR = 3
"""How many levels up two parts of one text have a common element."""


@dataclass(slots=True)
class _Part:
    """An element, its paragraphs, and which of the text's paragraphs these are (-1: none)."""

    element: HtmlElement
    paragraphs: list[str]
    places: list[int]

    @property
    def kind(self) -> tuple[str, str]:
        return str(self.element.tag), self.element.get("class") or ""

    @property
    def is_missing(self) -> bool:
        return max(self.places) < 0 and sum(len(text) >= LONG for text in self.paragraphs) >= 2

    @property
    def around(self) -> set[HtmlElement]:
        return set(islice(self.element.iterancestors(), NEAR))


def with_missing_parts(paragraphs: list[Paragraph], root: HtmlElement) -> list[Paragraph]:
    """The paragraphs and those of elements that are left out, are of the same tag and class as one that is not, and stand near
    it, in the order of the page."""
    places = {key_of(one.text): number for number, one in enumerate(paragraphs)}
    parts: dict[HtmlElement, _Part] = {}
    for element in islice(root.iter("p"), MAX_PARAGRAPHS):
        parent = element.getparent()
        text = " ".join(element.text_content().split())
        if parent is not None and text:
            part = parts.setdefault(parent, _Part(parent, [], []))
            part.paragraphs.append(text)
            part.places.append(places.get(key_of(text), -1))
    held = [part for part in parts.values() if part.kind[1] and sum(place >= 0 for place in part.places) >= 3]
    missing: list[tuple[int, _Part]] = []
    last = -1
    for part in parts.values():
        last = max(last, *part.places)
        if part.is_missing and any(part.kind == other.kind and part.around & other.around for other in held):
            missing.append((last + 1, part))
    found = list(paragraphs)
    for place, part in reversed(missing):
        found[place:place] = [Paragraph(text) for text in part.paragraphs]
    return found
