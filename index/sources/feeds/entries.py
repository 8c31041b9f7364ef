"""From what feedparser says of an entry to the record of an article."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.extraction.fragment import Fragment, plain_text, read_fragment
from index.extraction.fragment_addresses import Addresses
from index.record_fields import MAX_SHORT, clean_address, clean_language
from index.sources.feeds.dates import read_dates
from index.sources.feeds.images import image_of
from index.sources.feeds.sections import Category
from index.urls import canonical_url, is_web_address

LONGER = 2
"""So many times as long as the content, the summary is the text: the content is then a remnant."""
MAX_CATEGORIES = 100

_BLOGGER_KIND = "http://schemas.google.com/"
_EMAIL = re.compile(r"[<(\[]?(?<![^\s<(\[:])[^\s<>()\[\]@:]{1,64}@[^\s<>()\[\]@]{1,255}[>)\]]?")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's record, for `parse_article`, and its categories, from which with all others the section is settled."""

    record: dict[str, Any]
    categories: tuple[Category, ...]
    problems: tuple[str, ...]
    """What was said of a field that was not taken, a sentence each."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the feed says for all of its entries."""

    url: str | None
    """The address that relative ones without a base of their own are resolved against."""
    language: str | None
    authors: tuple[str, ...]
    now: datetime


def read_entry(entry: Mapping[str, Any], around: Surroundings) -> Entry:
    """The record of an entry; its id, address, title and text may all be missing."""
    url = _address(entry, around.url)
    base = _base(entry, around.url) or url or around.url
    fragment, summary = _texts(entry, base, url)
    dates = read_dates(entry, around.now)
    categories = tuple(_categories(entry))
    record: dict[str, Any] = {
        "id": identity(_text(entry.get("id")), url),
        "title": _title(entry),
        "text": fragment.text,
        "url": url,
        "summary": summary if summary and len(summary) <= MAX_SHORT * 5 else None,
        "tags": list(dict.fromkeys(category.name for category in categories)),
        "authors": _authors(entry) or list(around.authors),
        "published_at": dates.published,
        "updated_at": dates.updated,
        "lang": _language(entry) or around.language,
        "image_url": image_of(entry, Addresses(base, None), fragment.images),
        "links": fragment_links(fragment),
    }
    return Entry(
        {name: value for name, value in record.items() if value not in (None, "", [])}, categories, dates.problems
    )


def fragment_links(fragment: Fragment) -> list[dict[str, Any]]:
    """The editors' links of a text, as a record has them."""
    named = ({"url": one.url, "title": one.title, "position": one.position} for one in fragment.links)
    return [{name: value for name, value in link.items() if value is not None} for link in named]


def identity(given: str, url: str | None) -> str | None:
    """The publisher's identifier as it came; the article's address where it is that, or where there is none."""
    if not given:
        return url
    try:
        return url if url and canonical_url(given) == canonical_url(url) else given
    except ValueError:
        return given


def language_of(value: object) -> str | None:
    """A language tag in lower case; None for what is none."""
    try:
        tag = clean_language(value)
    except ValueError:
        return None
    return tag if isinstance(tag, str) else None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, (list, tuple)) else []


def _address(entry: Mapping[str, Any], base: str | None) -> str | None:
    """The article's own address, not that of a service that counts its readers; a guid only where it is an address."""
    addresses = Addresses(base, None)
    named = [_text(entry.get("feedburner_origlink"))]
    link, identifier = _text(entry.get("link")), _text(entry.get("id"))
    if link and (link != identifier or is_web_address(link)):
        named.append(link)
    named += [_text(one.get("href")) for one in _dicts(entry.get("links")) if one.get("rel") in ("alternate", None)]
    if entry.get("guidislink") and is_web_address(identifier):
        named.append(identifier)
    for address in named:
        whole = addresses.resolved(address) if address else None
        if whole is not None:
            return _clean(whole)
    return None


def _clean(address: str) -> str | None:
    try:
        clean = clean_address(address)
    except ValueError:
        return None
    return clean if isinstance(clean, str) else None


def _base(entry: Mapping[str, Any], url: str | None) -> str | None:
    """What the content's relative addresses are resolved against: its `xml:base`, itself resolved; else the feed."""
    details = [*_dicts(entry.get("content")), *_dicts([entry.get("summary_detail"), entry.get("title_detail")])]
    base = next((text for detail in details if (text := _text(detail.get("base")))), "")
    return Addresses(url, None).resolved(base) if base else None


def _texts(entry: Mapping[str, Any], base: str | None, own: str | None) -> tuple[Fragment, str | None]:
    """The text, from the content where that holds one, else from the summary; and the summary, where it is another."""
    contents = [read_fragment(_html(detail), base, own) for detail in _dicts(entry.get("content"))]
    content = max(contents, key=lambda one: len(one.text), default=Fragment("", (), ()))
    # without a detail it is a copy that feedparser makes of the content
    detail = entry.get("summary_detail")
    summary = read_fragment(_html(detail), base, own) if isinstance(detail, Mapping) else Fragment("", (), ())
    if len(summary.text) > LONGER * len(content.text):
        images = (*content.images, *summary.images)
        return Fragment(summary.text, summary.links or content.links, images), None
    line = " ".join(summary.text.split())
    return content, line if line and line != " ".join(content.text.split()) else None


def _html(detail: Mapping[str, Any]) -> str:
    """The mark-up of a text construct; plain text becomes such, so that a `<` in it stays one."""
    value = detail.get("value")
    if not isinstance(value, str):
        return ""
    kind = _text(detail.get("type")).lower()
    if "html" in kind or kind in ("", "application/xml", "text/xml"):
        return value
    if kind == "application/octet-stream" and re.search(r"[\s<]", value):  # was base64, and is readable
        return value
    return html.escape(value, quote=False) if kind.startswith("text") else ""


def _title(entry: Mapping[str, Any]) -> str:
    detail = entry.get("title_detail")
    if isinstance(detail, Mapping):
        return plain_text(_html(detail))
    return plain_text(_text(entry.get("title")))


def _authors(entry: Mapping[str, Any]) -> list[str]:
    """Names; where no list of authors says one, what stands as author in one piece."""
    details = [*_dicts(entry.get("authors"))[:MAX_CATEGORIES], *_dicts([entry.get("author_detail")])]
    names = [name for detail in details if (name := without_email(_text(detail.get("name"))))]
    if not names and (name := without_email(_text(entry.get("author")))):
        names = [name]
    return list(dict.fromkeys(names))


def without_email(name: str) -> str:
    """A name in plain words, without the address that stands before, behind or in place of it."""
    name = plain_text(html.escape(name) if "<" in name and "@" in name else name[: MAX_SHORT * 2])[:MAX_SHORT]
    return " ".join(_EMAIL.sub(" ", name).strip(" ()<>[],;:").split()) if "@" in name else name


def _categories(entry: Mapping[str, Any]) -> list[Category]:
    found: list[Category] = []
    for tag in _dicts(entry.get("tags"))[:MAX_CATEGORIES]:
        name = plain_text(_text(tag.get("label")) or _text(tag.get("term")))
        if name and not name.startswith(_BLOGGER_KIND) and len(name) <= MAX_SHORT and not is_web_address(name):
            found.append(Category(name, _text(tag.get("scheme"))))
    return found


def _language(entry: Mapping[str, Any]) -> str | None:
    details = [*_dicts(entry.get("content")), *_dicts([entry.get("summary_detail"), entry.get("title_detail")])]
    given = [entry.get("language"), *(detail.get("language") for detail in details)]
    return next((tag for one in given if (tag := language_of(one))), None)
