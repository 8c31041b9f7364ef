"""The terms of what is served, in the catalogue: in which rows each stands, and how much it counts there.

They lie as the lexical index of a host lies, segment by segment: a segment's are written once, and go with it. A row of a
segment is a *place*; which article stands there, if any still does, `served` says. A question reads those of its strongest
terms alone, as `index.lexical_index` does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from index.chunks import among, in_chunks
from index.cluster.tables import served_segments, served_terms
from index.greatest import greatest
from index.lexical_index import QueryTerms
from index.lexical_segment import LOG_COUNT, LexicalSegment
from index.link_names import hash64
from index.row import RECOMMENDABLE
from index.segment import Segment
from index.term_scores import BY_TERMS
from index.terms import Kind, kind_bounds

POSTING = np.dtype([("row", "<u4"), ("weight", "<f2"), ("top", "u1"), ("flags", "u1")])
"""A place of a term: the row, (1 + ln count) / norm of that kind of term there, eight bits of the hash of its top-level
section, and whether it may be suggested and whether it links to others."""

SUGGESTED, LINKS = 1, 2
"""Bits of `flags`."""

PLACES = 60_000
"""In so many places the strongest terms stand at most by which the likest are looked for; one term at least is taken."""

WRITTEN = 20_000
"""Terms that are written together."""

ROWS = 32
"""Bits of a row in a place; those above number its segment."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Strongest:
    """The strongest terms of a text: `hashes` (t,) uint64, and how much each adds, `strengths` (t,) float32."""

    hashes: npt.NDArray[np.uint64]
    strengths: npt.NDArray[np.float32]

    @classmethod
    def of(cls, query: QueryTerms) -> "Strongest":
        """As many as stand in `PLACES` of the archive."""
        weights = np.array([BY_TERMS.get(kind, 0.0) for kind in Kind], dtype=np.float32)
        strength = weights[query.kinds] * query.weights
        order = np.argsort(-strength, kind="stable")[: np.count_nonzero(strength > 0)]
        some = max(1, int(np.searchsorted(np.cumsum(query.frequency[order]), PLACES, side="right")))
        return cls(query.hashes[order[:some]], strength[order[:some]].astype(np.float32))


@dataclass(frozen=True, slots=True)
class Alike:
    """What shares any of a text's strongest terms: `places` (n,) int64 distinct, what each shares `values` (n,) float32, its
    `tops` and `flags` (n,) uint8, all aligned."""

    places: Places
    values: npt.NDArray[np.float32]
    tops: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint8]

    def suggested(self, k: int, section: str | None) -> Places:
        """The places of the `k` likest that may be suggested, of a top-level section where one is given; few of another may be
        among those."""
        kept = (self.flags & SUGGESTED) != 0
        if section is not None:
            kept &= self.tops == top_byte(section)
        return self._likest(kept, k)

    def linking(self, k: int) -> Places:
        """The places of the `k` likest that link to others."""
        return self._likest((self.flags & LINKS) != 0, k)

    def _likest(self, kept: npt.NDArray[np.bool_], k: int) -> Places:
        some = np.flatnonzero(kept)
        return self.places[some[greatest(self.values[some], k)]]


def find_alike(connection: Connection, asked: Strongest) -> Alike:
    """What shares any of these terms."""
    strength = dict(zip(asked.hashes.tolist(), asked.strengths.tolist(), strict=True))
    places: list[Places] = [np.zeros(0, np.int64)]
    values: list[npt.NDArray[np.float32]] = [np.zeros(0, np.float32)]
    found: list[npt.NDArray[np.void]] = [np.zeros(0, POSTING)]
    columns = (served_terms.c.term, served_terms.c.segment, served_terms.c.places)
    for chunk in in_chunks([_signed(term) for term in strength]):
        for term, segment, raw in connection.execute(
            sa.select(*columns).where(among(connection, served_terms.c.term, chunk))
        ):
            postings = np.frombuffer(raw, POSTING)
            places.append(postings["row"].astype(np.int64) | (segment << ROWS))
            values.append(postings["weight"].astype(np.float32) * np.float32(strength[term % (1 << 64)]))
            found.append(postings)
    every, postings = np.concatenate(places), np.concatenate(found)
    distinct, first, at = np.unique(every, return_index=True, return_inverse=True)
    sums = np.bincount(at, np.concatenate(values), len(distinct)).astype(np.float32)
    return Alike(distinct, sums, postings["top"][first], postings["flags"][first])


