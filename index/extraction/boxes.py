"""Links that editors placed beside the sentences of a text: boxes and lists of other articles, between its paragraphs or
below it.

Most of these are no part of the text already; here they are found again, with their place.
"""

import re
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from index.extraction.also_read import LONGEST_TITLE, is_label, title_after
from index.extraction.paragraphs import Anchor, Paragraph, key_of

MAX_LOOKED_AT = 5_000
AFTER_A_LABEL = 12
"""Links that one label may announce."""
WORDS = 4
"""Words from which on the words of a link may be a headline."""

_RELATED = re.compile(
    r"(?<![a-z])(?:related|also-?read|read-?(?:also|more|next)|see-?also|editors?-?picks?|in-?article-?link)",
    re.IGNORECASE,
)
_PARAGRAPHS = ("p", "li", "h2", "h3", "h4")
_LOOKED_AT = (*_PARAGRAPHS, "h5", "h6", "div", "span", "strong", "b", "a")
_LEVELS = 4
"""How far above a link its box is looked for."""
_ALONE = ("p", "li", "h2", "h3", "h4", "strong", "em", "b")


@dataclass(frozen=True, slots=True)
class _Text:
    """Where a text stands in a page: the element around it, and the place of each of its paragraphs by its words."""

    container: HtmlElement
    places: dict[str, int]
    last: int


def with_boxes(paragraphs: list[Paragraph], root: HtmlElement) -> list[Paragraph]:
    """The paragraphs, and among them those links of kind `box`, in the order of the page."""
    text = _text(paragraphs, root)
    if text is None:
        return paragraphs
    full = "\n".join(one.text for one in paragraphs)
    boxes: list[tuple[int, Paragraph]] = []
    place = announced = 0
    for element in islice(text.container.iter(*_LOOKED_AT), MAX_LOOKED_AT):
        if element.tag != "a":
            if element.tag in _PARAGRAPHS and (at := text.places.get(key_of(element.text_content()), -1)) >= place:
                place, announced = at + 1, 0
            if is_label(" ".join((element.text or "").split())):
                announced = AFTER_A_LABEL
            continue
        words = " ".join(element.text_content().split())
        href = (element.get("href") or "").strip()
        if not (2 < len(words) <= LONGEST_TITLE) or not href or words in full:
            continue
        within = 0 < place <= text.last
        if announced or _is_marked(element, words, text.container) or (within and _stands_alone(element, words)):
            announced = max(announced - 1, 0)
            boxes.append((place, Paragraph(title_after(words) or words, "box", (Anchor(0, len(words), href),))))
    found = list(paragraphs)
    for at, box in reversed(boxes):
        found.insert(at, box)
    return found


def _text(paragraphs: list[Paragraph], root: HtmlElement) -> _Text | None:
    places = {key_of(one.text): number for number, one in reversed(list(enumerate(paragraphs)))}
    seen = ((places.get(key_of(one.text_content()), -1), one) for one in islice(root.iter("p"), MAX_LOOKED_AT))
    held = [(at, element) for at, element in seen if at >= 0]
    if len(held) < 2:
        return None
    (_, first), (last, end) = held[0], held[-1]
    above = set(end.iterancestors())
    container = next((one for one in first.iterancestors() if one in above), None)
    return None if container is None or container.tag == "html" else _Text(container, places, last)


def _is_marked(element: HtmlElement, words: str, container: HtmlElement) -> bool:
    """Whether a link says of itself that it is to be read too, or stands in an element that is called so."""
    if title_after(words):
        return True
    for above in islice(element.iterancestors(), _LEVELS):
        if above is container:
            return False
        if _RELATED.search(f"{above.get('class') or ''} {above.get('id') or ''}"):
            return len(words.split()) >= WORDS
    return False


def _stands_alone(element: HtmlElement, words: str) -> bool:
    """Whether a paragraph or an entry of a list is this link and nothing else."""
    above = element.getparent()
    while above is not None and above.tag in ("strong", "em", "b") and above.getparent() is not None:
        above = above.getparent()
    return (
        above is not None
        and above.tag in _ALONE
        and len(words.split()) >= (WORDS if above.tag != "li" else 2)
        and key_of(above.text_content()) == key_of(words)
    )
