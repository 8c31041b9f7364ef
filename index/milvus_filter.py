"""A `Filter` as an expression of Milvus, and the fields that it speaks of.

Whatever people write (ids, sections, languages) stands there in hexadecimal, or as a hash: nothing needs escaping, and nothing
can break out of its quotes. What is written is what passes on Milvus 2.3.5 and on Milvus Lite 3.2.2.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from index.article import unix_seconds
from index.copies import NEVER
from index.row import RECOMMENDABLE, SENSITIVE, UNDATED, Worked
from index.terms import Kind, kind_bounds
from index.vector_index import Filter

MOST = 1 << 62
"""Greater than any moment, and less than what an expression of Milvus can no longer hold: stands for `NEVER`, and below 0 for
`UNDATED`."""

MOST_MARKS = 1_024
"""Topics, authors and kinds of one article that can be excluded."""

KEY_CHARACTERS = 64
MOST_CHARACTERS = 65_535
"""Of the longest field that Milvus has."""

Fields = dict[str, Any]


def key_of(article_id: str) -> str:
    """What stands for an id, whatever characters it has and however long it is."""
    return hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()


def fields_of(row: Worked) -> Fields:
    """What of an article is filtered by, by the names of its fields; `id` only comes back with what is found."""
    flags = row.flags
    return {
        "key": key_of(row.id),
        "id": hexadecimal(row.id),
        "section": hexadecimal(f"{row.section}/" if row.section else ""),
        "published": max(-MOST, row.published) if row.published != UNDATED else -MOST,
        "superseded_at": max(-MOST, min(MOST, row.copy.superseded_at)) if row.copy.superseded_at != NEVER else MOST,
        "lang": hexadecimal(row.language),
        "recommendable": bool(flags & RECOMMENDABLE),
        "sensitive": bool(flags & SENSITIVE),
        "copy_key": row.copy.key.hex(),
        "marks": [signed(term) for term in _marks(row)][:MOST_MARKS],
    }


def _marks(row: Worked) -> Iterator[int]:
    """The terms by which a policy may exclude an article: topics, authors, kinds."""
    bounds = kind_bounds(row.terms.hashes)
    for kind in (Kind.TOPIC, Kind.AUTHOR, Kind.TYPE):
        yield from row.terms.hashes[bounds[kind] : bounds[kind + 1]].tolist()


def expression(keep: Filter) -> str:
    """The filter as Milvus takes it. `excluded_rows` are rows of a snapshot, of which Milvus has none: they are not said.

    Raises `ValueError` where there are such.
    """
    if keep.excluded_rows:
        raise ValueError("expected a filter without rows of a snapshot")
    return " and ".join(_conditions(keep))


def _conditions(keep: Filter) -> Iterator[str]:
    now = unix_seconds(keep.visible_at)
    yield f"recommendable == true and published <= {now} and superseded_at > {now}"
    if keep.section is not None:
        yield f'section like "{hexadecimal(keep.section + "/")}%"'
    if keep.published_from is not None:
        yield f"published >= {unix_seconds(keep.published_from)}"
    if keep.published_to is not None:
        yield f"published < {unix_seconds(keep.published_to)}"
    if keep.published_from is not None or keep.published_to is not None:
        yield f"published > {-MOST}"
    if keep.languages is not None:
        yield f"lang in {_listed(['', *map(hexadecimal, sorted(keep.languages))])}"
    if not keep.sensitive:
        yield "sensitive == false"
    if keep.excluded_ids:
        yield f"key not in {_listed(map(key_of, sorted(keep.excluded_ids)))}"
    if keep.excluded_copies:
        yield f"copy_key not in {_listed(sorted(key.hex() for key in keep.excluded_copies))}"
    for section in sorted(keep.excluded_sections):
        yield f'not (section like "{hexadecimal(section + "/")}%")'
    if keep.excluded_terms:
        listed = ", ".join(str(signed(term)) for term in sorted(keep.excluded_terms))
        yield f"not array_contains_any(marks, [{listed}])"


def hexadecimal(text: str) -> str:
    """The bytes of a text in hexadecimal; a text begins with another where its hexadecimal does."""
    return text.encode("utf-8", "surrogatepass").hex()


def from_hexadecimal(spelled: str) -> str:
    """The text again."""
    return bytes.fromhex(spelled).decode("utf-8", "surrogatepass")


def signed(term: int) -> int:
    """A hash of 64 bits as a number that fits into 64 with a sign: one bit less."""
    return term >> 1


def _listed(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
