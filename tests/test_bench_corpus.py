"""The archive that speed is measured on comes out the same each time, and is what it says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("benchmarks.corpus", reason="the benchmarks are not beside the tests (a source distribution)")

from benchmarks import corpus as archive
from benchmarks.corpus import CHUNK, EARLIER, LookupEmbedder, corpus, grown, is_changed, name_of
from index.article import Article
from index.embedder import embedding_text
from index.sentence_transformer import DEFAULT_DIMENSION

REAL = 40
SIZE = 1_000
FIRST = datetime(2022, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def few_real_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty articles in two sections stand for the development data."""
    articles = [
        Article(
            f"a{at}",
            f"Headline {at}",
            f"lead {at} begins here and ends there {at}",
            section="world" if at % 2 else "sport",
            published_at=FIRST + timedelta(days=at),
        )
        for at in range(REAL)
    ]
    order = np.array(sorted(range(REAL), key=lambda at: (at % 2, at)))
    monkeypatch.setattr(archive, "REAL", REAL)
    monkeypatch.setattr(archive, "_base", lambda: (articles, order, np.argsort(order)))
    monkeypatch.setattr(archive, "_rows_by_id", lambda: {one.id: row for row, one in enumerate(articles)})


@pytest.fixture
def real() -> npt.NDArray[np.float32]:
    """A vector of length 1 for each of them."""
    drawn = np.random.default_rng(1).standard_normal((REAL, DEFAULT_DIMENSION)).astype(np.float32)
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def test_the_archive_is_the_same_each_time_and_a_smaller_one_is_the_beginning_of_a_larger() -> None:
    whole = list(corpus(SIZE))
    assert whole == list(corpus(SIZE))
    assert whole[:100] == list(corpus(100))


def test_ids_are_distinct_and_links_name_earlier_articles() -> None:
    whole = list(corpus(SIZE))
    place = {one.id: row for row, one in enumerate(whole)}
    assert len(place) == SIZE
    assert [one.id for one in whole] == [name_of(row) for row in range(SIZE)]
    assert [archive.row_of(one.id) for one in whole] == list(range(SIZE))
    linked = [(row, link.article_id) for row, one in enumerate(whole) for link in one.links]
    assert 0.25 * SIZE < len({row for row, _ in linked}) < 0.42 * SIZE
    assert all(place[str(target)] < row for row, target in linked)


def test_each_round_lies_earlier_than_the_one_before() -> None:
    whole = list(corpus(SIZE))
    for row, one in enumerate(whole):
        assert one.published_at == FIRST + timedelta(days=row % REAL) - EARLIER * (row // REAL)


def test_a_grown_text_is_made_of_two_real_ones_of_a_section() -> None:
    grown_article = next(one for row, one in enumerate(corpus(SIZE)) if row == REAL + 3)
    assert (grown_article.title, grown_article.text) == ("Headline 3", "lead 3 begins here and ends there 5")
    texts = [one.text for one in corpus(REAL * 10)]
    assert len(set(texts)) == len(texts)


def test_one_article_in_two_hundred_is_an_opinion() -> None:
    assert 0.003 < sum(one.section == archive.OPINION for one in corpus(10_000)) / 10_000 < 0.007


def test_a_share_of_the_texts_changes_with_each_edition_and_nothing_else_does() -> None:
    first, second = list(corpus(SIZE)), list(corpus(SIZE, 0.1, edition=2))
    rows = {row for row in range(SIZE) if is_changed(row, 0.1, 2)}
    assert 0.07 * SIZE < len(rows) < 0.13 * SIZE
    assert {row for row in range(SIZE) if first[row].text != second[row].text} == rows
    assert [one.title for one in first] == [one.title for one in second]
    assert rows != {row for row in range(SIZE) if is_changed(row, 0.1, 3)}


def test_grown_vectors_have_length_1_and_are_as_near_to_their_origin_as_meant(real: npt.NDArray[np.float32]) -> None:
    found = grown(real, np.arange(SIZE))
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(SIZE), abs=1e-5)
    assert found[:REAL] == pytest.approx(real)
    near = (found[REAL:] * real[np.arange(REAL, SIZE) % REAL]).sum(axis=1)
    assert near.min() > 0.4
    assert near.max() < 0.95
    assert np.array_equal(found, grown(real, np.arange(SIZE)))


def test_a_text_of_the_archive_gets_its_own_vector_and_another_always_the_same(
    real: npt.NDArray[np.float32], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(archive, "CACHE", tmp_path)
    (tmp_path / "corpus").mkdir()
    monkeypatch.setattr(archive, "real_count", lambda: REAL)
    monkeypatch.setattr(archive, "real_vectors", lambda: real)
    embedder = LookupEmbedder(SIZE)
    texts = [embedding_text(one) for one in corpus(SIZE)]
    assert np.array_equal(embedder.embed(texts), archive.vectors(SIZE))
    assert np.array_equal(archive.vectors(SIZE), grown(real, np.arange(SIZE)))
    assert SIZE < CHUNK
    unknown = embedder.embed(["a text that nobody wrote", "another", "a text that nobody wrote"])
    assert np.array_equal(unknown[0], unknown[2])
    assert np.linalg.norm(unknown, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    edited = embedder.embed([f"{text} And a word more." for text in texts])
    first = {one.title: row for row, one in reversed(list(enumerate(corpus(SIZE))))}
    assert np.array_equal(edited, archive.vectors(SIZE)[[first[one.title] for one in corpus(SIZE)]])
