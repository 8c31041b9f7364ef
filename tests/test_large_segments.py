"""What large segments do otherwise than small ones, on small ones that are told they are large: rough vectors, dates from
the newest on, the strongest terms alone, and what filters keep, remembered."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from helpers import NOW, article, opened, rebuild_with

from index import lexical_segment, retrieval, rough_vectors, segment_filter, segment_vectors, term_scores
from index.embedder import WordHashEmbedder
from index.errors import DamagedSnapshot
from index.row import UNDATED
from index.snapshot import Snapshot
from index.term_scores import BY_TERMS, TermScores
from index.terms import Kind, count_terms
from index.vector_index import Filter

EMBEDDER = WordHashEmbedder(64)
WORDS = "mayor budget flood school bridge harbour vote strike museum train rain river market court film".split()
SECTIONS = ("news", "news/flood", "sport", "world")
COUNT = 1_200


def texts(count: int = COUNT) -> list[str]:
    random = np.random.default_rng(5)
    return [" ".join(random.choice(WORDS, 4)) + f" own{at} odd{at % 97}" for at in range(count)]


def archive() -> list:
    return [
        article(
            f"a{at:04}",
            f"T{at % 211}",
            text,
            section=SECTIONS[at % 4],
            lang=("en", "de", None)[at % 3],
            published_at=None if at % 50 == 0 else (NOW - timedelta(hours=at % 400)).isoformat(),
        )
        for at, text in enumerate(texts())
    ]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """An archive in two segments with rough vectors, with deleted rows."""
    data = tmp_path_factory.mktemp("large") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_vectors, "WORTH_FROM", 100)
        patch.setattr(rough_vectors, "SPARE_AT_LEAST", 60)
        patch.setattr(term_scores, "TOP", 150)
        patch.setattr(retrieval, "FEW", 50)
        articles = archive()
        rebuild_with(data, articles[:1_000], EMBEDDER)
        rebuild_with(data, articles[40:], EMBEDDER, force=True)
        snapshot = opened(data)
        assert [one.vectors.rough.axes for one in snapshot.segments if one.vectors.rough] == [32, 32]
        yield snapshot


def exact(snapshot: Snapshot, vector: np.ndarray, kept: np.ndarray, k: int) -> np.ndarray:
    """The `k` rows of those kept with the greatest scores, best first, by brute force."""
    scores = snapshot.vectors_at(kept) @ vector
    return kept[np.lexsort((kept, -scores))[:k]]


def rows_kept(snapshot: Snapshot, keep: Filter) -> np.ndarray:
    eligible = snapshot.eligible(keep)
    return eligible.only(np.arange(int(snapshot.starts[-1])))


FILTERS = (
    Filter(NOW),
    Filter(NOW, section="news"),
    Filter(NOW, section="news/flood"),
    Filter(NOW, languages=frozenset({"de"})),
    Filter(NOW, published_from=NOW - timedelta(hours=30)),
    Filter(NOW, published_from=NOW - timedelta(hours=2)),
    Filter(NOW, excluded_sections=frozenset({"news", "sport"})),
    Filter(NOW, excluded_ids=frozenset({"a0100", "a0300"}), section="world"),
)


@pytest.mark.parametrize("keep", FILTERS, ids=range(len(FILTERS)))
def test_what_is_found_is_kept_by_the_filter_and_nearly_always_the_nearest(large: Snapshot, keep: Filter) -> None:
    kept = rows_kept(large, keep)
    found = 0
    for text in texts()[::60]:
        vector = EMBEDDER.embed([text])[0]
        near = large.vectors.nearest_rows(vector, 10, large.eligible(keep))
        assert np.isin(near, kept).all()
        assert len(near) == min(10, len(kept)) == len(set(near.tolist()))
        scores = large.vectors_at(near) @ vector
        assert (np.diff(scores) <= 1e-6).all(), "best first, by exact scores"
        best = large.vectors_at(exact(large, vector, kept, 10)) @ vector
        found += int(np.sum(scores >= best[-1] - 1e-6))
    assert found >= 0.97 * min(10, len(kept)) * len(texts()[::60])


def test_few_rows_are_compared_exactly_and_so_is_what_search_finds(large: Snapshot) -> None:
    keep = Filter(NOW, published_from=NOW - timedelta(hours=9), section="world")
    kept = rows_kept(large, keep)
    assert 0 < len(kept) < large.segments[0].rows * rough_vectors.GATHER_BELOW * 4
    vector = EMBEDDER.embed(["flood school rain"])[0]
    near = large.vectors.nearest_rows(vector, 3, large.eligible(keep))
    scores, best = (large.vectors_at(rows) @ vector for rows in (near, exact(large, vector, kept, 3)))
    assert scores == pytest.approx(best, abs=1e-6)
    matches = large.vectors.search(vector, 20, Filter(NOW))
    best = large.vectors_at(exact(large, vector, rows_kept(large, Filter(NOW)), 20)) @ vector
    assert [match.score for match in matches] == pytest.approx(best.tolist(), abs=1e-6)


def test_the_same_vectors_are_the_same_roughly_and_the_axes_hold_most_of_them(tmp_path: Path) -> None:
    vectors = EMBEDDER.embed(texts())
    for name in ("one", "two"):
        rough_vectors.write_rough(tmp_path / name, vectors, rough_vectors.axes_of(vectors))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    axes = rough_vectors.axes_of(vectors)
    assert np.allclose(axes @ axes.T, np.eye(len(axes)), atol=1e-5)
    held = ((vectors @ axes.T) ** 2).sum() / (vectors**2).sum()
    assert rough_vectors.HELD <= held < 1
    fewer = ((vectors @ axes[: -rough_vectors.STEP].T) ** 2).sum() / (vectors**2).sum()
    assert fewer < rough_vectors.HELD


@pytest.mark.parametrize("dimension", [5, 64])
def test_equal_vectors_and_ones_that_mean_nothing_can_be_asked(tmp_path: Path, dimension: int) -> None:
    random = np.random.default_rng(3).standard_normal((100, dimension)).astype(np.float32)
    for vectors in (np.zeros((100, dimension), np.float32), np.tile(random[:1], (100, 1)), random):
        axes = rough_vectors.axes_of(vectors)
        rough_vectors.write_rough(tmp_path / "rough", vectors, axes)
        found, _ = rough_vectors.RoughVectors(tmp_path / "rough", axes).likely(random[0], 5, np.arange(100) < 90)
        wanted = min(90, rough_vectors.spared(5))
        assert len(set(found.tolist())) == len(found) == wanted
        assert found.max() < 90


def test_a_large_segment_of_before_is_written_anew_and_answers_as_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = archive()[:60]
    rebuild_with(tmp_path, articles, EMBEDDER)
    before = opened(tmp_path)
    monkeypatch.setattr(segment_vectors, "WORTH_FROM", 50)
    assert [one.vectors.outdated for one in before.segments] == [True]
    report = rebuild_with(tmp_path, articles, EMBEDDER)
    after = opened(tmp_path)
    assert (report.published, report.added, report.changed, report.embedded) == (True, 0, 0, 0)
    assert [one.vectors.outdated for one in after.segments] == [False]
    assert after.segments[0].vectors.rows.dtype == np.float16
    rows = np.arange(60)
    assert after.vectors_at(rows) == pytest.approx(before.vectors_at(rows), abs=1e-3)
    assert not rebuild_with(tmp_path, articles, EMBEDDER).published


def test_a_damaged_file_of_rough_vectors_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_vectors, "WORTH_FROM", 10)
    rebuild_with(tmp_path, archive()[:30], EMBEDDER)
    (path,) = tmp_path.glob("segments/*/rough.faiss")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedSnapshot, match=r"rough\.faiss"):
        opened(tmp_path)


@pytest.mark.parametrize("keep", FILTERS, ids=range(len(FILTERS)))
@pytest.mark.parametrize("k", [1, 7, 60, 2_000])
def test_the_newest_are_those_of_a_sort(large: Snapshot, keep: Filter, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "FEW", 50)
    kept = rows_kept(large, keep)
    published = dict(zip(kept.tolist(), large.take("published", kept).tolist(), strict=True))
    expected = sorted(published, key=lambda row: (-published[row], large.id_of(row)))[:k]
    found = retrieval.newest(large, k, large.eligible(keep)).tolist()
    assert found == expected
    if k > len(kept) and keep == Filter(NOW):
        assert published[found[-1]] == UNDATED, "undated pieces come last"


def test_the_strongest_terms_find_the_likest_of_all(large: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = [count_terms("", text) for text in texts()[::40]]
    every = [TermScores(large, terms).best(10, _all, BY_TERMS).tolist() for terms in questions]
    monkeypatch.setattr(term_scores, "PLACES", 900)
    monkeypatch.setattr(term_scores, "SPARE_AT_LEAST", 40)
    few = large.lexical.likely(large.lexical.query(questions[0]), BY_TERMS, 900)
    looked = sum(len(rows) for rows, _ in few)
    assert looked < 0.9 * sum(
        len(rows) for rows, _ in large.lexical.likely(large.lexical.query(questions[0]), BY_TERMS, 10**9)
    )
    some = [TermScores(large, terms).best(10, _all, BY_TERMS).tolist() for terms in questions]
    same = [len(set(one) & set(other)) for one, other in zip(every, some, strict=True)]
    assert sum(same) >= 0.9 * 10 * len(questions)
    for terms, rows in zip(questions, some, strict=True):
        scores = np.array(list(BY_TERMS.values())) @ TermScores(large, terms).at(np.array(rows), tuple(BY_TERMS))
        assert (np.diff(scores) <= 1e-6).all(), "by all terms, best first"


def test_where_even_the_strongest_term_is_common_it_is_looked_for_all_the_same(
    large: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_scores, "PLACES", 1)
    found = TermScores(large, count_terms("", "flood")).best(5, _all, {Kind.WORD: 1.0})
    assert len(found) == 5


def _all(_: int, rows: np.ndarray) -> np.ndarray:
    return np.ones(len(rows), np.bool_)


def test_only_so_many_filters_are_remembered(large: Snapshot) -> None:
    one = large.segments[0]
    keep = Filter(NOW)
    for number in range(3 * segment_filter.REMEMBERED):
        one.eligible(replace(keep, languages=frozenset({f"l{number}"})))
    assert len(one._filter._known) == segment_filter.REMEMBERED


def test_texts_are_excluded_by_their_copy_keys(large: Snapshot) -> None:
    kept = rows_kept(large, Filter(NOW))
    keys = large.take("copy_key", kept[:5])
    keep = Filter(NOW, excluded_copies=frozenset(key.tobytes() for key in keys))
    wanted = [
        row for row, key in zip(kept, large.take("copy_key", kept), strict=True) if not (keys == key).all(axis=1).any()
    ]
    assert rows_kept(large, keep).tolist() == wanted
    stranger = Filter(datetime.now(UTC), excluded_copies=frozenset({b"\xff" * 16}))
    assert len(rows_kept(large, stranger)) == len(kept)


@pytest.mark.parametrize("section", ["news", "news/flood", "sport"])
def test_within_a_section_the_likest_are_looked_for_among_its_rows(
    large: Snapshot, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With places for a tenth of the archive a quarter of it is searched nearly whole."""
    monkeypatch.setattr(term_scores, "ARTICLES_A_PLACE", 10**9)
    eligible = large.eligible(Filter(NOW, section=section))
    near = far = 0
    for text in texts()[::60]:
        terms = count_terms("", text)
        monkeypatch.setattr(term_scores, "PLACES", 10**9)
        every = set(TermScores(large, terms).best(10, eligible.holds, BY_TERMS).tolist())
        assert set(TermScores(large, terms).best(10, eligible.holds, BY_TERMS, eligible.spans).tolist()) == every
        monkeypatch.setattr(term_scores, "PLACES", 40)
        found = TermScores(large, terms).best(10, eligible.holds, BY_TERMS, eligible.spans).tolist()
        assert eligible.only(np.array(found)).tolist() == found
        near += len(every & set(found))
        far += len(every & set(TermScores(large, terms).best(10, eligible.holds, BY_TERMS).tolist()))
    assert near > far


