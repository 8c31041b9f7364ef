"""The edge where records (dicts out of JSON) become articles, and back.

Everything that can be wrong with a record is said here, field by field: what came and what was expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError

from index.article import Article, Link, digest
from index.errors import InvalidArticle
from index.record_fields import (
    MAX_ID,
    MAX_SHORT,
    MAX_TEXT,
    PUBLISHED,
    UNPUBLISHED,
    clean_address,
    clean_identifier,
    clean_language,
    clean_names,
    clean_section,
    clean_status,
    clean_text,
    clean_version,
    is_blank,
    nothing_if_blank,
    one_line,
    parse_links,
    parse_time,
    shown,
)

ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "published_at": ("published", "date"),
        "updated_at": ("updated", "modified"),
        "tags": ("topics", "keywords"),
        "summary": ("description", "dek"),
        "authors": ("author", "byline"),
        "image_url": ("image",),
        "lang": ("language",),
        "type": ("article_type", "content_type"),
    }
)
"""Other names under which a field is read where its own is missing or null, in order of preference."""

READ_VERSION = 1
"""Goes up whenever the same record would become another article: lines that were read before are read anew then."""

EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "id": f"a string of 1 to {MAX_ID} characters without control characters (or a whole number)",
        "title": f"a string of at most {MAX_SHORT:,} characters",
        "text": f"a string of at most {MAX_TEXT:,} characters",
        "url": "an absolute http or https address",
        "summary": f"a string of at most {MAX_SHORT * 5:,} characters",
        "section": "one path such as 'world' or 'world/europe'",
        "tags": "a list of strings",
        "authors": "a list of names",
        "series": f"a string of at most {MAX_SHORT:,} characters",
        "published_at": "a date or date-time such as 2026-03-14 or 2026-03-14T08:00:00Z (ISO 8601 or RFC 5322)",
        "updated_at": "a date or date-time such as 2026-03-14 or 2026-03-14T08:00:00Z (ISO 8601 or RFC 5322)",
        "lang": "a language tag such as 'en' or 'pt-BR' (BCP 47)",
        "image_url": "an absolute http or https address",
        "links": "a list of ids, addresses, or objects with 'id', 'url' or 'title' (and 'position' from 0 to 1)",
        "version_of": "the id of another article",
        "recommendable": "true or false",
        "sensitive": "true or false",
        "status": f"one of {', '.join((*PUBLISHED, *UNPUBLISHED))}",
        "type": f"a string of at most {MAX_SHORT:,} characters",
    }
)

_Short = Annotated[str, Field(max_length=MAX_SHORT)]
_Time = Annotated[datetime | None, BeforeValidator(parse_time)]
_Summary = Annotated[str, Field(max_length=MAX_SHORT * 5)]
_Body = Annotated[str, Field(max_length=MAX_TEXT)]
_Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
_Names = Annotated[tuple[_Short, ...], BeforeValidator(clean_names)]
_Address = Annotated[str | None, BeforeValidator(clean_address)]


class ArticleRecord(BaseModel):
    """An article's record after aliases were folded; what validates here is what the API documents."""

    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True)

    id: Annotated[_Id, BeforeValidator(clean_identifier)]
    title: Annotated[_Short, BeforeValidator(one_line)] = ""
    text: Annotated[_Body, BeforeValidator(clean_text)] = ""
    url: _Address = None
    summary: Annotated[_Summary | None, BeforeValidator(nothing_if_blank)] = None
    section: Annotated[_Short | None, BeforeValidator(clean_section)] = None
    tags: _Names = ()
    authors: _Names = ()
    series: Annotated[_Short | None, BeforeValidator(nothing_if_blank)] = None
    published_at: _Time = None
    updated_at: _Time = None
    lang: Annotated[str | None, BeforeValidator(clean_language)] = None
    image_url: _Address = None
    links: Annotated[tuple[Link, ...], BeforeValidator(parse_links)] = ()
    version_of: Annotated[_Id | None, BeforeValidator(clean_version)] = None
    recommendable: StrictBool = True
    sensitive: StrictBool = False
    status: Annotated[Literal["published", "unpublished"], BeforeValidator(clean_status)] = "published"
    type: Annotated[_Short | None, BeforeValidator(nothing_if_blank)] = None


_SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: (name, *ALIASES.get(name, ())) for name in ArticleRecord.model_fields}
)


