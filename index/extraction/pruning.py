"""Elements that are taken out of a page before its text is looked for: what a reader does not see, and boxes of a known
kind."""

import re

from lxml.html import HtmlElement

from index.extraction.decoding import storable

A_FEW_WORDS = 0.05
"""What is not seen may hold no larger share of a page's words; a page of one word more is all of that class."""
MOST_OF_THE_WORDS = 0.3
"""A box that holds a larger share of a page's words is none, whatever it is called."""

_UNSEEN = (
    r"(?<![a-z])(?:(?:rollover|tool-?tip|pop-?over|hover-?card|visually-?hidden|screen-?reader|sr-only)(?![a-z])"
    r"|(?:rollover|tooltip)-)"
)
_BOX = (
    r"newsletter(?!-?(?:article|page|body|story|post))"
    r"|(?<![a-z])(?:sign-?up|subscribe|opt-?in)[-_]*(?:box|form|module|widget|promo|cta|container)"
    r"|(?:event|article|inline)-?_?promo(?![a-z])|latest-?(?:news-?)?box|read(?:ing)?-?_?time(?![a-z])"
    r"|(?<![a-z])(?:outbrain|taboola|addthis|addtoany|sharedaddy|jp-relatedposts|disqus)"
)
_KNOWN = re.compile(f"(?P<unseen>{_UNSEEN})|{_BOX}")
_MARKED = (
    "//*[self::div or self::section or self::aside or self::span or self::p"
    " or self::ul or self::li or self::a or self::form][@class or @id]"
)


def prune(root: HtmlElement) -> None:
    """Take them out of the tree; the words behind an element stay."""
    total = 0
    for element in root.xpath(_MARKED):
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"
        found = _KNOWN.search(marks.lower())
        if found is None:
            continue
        limit = A_FEW_WORDS if found["unseen"] else MOST_OF_THE_WORDS
        total = total or _length(root.find("body"))
        if _length(element) <= limit * total and element.find(".//h1") is None:
            _remove(element)


def _length(element: HtmlElement | None) -> int:
    """Characters of the words in an element."""
    return 0 if element is None else len(element.text_content())


def _remove(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = storable(f"{parent.text or ''}{element.tail}")
        else:
            before.tail = storable(f"{before.tail or ''}{element.tail}")
    parent.remove(element)
