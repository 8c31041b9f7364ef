"""What is served from shared engines, kept true to the index of the host that rebuilds: by one process, the indexer's.

A new generation is compared with what stands there by fingerprint, so that it costs what changed. Another model or other terms
fill collections beside those that serve, and take their place at once when they are whole. Between generations the change log
is followed. Whatever is interrupted is done again: nothing is noted as served before it is.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sqlalchemy.engine import Engine

from index.change_log import changes_after, load_rows
from index.chunks import in_chunks
from index.cluster import packed_row, term_vector
from index.cluster.segment_rows import SegmentRow, SegmentRows
from index.cluster.store import Projected, fingerprints, note_projected, projected, put, remove
from index.copies import NEVER
from index.engines import writing
from index.row import Row
from index.segment import Segment
from index.snapshot import Recipe, Snapshot
from index.stand_in import stand_in
from index.vector_index import GenerationIndex

BATCH = 500
"""Articles that are written together."""

KEPT = 2
"""So many collections stay of those that served last: a question that began with one ends with it."""

Tell = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Engines:
    """Where things are projected to: the catalogue, and two indexes of vectors, by meaning and by terms."""

    catalogue: Engine
    meaning: GenerationIndex
    terms: GenerationIndex

    def close(self) -> None:
        """Let go of the indexes."""
        self.meaning.close()
        self.terms.close()


class Projection:
    """Writes; one at a time may."""

    def __init__(self, engines: Engines, tell: Tell = lambda _stage, _done, _total: None) -> None:
        self._engines = engines
        self._tell = tell

    def state(self) -> Projected | None:
        """What is served now."""
        with self._engines.catalogue.connect() as connection:
            return projected(connection)

    def renew(self, snapshot: Snapshot) -> int:
        """Bring all to a snapshot; gives how many rows were written. What was written since through the API is left for
        `follow`."""
        engines, state = self._engines, self.state()
        known = self._known()
        same = state is not None and state.collection == collection_of(snapshot.manifest.recipe, state.collection)
        missing = [place for place in _live(snapshot) if known.pop(place.id, b"") != place.fingerprint]
        gone = sorted(known)
        collection = state.collection if same and state else _new_collection(snapshot)
        filled: Iterable[_Place] = missing
        count = len(missing)
        if not same:
            filled, count = _live(snapshot), len(snapshot)
            for vectors, dimension in (
                (engines.meaning, snapshot.vectors.dimension),
                (engines.terms, term_vector.DIMENSION),
            ):
                vectors.begin(collection, dimension)
        wanted = {place.id for place in missing}
        for start, some in enumerate(_batches(filled)):
            self._tell("projecting", start * BATCH, count)
            rows = [(place.row(), place.rarity()) for place in some]
            self._write(rows, snapshot.manifest.seq, collection, [one for one in rows if one[0].id in wanted])
        self._remove(gone, collection if same else None)
        if not same:
            for vectors in (engines.meaning, engines.terms):
                vectors.finish(collection, len(snapshot))
                vectors.swap(collection)
        manifest = snapshot.manifest
        with writing(engines.catalogue) as connection:
            note_projected(connection, collection, manifest, snapshot.clicked.rates, manifest.seq, time.time())
        self._forget(collection)
        return count

    def follow(self, snapshot: Snapshot, at_most: int = 2_000) -> int:
        """Project what was written since, over the snapshot that was projected last; gives how many changes were followed."""
        engines, state = self._engines, self.state()
        if state is None:
            return 0
        found = changes_after(engines.catalogue, state.seq, at_most)
        if not found:
            return 0
        seq, recipe = found[-1].seq, state.recipe
        ids = sorted({change.article_id for change in found})
        loaded = load_rows(engines.catalogue, ids, recipe.model, recipe.dimension, recipe.text)
        rows = [_standing_in(snapshot, row) for row in loaded.values() if row is not None]
        self._remove([key for key, row in loaded.items() if row is None], state.collection)
        for some in in_chunks(rows, BATCH):
            segment = Segment.in_memory(some)
            reading = SegmentRows(segment)
            packed = [reading[at] for at in range(segment.rows)]
            both = [(row, _rarity(snapshot, row)) for row in packed]
            self._write(both, seq, state.collection, both)
        newest = _newest(state.manifest.newest, rows)
        manifest = replace(state.manifest, newest=newest)
        with writing(engines.catalogue) as connection:
            note_projected(connection, state.collection, manifest, state.clicks, seq, time.time())
        return len(found)

    def _known(self) -> dict[str, bytes]:
        with self._engines.catalogue.connect() as connection:
            return dict(fingerprints(connection))

    def _write(self, rows: Sequence["_Rare"], seq: int, collection: str, packed: Sequence["_Rare"]) -> None:
        """Rows into both indexes, and those of `packed` into the catalogue, but for articles written after `seq`."""
        engines = self._engines
        engines.meaning.upsert([row for row, _ in rows], collection)
        engines.terms.upsert(
            [replace(row, vector=term_vector.term_vector(row.terms, rarity)) for row, rarity in rows], collection
        )
        if packed:
            with writing(engines.catalogue) as connection:
                put(connection, packed, seq)

    def _remove(self, ids: Sequence[str], collection: str | None) -> None:
        if not ids:
            return
        with writing(self._engines.catalogue) as connection:
            remove(connection, ids)
        if collection is not None:
            self._engines.meaning.delete(ids)
            self._engines.terms.delete(ids)

    def _forget(self, serving: str) -> None:
        """Drop collections of before, but for the last one."""
        for vectors in (self._engines.meaning, self._engines.terms):
            others = [name for name in vectors.generations() if name != serving]
            for name in others[: max(0, len(others) - KEPT + 1)]:
                vectors.drop(name)


_Rare = tuple[SegmentRow, npt.NDArray[np.float64]]
"""A row, and how rare its terms are."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A live row of a snapshot."""

    snapshot: Snapshot
    rows: SegmentRows
    id: str
    fingerprint: bytes
    local: int

    def row(self) -> SegmentRow:
        return self.rows[self.local]

    def rarity(self) -> npt.NDArray[np.float64]:
        return _rarity(self.snapshot, self.row())


