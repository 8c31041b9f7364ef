"""From a WordPress post to an `Article`: the same for an export and for the REST API."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from index.article import Article
from index.article_record import parse_article
from index.entities import unescape
from index.extraction.fragment import Fragment, read_fragment
from index.record_fields import MAX_SHORT, clean_language, one_line
from index.sources.wordpress.content import as_html, without_furniture
from index.sources.wordpress.sections import Term, named, section_of, section_path
from index.sources.wordpress.site_addresses import SiteAddresses
from index.sources.wordpress.tables import Categories
from index.urls import canonical_url, is_web_address

READER_VERSION = 2
"""Goes up whenever the same post would become another article."""

_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|del|em|font|i|ins|mark|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*(?:\[?(?:…|\.\.\.)\]?)(?:\s*(?:read|continue|keep|more|weiter|lire|leer)\b.{0,80})?$", re.IGNORECASE
)
_CUT_AT = 150
"""A summary whose first so many characters are the article's own beginning says nothing new."""


@dataclass(frozen=True, slots=True)
class Post:
    """A published post, or one that is to be published at a date that is known."""

    guid: str
    link: str
    number: int | None
    title: str
    """As HTML has it: entities and inline tags."""
    content: str
    excerpt: str
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    primary: int | None = None
    """Number of the category that an editor named first (Yoast, Rank Math)."""
    image: str | None = None
    lang: str | None = None
    post_type: str = "post"
    format: str | None = None
    rendered: bool = False
    """Whether content and excerpt are as readers see them, with blocks and shortcodes done."""


def article_of(post: Post, categories: Categories, site: SiteAddresses) -> Article:
    """The article of a post. Raises `InvalidArticle` where it has neither a title nor a text, or no name at all."""
    address = address_of(post.link, site)
    html = without_furniture(post.content) if post.rendered else as_html(post.content)
    body = read_fragment(html, address or site.base)
    own = [section_path(categories.line(term.slug)) for term in post.terms if term.taxonomy == "category"]
    paths = [path for path in dict.fromkeys(own) if path]
    record: dict[str, object] = {
        "id": identity(post.guid, post.number, site, address),
        "title": plain_title(post.title),
        "text": body.text,
        "url": address,
        "summary": _summary(post, body.text, address),
        "section": _short(section_of(post.terms, post.primary, categories, address or "")),
        "tags": [one for one in named(post.terms, "post_tag", "tag") if _short(one)],
        "authors": [one for one in post.authors if _short(one) and "@" not in one],
        "series": _short(next(iter(named(post.terms, "series", "post_series")), None)),
        "published_at": post.published_at,
        "updated_at": post.updated_at,
        "lang": _language(post.lang),
        "image_url": _image(post, body, site),
        "links": site.editors_links(body.links),
        "type": _short(post.format or (post.post_type if post.post_type != "post" else None)),
        "post_id": post.number,
        "categories": paths if len(paths) > 1 else None,
    }
    return parse_article({name: value for name, value in record.items() if value not in (None, "", [])})


def address_of(link: str, site: SiteAddresses) -> str | None:
    """The address of a post as readers have it; None where it has none."""
    address = site.current(unescape(str(one_line(link))))
    return address if is_web_address(address) else None


def identity(guid: str, number: int | None, site: SiteAddresses, address: str | None) -> str:
    """The post's guid, which its feed and both ways to read it share; its address where the guid is that in another spelling,
    and where there is none; else its number."""
    guid = unescape(guid).strip()
    if guid and not (address and is_web_address(guid) and canonical_url(guid) == canonical_url(address)):
        return guid
    if address:
        return address
    return f"{site.base}/?p={number}" if site.base and number else str(number or "")


def plain_title(title: str) -> str:
    """A title without its mark-up, entities resolved once."""
    return str(one_line(unescape(_INLINE_TAG.sub("", title))))[:MAX_SHORT]


def _summary(post: Post, text: str, address: str | None) -> str | None:
    """What an editor wrote as the excerpt; not what WordPress or a theme cut from the beginning of the article."""
    if not post.excerpt.strip():
        return None
    written = " ".join(read_fragment(post.excerpt, address).text.split())
    bare = _GOES_ON.sub("", written)
    start = " ".join(text[: 4 * MAX_SHORT].split())
    return (written[: MAX_SHORT * 5] or None) if bare and not start.startswith(bare[:_CUT_AT]) else None


def _image(post: Post, body: Fragment, site: SiteAddresses) -> str | None:
    candidates = (site.current(post.image) if post.image else "", *body.images)
    return next((url for url in candidates if is_web_address(url) and len(url) <= MAX_SHORT * 4), None)


def _language(lang: str | None) -> str | None:
    return lang if _is_good(clean_language, lang) else None


def _short(text: str | None) -> str | None:
    return text if text and len(text) <= MAX_SHORT else None


def _is_good(clean: Callable[[object], object], value: object) -> bool:
    try:
        clean(value)
    except ValueError:
        return False
    return True


def moment(text: str | None) -> datetime | None:
    """A date-time of WordPress (`2026-03-14 08:00:00` or with a `T`) in UTC; None where it is empty, zero or none."""
    written = (text or "").strip().replace("T", " ").removesuffix("Z")
    if not written or written.startswith(("0000", "-")):
        return None
    try:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        return None
