"""What WordPress keeps in an article's HTML besides HTML: blocks, shortcodes, paragraphs by blank lines, bare addresses."""

import re
from bisect import bisect_left
from html import escape

import orjson

_BLOCK = re.compile(r"<!--\s{0,9}(?P<close>/?)wp:(?P<name>[a-z0-9_/-]{1,80})(?P<rest>\s[^<>]*)-->")
"""The comment that opens or closes a block. WordPress escapes angles in its attributes."""
_NOT_TEXT = re.compile(
    r"(?:core-)?embed(?:/.*)?|core/embed|query|post-template|latest-posts|latest-comments|rss|social-links?|buttons?|navigation"
    r"|search|loginout|tag-cloud|categories|archives|calendar|page-list|jetpack/(?:related-posts|subscriptions|contact-form"
    r"|mailchimp|sharing-buttons?|like|rating-.*|donations|recurring-payments)|newspack(?:-blocks|-popups|-newsletters)?/.*"
    r"|yarpp/.*|contextual-related-posts/.*|.*/related-posts|mailpoet/.*|.*/newsletter.*"
)
"""Blocks whose words are none of the article's."""
_EMBED = re.compile(r"(?:core-|core/)?embed(?:/.*)?")

_PLUGIN = (
    r"yarpp(?:-related)?|crp_related|jp-relatedposts|related-posts?|relatedposts|rp4wp-related-posts|wp-block-jetpack-related-posts"
    r"|sharedaddy|sd-sharing-enabled|addtoany_share_save_container|heateor_sss_sharing_container|mc4wp-form|mailpoet_form"
    r"|wpcnt|jp-post-flair|wp-block-button(?:s|__link)?|wp-block-social-links|wp-block-latest-posts|wp-block-query"
    r"|wp-block-newspack-blocks-homepage-articles|author-box|saboxplugin-wrap|code-block|post-views|tptn_counter"
)
_FURNITURE = re.compile(
    rf"""<(div|section|aside|nav|ul|ol|form|p)\s(?:[^<>]{{0,500}}?\s)?(?:class|id)\s{{0,3}}=\s{{0,3}}["'](?:[^"'<>]{{0,300}}\s)?(?:{_PLUGIN})(?=[\s"'])""",
    re.IGNORECASE,
)
"""The opening tag of what plug-ins add to each article: related articles that no editor chose, share bars, forms."""

_SHORTCODE = re.compile(r"\[(\[?)(/?)([a-zA-Z][\w-]{0,60})((?:[\s=/][^\[\]]{0,2000})?)\](\]?)")
_KNOWN = frozenset(
    "caption wp_caption gallery embed audio video playlist more nextpage toc ad ads adsense newsletter signup contact-form"
    " contact-form-7 related relatedposts related-posts jetpack-related-posts yarpp crp display-posts latest-posts recent-posts"
    " youtube vimeo twitter tweet instagram facebook soundcloud iframe map maps poll caption products donate paywall".split()
)
_WITHOUT_CONTENT = frozenset(
    "gallery audio video playlist youtube vimeo twitter tweet instagram facebook soundcloud iframe contact-form contact-form-7"
    " vc_raw_html vc_raw_js related relatedposts related-posts jetpack-related-posts display-posts map maps poll ad ads adsense"
    " newsletter signup donate".split()
)
_CAPTIONS = frozenset(("caption", "wp_caption"))

