"""Where a static site's generator puts a page: by its front matter, the site's patterns, or its place."""

from datetime import datetime
from pathlib import PurePosixPath

from index.sources.static_site.config import SiteConfig
from index.sources.static_site.fields import Fields, moment_of
from index.sources.static_site.files import Page
from index.sources.static_site.permalinks import address, date_tokens, fill, hugo_name, plain_name
from index.urls import is_web_address


def address_of(page: Page, fields: Fields, site: SiteConfig) -> str | None:
    """The absolute address of a page; None where the site does not say where it stands, or the page not where it goes."""
    own = fields.text("url") or fields.text("permalink")
    if own and is_web_address(own):
        return own
    base = site.languages.get(page.language or "") or site.base_url
    if base is None:
        return None
    path = {"hugo": _hugo, "zola": _zola, "jekyll": _jekyll}.get(site.kind, _other)(page, fields, site)
    return None if path is None else address(base, path)


def id_of(page: Page, fields: Fields, site: SiteConfig, url: str | None) -> str:
    """The id that a page gives itself; else the one under which the site's own feed has it, which is its address (with Jekyll:
    that without an ending); else its place."""
    own = fields.text("id", "guid")
    if own or url is None:
        return own or page.place
    if site.kind == "jekyll":
        return f"{url.rstrip('/').rpartition('/')[0]}/{fields.text('slug') or page.name}"
    return url


def _hugo(page: Page, fields: Fields, site: SiteConfig) -> str | None:
    own = fields.text("url")
    if own:
        path = own if PurePosixPath(own).suffix else f"{own.rstrip('/')}/"
        return path if own.startswith("/") else f"{_prefix(page, site)}/{path}"
    slug = fields.text("slug")
    section = page.folders[0] if page.folders else ""
    pattern = site.permalinks.get(section.lower())
    if pattern:
        sections = [hugo_name(step, site.keeps_case) for step in (page.section or "").split("/") if step]
        name = hugo_name(page.name, site.keeps_case)
        named = hugo_name(slug or fields.text("title") or page.name, site.keeps_case)
        tokens: dict[str, str | None] = {
            **date_tokens(_date(page, fields, site)),
            "section": sections[0] if sections else "",
            "title": hugo_name(fields.text("title") or "", site.keeps_case) or None,
            "slug": named,
            "slugorfilename": hugo_name(slug, site.keeps_case) if slug else name,
            "slugorcontentbasename": hugo_name(slug, site.keeps_case) if slug else name,
            "filename": name,
            "contentbasename": name,
        }
        filled = fill(pattern, tokens, sections)
    else:
        steps = [*page.folders, slug or page.name]
        filled = "".join(f"/{hugo_name(step, site.keeps_case)}" for step in steps) + "/"
    if filled is None:
        return None
    if site.ugly and not PurePosixPath(filled).suffix:
        filled = f"{filled.rstrip('/')}.html"
    elif not PurePosixPath(filled).suffix:
        filled = f"{filled.rstrip('/')}/"
    return _prefix(page, site) + filled


def _zola(page: Page, fields: Fields, site: SiteConfig) -> str:
    own = fields.text("path")
    if own:
        return f"{_prefix(page, site)}/{own.strip('/')}/"
    steps = [*page.folders, fields.text("slug") or plain_name(page.name)]
    return "".join((_prefix(page, site), *(f"/{step}" for step in steps), "/"))


def _jekyll(page: Page, fields: Fields, site: SiteConfig) -> str | None:
    default = "date" if page.collection == "posts" else "/:collection/:path:output_ext"
    pattern = fields.text("permalink") or site.permalinks.get(page.collection) or default
    slug = fields.text("slug") or page.name
    categories = categories_of(page, fields)
    tokens: dict[str, str | None] = {
        **date_tokens(_date(page, fields, site)),
        "categories": "/".join(category.lower() for category in categories),
        "slugified_categories": "/".join(plain_name(category) for category in categories),
        "title": slug,
        "slug": plain_name(slug),
        "collection": page.collection,
        "name": page.name,
        "path": "/".join((*page.folders, page.name)),
        "output_ext": ".html",
    }
    return fill(pattern, tokens)


def _other(page: Page, fields: Fields, _: SiteConfig) -> str | None:
    own = fields.text("permalink", "url")
    if own:
        # a template is filled by the generator's own language
        return None if "{{" in own or "{%" in own else own.removesuffix("index.html")
    return "".join(f"/{step}" for step in (*page.folders, fields.text("slug") or page.name)) + "/"


def categories_of(page: Page, fields: Fields) -> list[str]:
    """Jekyll's: the folders above `_posts`, and those of the front matter."""
    above = page.folders if page.collection == "posts" else ()
    return list(dict.fromkeys([*above, *fields.names("categories", "category", parted_by_blanks=True)]))


def _prefix(page: Page, site: SiteConfig) -> str:
    """The language before all else, where the site puts it there."""
    language = page.language or site.default_language
    if language is None or site.languages.get(language):
        return ""
    return f"/{language}" if language != site.default_language or site.prefixes_default else ""


def _date(page: Page, fields: Fields, site: SiteConfig) -> datetime | None:
    """The date by which addresses are made; Hugo's is `date`, also where the day of publication is another."""
    for value in (fields["date"], fields["publishdate"], fields["pubdate"], page.date):
        try:
            if moment := moment_of(value, site.zone):
                return moment
        except ValueError:
            return None
    return None