@dataclass
class FieldNames:
    """How fields are named in an archive: the built-in aliases, and the reader's own `ours -> theirs` before them.

    `unknown` counts the fields that no name fits, so that they are reported once and not a million times; `met` are those of
    the reader's own that any record had.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    last: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Of the last record that was read: the fields that no name fits, and those of the reader's own."""

    def __post_init__(self) -> None:
        for name in self.own:
            if name not in ArticleRecord.model_fields:
                known = ", ".join(ArticleRecord.model_fields)
                raise ValueError(f"no field is called {name!r}; fields are {known}")
        self._spellings = _SPELLINGS if not self.own else {name: self._spelled(name) for name in _SPELLINGS}

    def _spelled(self, name: str) -> tuple[str, ...]:
        """Under which names a field is read; what the reader gave to one field is no alias of another."""
        given = set(self.own.values())
        words = [word for word in _SPELLINGS[name] if word not in given or (word == name and name not in self.own)]
        return tuple(dict.fromkeys((self.own[name], *words) if name in self.own else words))

    def fold(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record under our own names: of several spellings the first that is not empty; other filled ones stay."""
        folded: dict[str, Any] = {}
        used: set[str] = set()
        own = tuple(word for word in self.own.values() if word in record)
        self.met.update(own)
        for name, spellings in self._spellings.items():
            filled = [word for word in spellings if not is_blank(record.get(word))]
            present = filled or [word for word in spellings if record.get(word) is not None]
            if present:
                folded[name] = record[present[0]]
            used.update(word for word in spellings if word in present[:1] or word not in filled)
        unknown = tuple(name for name in record if name not in used and name not in ArticleRecord.model_fields)
        for name in unknown:
            folded[name] = record[name]
            self.unknown[name] = self.unknown.get(name, 0) + 1
        self.last = (unknown, own)
        return folded


def parse_article(record: object, names: FieldNames | None = None) -> Article:
    """Validate one record and give its article.

    Raises `InvalidArticle` with one sentence for every field at fault.
    """
    if not isinstance(record, Mapping):
        raise InvalidArticle((f"expected an object with at least 'id' and 'title' or 'text', got {shown(record)}",))
    folded = (names or FieldNames()).fold(record)
    if broken := _not_json(folded):
        raise InvalidArticle(broken)
    try:
        valid = ArticleRecord.model_validate(folded)
    except ValidationError as error:
        fields = dict.fromkeys(str(problem["loc"][0]) for problem in error.errors(include_url=False))
        raise InvalidArticle(
            tuple(
                f"{name}: expected {EXPECTED[name]}, got {shown(folded[name]) if name in folded else 'nothing'}"
                for name in fields
            )
        ) from None
    if not valid.title and not valid.text:
        raise InvalidArticle(("title, text: expected at least one of them, got neither",))
    if valid.version_of == valid.id:
        raise InvalidArticle((f"version_of: expected {EXPECTED['version_of']}, got this article's own id",))
    fields_ours = {name: getattr(valid, name) for name in ArticleRecord.model_fields}
    return Article(**fields_ours, extra=MappingProxyType(dict(valid.model_extra or {})))


def _not_json(record: Mapping[str, Any]) -> tuple[str, ...]:
    """One sentence for each field that could not be written down again."""
    try:
        orjson.dumps(record)
        return ()
    except orjson.JSONEncodeError:
        pass
    broken: list[str] = []
    for name, value in record.items():
        try:
            orjson.dumps({name: value})
        except orjson.JSONEncodeError as error:
            written = name.encode("utf-8", "backslashreplace").decode()
            broken.append(f"{written}: expected {EXPECTED.get(name, 'JSON')}, got {shown(value)} ({error})")
    return tuple(broken)


def record_of(article: Article) -> dict[str, Any]:
    """The article as a record with our own field names, empty fields left out; `parse_article` gives it back."""
    values: dict[str, Any] = {
        name: value
        for name in FIELDS
        if (value := getattr(article, name)) not in (None, "", ())
        and name not in ("recommendable", "sensitive", "status")
    }
    for name in ("published_at", "updated_at"):
        if name in values:
            values[name] = values[name].isoformat().replace("+00:00", "Z")
    if article.links:
        values["links"] = [
            {key: value for key, value in _link_items(link) if value is not None} for link in article.links
        ]
    if not article.recommendable:
        values["recommendable"] = False
    if article.sensitive:
        values["sensitive"] = True
    if article.unpublished:
        values["status"] = article.status
    return {**article.extra, **values}


FIELDS: Mapping[str, None] = dict.fromkeys(ArticleRecord.model_fields)
"""The names of a record's fields, in their order; asking the class for them takes as long as all else that is done here."""


def restore_article(record: Mapping[str, Any]) -> Article:
    """The article of a record as `record_of` gives it: what `parse_article` would give, which need not look again at what it
    found good before."""
    values = {name: value for name, value in record.items() if name in FIELDS}
    for name in ("tags", "authors"):
        if name in values:
            values[name] = tuple(values[name])
    for name in ("published_at", "updated_at"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    if "links" in values:
        values["links"] = tuple(
            Link(one.get("id"), one.get("url"), one.get("title"), one.get("position")) for one in values["links"]
        )
    extra = {name: value for name, value in record.items() if name not in values}
    return Article(**values, extra=MappingProxyType(extra))


def _link_items(link: Link) -> tuple[tuple[str, str | float | None], ...]:
    return ("id", link.article_id), ("url", link.url), ("title", link.title), ("position", link.position)


def dump_record(article: Article) -> bytes:
    """The record as canonical JSON: the same article gives the same bytes."""
    return orjson.dumps(record_of(article), option=orjson.OPT_SORT_KEYS)


def record_hash(record: bytes) -> bytes:
    """16 bytes over a dumped record: changes whenever anything about the article does."""
    return digest(record)