_BARE_ADDRESS = re.compile(r"^[ \t]*(?:<p>[ \t]*)?(https?://[^\s<>\"']{4,2000})[ \t]*(?:</p>[ \t]*)?$", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_LINE_BREAK = re.compile(
    r"<[^<>]*>|(?<![ \t])[ \t]*+\n(?=[ \t]*(?:[^<\s]|<(?:a|em|strong|b|i|span|u|code|cite|q|sup|sub|mark)\b))"
)
"""A tag, which may go over several lines; or the end of a line that is followed by words."""
_AS_WRITTEN = re.compile(r"<(pre|script|style|textarea|svg)(?=[\s>])", re.IGNORECASE)


def as_html(content: str) -> str:
    """An article's content as the database and an export hold it, as HTML: what a theme would show of it."""
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    in_blocks = "<!-- wp:" in content
    content = _with_embeds(_without_blocks(content) if in_blocks else content)
    content = _without_shortcodes(content)
    return without_furniture(content if in_blocks else _in_paragraphs(content))


def without_furniture(html: str) -> str:
    """HTML without the elements that plug-ins add to each article; one that never closes stays."""
    parts: list[str] = []
    at = 0
    given_up: set[str] = set()
    while found := _FURNITURE.search(html, at):
        name = found[1].lower()
        end = _end_of(html, name, found.start()) if name not in given_up else None
        if end is None:
            given_up.add(name)
        parts.append(html[at : found.start() if end else found.end()])
        at = end or found.end()
    return "".join((*parts, html[at:])) if parts else html


def _end_of(html: str, name: str, start: int) -> int | None:
    depth = 0
    for tag in re.compile(rf"<(/?){name}(?=[\s>/])[^>]{{0,5000}}>", re.IGNORECASE).finditer(html, start):
        depth += -1 if tag[1] else 1
        if depth <= 0:
            return tag.end()
    return None


def _embedded(address: str) -> str:
    """An embedded page, in the words in which WordPress shows one of its own: an editor placed it there."""
    link = escape(address)
    return f'\n\n<blockquote class="wp-embedded-content"><a href="{link}">{link}</a></blockquote>\n\n'


def _with_embeds(content: str) -> str:
    return _BARE_ADDRESS.sub(lambda found: _embedded(found[1]), content) if "://" in content else content


def _without_blocks(content: str) -> str:
    """Content without the blocks that hold none of the article's words; of an embedded page its address stays."""
    parts: list[str] = []
    at, inside, depth, since = 0, "", 0, 0
    for mark in _BLOCK.finditer(content):
        name, attributes = mark["name"], mark["rest"].strip()
        void = attributes.endswith("/")
        if inside:
            depth += 0 if name != inside or void else -1 if mark["close"] else 1
            if depth == 0:
                at, inside = mark.end(), ""
        elif not mark["close"] and _NOT_TEXT.fullmatch(name):
            parts.append(content[at : mark.start()])
            at = mark.end()
            if _EMBED.fullmatch(name) and (address := _address(attributes.removesuffix("/"))):
                parts.append(_embedded(address))
            if not void:
                inside, depth, since = name, 1, at
    # one that never closes would take the rest of the article with it
    parts.append(content[since if inside else at :])
    return "".join(parts)


def _address(attributes: str) -> str | None:
    try:
        values = orjson.loads(attributes)
    except orjson.JSONDecodeError:
        return None
    address = values.get("url") if isinstance(values, dict) else None
    return address if isinstance(address, str) and address.startswith(("http://", "https://")) else None


def _without_shortcodes(content: str) -> str:
    """Content without shortcodes: those of media and of plug-ins with what they enclose, others without their tags. Words in
    brackets, as a newsroom puts into a quotation, stay."""
    if "[" not in content:
        return content
    marks = list(_SHORTCODE.finditer(content))
    closings: dict[str, list[int]] = {}
    for number, mark in enumerate(marks):
        if mark[2]:
            closings.setdefault(mark[3].lower(), []).append(number)
    parts: list[str] = []
    at = number = 0
    while number < len(marks):
        mark, name = marks[number], marks[number][3].lower()
        number += 1
        closers = closings.get(name, [])
        if not (closers or name in _KNOWN or "_" in name or "=" in mark[4] or mark[4].endswith("/")):
            continue
        parts.append(content[at : mark.start()])
        at = mark.end()
        if mark[1] and mark[5]:
            parts.append(mark[0][1:-1])
            continue
        parts.append(mark[1])
        following = bisect_left(closers, number)
        closer = closers[following] if not mark[2] and following < len(closers) else None
        if name in _CAPTIONS and (mark[2] or closer is not None):
            parts.append("</figcaption></figure>" if mark[2] else "<figure><figcaption>")
        elif name == "embed" and closer is not None:
            parts.append(_embedded(content[at : marks[closer].start()].strip()))
            number, at = closer + 1, marks[closer].end()
        elif name in _WITHOUT_CONTENT and closer is not None:
            number, at = closer + 1, marks[closer].end()
        parts.append(mark[5])
    return "".join((*parts, content[at:]))


def _in_paragraphs(content: str) -> str:
    """Paragraphs where blank lines stand, and line breaks where lines end, except in what is shown as it is written."""
    parts: list[str] = []
    at = 0
    never_closed: set[str] = set()
    for found in _AS_WRITTEN.finditer(content):
        name = found[1].lower()
        if found.start() < at or name in never_closed:
            continue
        close = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(content, found.end())
        if close is None:
            never_closed.add(name)
            continue
        parts += [_broken(content[at : found.start()]), content[found.start() : close.end()]]
        at = close.end()
    return "".join((*parts, _broken(content[at:])))


def _broken(text: str) -> str:
    return _LINE_BREAK.sub(_line_break, _BLANK_LINE.sub("\n\n<p>", f"<p>{text}" if text.strip() else text))


def _line_break(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<") else "<br>\n"