def segment_numbers(connection: Connection) -> dict[str, int]:
    """The numbers of the segments whose terms are there, by their names."""
    query = sa.select(served_segments.c.name, served_segments.c.number)
    return {row.name: row.number for row in connection.execute(query)}


def add_segment(connection: Connection, name: str, whole: bool) -> int:
    """Give a segment its number; where it is not `whole` yet, `complete_segment` is to come."""
    made = connection.execute(sa.insert(served_segments).values(name=name if whole else f"{_BUILDING}{name}"))
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # which an insert has


def complete_segment(connection: Connection, number: int, name: str) -> int:
    """All terms of a segment are there; gives its number."""
    connection.execute(sa.update(served_segments).where(served_segments.c.number == number).values(name=name))
    return number


def is_whole(name: str) -> bool:
    """Whether all terms of a segment of that name are there."""
    return not name.startswith(_BUILDING)


_BUILDING = "."

Terms = Sequence[tuple[int, int, bytes]]
"""A segment's number, a term with a sign, and the places where it stands."""


def terms_of(segment: Segment, number: int, alone: bool) -> Iterator[Terms]:
    """A segment's terms, some at a time, as `insert_terms` takes them; `alone`: pairs of words that one article of it has are
    left out, which no other of them can share."""
    some: list[tuple[int, int, bytes]] = []
    for term, raw in _postings(segment, alone):
        some.append((number, _signed(term), raw))
        if len(some) == WRITTEN:
            yield some
            some = []
    if some:
        yield some


def insert_terms(connection: Connection, terms: Terms) -> None:
    """Write terms of a segment."""
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy("COPY served_terms (segment, term, places) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "int8", "bytea"])
            for one in terms:
                copy.write_row(one)
        return
    columns = ("segment", "term", "places")
    connection.execute(sa.insert(served_terms), [dict(zip(columns, one, strict=True)) for one in terms])


def drop_segments(connection: Connection, numbers: Sequence[int]) -> None:
    """Forget segments and their terms."""
    for table, column in ((served_terms, served_terms.c.segment), (served_segments, served_segments.c.number)):
        if numbers:
            connection.execute(sa.delete(table).where(column.in_(numbers)))


def place_of(segment: int, row: int) -> int:
    """A row of a segment as one number."""
    return segment << ROWS | row


def top_byte(section: str) -> int:
    """Eight bits that stand for a section's top level."""
    return hash64(section.split("/")[0]) & 0xFF


def _postings(segment: Segment, alone: bool) -> Iterator[tuple[int, bytes]]:
    lexical: LexicalSegment = segment.lexical
    tops = np.array([top_byte(section) for section in segment.sections], dtype=np.uint8)[segment.section]
    flags = ((segment.flags & RECOMMENDABLE) != 0).astype(np.uint8) * SUGGESTED
    flags[np.unique(segment.link_rows)] |= LINKS
    bounds = kind_bounds(np.asarray(lexical.terms))
    for kind in BY_TERMS:
        for start in range(int(bounds[kind]), int(bounds[kind + 1]), WRITTEN):
            numbers = np.arange(start, min(start + WRITTEN, int(bounds[kind + 1])))
            if alone and kind == Kind.PAIR:
                numbers = numbers[lexical.frequency_of(numbers) > 1]
            at, rows, counts = lexical.postings(numbers)
            made = np.empty(len(rows), POSTING)
            made["row"], made["top"], made["flags"] = rows, tops[rows], flags[rows]
            made["weight"] = LOG_COUNT[counts] / lexical.norms[kind][rows]
            ends = np.cumsum([0, *np.bincount(at, minlength=len(numbers))]).tolist() if len(numbers) else []
            for term, first, last in zip(lexical.terms[numbers].tolist(), ends, ends[1:], strict=False):
                yield term, made[first:last].tobytes()


def _signed(term: int) -> int:
    return term - (1 << 64) if term >= 1 << 63 else term
