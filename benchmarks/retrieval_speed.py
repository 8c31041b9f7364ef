"""Finding candidates: how long it takes and how much of the exact answer it finds, by size and by how much a filter keeps.

    python -m benchmarks.performance --only retrieval

In this process, on one thread. The exact answer is worked out here, with NumPy alone, from the vectors as the model made
them and from the lists of where each term stands. Rivals: NumPy's own scan, FAISS's flat index under a selector, and its
HNSW graph under one.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import faiss
import numpy as np
import numpy.typing as npt

from benchmarks.archives import CLOCK, archive
from benchmarks.corpus import OPINION, vectors_of
from benchmarks.machine import CACHE
from benchmarks.results import Row, percentiles
from index.chunks import in_chunks
from index.lexical_segment import LOG_COUNT
from index.pointer import current_generation
from index.snapshot import Snapshot, open_snapshot
from index.term_scores import BY_TERMS, TermScores
from index.terms import TermCounts
from index.vector_index import Filter

K = 10
"""Recall is of so many."""

CANDIDATES = 100
"""So many are asked for, as the shipped policy does; of the rivals too."""

HNSW_UP_TO = 100_000
"""A graph of a million takes the best part of an hour to build on one core."""

FIVE_PERCENT = "science"

TIE = 1e-5
"""Scores nearer than this to the last of the exact answer count as in it."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of one row under one filter."""

    row: int
    vector: npt.NDArray[np.float32]
    """As the index keeps it, which may be rounded: the product asks with it. The others ask with what the model made."""
    terms: TermCounts
    keep: Filter


def measure(sizes: tuple[int, ...], quick: bool) -> Iterator[Row]:
    """Rows by size, filter and way of finding."""
    faiss.omp_set_num_threads(1)
    for size in sizes:
        data = archive(size)
        snapshot = open_snapshot(data, current_generation(data), verify=False)
        flat = faiss.IndexFlatIP(snapshot.vectors.dimension)
        for rows in in_chunks(range(int(snapshot.starts[-1]))):
            flat.add(vectors_of([snapshot.id_of(row) for row in rows], size))
        matrix = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(flat.ntotal, flat.d)
        graph = _graph(size, snapshot.generation, matrix) if size <= HNSW_UP_TO else None
        count = 40 if quick else 200
        drawn = np.random.default_rng(3).permutation(int(snapshot.starts[-1]))[:count].tolist()
        for name, keep in filters(snapshot).items():
            asked = [_asked(snapshot, row, keep) for row in drawn]
            yield from _by_meaning(size, name, snapshot, matrix, flat, graph, asked)
            yield from _by_terms(size, name, snapshot, asked)


def filters(snapshot: Snapshot) -> dict[str, Filter]:
    """Filters by the share that they keep."""
    published = np.concatenate([segment.published for segment in snapshot.segments])
    median = datetime.fromtimestamp(int(np.median(published)), UTC)
    keep = Filter(visible_at=CLOCK)
    return {
        "all": keep,
        "50 % (half of the dates)": replace(keep, published_from=median),
        "5 % (a section)": replace(keep, section=FIVE_PERCENT),
        "0.5 % (a section)": replace(keep, section=OPINION),
    }


def _by_meaning(
    size: int,
    name: str,
    snapshot: Snapshot,
    matrix: npt.NDArray[np.float32],
    flat: faiss.IndexFlatIP,
    graph: faiss.IndexHNSWFlat | None,
    asked: list[Asked],
) -> Iterator[Row]:
    exact = {one.row: _exact(snapshot, matrix, one) for one in asked}
    ways: dict[str, Callable[[Asked], Rows]] = {
        "ours": lambda one: snapshot.vectors.nearest_rows(one.vector, CANDIDATES, snapshot.eligible(one.keep)),
        "NumPy": lambda one: _numpy(matrix, matrix[one.row], _mask(snapshot, one.keep)),
        "FAISS flat": lambda one: _faiss(flat, matrix[one.row], _mask(snapshot, one.keep), None),
    }
    if graph is not None:
        ways["FAISS HNSW"] = lambda one: _faiss(graph, matrix[one.row], _mask(snapshot, one.keep), 128)
    took, found = _timed(ways, asked)
    for way in ways:
        hits = [_hits(matrix, one, found[way][at][:K], exact[one.row]) for at, one in enumerate(asked)]
        yield Row(f"meaning · {name} · {way}", size, {**took[way], "recall@10": float(np.mean(hits))})


def _by_terms(size: int, name: str, snapshot: Snapshot, asked: list[Asked]) -> Iterator[Row]:
    ways: dict[str, Callable[[Asked], Rows]] = {
        "ours": lambda one: _by_terms_found(snapshot, one),
        "every posting": lambda one: _by_all_postings(snapshot, one)[0],
    }
    took, found = _timed(ways, asked)
    hits = []
    for at, one in enumerate(asked):
        rows, scores = _by_all_postings(snapshot, one)
        best = rows[:K]
        if len(best):
            got = found["ours"][at][:K]
            hits.append(float((scores[got] >= scores[best[-1]] - TIE).sum()) / len(best))
    yield Row(f"terms · {name} · ours", size, {**took["ours"], "recall@10": float(np.mean(hits)) if hits else 1.0})
    yield Row(f"terms · {name} · every posting", size, {**took["every posting"], "recall@10": 1.0})


