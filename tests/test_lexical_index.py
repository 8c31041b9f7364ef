"""The lexical index against brute force: plain dictionaries and the formula of its docstring."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from helpers import examples
from hypothesis import given
from hypothesis import strategies as st

from index.columns import FolderColumns, FolderWriter, MemoryColumns
from index.lexical_index import LexicalIndex, QueryTerms
from index.lexical_segment import LexicalSegment, write_lexical
from index.terms import Kind, TermCounts, count_terms, headline_terms

WORDS = "Jane Roe of Old Town flood bridge vote . mayor".split(" ")
texts = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
documents = st.lists(st.tuples(texts, texts), min_size=1, max_size=8)

PREFIX = {
    Kind.WORD: (0, 62),
    Kind.PAIR: (1, 62),
    Kind.NAME: (2, 62),
    Kind.TOPIC: (0b11000, 59),
    Kind.AUTHOR: (0b11001, 59),
    Kind.SERIES: (0b11010, 59),
    Kind.COLUMN: (0b11011, 59),
    Kind.TYPE: (0b11100, 59),
}
"""What stands above so many bits of a term of each kind."""

Document = tuple[str, str]
Terms = dict[int, int]


def terms_of(document: Document) -> Terms:
    counted = count_terms(*document)
    return dict(zip(counted.hashes.tolist(), counted.counts.tolist(), strict=True))


def of_kind(terms: Terms, kind: Kind) -> Terms:
    prefix, bits = PREFIX[kind]
    return {term: count for term, count in terms.items() if term >> bits == prefix}


def brute_force(live: Sequence[Document], query: Document, document: Document) -> list[float]:
    """By kind of term: the sum of the query's (1 + ln tf) · idf² times the document's 1 + ln tf, each of length 1."""
    frequency = Counter(term for one in live for term in terms_of(one))
    scores = []
    for kind in Kind:
        asked = {
            term: (1 + math.log(count)) * math.log(len(live) / frequency[term]) ** 2
            for term, count in of_kind(terms_of(query), kind).items()
            if frequency[term]
        }
        held = {term: 1 + math.log(count) for term, count in of_kind(terms_of(document), kind).items()}
        lengths = math.hypot(*asked.values()) * math.hypot(*held.values())
        scores.append(sum(weight * held.get(term, 0) for term, weight in asked.items()) / lengths if lengths else 0)
    return scores


def segment_of(folder: Path, part: Sequence[Document]) -> LexicalSegment:
    writer = FolderWriter(folder)
    titles = [headline_terms(title) for title, _ in part]
    write_lexical(writer, [count_terms(*document) for document in part], titles)
    return LexicalSegment(FolderColumns(folder), len(part))


def index_of(
    folder: Path, parts: Sequence[Sequence[Document]], dead: Sequence[Sequence[bool]] | None = None
) -> LexicalIndex:
    segments = [segment_of(folder / str(number), part) for number, part in enumerate(parts)]
    masks = [np.array(mask, bool) for mask in dead] if dead else [np.zeros(len(part), bool) for part in parts]
    return LexicalIndex(segments, masks)


def every_score(index: LexicalIndex, query: QueryTerms) -> list[np.ndarray]:
    """The scores of all rows, by segment."""
    return [index.scores_at(query, number, np.arange(segment.rows)) for number, segment in enumerate(index._segments)]


@examples(40)
@given(data=st.data(), archive=documents, query=st.tuples(texts, texts))
def test_scores_are_those_of_brute_force_whichever_segments_and_whatever_was_deleted(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, archive: list[Document], query: Document
) -> None:
    dead = data.draw(st.lists(st.booleans(), min_size=len(archive), max_size=len(archive)))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(archive)), max_size=3)) | {0, len(archive)})
    spans = [slice(start, stop) for start, stop in pairwise(cuts)]
    folder = tmp_path_factory.mktemp("lexical")
    index = index_of(folder, [archive[span] for span in spans], [dead[span] for span in spans])
    live = [document for document, gone in zip(archive, dead, strict=True) if not gone]
    asked = index.query(count_terms(*query))
    got = np.concatenate(every_score(index, asked), axis=1)
    expected = [brute_force(live, query, document) for document in archive]
    living = ~np.array(dead)
    assert index.articles == len(live)
    assert got.shape == (len(Kind), len(archive))
    assert got[:, living] == pytest.approx(np.array(expected).reshape(-1, len(Kind))[living].T, abs=1e-5)
    assert (got >= 0).all()
    assert (got[:, living] <= 1 + 1e-5).all()


@examples(25)
@given(data=st.data(), archive=documents)
def test_document_frequency_counts_the_living_articles_alone(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, archive: list[Document]
) -> None:
    dead = data.draw(st.lists(st.booleans(), min_size=len(archive), max_size=len(archive)))
    cut = data.draw(st.integers(1, len(archive)))
    parts, masks = [archive[:cut], archive[cut:]], [dead[:cut], dead[cut:]]
    if cut == len(archive):
        parts, masks = parts[:1], masks[:1]
    index = index_of(tmp_path_factory.mktemp("lexical"), parts, masks)
    hashes = sorted({term for document in archive for term in terms_of(document)} | {0, 1 << 63})
    frequency = Counter(
        term for document, gone in zip(archive, dead, strict=True) if not gone for term in terms_of(document)
    )
    got = index.document_frequency(np.array(hashes, np.uint64))
    assert got.tolist() == [frequency[term] for term in hashes]


@given(given_documents=documents, at_once=st.integers(1, 3))
def test_what_is_written_does_not_depend_on_how_many_articles_are_numbered_together(
    given_documents: list[Document], at_once: int
) -> None:
    written: list[MemoryColumns] = []
    for size in (at_once, len(given_documents)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("index.lexical_segment.AT_ONCE", size)
            written.append(MemoryColumns())
            titles = [headline_terms(title) for title, _ in given_documents]
            write_lexical(written[-1], [count_terms(*document) for document in given_documents], titles)
    names = ("terms", "norms", "lengths", "title_starts", "title_terms")
    names += tuple(f"{way}_{part}" for way in ("forward", "inverted") for part in ("starts", "counts"))
    for name in (*names, "forward_terms", "inverted_rows"):
        assert np.array_equal(written[0].open_array(name), written[1].open_array(name)), name


def test_a_score_by_hand(tmp_path: Path) -> None:
    """Three articles; `flood` stands in two of them, `bridge` in one.

    Query `flood bridge`: weights ln(3/2)² = 0.1644 and ln(3)² = 1.2069; of length 1: 0.1350 and 0.9908.
    Document `flood flood`: 1 + ln 2 for `flood` alone; of length 1: 1. So 0.1350, and 0.9908 for `bridge`.
    """
    index = index_of(tmp_path, [[("", "flood flood"), ("", "flood")], [("", "bridge")]])
    scores = np.concatenate(every_score(index, index.query(count_terms("", "flood bridge"))), axis=1)
    assert scores[Kind.WORD].tolist() == pytest.approx([0.1350, 0.1350, 0.9908], abs=1e-4)
    assert not scores[Kind.PAIR :].any()


def test_a_segment_without_any_word_answers(tmp_path: Path) -> None:
    index = index_of(tmp_path, [[("🎉", "!!!")], [("", "flood"), ("", "bridge")]])
    scores = every_score(index, index.query(count_terms("", "flood")))
    assert [part[Kind.WORD].tolist() for part in scores] == [[0], [1, 0]]


def test_terms_that_no_article_has_are_left_out_of_a_query(tmp_path: Path) -> None:
    index = index_of(tmp_path, [[("", "flood"), ("", "bridge")]])
    assert len(index.query(count_terms("", "vote mayor")).hashes) == 0
    assert len(index.query(count_terms("", "vote flood")).hashes) == 1
    assert not np.concatenate(every_score(index, index.query(count_terms("", "vote"))), axis=1).any()
    assert not np.concatenate(every_score(index, index.query(count_terms("", ""))), axis=1).any()


def test_an_article_keeps_its_terms_as_they_were_counted(tmp_path: Path) -> None:
    archive = [("Old Town", "Jane Roe of Old Town"), ("", ""), ("Flood", "flood " * 300)]
    segment = segment_of(tmp_path / "one", archive)
    for row, document in enumerate(archive):
        kept: TermCounts = segment.terms_of(row)
        assert dict(zip(kept.hashes.tolist(), kept.counts.tolist(), strict=True)) == terms_of(document)
    assert segment.lengths.tolist() == [11, 0, 255]
    assert LexicalIndex([segment], [np.array([False, True, False])]).mean_length == (11 + 255) / 2


def test_asking_changes_neither_the_index_nor_the_question(tmp_path: Path) -> None:
    index = index_of(tmp_path, [[("", "flood"), ("", "bridge flood vote")]])
    terms = count_terms("", "flood vote")
    asked = index.query(terms)
    before = (terms.hashes.tolist(), terms.counts.tolist(), asked.weights.tolist())
    first = every_score(index, asked)[0].tolist()
    assert every_score(index, index.query(terms))[0].tolist() == first
    assert (terms.hashes.tolist(), terms.counts.tolist(), asked.weights.tolist()) == before
