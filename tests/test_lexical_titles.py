"""How much a text speaks of a title, against brute force: the `ltc.ntc` cosine that `title_scores` promises."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers import examples
from hypothesis import given
from hypothesis import strategies as st
from test_lexical_index import Document, every_score, index_of, segment_of, terms_of

from index.columns import FolderColumns
from index.lexical_index import LexicalIndex
from index.lexical_segment import LexicalSegment
from index.terms import count_terms, headline_terms

WORDS = "flood bridge vote mayor wall goal".split()
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
titles = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join) | st.just("Opinion: flood vote") | st.just("!!!")
documents = st.lists(st.tuples(titles, texts), min_size=1, max_size=8)


def cosine(live: Sequence[Document], query: Document, title: str) -> float:
    """Between the query's words, (1 + ln tf) · idf, and the distinct words of the headline, idf."""
    frequency = Counter(term for one in live for term in terms_of(one))
    idf = {term: math.log(len(live) / count) for term, count in frequency.items()}
    asked = {term: (1 + math.log(n)) * idf[term] for term, n in terms_of(query).items() if term in idf}
    asked = {term: weight for term, weight in asked.items() if term >> 62 == 0}
    said = {term: idf.get(term, 0.0) for term in headline_terms(title).tolist()}
    lengths = math.hypot(*asked.values()) * math.hypot(*said.values())
    return sum(weight * said.get(term, 0) for term, weight in asked.items()) / lengths if lengths else 0.0


@examples(30)
@given(data=st.data(), archive=documents, query=st.tuples(titles, texts))
def test_title_scores_are_those_of_brute_force_whichever_segments_and_whatever_was_deleted(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, archive: list[Document], query: Document
) -> None:
    dead = data.draw(st.lists(st.booleans(), min_size=len(archive), max_size=len(archive)))
    cut = data.draw(st.integers(1, len(archive)))
    spans = [span for span in (slice(0, cut), slice(cut, None)) if archive[span]]
    index = index_of(
        tmp_path_factory.mktemp("titles"), [archive[span] for span in spans], [dead[span] for span in spans]
    )
    live = [document for document, gone in zip(archive, dead, strict=True) if not gone]
    asked = index.query(count_terms(*query))
    for number, span in enumerate(spans):
        living = np.flatnonzero(~np.array(dead[span]))
        rows = np.array(data.draw(st.lists(st.sampled_from(living.tolist()), max_size=9)) if len(living) else [], int)
        expected = [cosine(live, query, archive[span][row][0]) for row in rows]
        assert index.title_scores(asked, number, rows) == pytest.approx(expected, abs=1e-5)


def test_a_title_score_by_hand(tmp_path: Path) -> None:
    """Four articles; `flood` stands in two, `wall` and `vote` in one each: idf ln 2, ln 4, ln 4, or as 1 to 2 to 2.

    The text `flood wall`: (1, 2). The title `Flood`: 1 / √5. `Wall`: 2 / √5. `Flood vote`: 1 / (√5 · √5). `Flood flood
    wall` says flood once: 1.
    """
    index = index_of(tmp_path, [[("Flood wall", ""), ("Flood vote", ""), ("Mayor", ""), ("Goal", "")]])
    asked = index.query(count_terms("", "flood wall"))
    assert index.title_scores(asked, 0, np.arange(4)) == pytest.approx([1, 1 / 5, 0, 0], abs=1e-6)
    assert index.title_scores(index.query(count_terms("", "")), 0, np.arange(4)).tolist() == [0] * 4
    assert index.title_scores(asked, 0, np.arange(0)).tolist() == []


def test_a_segment_of_format_1_has_no_titles_and_no_kinds_from_topics_on_and_answers(tmp_path: Path) -> None:
    archive = [("Flood", "bridge of the flood"), ("Vote", "mayor")]
    now = segment_of(tmp_path / "now", archive)
    segment_of(tmp_path / "old", archive)
    for name in ("title_starts", "title_terms"):
        (tmp_path / "old" / f"{name}.npy").unlink()
    np.save(tmp_path / "old" / "norms.npy", np.ascontiguousarray(np.asarray(now.norms)[:3].T))
    old = LexicalSegment(FolderColumns(tmp_path / "old"), 2)
    alive = [np.zeros(2, bool)]
    was, then = LexicalIndex([now], alive), LexicalIndex([old], alive)
    asked = was.query(count_terms("", "the flood in May"))
    assert every_score(then, asked)[0].tolist() == every_score(was, asked)[0].tolist()
    assert (was.title_scores(asked, 0, np.array([0, 1])) > 0).tolist() == [True, False]
    assert then.title_scores(asked, 0, np.array([0, 1])).tolist() == [0, 0]