def _live(snapshot: Snapshot) -> Iterator[_Place]:
    for segment, dead in zip(snapshot.segments, snapshot.dead, strict=True):
        rows = SegmentRows(segment)
        for local in np.flatnonzero(~dead).tolist():
            yield _Place(snapshot, rows, segment.ids[local].decode(), segment.fingerprint[local].tobytes(), local)


def _batches(places: Iterable[_Place]) -> Iterator[list[_Place]]:
    some: list[_Place] = []
    for place in places:
        some.append(place)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some


def _rarity(snapshot: Snapshot, row: SegmentRow) -> npt.NDArray[np.float64]:
    """ln(N / df) of a row's terms, (t,) float64, df being at least 1."""
    frequency = np.maximum(1, snapshot.lexical.document_frequency(row.terms.hashes))
    rarity: npt.NDArray[np.float64] = np.log(max(1, snapshot.lexical.articles) / frequency)
    return rarity


def _standing_in(snapshot: Snapshot, row: Row) -> Row:
    """What is not embedded yet is found by the mean meaning of what is like it."""
    if row.embedded or not snapshot.segments:
        return row
    other = replace(row, vector=stand_in(snapshot, row.terms))
    other.know_as(row)
    return other


def _newest(known: str | None, rows: Iterable[Row]) -> str | None:
    now = time.time()
    dates = [row.article.published_at for row in rows if row.article.published_at is not None and row.published <= now]
    later = max(dates).isoformat().replace("+00:00", "Z") if dates else None
    return max(filter(None, (known, later)), default=None)


def collection_of(recipe: Recipe, name: str) -> str:
    """What a collection is called that holds vectors of a recipe: the end says which."""
    made = (recipe.model, recipe.dimension, recipe.text, recipe.terms, term_vector.DIMENSION, packed_row.FORM, NEVER)
    mark = hashlib.blake2b(repr(made).encode(), digest_size=5).hexdigest()
    return f"{name.rpartition('_')[0]}_{mark}"


def _new_collection(snapshot: Snapshot) -> str:
    stamp = "".join(character for character in snapshot.generation if character.isalnum())
    return collection_of(snapshot.manifest.recipe, f"{stamp}_")
