"""Which links of a text an editor placed, and which words only announce them: these leave the text."""

from collections.abc import Iterable
from urllib.parse import urldefrag

from index.article import Link
from index.extraction.also_read import LONGEST_TITLE, clear_title_after, is_label, title_after
from index.extraction.fragment_addresses import Addresses
from index.extraction.fragment_blocks import Anchor, Block

_MOSTLY = 0.7
"""The share of a paragraph's characters that stand in links, from which on it is made of links."""


def editors_links(blocks: Iterable[Block], addresses: Addresses) -> tuple[list[Block], tuple[Link, ...]]:
    """The paragraphs that are text, and the links: those of the same site first, none twice, with their positions.

    A paragraph `Also read: …`, and a list of links under such words, are links and leave the text.
    """
    kept: list[Block] = []
    found: list[tuple[int, str | None, str | None]] = []  # characters before it, address, title
    length = 0
    announced: Block | None = None  # words that announce links, while none came yet
    in_list = False
    for block in without_ending(list(blocks), addresses):
        is_words = is_label(_bare(block))
        is_links = (announced is not None or in_list) and _share_linked(block) >= _MOSTLY
        titles = _also_read(block, addresses) if not is_words else []
        if announced is not None and not (is_words or is_links or (not block.text and block.anchors)):
            kept.append(announced)
            length += len(announced.text) + 2
            announced = None
        if is_words or is_links or titles:
            anchors = [(length, addresses.page(one.href), _title(block, one)) for one in block.anchors]
            there = [one for one in anchors if one[1] is not None]
            found += there or [(length, None, title) for title in titles]
            in_list = is_links or (is_words and bool(there))
            announced = block if is_words and not there else None
            continue
        in_list = in_list and not block.text
        found += [(length + one.start, addresses.page(one.href), None) for one in block.anchors]
        if block.text:
            kept.append(block)
            length += len(block.text) + 2
    if announced is not None:
        kept.append(announced)
        length += len(announced.text)
    return kept, _links(found, max(length - 2, 1), addresses)


def without_ending(blocks: list[Block], addresses: Addresses) -> list[Block]:
    """The paragraphs without what feeds add below each: "Continue reading", and from where it is, with links to the
    article and to the site's front page."""
    last = next((number for number in reversed(range(len(blocks))) if blocks[number].text), -1)
    if last < 0:
        return blocks
    block = blocks[last]
    whole = [(anchor, addresses.resolved(anchor.href)) for anchor in block.anchors]
    own = [anchor for anchor, address in whole if address and addresses.is_own(address)]
    has_more = any(other.text for other in blocks[:last])
    if not own:
        return blocks
    front = [anchor for anchor, address in whole if address and addresses.is_front_page(address)]
    if has_more and front and len(own) + len(front) == len(whole) and len(block.text) < 2 * LONGEST_TITLE:
        return [*blocks[:last], *blocks[last + 1 :]]
    ends = block.text[own[-1].end :].strip(" .…»›→>])")
    before = block.text[: own[-1].start].rstrip()
    if ends or own[-1].end - own[-1].start > LONGEST_TITLE or not (before or has_more):
        return blocks
    shorter = Block(before, block.group, block.heading, [one for one in block.anchors if one.end <= len(before)])
    return [*blocks[:last], shorter, *blocks[last + 1 :]]


def _also_read(block: Block, addresses: Addresses) -> list[str]:
    """The titles that a paragraph such as `Also read: …` names; none where it is any other."""
    text = _bare(block)
    pages = [anchor for anchor in block.anchors if addresses.resolved(anchor.href)]
    title = title_after(text) if pages else clear_title_after(text)
    if title is None:
        return []
    linked = sum(anchor.end - anchor.start for anchor in pages)
    return [title] if not pages or linked >= _MOSTLY * len(title) else []


def _bare(block: Block) -> str:
    return " ".join(block.text.removeprefix("- ").split()) if len(block.text) <= 4 * LONGEST_TITLE else block.text


def _share_linked(block: Block) -> float:
    """The share of a paragraph's characters that stand in links."""
    length = len(block.text.removeprefix("- "))
    return sum(anchor.end - anchor.start for anchor in block.anchors) / length if length else 0.0


def _title(block: Block, anchor: Anchor) -> str | None:
    """The words of a link, where they may be a title and not "here"."""
    words = " ".join(block.text[anchor.start : anchor.end].split())
    words = title_after(words) or words
    return words if len(words.split()) > 2 and len(words) <= LONGEST_TITLE and not is_label(words) else None


def _links(found: list[tuple[int, str | None, str | None]], length: int, addresses: Addresses) -> tuple[Link, ...]:
    links: dict[str, Link] = {}
    for before, address, title in found:
        position = round(min(before / length, 1.0), 4)
        if address is not None:
            page = urldefrag(address).url
            links.setdefault(page, Link(url=page, title=title, position=position))
        elif title is not None:
            links.setdefault(f" {title}", Link(title=title, position=position))
    return tuple(sorted(links.values(), key=lambda link: link.url is not None and not addresses.is_same_site(link.url)))
