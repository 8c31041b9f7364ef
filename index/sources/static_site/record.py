"""From a page of a static site to the record of its article, or to what else it is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urljoin

from index.errors import InvalidArticle
from index.record_fields import shown
from index.sources.static_site.address import categories_of, id_of
from index.sources.static_site.config import SiteConfig
from index.sources.static_site.fields import (
    AUTHORS,
    CATEGORIES,
    EXPIRES,
    IMAGES,
    PUBLISHED,
    SUMMARIES,
    TAGS,
    UPDATED,
    Fields,
    images_of,
    moment_of,
)
from index.sources.static_site.files import Page
from index.sources.static_site.markdown import Prose
from index.urls import is_web_address

GENERIC = frozenset("post posts blog article articles story stories entries".split())
"""Folders that are no sections by their names: there a page's first category is its section."""

USED = frozenset(
    (
        *PUBLISHED,
        *UPDATED,
        *TAGS,
        *CATEGORIES,
        *AUTHORS,
        *SUMMARIES,
        *IMAGES,
        "title",
        "series",
        "section",
        "slug",
        "url",
    )
) | {"permalink", "draft", "id", "guid", "lang", "language", "links", "text", "published_at", "updated_at", "image_url"}
"""Names in front matter that are read here; others stay with the article."""


def kind_of(page: Page, fields: Fields, site: SiteConfig, now: datetime) -> str | None:
    """What a page is, where it is no article: in the plural, as a report counts it.

    Raises `InvalidArticle` for a day of expiry that is no date.
    """
    if fields.is_set("draft") or (site.kind == "jekyll" and fields.is_set("published") is False):
        return "drafts"
    build = fields["build"] or fields["_build"]
    render = build.get("render") if isinstance(build, Mapping) else fields["render"]
    if fields.is_set("headless") or render is False or str(render).lower() in ("never", "false"):
        return "headless pages"
    if fields["permalink"] is False or fields.is_set("eleventyexcludefromcollections"):
        return "pages outside the collections"
    for name in EXPIRES:
        if (expires := _moment(fields, (name,), site)) is not None:
            if not isinstance(expires, datetime):
                raise InvalidArticle((f"{name}: expected a date such as 2026-03-14, got {shown(fields[name])}",))
            if expires <= now:
                return "expired pages"
    if page.section is None and site.kind in ("hugo", "zola", "eleventy") and not _published(page, fields, site):
        return "pages without a date or a section"
    return None


def record_of(
    page: Page,
    fields: Fields,
    site: SiteConfig,
    prose: Prose,
    url: str | None,
    links: Sequence[Mapping[str, object]],
    own: Iterable[str] = (),
) -> dict[str, object]:
    """The record of an article. `own` are the names that the archive's reader gave fields: these stay as they are."""
    kept = set(own)
    record = {name: _first(value) for name, value in fields.given.items() if name in kept}
    used = USED.union(site.taxonomies)
    record |= {name: value for name, value in fields.given.items() if name.lower() not in used and name not in kept}
    section, categories = _section(page, fields, site)
    record |= {
        "id": id_of(page, fields, site, url),
        "title": fields.text("title") or prose.heading,
        "text": prose.text or fields.text("text"),
        "url": url,
        "summary": fields.text(*SUMMARIES),
        "section": section,
        "tags": [tag for tag in dict.fromkeys([*_of_kind(fields, site, "tags", TAGS), *categories]) if tag != section],
        "authors": _of_kind(fields, site, "authors", AUTHORS),
        "series": next(iter(_of_kind(fields, site, "series", ("series",))), None),
        "published_at": _published(page, fields, site),
        "updated_at": _moment(fields, UPDATED, site),
        "lang": fields.text("lang", "language") or _language(page, site),
        "image_url": _image(page, fields, site, prose, url),
        "links": [*fields.items("links"), *links],
    }
    return {name: value for name, value in record.items() if value is not None}


def _language(page: Page, site: SiteConfig) -> str | None:
    return site.language if page.language in (None, site.default_language) else page.language


def _of_kind(fields: Fields, site: SiteConfig, kind: str, names: Sequence[str]) -> list[str]:
    """A list under our names and under those that the site has for it."""
    theirs = [name for name, ours in site.taxonomies.items() if ours == kind and name not in names]
    return fields.names(*names, *theirs, parted_by_blanks=site.kind == "jekyll" and kind == "tags")


def _section(page: Page, fields: Fields, site: SiteConfig) -> tuple[str | None, list[str]]:
    """The section, and the categories, which count as tags."""
    own = fields.text("section")
    if site.kind == "jekyll":
        categories = categories_of(page, fields)
        return own or next(iter(categories), None) or page.section, categories
    categories = _of_kind(fields, site, "categories", CATEGORIES)
    named = page.section if page.section and page.section.lower() not in GENERIC else None
    return own or named or next(iter(categories), None) or page.section, categories


def _published(page: Page, fields: Fields, site: SiteConfig) -> object:
    """The moment of publication, an embargo's if there is one; what is no date as it came, so that it is named."""
    names = [name for name in PUBLISHED if not isinstance(fields[name], bool)]
    found = _moment(fields, names, site)
    return _read(page.date, site) if found is None else found


def _moment(fields: Fields, names: Sequence[str], site: SiteConfig) -> object:
    return next((found for name in names if (found := _read(fields[name], site)) is not None), None)


def _read(value: object, site: SiteConfig) -> object:
    try:
        return moment_of(value, site.zone)
    except ValueError:
        return value


def _image(page: Page, fields: Fields, site: SiteConfig, prose: Prose, url: str | None) -> str | None:
    """The first image that has an absolute address: of the front matter, else of the text."""
    for image in images_of(fields):
        beside = page.is_bundle and not image.startswith("/") and (page.path.parent / image).is_file()
        found = _absolute(image, url if beside else f"{site.base_url}/" if site.base_url else None, site)
        if found:
            return found
    return _absolute(prose.image, url, site) if prose.image else None


def _absolute(image: str, base: str | None, site: SiteConfig) -> str | None:
    rooted = (
        f"{site.base_url}{image}" if site.base_url and image.startswith("/") and not image.startswith("//") else image
    )
    try:
        found = urljoin(base or "https:", rooted)
    except ValueError:
        return None
    return found if len(found) < 2_000 and is_web_address(found) else None


def _first(value: object) -> object:
    """What a reader's own field holds; of a list that has one item, that."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
