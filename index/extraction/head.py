"""What a page says about itself in its mark-up: meta tags, links, properties, its visible headings and times."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml.html import HtmlElement

MAX_VALUE = 20_000

_CRUMBS = re.compile(r"(?<![a-z])bread-?_?crumb", re.IGNORECASE)
_BYLINE = re.compile(
    r"(?<![a-z])(?:byline|author(?:[_-]{0,2}name)?|article-author|post-author)(?![a-z])", re.IGNORECASE
)


@dataclass(slots=True)
class Head:
    """All that a page's mark-up names, by lower-case name, each with its values in their order."""

    metas: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """`content` of `<meta>` by `property`, `name` or `itemprop`."""
    properties: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Microdata in the body by `itemprop`: `content`, `datetime`, `href` or the words."""
    links: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """`href` of `<link>` and `<a>` by `rel`."""
    title: str = ""
    headings: list[str] = field(default_factory=list)
    """The words of each `<h1>`."""
    times: list[str] = field(default_factory=list)
    """`datetime` of each `<time>`, or its words; those that say they are the publication first."""
    crumbs: list[str] = field(default_factory=list)
    """Names in the visible breadcrumb trail."""
    bylines: list[str] = field(default_factory=list)
    lang: str = ""
    base: str = ""
    classes: str = ""
    """Of `<html>` and `<body>`."""
    passwords: int = 0
    """Fields for a password."""

    def first(self, *names: str) -> str:
        """The first filled value of the first meta tag of these names that has one."""
        return next(iter(self.all(*names)), "")

    def all(self, *names: str) -> list[str]:
        """The filled values of all meta tags of these names, in the order of names."""
        return [value for name in names for value in self.metas.get(name, ()) if value]


def read_head(root: HtmlElement) -> Head:
    """Look at each element once."""
    head = Head(
        lang=(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang") or "")
    )
    published: list[str] = []
    for element in root.iter("meta", "link", "base", "title", "h1", "time", "body", "input", "a", "html"):
        tag = element.tag
        if tag == "meta":
            name = (
                element.get("property")
                or element.get("name")
                or element.get("itemprop")
                or element.get("http-equiv")
                or ""
            )
            value = words(element.get("content") or "")
            if name and value:
                head.metas[name.strip().lower()].append(value)
                if element.get("itemprop") and not element.get("property"):
                    head.properties[str(element.get("itemprop")).lower()].append(value)
        elif tag in ("link", "a"):
            for rel in (element.get("rel") or "").lower().split():
                head.links[rel].append(
                    (element.get("href") or "").strip() if tag == "link" or rel != "author" else words_of(element)
                )
        elif tag == "base":
            head.base = head.base or (element.get("href") or "").strip()
        elif tag == "title":
            head.title = head.title or words_of(element)
        elif tag == "h1":
            head.headings.append(words_of(element))
        elif tag == "time":
            value = element.get("datetime") or element.get("content") or words_of(element)
            marks = f"{element.get('itemprop')} {element.get('class')} {element.get('pubdate')}".lower()
            (published if "publish" in marks or element.get("pubdate") is not None else head.times).append(
                value.strip()
            )
        elif tag == "input":
            head.passwords += (element.get("type") or "").lower() == "password"
        else:
            head.classes += f" {element.get('class') or ''}"
    head.times[:0] = published
    _see_attributes(root, head)
    return head


_MARKED = (
    "//*[@itemprop or contains(@class, 'rumb') or contains(@id, 'rumb')"
    " or contains(@class, 'uthor') or contains(@class, 'yline')]"
)


def _see_attributes(root: HtmlElement, head: Head) -> None:
    found: Iterable[HtmlElement] = root.xpath(_MARKED)
    for element in found:
        prop = (element.get("itemprop") or "").lower()
        if prop and element.tag != "meta":
            value = (
                element.get("content")
                or element.get("datetime")
                or element.get("href" if element.tag == "link" else "title")
            )
            value = words(value or "") or ("" if prop == "articlebody" else words_of(element))
            for name in prop.split():
                if value:
                    head.properties[name].append(value[:MAX_VALUE])
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"
        if _CRUMBS.search(marks) and not head.crumbs and element.tag not in ("html", "body"):
            head.crumbs = _trail(element)
        elif _BYLINE.search(marks) and len(head.bylines) < 20:
            head.bylines.append(words_of(element)[:200])


def _trail(element: HtmlElement) -> list[str]:
    """Names of the links of a trail, in their order."""
    names = [words_of(link) for link in element.iter("a")]
    return [name for name in names if 0 < len(name) <= 60][:8]


def words(text: str) -> str:
    """One line."""
    return " ".join(text[:MAX_VALUE].split())


def words_of(element: HtmlElement) -> str:
    """The words within an element, one line."""
    parts: list[str] = []
    length = 0
    for part in element.itertext():
        parts.append(part)
        length += len(part)
        if length > MAX_VALUE:
            break
    return words(
        " ".join(parts) if len(parts) > 1 and element.tag not in ("h1", "title", "a", "span") else "".join(parts)
    )
