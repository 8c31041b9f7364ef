"""One item of a WordPress export: what kind of thing it is, and the post that it holds."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from index.entities import unescape
from index.record_fields import one_line, parse_time
from index.sources.wordpress.post import Post, moment
from index.sources.wordpress.sections import Term
from index.sources.wordpress.tables import Categories, Category, ImageFiles
from index.sources.wordpress.xml import ExportRecord, positive

_BY_TYPE = {
    "attachment": "attachments",
    "page": "pages",
    "nav_menu_item": "navigation items",
    "revision": "revisions",
    "product": "products",
    "wp_block": "reusable blocks",
    "wp_template": "templates",
    "wp_template_part": "templates",
    "wp_global_styles": "style sheets",
    "custom_css": "style sheets",
    "guest-author": "author profiles",
}
_BY_STATUS = {
    "draft": "drafts",
    "auto-draft": "drafts",
    "pending": "pending posts",
    "private": "private posts",
    "trash": "trashed posts",
    "inherit": "revisions",
}
_PRIMARY = ("_yoast_wpseo_primary_category", "rank_math_primary_category", "_primary_category")
_LANGUAGE = ("_wpml_language", "_wpml_import_language_code")
_MAX_OFFSET = timedelta(hours=15)
_ZERO = re.compile(r"\b30 Nov (?:-?0001|1999|0000) 00:00:00")
"""What PHP makes of WordPress's `0000-00-00 00:00:00`."""


class Names:
    """What the items of an export refer to."""

    def __init__(self, images: ImageFiles) -> None:
        self.images = images
        self.categories = Categories()
        self.authors: dict[str, str] = {}

    def learn(self, tag: str, record: ExportRecord) -> None:
        """Take in what stands besides articles: a category, an author, the file of an image."""
        fields = record.fields
        if tag == "author" and (login := _line(fields.get("author_login"))):
            full = f"{fields.get('author_first_name', '')} {fields.get('author_last_name', '')}"
            self.authors.setdefault(login, _line(fields.get("author_display_name")) or _line(full) or login)
        elif tag == "category" and (slug := _line(fields.get("category_nicename"))):
            name, parent = _line(fields.get("cat_name")), _line(fields.get("category_parent"))
            self.categories.add(Category(slug, name or slug, parent or None, record.number("term_id")))
        elif tag == "term" and fields.get("term_taxonomy", "").strip() == "category":
            name, parent, slug = (_line(fields.get(word)) for word in ("term_name", "term_parent", "term_slug"))
            if slug:
                self.categories.add(Category(slug, name or slug, parent or None, record.number("term_id")))
        elif tag == "item":
            number, url = record.number("post_id"), fields.get("attachment_url", "").strip()
            if number and url:
                self.images.add(number, url)
            slug, name = _line(fields.get("post_name")), _line(record.meta.get("cap-display_name"))
            if slug and name:
                self.authors.setdefault(slug.removeprefix("cap-"), name)


def kind_of(record: ExportRecord, types: Collection[str]) -> str | None:
    """What an item is that is no article, in the plural; None for one that is.

    An item without a type is a post and one without a status published, as in any other feed.
    """
    post_type = _line(record.fields.get("post_type")) or "post"
    status = _line(record.fields.get("status")) or "publish"
    if post_type not in types:
        return _BY_TYPE.get(post_type) or f"items of the type {post_type[:40]}"
    if status not in ("publish", "future"):
        return _BY_STATUS.get(status) or f"posts with the status {status[:40]}"
    if record.fields.get("post_password", "").strip():
        return "password-protected posts"
    # with its date it is shown from then on; without one it would be shown now
    return "scheduled posts without a date" if status == "future" and _published(record, timedelta(0)) is None else None


def post_of(record: ExportRecord, names: Names, language: str | None, offset: timedelta) -> Post:
    """The post of an item; `offset` is what the site's clock is ahead of UTC, for a date that is known in local time only."""
    fields, meta = record.fields, record.meta
    terms = _terms(record)
    primary = next((number for key in _PRIMARY if (number := positive(meta.get(key)))), None)
    lang = next((one.slug for one in terms if one.taxonomy == "language"), None)
    lang = lang or next((meta[key] for key in _LANGUAGE if meta.get(key)), None)
    post_format = next((one.slug for one in terms if one.taxonomy == "post_format"), "").removeprefix("post-format-")
    return Post(
        guid=fields.get("guid", ""),
        link=fields.get("link", ""),
        number=record.number("post_id"),
        title=fields.get("title", ""),
        content=fields.get("content", ""),
        excerpt=fields.get("excerpt", ""),
        published_at=_published(record, offset),
        updated_at=moment(fields.get("post_modified_gmt")),
        authors=_authors(record, names),
        terms=terms,
        primary=primary,
        image=names.images.get(positive(meta.get("_thumbnail_id"))),
        lang=lang or language,
        post_type=_line(fields.get("post_type")) or "post",
        format=post_format or None,
    )


def moment_with_zone(record: ExportRecord, before: timedelta) -> timedelta:
    """What the site's clock is ahead of UTC, as the item's two dates show; as `before` where they do not."""
    local, utc = moment(record.fields.get("post_date")), moment(record.fields.get("post_date_gmt"))
    return local - utc if local and utc and abs(local - utc) < _MAX_OFFSET else before


def _published(record: ExportRecord, offset: timedelta) -> datetime | None:
    """The date in UTC; else the feed's own; else the local one by the site's clock."""
    fields = record.fields
    if utc := moment(fields.get("post_date_gmt")):
        return utc
    stated = fields.get("pubDate", "")
    try:
        if not _ZERO.search(stated) and (when := parse_time(stated)):
            return when
    except ValueError:
        pass
    local = moment(fields.get("post_date"))
    return local - offset if local else None


def _authors(record: ExportRecord, names: Names) -> tuple[str, ...]:
    """Those that Co-Authors Plus names; else the one whose account wrote the post."""
    several = [one for one in record.terms if one.taxonomy == "author"]
    if several:
        logins = [(_line(one.name), one.slug.removeprefix("cap-")) for one in several]
        return tuple(names.authors.get(login) or names.authors.get(slug) or login or slug for login, slug in logins)
    login = _line(record.fields.get("creator")).strip("<> ")
    return (names.authors.get(login, login),) if login else ()


def _terms(record: ExportRecord) -> tuple[Term, ...]:
    """The item's terms. Exports of the first version name each category twice, once by its name alone."""
    by_slug = any(one.taxonomy == "category" and one.slug for one in record.terms)
    return tuple(
        Term(one.taxonomy, one.slug or "-".join(one.name.lower().split()), _line(one.name))
        for one in record.terms
        if one.slug or one.taxonomy != "category" or not by_slug
    )


def _line(text: str | None) -> str:
    """One line, with entities resolved: the database holds names as HTML."""
    return str(one_line(unescape(text or "")))
