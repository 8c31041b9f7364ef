"""Which of a post's categories is its section."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from index.sources.wordpress.tables import Categories, Category, readable
from index.urls import is_web_address

_NO_CATEGORY = frozenset(
    "uncategorized uncategorised ohne-kategorie unkategorisiert nicht-kategorisiert non-classe sin-categoria senza-categoria"
    " sem-categoria geen-categorie okategoriserade ikke-kategoriseret ukategorisert bez-kategorii nezarazene nezaradene"
    " kategorizalatlan fara-categorie sense-categoria sailkatu-gabea sen-categorizar nekategorizirano nerazvrsceno"
    " tak-berkategori без-рубрики без-категорії без-категория некатегоризовано χωρίς-κατηγορία 未分類 未分类 미분류"
    " غير-مصنف".split()
)
"""Slugs of the category into which WordPress puts what nobody gave one, in its languages."""
_AMBIGUOUS = frozenset(("allgemein", "general", "generale", "genel", "algemeen", "yleinen", "egyeb", "כללי"))
"""The same where it is also a word that a newsroom may have for a section: none only with the first number."""
_DEFAULT_NUMBER = 1
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a post: a category, a tag, or of another taxonomy."""

    taxonomy: str
    slug: str
    name: str
    number: int | None = None


def slug_of(name: str) -> str:
    """A name as an address would have it: Latin letters without their marks, all others as they are."""
    bare, plain = "", False
    for sign in unicodedata.normalize("NFKD", name.lower()):
        if not unicodedata.combining(sign):
            plain = sign.isascii()
        elif plain:
            continue
        bare += sign
    return _SEPARATORS.sub("-", unicodedata.normalize("NFC", bare)).strip("-")


def section_of(terms: Sequence[Term], primary: int | None, categories: Categories, link: str = "") -> str | None:
    """The path of a post's section, from the top category down, by their slugs.

    The primary category where an editor chose one; else the one that stands in the post's address; else the first that is
    given, or the deepest of the post's categories below the same top one. The category for what has none is no section,
    unless it was given another name.
    """
    lines = [categories.line(term.slug) for term in terms if term.taxonomy == "category" and term.slug]
    chosen = categories.by_number.get(primary) if primary else None
    if chosen and (path := section_path(categories.line(chosen.slug))):
        return path
    sections = [line for line in lines if section_path(line)]
    there = urlsplit(link).path.lower() if is_web_address(link) else ""
    addressed = [line for line in sections if f"/{'/'.join(one.slug for one in line)}/".lower() in there]
    family = addressed or [line for line in sections if line[0].slug == sections[0][0].slug]
    return section_path(max(family, key=len)) if family else None


def section_path(line: Sequence[Category]) -> str | None:
    """A line of categories as a path; None where it is the one for what has no category."""
    steps = [_step(category) for category in line]
    return "/".join(step for step in steps if step) if all(steps) else None


def _step(category: Category) -> str:
    slug = readable(category.slug).replace("/", "-")
    named = slug_of(category.name)
    none = slug.lower() in _NO_CATEGORY or (slug.lower() in _AMBIGUOUS and category.number == _DEFAULT_NUMBER)
    if not none:
        return slug
    return "" if not named or named in _NO_CATEGORY or named in _AMBIGUOUS else named


def named(terms: Sequence[Term], *taxonomies: str) -> tuple[str, ...]:
    """The names of a post's terms of some taxonomies, in their order, none twice."""
    return tuple(dict.fromkeys(term.name for term in terms if term.taxonomy in taxonomies and term.name.strip()))