def test_of_two_texts_whose_copy_keys_begin_alike_only_the_one_that_is_meant_is_found(large: Snapshot) -> None:
    one = large.segments[0]
    key = one.copy_key[3].tobytes()
    assert 3 in one.rows_of_copy(key)
    assert one.rows_of_copy(key[:8] + bytes(8)) == []


def test_more_pieces_of_one_moment_than_are_looked_at_together_are_all_weighed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "FEW", 5)
    moment = (NOW - timedelta(hours=1)).isoformat()
    # rows lie by section, and are looked at from the last: the first by id is looked at last
    given = [article(f"p{at:02}", text=f"own{at}", section=f"s{at:02}", published_at=moment) for at in range(100)]
    rebuild_with(tmp_path, given)
    snapshot = opened(tmp_path)
    found = retrieval.newest(snapshot, 3, snapshot.eligible(Filter(NOW)))
    assert [snapshot.id_of(int(row)) for row in found] == ["p00", "p01", "p02"]


def test_numbers_that_end_alike_are_told_apart() -> None:
    numbers = np.array([5, 5 + 2**16, 9, 2**17 + 9, 5], dtype=np.int32)
    met, which = lexical_segment._met(numbers, np.array([5, 2**17 + 9]))
    assert (met.tolist(), which.tolist()) == ([0, 3, 4], [0, 1, 0])
