"""A post as the REST API gives it, with what it embeds, as a `Post`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from index.entities import unescape
from index.record_fields import one_line
from index.sources.wordpress.listing import rendered
from index.sources.wordpress.post import Post, moment
from index.sources.wordpress.sections import Term
from index.sources.wordpress.tables import Categories

FIELDS = (
    "id,type,date,date_gmt,modified_gmt,guid,link,title,content,excerpt,format,lang,author,categories,tags"
    ",jetpack_featured_media_url,yoast_head_json.og_image,yoast_head_json.author,coauthors,authors,_links,_embedded"
)
EMBEDDED = "author,wp:featuredmedia,wp:term"

NameOf = Callable[[str, int], str | None]
"""The name of a tag or a user by number, for a site that does not embed them: `name_of("tags", 7)`."""


def is_protected(value: Mapping[str, object]) -> bool:
    """Whether a post asks for a password."""
    content = value.get("content")
    return isinstance(content, dict) and content.get("protected") is True


def post_of_json(
    value: Mapping[str, object], categories: Categories, language: str | None, offset: timedelta, name_of: NameOf
) -> Post:
    """The post of an answer; what is of another type than it should be is left out."""
    return Post(
        guid=rendered(value.get("guid")),
        link=_text(value.get("link")),
        number=number if isinstance(number := value.get("id"), int) else None,
        title=rendered(value.get("title")),
        content=rendered(value.get("content")),
        excerpt=rendered(value.get("excerpt")),
        published_at=_published(value, offset),
        updated_at=moment(_text(value.get("modified_gmt"))),
        authors=_authors(value, name_of),
        terms=_terms(value, categories, name_of),
        image=_image(value),
        lang=_text(value.get("lang")) or language,
        post_type=_text(value.get("type")) or "post",
        format=None if (form := _text(value.get("format"))) == "standard" else form or None,
        rendered=True,
    )


def _published(value: Mapping[str, object], offset: timedelta) -> datetime | None:
    utc, local = moment(_text(value.get("date_gmt"))), moment(_text(value.get("date")))
    return utc or (local - offset if local else None)


def _embedded(value: Mapping[str, object], name: str) -> Sequence[object]:
    embedded = value.get("_embedded")
    found = embedded.get(name) if isinstance(embedded, dict) else None
    return found if isinstance(found, list) else ()


def _terms(value: Mapping[str, object], categories: Categories, name_of: NameOf) -> tuple[Term, ...]:
    groups = [group for group in _embedded(value, "wp:term") if isinstance(group, list)]
    terms = [_term(one) for group in groups for one in group if isinstance(one, dict) and one.get("taxonomy")]
    if terms:
        return tuple(terms)
    known = [categories.by_number[one] for one in _numbers(value.get("categories")) if one in categories.by_number]
    names = [name for one in _numbers(value.get("tags")) if (name := name_of("tags", one))]
    return (
        *(Term("category", one.slug, one.name, one.number) for one in known),
        *(Term("post_tag", name, name) for name in names),
    )


def _term(one: Mapping[str, object]) -> Term:
    number = one.get("id")
    taxonomy, slug = _text(one.get("taxonomy")), _text(one.get("slug"))
    return Term(taxonomy, slug, _line(one.get("name")), number if isinstance(number, int) else None)


def _authors(value: Mapping[str, object], name_of: NameOf) -> tuple[str, ...]:
    """Those that a plug-in for several authors names; else the one whose account wrote the post."""
    for field in ("coauthors", "authors"):
        several = value.get(field)
        people = [one for one in several if isinstance(one, dict)] if isinstance(several, list) else []
        if names := [name for one in people if (name := _line(one.get("display_name") or one.get("name")))]:
            return tuple(names)
    people = [one for one in _embedded(value, "author") if isinstance(one, dict)]
    if names := [name for one in people if (name := _line(one.get("name")))]:
        return tuple(names)
    number = value.get("author")
    named = name_of("users", number) if isinstance(number, int) else None
    yoast = value.get("yoast_head_json")
    named = named or (_line(yoast.get("author")) if isinstance(yoast, dict) else None)
    return (named,) if named else ()


def _image(value: Mapping[str, object]) -> str | None:
    """The featured image, by whoever names it."""
    for one in _embedded(value, "wp:featuredmedia"):
        if isinstance(one, dict) and (address := _text(one.get("source_url"))):
            return address
    if address := _text(value.get("jetpack_featured_media_url")):
        return address
    yoast = value.get("yoast_head_json")
    images = yoast.get("og_image") if isinstance(yoast, dict) else None
    first = images[0] if isinstance(images, list) and images else None
    return _text(first.get("url")) or None if isinstance(first, dict) else None


def _numbers(value: object) -> list[int]:
    return [one for one in value if isinstance(one, int)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(value: object) -> str:
    return str(one_line(unescape(_text(value))))
