"""A row as bytes: all that was worked out of an article's words once, so that whoever answers need not read them again.

What the catalogue says of an article at any moment (its copy state, its vector) is not in them. A lean one has no more than
counts where an article only links to others: nothing may suggest it.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from index.copies import CopyState
from index.row import HAS_VECTOR, Worked
from index.terms import TERMS_VERSION, Kind, TermCounts, kind_bounds

FORM = 1
"""Goes up whenever the bytes change in meaning."""

_HEAD = struct.Struct("<HHHqQi9I")
_NO_PRINT = bytes(16)


@dataclass(slots=True)
class PackedRow:
    """A row that was packed (`index.row.Worked`), with what the catalogue says of it now. It belongs to one question."""

    id: str
    section: str
    language: str
    published: int
    flags: int
    copy: CopyState
    vector: npt.NDArray[np.float32]
    terms: TermCounts
    rarity: npt.NDArray[np.float16]
    """For each term how rare it was when the row was packed: ln(articles / articles that have it), (t,)."""
    norms: npt.NDArray[np.float32]
    """(8,), as `index.lexical_segment` has them, of all terms."""
    length: int
    """Counted words."""
    headline: npt.NDArray[np.uint64]
    names: bytes
    card: bytes
    links: Sequence[tuple[int, int]]
    addresses: Sequence[tuple[int, int]]
    title_hash: int | None
    fingerprint: bytes = _NO_PRINT


def pack(
    row: Worked, rarity: npt.NDArray[np.floating[Any]], norms: npt.NDArray[np.float32], length: int, lean: bool = False
) -> bytes:
    """The row as bytes; `rarity` (t,) is aligned with its terms, `norms` (8,) and `length` are as in `PackedRow`."""
    span = slice(*kind_bounds(row.terms.hashes)[[Kind.AUTHOR, Kind.AUTHOR + 1]]) if lean else slice(None)
    parts = (
        row.section.encode("utf-8", "surrogatepass"),
        row.language.encode("utf-8", "surrogatepass"),
        row.terms.hashes[span].astype("<u8").tobytes() + row.terms.counts[span].tobytes(),
        np.asarray(rarity)[span].astype("<f2").tobytes(),
        norms.astype("<f4").tobytes(),
        b"" if lean else row.headline.astype("<u8").tobytes(),
        b"" if lean else row.names,
        b"{}" if lean else row.card,
        orjson.dumps((row.links, row.addresses)),
    )
    flags = 0 if lean else row.flags & ~HAS_VECTOR
    head = _HEAD.pack(FORM, TERMS_VERSION, flags, row.published, row.title_hash or 0, length, *map(len, parts))
    return head + b"".join(parts)


def unpack(
    body: bytes, article_id: str, copy: CopyState, vector: npt.NDArray[np.float32], embedded: bool
) -> PackedRow | None:
    """The row again; None where another version packed it. Of one that is not `embedded` the `vector` stands in."""
    form, version, flags, published, title, length, *lengths = _HEAD.unpack_from(body)
    if (form, version) != (FORM, TERMS_VERSION):
        return None
    parts: list[bytes] = []
    start = _HEAD.size
    for size in lengths:
        parts.append(body[start : start + size])
        start += size
    section, language, terms, rarity, norms, headline, names, card, rest = parts
    count = len(rarity) // 2
    links, addresses = orjson.loads(rest)
    return PackedRow(
        id=article_id,
        section=section.decode("utf-8", "surrogatepass"),
        language=language.decode("utf-8", "surrogatepass"),
        published=published,
        flags=flags | (HAS_VECTOR if embedded and vector.any() else 0),
        copy=copy,
        vector=vector,
        terms=TermCounts(np.frombuffer(terms, "<u8", count), np.frombuffer(terms, np.uint8, count, 8 * count)),
        rarity=np.frombuffer(rarity, "<f2"),
        norms=np.frombuffer(norms, "<f4"),
        length=length,
        headline=np.frombuffer(headline, "<u8"),
        names=names,
        card=card,
        links=[(name, kind) for name, kind in links] if links else links,
        addresses=[(name, former) for name, former in addresses],
        title_hash=title or None,
    )
