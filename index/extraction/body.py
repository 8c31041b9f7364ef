"""The text of an article and the links that its editors placed in it, out of a page's tree."""

import logging
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from index.article import Link
from index.extraction.addresses import PageAddress, is_front_page, is_same_site
from index.extraction.also_read import LONGEST_TITLE, clear_title_after, ends_a_sentence, is_label, title_after
from index.extraction.boxes import with_boxes
from index.extraction.chunks import with_missing_parts
from index.extraction.furniture_lines import NEAR_START, ending, is_furniture
from index.extraction.paragraphs import Paragraph, joined, paragraphs_of, with_links
from index.extraction.pruning import prune

# what they would say of a page on standard error is said by what is raised for it
for _library in ("trafilatura", "htmldate"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

MOSTLY = 0.7
"""The share of a paragraph's characters that stand in links, from which on it is made of links."""
SHORT = 0.6
"""An extraction of a smaller share of the `articleBody` that a page states has missed some of it."""
MOST_LINKS = 500

_LIST_OF_ARTICLES = re.compile(
    r"/(?:tags?|categor(?:y|ies)|topics?|authors?|contributors?|people|search)(?:/|$)", re.IGNORECASE
)
"""In the path of what is no article."""


@dataclass(frozen=True, slots=True)
class Body:
    """An article's text, paragraphs apart by a blank line, and the links in it."""

    text: str
    links: tuple[Link, ...]
    linked: float
    """The share of the characters trafilatura found that stand in links, 0 to 1: much on a list of articles."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a page before its text is."""

    titles: tuple[str, ...]
    """The headline, and what stands in each `<h1>`."""
    summary: str | None = None
    authors: tuple[str, ...] = ()
    stated: str = ""
    """The `articleBody` that it says it has."""

    def heads(self, one: Paragraph) -> bool:
        """Whether a paragraph at the beginning is the headline, or the heading below it that is the summary."""
        bare = _bare(one.text)
        if any(bare == _bare(title) for title in self.titles if title):
            return True
        return (
            one.kind == "heading"
            and len(bare) > 30
            and bool(self.summary)
            and _bare(self.summary or "")[:200] == bare[:200]
        )


def read_body(root: HtmlElement, page: Page, address: PageAddress) -> Body:
    """The text of a page, empty where there is none; the tree is not as it was afterwards."""
    prune(root)
    found = bare_extraction(root, include_comments=False, fast=True)
    paragraphs = with_links(with_missing_parts(paragraphs_of(found.body), root), root) if found is not None else []
    characters = sum(len(one.text) for one in paragraphs)
    linked = sum(one.linked * len(one.text) for one in paragraphs) / max(characters, 1)
    if len(page.stated) > 200 and characters < SHORT * len(page.stated):
        paragraphs = [Paragraph(line) for line in page.stated.split("\n") if line.strip()]
    kept, links = _sorted_out(with_boxes(paragraphs, root), page, address)
    text, starts = joined(kept)
    return Body(text, _links(links, starts, len(text), address), linked)


@dataclass(frozen=True, slots=True)
class _Found:
    """A link, and before which of the kept paragraphs or where in it it stood."""

    paragraph: int
    within: int
    href: str | None
    title: str | None


def _sorted_out(paragraphs: list[Paragraph], page: Page, address: PageAddress) -> tuple[list[Paragraph], list[_Found]]:
    """The paragraphs that are text, and the links."""
    kept: list[Paragraph] = []
    found: list[_Found] = []
    in_list = False  # of links that words such as "Related" announced
    listed = _listed(paragraphs)
    for number, one in enumerate(paragraphs):
        place = len(kept)
        if is_label(one.text) and (one.anchors or _announces(paragraphs, number)):
            in_list = True
            found += [_Found(place, 0, anchor.href, None) for anchor in one.anchors]
            continue
        if one.kind == "box":
            found += [_Found(place, 0, anchor.href, one.text) for anchor in one.anchors]
            continue
        is_links = one.linked >= MOSTLY and len(one.text) <= LONGEST_TITLE
        named = _named(one)
        if named or (is_links and (in_list or number in listed or _is_headline(one, address))):
            links = [_Found(place, 0, anchor.href, _title_in(one, anchor.start, anchor.end)) for anchor in one.anchors]
            found += links or [_Found(place, 0, None, named)]
            continue
        in_list = False
        if place < 2 and page.heads(one):
            continue
        if is_furniture(one.text, is_near_start=place < NEAR_START):
            continue
        found += [_Found(place, anchor.start, anchor.href, None) for anchor in one.anchors]
        kept.append(one)
    last = ending([one.text for one in kept], page.authors)
    return [one for number, one in enumerate(kept) if number not in last], found


def _announces(paragraphs: list[Paragraph], number: int) -> bool:
    """Whether what follows a label is a link, or nothing."""
    after = paragraphs[number + 1 : number + 2]
    return not after or after[0].linked >= MOSTLY


def _named(one: Paragraph) -> str | None:
    """The title that a line such as `Read more: …` names: one with a link, or with a sign between."""
    if one.anchors:
        title = title_after(one.text)
        linked = sum(anchor.end - anchor.start for anchor in one.anchors)
        return title if title and linked >= MOSTLY * len(title) else None
    return clear_title_after(one.text)


def _listed(paragraphs: list[Paragraph]) -> frozenset[int]:
    """Entries of lists in which each entry is a link."""
    found: set[int] = set()
    run: list[int] = []
    for number, one in enumerate([*paragraphs, Paragraph("")]):
        if one.kind == "item":
            run.append(number)
            continue
        if len(run) > 1 and all(paragraphs[item].linked >= MOSTLY for item in run):
            found.update(run)
        run = []
    return frozenset(found)


def _is_headline(one: Paragraph, address: PageAddress) -> bool:
    """Whether a paragraph is one link to an article of the same site, in a headline's words."""
    if len(one.anchors) != 1 or one.kind in ("row", "item", "quote") or one.linked < 0.9 or len(one.text.split()) < 4:
        return False
    whole = address.resolved(one.anchors[0].href)
    if whole is None or (address.base and not is_same_site(whole, address.base)):
        return False
    return not ends_a_sentence(one.text) or one.text.isupper()


def _title_in(one: Paragraph, start: int, end: int) -> str | None:
    words = one.text[start:end]
    words = title_after(words) or words
    return words if len(words.split()) > 2 and len(words) <= LONGEST_TITLE and not is_label(words) else None


def _links(found: list[_Found], starts: list[int], length: int, address: PageAddress) -> tuple[Link, ...]:
    links: dict[str, Link] = {}
    for one in found[: 4 * MOST_LINKS]:
        before = starts[one.paragraph] + one.within if one.paragraph < len(starts) else length
        position = round(min(before / max(length, 1), 1.0), 4)
        if one.href is None:
            links.setdefault(f" {one.title}", Link(title=one.title, position=position))
            continue
        whole = address.resolved(one.href)
        if whole is None or (address.base and not is_same_site(whole, address.base)) or is_front_page(whole):
            continue
        if _LIST_OF_ARTICLES.search(urlsplit(whole).path):
            continue
        page = whole.split("#", 1)[0]
        if page != address.url:
            links.setdefault(page, Link(url=page, title=one.title, position=position))
    return tuple(links.values())[:MOST_LINKS]


def _bare(words: str) -> str:
    return re.sub(r"[\W_]+", "", words).casefold()
