"""What is known of an article besides its text, out of all that the page says: schema.org first, then meta tags, then
what is seen."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.extraction.addresses import PageAddress, find_address
from index.extraction.dates import best_moment
from index.extraction.head import Head, words
from index.extraction.json_ld import ARTICLE_TYPES, Statement, types_of
from index.extraction.plain import plain, plain_paragraphs
from index.extraction.sections import find_section
from index.extraction.titles import find_title

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")

_LANGUAGE_NAMES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
}
LONGEST_NAMES = 4_000
"""Characters of a statement of authors that are looked at: a name has at most 60, and twenty count."""
_NO_AUTHOR = re.compile(
    r"https?://|^@|^\W*$|^(?:by|admin|administrator|null|none|undefined|unknown|author)$", re.IGNORECASE
)
_BEHIND_A_NAME = re.compile(r"\s*[@•|·/\[(\t]|\s+[-–—]\s+|,? \d")
_OFFICE = re.compile(r"(?:writer|reporter|editor|correspondent|contributor|columnist)s?$", re.IGNORECASE)
_BY = re.compile(r"^(?:by|von|par|por|di|door|text|written by|words by)\s*:?\s+", re.IGNORECASE)
_IN_LD = {"published": "datePublished dateCreated uploadDate", "updated": "dateModified"}
_PUBLISHED = (
    "article:published_time og:article:published_time article:published"
    " parsely-pub-date sailthru.date pub_date pubdate publishdate"
    " publish-date publish_date publication_date date.published datepublished"
    " dc.date.issued dcterms.issued dcterms.created dc.date.created"
    " dcterms.date dc.date citation_publication_date citation_date cxenseparse:recs:publishtime ptime article.published"
    " originalpublicationdate bt:pubdate article_date_original displaydate last-published date"
).split()
_UPDATED = (
    "article:modified_time og:updated_time article:modified lastmod"
    " last-modified lastmodified dc.date.modified dcterms.modified"
    " article.updated utime datemodified revision_date"
).split()
_IMAGES = (
    "og:image og:image:secure_url og:image:url twitter:image"
    " twitter:image:src parsely-image-url sailthru.image.full thumbnail"
).split()


@dataclass(frozen=True, slots=True)
class Facts:
    """All but the text."""

    title: str
    address: PageAddress
    summary: str | None
    section: str | None
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None
    lang: str | None
    image_url: str | None
    type: str | None
    paywalled: bool
    is_article: bool
    """Whether the page says that it is one."""
    body: str
    """`articleBody`, where the page holds it."""


def read_facts(said: Statement, head: Head, url: str | None) -> Facts:
    """The facts of a page; `url` is where it came from."""
    node = said.article
    address = find_address(node, head, url)
    title = find_title(node, head, said)
    kinds = [ARTICLE_TYPES.get(name) for name in types_of(node)] if node else []
    og_type = head.first("og:type").lower()
    return Facts(
        title=title,
        address=address,
        summary=_summary(node, head),
        section=find_section(said, node, head, title, address.url),
        tags=_tags(node, head),
        authors=_authors(said, node, head),
        published_at=_published(said, node, head),
        updated_at=best_moment(
            [node.get("dateModified"), *head.all(*_UPDATED), *head.properties.get("datemodified", ())]
        ),
        lang=_language(node, head),
        image_url=_image(said, node, head, address),
        type=next((kind for kind in kinds if kind), None),
        paywalled=_is_paywalled(node, head),
        is_article=bool(node)
        or og_type in ("article", "news", "newsarticle", "blog")
        or "articlebody" in head.properties,
        body=plain_paragraphs(node["articleBody"]) if isinstance(node.get("articleBody"), str) else "",
    )


def texts(value: Any) -> list[str]:
    """The strings in a value that may be one, a list of them, or objects with a name."""
    found: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            one = one.get("name")
        if isinstance(one, str) and words(one):
            found.append(plain(one))
    return found


def _summary(node: Mapping[str, Any], head: Head) -> str | None:
    candidates = [
        *texts(node.get("description")),
        *head.all("og:description", "description", "twitter:description", "dc.description"),
    ]
    return next((one[:4_000] for one in map(plain, candidates) if one), None)


def _published(said: Statement, node: Mapping[str, Any], head: Head) -> datetime | None:
    """Of what the page says first; of what is seen only where it says nothing."""
    in_ld = [node.get(name) for name in _IN_LD["published"].split()]
    elsewhere = [other.get("datePublished") for other in said.nodes if other is not node]
    stated = best_moment([*in_ld, *head.all(*_PUBLISHED), *head.properties.get("datepublished", ()), *elsewhere])
    return stated or best_moment([*head.properties.get("datecreated", ()), *head.times])


def _tags(node: Mapping[str, Any], head: Head) -> tuple[str, ...]:
    for values in (
        texts(node.get("keywords")),
        head.all("article:tag", "og:article:tag"),
        head.all("parsely-tags", "sailthru.tags", "news_keywords"),
        head.all("keywords"),
    ):
        values = [plain(value) for value in values]
        split = values if len(values) > 1 else [part for value in values for part in re.split(r"[,;]", value)]
        tags = dict.fromkeys(tag for part in split if 0 < len(tag := words(part)) <= 100 and ":" not in tag[:12])
        if tags:
            return tuple(tags)[:50]
    return ()


def _authors(said: Statement, node: Mapping[str, Any], head: Head) -> tuple[str, ...]:
    named = said.resolved(node.get("author") or node.get("creator"))
    several = [said.resolved(one) for one in named] if isinstance(named, list) else [named]
    for values in (
        texts(several),
        head.all(
            "parsely-author",
            "sailthru.author",
            "author",
            "article:author",
            "byl",
            "dc.creator",
            "dcterms.creator",
            "citation_author",
        ),
        head.properties.get("author", []),
        head.links.get("author", []),
        [line for line in head.bylines if _BY.match(line) and len(line) < 80],
    ):
        names = dict.fromkeys(name for value in values for name in _names(value))
        people = [name for name in names if not _OFFICE.search(name)]
        if names:
            return tuple(people or names)[:20]
    return ()


def _names(value: str) -> Iterable[str]:
    value = _BY.sub("", plain(value[:LONGEST_NAMES]))
    for name in re.split(r"\s*(?:;| and | und | et | y | & |,(?= ?[A-ZÀ-Þ]\S+ \S))\s*", value):
        name = words(name).strip(" ,;|-–")
        if _NO_AUTHOR.search(name):
            continue
        name = _BEHIND_A_NAME.split(name)[0].strip(" ,;|-–")
        if 1 < len(name) <= 60 and len(name.split()) <= 6 and not _NO_AUTHOR.search(name):
            yield name


def _language(node: Mapping[str, Any], head: Head) -> str | None:
    inside = node.get("inLanguage")
    candidates = [
        *texts(inside if not isinstance(inside, Mapping) else inside.get("alternateName") or inside.get("name"))
    ]
    candidates += [head.lang, *head.all("og:locale", "content-language", "language", "dc.language", "dcterms.language")]
    for one in candidates:
        tag = one.strip().lower().replace("_", "-").split(",")[0]
        tag = _LANGUAGE_NAMES.get(tag, tag)
        if LANGUAGE.fullmatch(tag) and tag not in ("und", "mul", "zxx", "default"):
            return tag
    return None


def _image(said: Statement, node: Mapping[str, Any], head: Head, address: PageAddress) -> str | None:
    found: list[str] = []
    value = node.get("image")
    for one in value if isinstance(value, list) else [value]:
        one = said.resolved(one)
        if isinstance(one, Mapping):
            one = one.get("url") or one.get("contentUrl")
            one = one[0] if isinstance(one, list) and one else one
        if isinstance(one, str):
            found.append(one)
    thumbnail = node.get("thumbnailUrl")
    found += [one for one in (thumbnail if isinstance(thumbnail, list) else [thumbnail]) if isinstance(one, str)]
    for candidate in (*head.all(*_IMAGES), *found, *head.links.get("image_src", ())):
        if whole := address.resolved(candidate):
            return whole
    return None


def _is_paywalled(node: Mapping[str, Any], head: Head) -> bool:
    free = node.get("isAccessibleForFree")
    if isinstance(free, str):
        free = {"false": False, "true": True}.get(free.strip().lower())
    return free is False or head.first("article:content_tier", "og:article:content_tier").lower() in (
        "locked",
        "metered",
    )
