"""An article that is not embedded yet: answered at once by terms, section and date, marked so, and found by others."""

from collections.abc import Sequence

import numpy as np
import pytest
from helpers import NOW, article
from recommender_fixtures import asking, changed, ids

from index.article import Article
from index.embedder import WordHashEmbedder
from index.segment import HAS_VECTOR
from index.snapshot import Snapshot
from index.stand_in import stand_in
from index.vector_index import Filter
from recommender.candidates import find_candidates
from recommender.policy import load_policy
from recommender.subject import subject_of_draft, subject_of_row

FLOOD = "The river Tamble rose over the flood wall at Quay Street and the pumps ran all night long until morning came"
NOT_YET = "the article is not embedded yet; ranked by terms, section and date"


class Unfinished(WordHashEmbedder):
    """Has no vector yet for a text with the word *fresh*; one that says *against* points away from all others."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = super().embed(texts)
        vectors[[at for at, text in enumerate(texts) if "fresh" in text.lower().split()]] = 0
        vectors[[at for at, text in enumerate(texts) if "against" in text.lower().split()]] *= -1
        return vectors


def flood(article_id: str, more: str = "", **fields: object) -> Article:
    return article(article_id, f"Flood {article_id}", f"{FLOOD} {more}", published_at="2026-03-01", lang="en", **fields)


def far(article_id: str, words: str, **fields: object) -> Article:
    return article(article_id, f"Far {article_id}", words, published_at="2026-02-01", lang="en", **fields)


ARCHIVE = [
    flood("subject", "fresh", section="news"),
    flood("one", "mayor", section="news"),
    flood("two", "sandbags"),
    far("goal", "keeper penalty league terrace", section="news"),
    far("song", "opera stage tenor applause", section="culture"),
]


@pytest.fixture
def snapshot(build) -> Snapshot:
    return build(ARCHIVE, embedder=Unfinished(4096))


def row_of(snapshot: Snapshot, article_id: str) -> int:
    row = snapshot.row_of_id(article_id)
    assert row is not None
    return row


def test_an_article_that_is_not_embedded_has_related_pieces_and_the_answer_says_what_it_is_ranked_by(snapshot):
    answer = asking(snapshot, limit=2)
    assert sorted((item.id, item.source) for item in answer.items) == [("one", "similar"), ("two", "similar")]
    assert answer.fallback == NOT_YET


def test_it_is_said_without_filling_up_too_for_it_is_no_filling(snapshot):
    answer = asking(snapshot, fallback=False)
    assert sorted(ids(answer)) == ["one", "two"]
    assert answer.fallback == NOT_YET


def test_where_the_list_is_filled_up_besides_both_are_said(snapshot):
    assert asking(snapshot, limit=4).fallback == (
        f"{NOT_YET}; 2 of 4 are related enough; filled up with the 1 newest of the section and the 1 newest of all sections"
    )


def test_more_in_section_says_it_too_but_not_of_a_section_that_has_nothing_to_rank(build):
    answer = asking(build(ARCHIVE, embedder=Unfinished(4096)), "more-in-section")
    assert (ids(answer), answer.fallback) == (["one", "goal"], NOT_YET)
    alone = build([flood("subject", "fresh", section="news")], embedder=Unfinished(4096), force=True)
    assert asking(alone, "more-in-section").fallback == "the section 'news' has no other article to show"


def test_an_embedded_article_is_answered_as_ever_and_nothing_is_said(snapshot):
    assert asking(snapshot, article_id="one", limit=2).fallback is None
    assert subject_of_row(snapshot, row_of(snapshot, "one")).embedded


def test_an_article_without_words_says_that_it_has_none_rather_than_that_they_are_still_to_be_embedded(build):
    archive = [article("subject", "!!!", "…", published_at="2026-03-01"), far("b", "keeper"), far("c", "opera")]
    answer = asking(build(archive), limit=1)
    assert answer.fallback == (
        "the article has no words to compare; 0 of 1 are related enough; filled up with the 1 newest of all sections"
    )


def test_what_shares_no_word_with_the_archive_is_offered_the_newest_of_its_section(build):
    old = [far(f"old-{n:02}", f"word{n}", section="news") for n in range(30)]
    new = article("new", "Dune", "sand", section="news", published_at="2026-02-20", lang="en")
    subject = article("subject", "fresh", "fresh quite unheard", section="news", published_at="2026-03-01", lang="en")
    policy = changed("more-in-section", candidates=10, age_from="article")
    assert ids(asking(build([subject, *old, new], embedder=Unfinished(4096)), "more-in-section", policy))[0] == "new"


def test_a_draft_without_a_vector_is_ranked_like_the_same_article_in_the_index(snapshot):
    draft = subject_of_draft(ARCHIVE[0], np.zeros(4096, np.float32))
    assert not draft.embedded
    keep = Filter(NOW, excluded_ids=frozenset({"subject"}))
    slot = load_policy().slots["also-read"]
    stored = subject_of_row(snapshot, row_of(snapshot, "subject"))
    raw = [find_candidates(snapshot, subject, keep, slot).features.raw for subject in (draft, stored)]
    assert np.array_equal(*raw)
    assert raw[0][:, 0].max() > 0.5


def test_the_stand_in_is_the_mean_of_those_that_share_terms_each_counting_as_much_as_it_shares(build):
    archive = [flood("subject", "fresh"), flood("half", "and so much else was said that day"), far("far", "opera")]
    snapshot = build([*archive, *(far(f"filler-{n}", f"bread{n}") for n in range(9))], embedder=Unfinished(4096))
    found = stand_in(snapshot, subject_of_row(snapshot, row_of(snapshot, "subject")).terms)
    half = snapshot.segments[0].vectors.rows[row_of(snapshot, "half")]
    assert found == pytest.approx(half, abs=1e-6), "the only embedded one that shares a word stands for it alone"


def test_the_less_the_articles_agree_the_shorter_is_the_stand_in(build):
    texts = ["river wall", "opera tenor"]
    archive = [article(f"a{n}", "T", text) for n, text in enumerate(texts)]
    fillers = [article(f"filler-{n}", "T", f"bread{n}") for n in range(9)]
    subject = article("subject", "fresh", "river wall opera tenor fresh")
    snapshot = build([subject, *archive, *fillers], embedder=Unfinished(4096))
    found = stand_in(snapshot, subject_of_row(snapshot, row_of(snapshot, "subject")).terms)
    one, other = (snapshot.segments[0].vectors.rows[row_of(snapshot, name)] for name in ("a0", "a1"))
    assert found == pytest.approx((one + other) / 2, abs=1e-6), "both share equally much"
    assert np.linalg.norm(found) < 0.9


def test_no_stand_in_is_made_of_articles_that_are_not_embedded_nor_of_nothing(build):
    snapshot = build([flood("a", "fresh"), flood("b", "fresh"), far("c", "opera")], embedder=Unfinished(4096))
    assert not stand_in(snapshot, subject_of_row(snapshot, row_of(snapshot, "a")).terms).any()


def test_what_has_no_vector_is_never_nearer_in_meaning_than_what_has_one_but_fills_the_places_that_are_left(build):
    archive = [flood("asked"), *(flood(f"fresh-{n}", "fresh") for n in range(3)), flood("opposed", "against")]
    snapshot = build(archive, embedder=Unfinished(4096))
    asked = snapshot.segments[0].vectors.rows[row_of(snapshot, "asked")]
    assert asked @ snapshot.segments[0].vectors.rows[row_of(snapshot, "opposed")] < 0
    eligible = snapshot.eligible(Filter(NOW))
    found = [snapshot.id_of(int(row)) for row in snapshot.vectors.nearest_rows(asked, 5, eligible)]
    assert found[:2] == ["asked", "opposed"]
    assert sorted(found[2:]) == ["fresh-0", "fresh-1", "fresh-2"]
    assert len(snapshot.vectors.nearest_rows(asked, 2, eligible)) == 2
    few = snapshot.eligible(Filter(NOW, excluded_ids=frozenset({"fresh-1"})))
    assert "fresh-1" not in [snapshot.id_of(int(row)) for row in snapshot.vectors.nearest_rows(asked, 5, few)]


def test_a_row_without_a_vector_of_its_own_is_marked_in_its_segment(snapshot):
    flags = snapshot.take("flags", np.array([row_of(snapshot, name) for name in ("subject", "one")]))
    assert [bool(flag & HAS_VECTOR) for flag in flags] == [False, True]
