"""A page's mark-up as a tree, once, of bounded depth and size whatever the mark-up is."""

import re

from lxml.etree import LxmlError, XPath, strip_elements
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from index.errors import InvalidArticle, NotAnArticle
from index.extraction.decoding import storable

MAX_PAGE = 10_000_000
"""Longest page that is read, in bytes."""

MAX_ELEMENTS = 50_000
"""Most elements of a page that is read: some ten times those of the largest news pages, liveblogs with a year of comments."""

MAX_DEPTH = 100
"""Elements within elements; what lies deeper is text of the element at that depth."""

MAX_ATTRIBUTES = 1_000
"""Of one tag: the parser compares each attribute with all before it."""

LONGEST_MARK = 4_000
"""Longest class, id or style of an element that is looked at."""
_MARKS = ("class", "id", "style")
_WITH_LONG_MARKS = XPath(f"//*[{' or '.join(f'string-length(@{name}) > {LONGEST_MARK}' for name in _MARKS)}]")
_AT_MAX_DEPTH = XPath("/*" * MAX_DEPTH)

_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']?[^\s>]*+))?+"""
_TAG = re.compile(rf"<([a-zA-Z][^\s/>]*+)((?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+)((?:{_ATTRIBUTE})*+)[\s/]*+")
_OPAQUE = "script style textarea title xmp iframe noembed noframes".split()
"""Elements in which there are no tags but their own end."""
_VERBATIM = re.compile("|".join(_OPAQUE), re.IGNORECASE)
_FEW = rf"(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+(?!{_ATTRIBUTE})"
_OPAQUE_TAG = "|".join(rf"(?i:{name})(?![^\s/>]){_FEW}[^<]*+(?:<(?!/(?i:{name}))[^<]*+)*+" for name in _OPAQUE)
_UNCROWDED = re.compile(rf"(?:[^<]++|<(?![a-zA-Z])|<(?:{_OPAQUE_TAG}|[a-zA-Z][^\s/>]*+{_FEW}))*+")
"""As far as no tag has too many attributes: tag after tag, for a search that begins anew at each `<` takes quadratic time."""


def parse(text: str) -> HtmlElement:
    """The root element of a page, `html`. Raises `NotAnArticle` where there is no element in it, and `InvalidArticle`
    where there are more than any news page has."""
    parser = HTMLParser(
        huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8", no_network=True, collect_ids=False
    )
    try:
        root = document_fromstring(_with_short_tags(text).encode("utf-8", "replace"), parser=parser)
    except (LxmlError, ValueError) as error:
        raise NotAnArticle(f"expected the HTML of a news page, got nothing that is HTML ({error})") from None
    _bound(root)
    return root


def leave_out_code(root: HtmlElement) -> None:
    """Take out what no one reads and what makes up most of a page's bytes: scripts, styles and drawings."""
    strip_elements(root, "script", "style", "svg", "template", with_tail=False)
    for element in _WITH_LONG_MARKS(root):
        for name in _MARKS:
            if len(element.get(name) or "") > LONGEST_MARK:
                del element.attrib[name]


def _bound(root: HtmlElement) -> None:
    """Hold the tree to its greatest number of elements and depth."""
    if root.xpath("count(//*)") > MAX_ELEMENTS:
        raise InvalidArticle((f"expected a page of at most {MAX_ELEMENTS:,} elements, got a longer one",))
    for element in _AT_MAX_DEPTH(root):
        words = " ".join(" ".join(element.itertext()).split())
        for child in list(element):
            element.remove(child)
        element.text = storable(words)


def _with_short_tags(text: str) -> str:
    """The text with only so many attributes in a tag."""
    if _UNCROWDED.match(text).end() == len(text):  # type: ignore[union-attr]  # it matches nothing at least
        return text
    parts: list[str] = []
    at = 0
    while tag := _TAG.search(text, at):
        parts += [text[at : tag.end(2)]]
        at = tag.end()
        if _VERBATIM.fullmatch(tag[1]):
            end = re.compile(f"</{tag[1]}", re.IGNORECASE).search(text, at)
            parts.append(text[at : end.start() if end else len(text)])
            at = end.start() if end else len(text)
    return "".join((*parts, text[at:]))
