"""What is served from shared engines, kept true to the index of the host that rebuilds: by one process, the indexer's.

A new generation is compared with what stands there by fingerprint, so that it costs what changed. Another model fills a
collection beside the one that serves, and takes its place at once when it is whole. Between generations the change log is
followed. Whatever is interrupted is done again: nothing is noted as served before it is.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection, Engine

from index.change_log import changes_after, load_rows
from index.chunks import in_chunks
from index.cluster import packed_row
from index.cluster.comparing import BATCH, Live, batches, compare, live, rarity
from index.cluster.postings import (
    add_segment,
    complete_segment,
    drop_segments,
    insert_terms,
    is_whole,
    place_of,
    segment_numbers,
    terms_of,
)
from index.cluster.segment_rows import SegmentRows
from index.cluster.store import Placed, Projected, move, note_projected, projected, put, remove, segment_of, standing
from index.engines import writing
from index.row import Row
from index.segment import Segment
from index.snapshot import Recipe, Snapshot
from index.stand_in import stand_in
from index.upkeep import settle
from index.vector_index import GenerationIndex

WRITTEN = ("served", "served_names", "served_links", "served_terms")
SETTLED = 1_000
"""After so many rows PostgreSQL looks anew at how its tables are, so that it finds the shortest ways through them."""

KEPT = 2
"""So many collections stay of those that served last: a question that began with one ends with it."""

Tell = Callable[[str, int, int | None], None]

Meanwhile = Callable[[], Collection[str]]
"""What is done between two batches of a long piece of work; gives the articles that were written."""


@dataclass(frozen=True, slots=True)
class Engines:
    """Where things are projected to: the catalogue, and the index of vectors."""

    catalogue: Engine
    vectors: GenerationIndex

    def close(self) -> None:
        """Let go of the index."""
        self.vectors.close()


class Projection:
    """Writes; one at a time may."""

    def __init__(self, engines: Engines, tell: Tell = lambda _stage, _done, _total: None) -> None:
        self._engines = engines
        self._tell = tell

    def state(self) -> Projected | None:
        """What is served now."""
        with self._engines.catalogue.connect() as connection:
            return projected(connection)

    def is_there(self) -> bool:
        """Whether the collection that is served is; false where Milvus lost what it held."""
        state = self.state()
        return state is not None and state.collection in self._engines.vectors.generations()

    def renew(self, snapshot: Snapshot, meanwhile: Meanwhile = lambda: ()) -> int:
        """Bring all to a snapshot; gives how many articles' vectors were written. What was written since through the API is
        left for `follow`, which may be called `meanwhile` and is to be called afterwards."""
        catalogue, vectors, manifest = self._engines.catalogue, self._engines.vectors, snapshot.manifest
        state = self.state()
        same = state is not None and state.collection == collection_of(manifest.recipe, state.collection)
        same = same and self.is_there()
        collection = state.collection if same and state else _new_collection(snapshot)
        since = {change.article_id for change in changes_after(catalogue, manifest.seq)}
        known = self._standing()
        numbers = self._segments(snapshot, meanwhile)
        before = self._numbers()
        compared = compare(snapshot, numbers, known, since)
        if not same:
            vectors.begin(collection, manifest.recipe.dimension)
        filled: Iterable[Live] = compared.missing if same else live(snapshot, numbers)
        missing, done = {one.id for one in compared.missing}, 0
        for some in batches(filled):
            since |= set(meanwhile())
            rows = [one.placed() for one in some if not same or one.id not in since]
            vectors.upsert([one.row for one in rows], collection)
            with writing(catalogue) as connection:
                put(connection, [one for one in rows if one.row.id in missing], manifest.seq)
            done += len(rows)
            self._tell("projecting", done, len(compared.missing) if same else len(snapshot))
        for ids in in_chunks(sorted(compared.moved), BATCH):
            since |= set(meanwhile())
            with writing(catalogue) as connection:
                move(connection, {key: compared.moved[key] for key in ids if key not in since})
        gone = sorted(known.keys() - compared.there - since)
        self._remove(gone, vectors if same else None)
        if not same:
            vectors.finish(collection, len(snapshot), lambda seconds: time.sleep(0 if meanwhile() else seconds))
            vectors.swap(collection)
        with writing(catalogue) as connection:
            used = {*numbers.values(), *(segment_of(known[key][1]) for key in since & known.keys())}
            drop_segments(connection, sorted(before - used))
            note_projected(connection, collection, manifest, snapshot.clicked.rates, manifest.seq, time.time())
        self._forget(collection)
        if done > SETTLED:
            settle(catalogue, *WRITTEN)
        return done

    def follow(self, snapshot: Snapshot, at_most: int = 2_000) -> Collection[str]:
        """Project what was written since, over the snapshot that was projected last; gives the articles that were."""
        catalogue, vectors, state = self._engines.catalogue, self._engines.vectors, self.state()
        found = [] if state is None else changes_after(catalogue, state.seq, at_most)
        if state is None or not found:
            return ()
        seq, recipe = found[-1].seq, state.recipe
        ids = sorted({change.article_id for change in found})
        loaded = load_rows(catalogue, ids, recipe.model, recipe.dimension, recipe.text)
        rows = [_standing_in(snapshot, row) for row in loaded.values() if row is not None]
        self._remove([key for key, row in loaded.items() if row is None], vectors)
        made: list[Placed] = []
        segment = Segment.in_memory(rows) if rows else None
        with writing(catalogue) as connection:
            if segment is not None:
                made = _putlive(connection, snapshot, segment, seq)
        vectors.upsert([one.row for one in made], state.collection)
        with writing(catalogue) as connection:
            manifest = replace(state.manifest, newest=_newest(state.manifest.newest, rows))
            note_projected(connection, state.collection, manifest, state.clicks, seq, time.time())
        return ids

    def _standing(self) -> dict[str, tuple[bytes, int]]:
        with self._engines.catalogue.connect() as connection:
            return {key: (fingerprint, place) for key, fingerprint, place in standing(connection)}

    def _numbers(self) -> set[int]:
        with self._engines.catalogue.connect() as connection:
            return set(segment_numbers(connection).values())

    def _segments(self, snapshot: Snapshot, meanwhile: Meanwhile) -> dict[str, int]:
        """The numbers of the snapshot's segments; the terms of those that are not there yet are written."""
        catalogue = self._engines.catalogue
        with writing(catalogue) as connection:
            known = segment_numbers(connection)
            drop_segments(connection, [number for name, number in known.items() if not is_whole(name)])
        for segment in snapshot.segments:
            if segment.name in known:
                continue
            self._tell("projecting terms", 0, None)
            with writing(catalogue) as connection:
                number = add_segment(connection, segment.name, whole=False)
            for some in terms_of(segment, number, alone=True):
                meanwhile()
                with writing(catalogue) as connection:
                    insert_terms(connection, some)
            with writing(catalogue) as connection:
                known[segment.name] = complete_segment(connection, number, segment.name)
        return {segment.name: known[segment.name] for segment in snapshot.segments}

    def _remove(self, ids: Sequence[str], vectors: GenerationIndex | None) -> None:
        if not ids:
            return
        with writing(self._engines.catalogue) as connection:
            remove(connection, ids)
        if vectors is not None:
            vectors.delete(ids)

    def _forget(self, serving: str) -> None:
        """Drop collections of before, but for the last one."""
        others = [name for name in self._engines.vectors.generations() if name != serving]
        for name in others[: max(0, len(others) - KEPT + 1)]:
            self._engines.vectors.drop(name)


def _putlive(connection: Connection, snapshot: Snapshot, segment: Segment, seq: int) -> list[Placed]:
    """Serve what was written between rebuilds, as a segment of its own."""
    name = f"live {seq}"
    if (interrupted := segment_numbers(connection).get(name)) is not None:
        drop_segments(connection, [interrupted])
    number = add_segment(connection, name, whole=True)
    for some in terms_of(segment, number, alone=False):
        insert_terms(connection, some)
    rows = SegmentRows(segment)
    made = [Placed(row := rows[at], rarity(snapshot, row), place_of(number, at)) for at in range(segment.rows)]
    put(connection, made, seq)
    return made


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
    made = (recipe.model, recipe.dimension, recipe.text, packed_row.FORM)
    mark = hashlib.blake2b(repr(made).encode(), digest_size=5).hexdigest()
    return f"{name.rpartition('_')[0]}_{mark}"


def _new_collection(snapshot: Snapshot) -> str:
    stamp = "".join(character for character in snapshot.generation if character.isalnum())
    return collection_of(snapshot.manifest.recipe, f"{stamp}_")
