"""What a page states of itself, read a second way: plain patterns over its bytes, with no code of the product.

It is blunt on purpose: whatever the page's mark-up says anywhere in an article's JSON-LD, in a meta tag or in a
property counts as stated, and the reader is right if it gives one of these."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from dateutil import parser as dates

from index.article import Article

_SCRIPT = re.compile(r"<script[^>]*application/ld\+json[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(?:meta|link)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_PART = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")
_TITLES = ("og:title",)
_DATES = (
    "article:published_time og:article:published_time parsely-pub-date"
    " sailthru.date dc.date.issued datepublished pubdate"
).split()
_SECTIONS = "article:section parsely-section sailthru.section articlesection".split()


_ZONES = {"EST": -5 * 3_600, "EDT": -4 * 3_600, "PST": -8 * 3_600, "IST": 19_800, "BST": 3_600, "CET": 3_600}
_NO_SECTIONS = frozenset(
    ("all", "post", "posts", "article", "articles", "story", "front page", "homepage", "gizmodo.com")
)
"""What systems write where they have no section: said, and nothing stated."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One field of one page."""

    stated: tuple[str, ...]
    read: str
    right: bool


def judge(raw: bytes, article: Article | None) -> dict[str, Verdict]:
    """By field, for each that the page states: what it states, what was read, and whether these agree."""
    page = raw.decode("utf-8", "replace")
    metas, links = _tags(page)
    nodes = [node for block in _SCRIPT.findall(page) for node in _articles(_json(block))]
    found: dict[str, Verdict] = {}
    titles = [*_strings(nodes, "headline"), *(metas.get(name, "") for name in _TITLES)]
    if titles := [_words(title) for title in titles if _words(title)]:
        ours = article.title if article else ""
        right = any(_bare(title).startswith(_bare(ours)) for title in titles) and len(_bare(ours)) > 3
        found["title"] = Verdict(tuple(titles), ours, right)
    moments = [*_strings(nodes, "datePublished"), *(metas.get(name, "") for name in _DATES)]
    if stated := [moment for text in moments if (moment := _moment(text)) is not None]:
        ours_at = article.published_at if article else None
        right = ours_at is not None and any(abs(ours_at - moment) < _slack(moment) for moment in stated)
        found["date"] = Verdict(tuple(str(moment) for moment in stated), str(ours_at), right)
    sections = [*_strings(nodes, "articleSection"), *(metas.get(name, "") for name in _SECTIONS)]
    if sections := [
        name for one in sections if 0 < len(name := _words(one)) <= 60 and name.lower() not in _NO_SECTIONS
    ]:
        section = (article.section if article else None) or ""
        right = any(_bare(section).endswith(_bare(name)) for name in sections if _bare(name))
        found["section"] = Verdict(tuple(sections), section, right)
    if address := html.unescape(links.get("canonical", "")).strip():
        whole = urljoin(metas.get("og:url", ""), address)
        url = (article.url if article else None) or ""
        if urlsplit(whole).path.strip("/"):
            found["canonical"] = Verdict((whole,), url, url.split("#")[0] == whole.split("#")[0])
    return found


def disagreements(found: Iterable[tuple[str, tuple[str, ...], str]]) -> str:
    """As lines, for a person to judge."""
    return "\n".join(
        f"    {name}: stated {' / '.join(stated)[:200]!r}, read {read[:120]!r}" for name, stated, read in found
    )


def _tags(page: str) -> tuple[dict[str, str], dict[str, str]]:
    metas: dict[str, str] = {}
    links: dict[str, str] = {}
    for written in _TAG.findall(page):
        parts = {name.lower(): a or b or c for name, a, b, c in _PART.findall(written)}
        name = (parts.get("property") or parts.get("name") or parts.get("itemprop") or "").lower()
        if name and "content" in parts:
            metas.setdefault(name, parts["content"])
        if "href" in parts:
            links.setdefault(parts.get("rel", "").lower(), parts["href"])
    return metas, links


def _json(block: str) -> Any:
    for text in (block, html.unescape(block), re.sub(r",\s*([}\]])", r"\1", block)):
        try:
            return json.loads(text, strict=False)
        except ValueError:
            continue
    return None


def _articles(value: Any) -> Iterator[dict[str, Any]]:
    """Objects whose type is an article's, wherever they stand."""
    if isinstance(value, list):
        for one in value:
            yield from _articles(one)
    elif isinstance(value, dict):
        named = value.get("@type")
        types = [str(name) for name in (named if isinstance(named, list) else [named])]
        if any(re.search(r"Article|Posting|Report$|Review|Recipe", name) for name in types):
            yield value
        for one in value.values():
            if isinstance(one, (dict, list)):
                yield from _articles(one)


def _strings(nodes: Iterable[dict[str, Any]], name: str) -> Iterator[str]:
    for node in nodes:
        value = node.get(name)
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _words(text: str) -> str:
    return " ".join(re.sub(r"<[^<>]*>", " ", html.unescape(html.unescape(text))).split())


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _moment(text: str) -> datetime | None:
    if not re.search(r"\d{4}", text):
        return None
    try:
        moment = dates.parse(text.strip(), tzinfos=_ZONES)
    except (ValueError, OverflowError):
        return None
    if moment.year < 1600:
        return None  # a programmer's nothing
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _slack(moment: datetime) -> timedelta:
    """What may lie between a moment that is stated and one that is read: where only a day is stated, a day in any zone."""
    return timedelta(hours=38) if moment.time() == time.min else timedelta(seconds=1)
