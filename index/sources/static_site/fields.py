"""What front matter says under its many names: dates, lists, names, images; by generator where they differ."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from email.utils import parsedate_to_datetime

from index.sources.tables.cells import split_list

PUBLISHED = ("publishdate", "pubdate", "published", "date")
UPDATED = ("lastmod", "last_modified_at", "modified", "updated")
EXPIRES = ("expirydate", "unpublishdate")
TAGS = ("tags", "tag", "keywords", "topics")
CATEGORIES = ("categories", "category")
AUTHORS = ("authors", "author", "byline")
SUMMARIES = ("summary", "description", "excerpt", "dek")
IMAGES = ("images", "image", "cover", "featured_image", "featuredimage", "thumbnail", "og_image", "hero", "banner")
WITHIN = ("params", "taxonomies", "extra")
"""Tables of further fields, which count as the page's own."""

_ZONE_NAMED_TWICE = re.compile(r"([+-]\d\d:?\d\d) [A-Z]{2,5}$")
_GENERATED = re.compile(r"(?:git )?(?:last modified|created)", re.IGNORECASE)
"""Dates that Eleventy finds out by itself."""


class Fields:
    """The fields of a page by their names in lower case, those of its tables among them."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self.given = {**given}
        for table in WITHIN:
            for name in [name for name in given if name.lower() == table]:
                inner = given[name]
                if isinstance(inner, Mapping):
                    del self.given[name]
                    self.given = {**inner, **self.given}
        self._lower = {name.lower(): value for name, value in reversed(self.given.items())}

    def __getitem__(self, name: str) -> object:
        return self._lower.get(name)

    def text(self, *names: str) -> str | None:
        """The first of these that is a text or a number."""
        for name in names:
            value = self[name]
            if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()
        return None

    def items(self, name: str) -> list[object]:
        """A list's items; what is no list is the only one."""
        return _items(self[name])

    def names(self, *names: str, parted_by_blanks: bool = False) -> list[str]:
        """All items of these lists, each once; `authors` are parted where names are, and other texts where tags are."""
        found: list[str] = []
        for name in names:
            field = "authors" if name in AUTHORS else "tags"
            for item in _items(self[name]):
                text = _named(item)
                if not text:
                    continue
                if isinstance(self[name], str) and parted_by_blanks and "," not in text:
                    found += text.split()
                elif isinstance(self[name], str):
                    found += [str(part) for part in split_list(field, text)]
                else:
                    found.append(text)
        return list(dict.fromkeys(found))

    def is_set(self, name: str) -> bool | None:
        """A yes or a no in any of its spellings; None for anything else."""
        value = self[name]
        word = str(value).strip().lower()
        return True if word in ("true", "yes", "on", "1") else False if word in ("false", "no", "off", "0") else None


def moment_of(value: object, zone: tzinfo) -> datetime | None:
    """A date or date-time as it was written, with the site's zone where it names none; None for nothing.

    Raises `ValueError` for what is no date.
    """
    text = "" if value is None else str(value).strip()
    if not text or _GENERATED.match(text):
        return None
    text = _ZONE_NAMED_TWICE.sub(r"\1", text).replace(" UTC", "+00:00")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (IndexError, OverflowError) as error:
            raise ValueError("not a date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def images_of(fields: Fields) -> Iterable[str]:
    """The images that a page names for itself, as they stand there."""
    for name in IMAGES:
        for item in _items(fields[name]):
            if isinstance(item, Mapping):
                item = next((item[key] for key in ("image", "src", "url", "path", "feature") if item.get(key)), None)
            if isinstance(item, str) and item.strip():
                yield item.strip()
    for item in _items(fields["resources"]):
        if isinstance(item, Mapping) and re.search(r"cover|featur|thumb", str(item.get("name", ""))):
            yield str(item.get("src", ""))


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _named(value: object) -> str:
    """A name, or that of an object which has one."""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("title") or value.get("id")
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