def _timed(
    ways: dict[str, Callable[[Asked], Rows]], asked: list[Asked]
) -> tuple[dict[str, dict[str, float]], dict[str, list[Rows]]]:
    """Ask each query of each way in turn: times in ms, passed and of the processor, and what was found."""
    passed: dict[str, list[float]] = {way: [] for way in ways}
    worked: dict[str, list[float]] = {way: [] for way in ways}
    found: dict[str, list[Rows]] = {way: [] for way in ways}
    for ask in ways.values():
        ask(asked[0])
    for one in asked:
        for way, ask in ways.items():
            began, busy = time.perf_counter(), time.thread_time()
            rows = ask(one)
            worked[way].append((time.thread_time() - busy) * 1000)
            passed[way].append((time.perf_counter() - began) * 1000)
            found[way].append(rows)
    figures = {
        way: {**percentiles(passed[way]), **{f"processor {name}": ms for name, ms in percentiles(worked[way]).items()}}
        for way in ways
    }
    return figures, found


def _asked(snapshot: Snapshot, row: int, keep: Filter) -> Asked:
    segment, local = snapshot.place(row)
    vector: npt.NDArray[np.float32] = segment.vectors.rows[local].astype(np.float32)
    return Asked(row, vector, segment.lexical.terms_of(local), replace(keep, excluded_rows=(row,)))


def _mask(snapshot: Snapshot, keep: Filter) -> npt.NDArray[np.bool_]:
    """Which rows a filter keeps, (rows,) bool: read off the columns, without the product's own way of doing it."""
    mask = np.zeros(int(snapshot.starts[-1]), np.bool_)
    for number, segment in enumerate(snapshot.segments):
        start = int(snapshot.starts[number])
        now = keep.visible_at.timestamp()
        kept = (segment.published <= now) & (segment.superseded_at > now) & ~snapshot.dead[number]
        if keep.section is not None:
            codes = [code for code, path in enumerate(segment.sections) if path.split("/")[0] == keep.section]
            kept &= np.isin(segment.section, codes)
        if keep.published_from is not None:
            kept &= segment.published >= keep.published_from.timestamp()
        mask[start : start + segment.rows] = kept
    mask[list(keep.excluded_rows)] = False
    return mask


def _exact(snapshot: Snapshot, matrix: npt.NDArray[np.float32], one: Asked) -> float:
    """The score of the last of the exact answer; what reaches it is right."""
    rows = _numpy(matrix, matrix[one.row], _mask(snapshot, one.keep))[:K]
    return float(matrix[rows[-1]] @ matrix[one.row]) if len(rows) else 0.0


def _hits(matrix: npt.NDArray[np.float32], one: Asked, rows: Rows, bound: float) -> float:
    return float((matrix[rows] @ matrix[one.row] >= bound - TIE).sum()) / K


def _numpy(matrix: npt.NDArray[np.float32], vector: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_]) -> Rows:
    kept = np.flatnonzero(mask)
    scores = (matrix @ vector)[kept] if len(kept) > len(mask) / 4 else matrix[kept] @ vector
    best = np.argpartition(-scores, min(CANDIDATES, len(scores) - 1))[:CANDIDATES]
    return kept[best[np.argsort(-scores[best], kind="stable")]]


def _faiss(index: faiss.Index, vector: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_], ef: int | None) -> Rows:
    selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
    params = faiss.SearchParametersHNSW(sel=selector, efSearch=ef) if ef else faiss.SearchParameters(sel=selector)
    _, rows = index.search(vector[None, :], CANDIDATES, params=params)
    return rows[0][rows[0] >= 0]


def _graph(size: int, generation: str, matrix: npt.NDArray[np.float32]) -> faiss.IndexHNSWFlat:
    """The graph (M 16, built with 128), kept from one run to the next."""
    path = CACHE / f"hnsw-{size}-{generation}.faiss"
    if path.is_file():
        return faiss.read_index(str(path))
    for other in CACHE.glob(f"hnsw-{size}-*.faiss"):
        other.unlink()
    graph = faiss.IndexHNSWFlat(matrix.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = 128
    graph.add(matrix)
    faiss.write_index(graph, str(path))
    return graph


def _by_terms_found(snapshot: Snapshot, one: Asked) -> Rows:
    eligible = snapshot.eligible(one.keep)
    return TermScores(snapshot, one.terms).best(CANDIDATES, eligible.holds, BY_TERMS, eligible.spans)


def _by_all_postings(snapshot: Snapshot, one: Asked) -> tuple[Rows, npt.NDArray[np.float32]]:
    """The best by the weighted sum of the kinds, reading every place where a term of the query stands; and all scores."""
    query = snapshot.lexical.query(one.terms)
    total = np.zeros(int(snapshot.starts[-1]), np.float32)
    for number, (segment, (which, numbers)) in enumerate(zip(snapshot.segments, query.places, strict=True)):
        at, rows, counts = segment.lexical.postings(numbers)
        kinds = query.kinds[which[at]]
        values = query.weights[which[at]] * LOG_COUNT[counts]
        part = total[int(snapshot.starts[number]) : int(snapshot.starts[number + 1])]
        for kind, weight in BY_TERMS.items():
            sums = np.bincount(rows[kinds == kind], values[kinds == kind], segment.rows)
            part += (weight * sums / segment.lexical.norms[kind]).astype(np.float32)
    total = np.where(_mask(snapshot, one.keep), total, np.float32(0))
    kept = np.flatnonzero(total > 0)
    return kept[np.argsort(-total[kept], kind="stable")[:CANDIDATES]], total
