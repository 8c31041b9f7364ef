"""What editors' earlier links say, by hand on a tiny archive: whose links count, how much, and what never does."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from helpers import article
from hypothesis import given
from hypothesis import strategies as st
from recommender_fixtures import NOW, asking, ids, plain, weights

from index.article import Article
from index.embedder import WordHashEmbedder, embedding_text
from index.greatest import greatest
from index.snapshot import Snapshot
from index.term_scores import TermScores
from index.vector_index import Filter
from recommender import linkers as linkers_module
from recommender.candidates import find_candidates
from recommender.linkers import Linkers, find_linkers
from recommender.subject import Subject, subject_of_draft, subject_of_row

FLOOD = "river flood wall quay pumps"


def piece(article_id: str, text: str, day: str = "2026-01-01", **fields: object) -> Article:
    return article(article_id, f"T{article_id}", text, published_at=day, **fields)


ARCHIVE = [
    piece("subject", f"{FLOOD} own", "2026-03-01", authors=["Ann Lee"]),
    piece("near", f"{FLOOD} near", "2026-01-05", links=["target", "other"], authors=["ann lee"]),
    piece("half", "river flood song opera stage", "2026-01-06", links=["target"]),
    piece("far", "goal keeper penalty league terrace", "2026-01-07", links=["popular", "target"]),
    piece("later", f"{FLOOD} later", "2026-03-05", links=["given-away"]),
    piece("undated", f"{FLOOD} undated", None, links=["from-undated"]),
    *(piece(name, f"unlike {name}") for name in ("target", "other", "popular", "given-away", "from-undated")),
]


def of(snapshot: Snapshot, article_id: str = "subject") -> Subject:
    return subject_of_row(snapshot, snapshot.row_of_id(article_id))


def linkers(snapshot: Snapshot, subject: Subject, now: datetime = NOW, before: datetime | None = None) -> Linkers:
    terms = TermScores(snapshot, subject.terms)
    return find_linkers(snapshot, subject, terms, likest(snapshot, subject), now, before)


def likest(snapshot: Snapshot, subject: Subject) -> np.ndarray:
    """All rows but the subject's: whatever is likest is among them."""
    every = np.arange(int(snapshot.starts[-1]))
    return every[every != snapshot.row_of_id(subject.id)]


def names(snapshot: Snapshot, rows: np.ndarray) -> list[str]:
    return [snapshot.id_of(int(row)) for row in rows]


def rows_of(snapshot: Snapshot, *article_ids: str) -> np.ndarray:
    return np.array([snapshot.row_of_id(one) for one in article_ids])


def test_the_links_of_articles_alike_count_most_and_all_are_counted(build):
    snapshot = build(ARCHIVE)
    found = linkers(snapshot, of(snapshot), before=datetime(2026, 3, 1, tzinfo=UTC))
    assert sorted(names(snapshot, found.rows)) == ["far", "half", "near"]
    likeness = dict(zip(names(snapshot, found.rows), found.likeness, strict=True))
    assert 1 >= likeness["near"] > 0.8 > likeness["half"] > likeness["far"] >= 0
    linked, popular, by_author = found.of(rows_of(snapshot, "other", "target", "popular", "given-away"))
    expected = [likeness["near"], sum(likeness.values()), likeness["far"], 0]
    assert linked == pytest.approx(expected)
    assert popular.tolist() == [1, 3, 1, 0]
    assert by_author.tolist() == [1, 1, 0, 0], "near alone is by an author of the subject's, whatever the case"
    assert names(snapshot, found.targets())[:2] == ["target", "other"]


def test_likeness_is_the_squared_mean_of_three_likenesses_relative_to_the_likest_article_of_all(build):
    twin = piece("twin", f"{FLOOD} own twin", "2026-02-01")
    snapshot = build([*ARCHIVE, twin])
    subject = of(snapshot)
    found = linkers(snapshot, subject, before=datetime(2026, 3, 1, tzinfo=UTC))
    shared = TermScores(snapshot, subject.terms)
    every = likest(snapshot, subject)
    mine, all_ = shared.at(found.rows), shared.at(every)
    meaning, of_all = (snapshot.vectors_at(rows) @ subject.vector for rows in (found.rows, every))
    relative = [mine[0] / all_[0].max(), mine[1] / all_[1].max(), meaning / of_all.max()]
    assert found.likeness == pytest.approx((sum(relative) / 3) ** 2, abs=1e-6)
    assert found.likeness.max() < 0.9, "the twin, which links to nothing, is likest"


def test_the_links_of_what_is_little_like_the_subject_say_little(build):
    alone = [
        piece("subject", f"{FLOOD} own own more words"),
        piece("twin", f"{FLOOD} own twin"),
        piece("stray", "river goal keeper penalty league terrace", links=["target"]),
        piece("target", "opera stage"),
        *(piece(f"filler-{n}", f"unlike{n} river") for n in range(9)),
    ]
    snapshot = build(alone, embedder=WordHashEmbedder(4096))
    found = linkers(snapshot, of(snapshot))
    assert names(snapshot, found.rows) == ["stray"]
    assert 0 < found.likeness[0] < 0.05


@pytest.mark.parametrize(
    ("before", "known"),
    [
        (None, {"near", "half", "far", "later", "undated"}),
        (datetime(2026, 3, 5, tzinfo=UTC), {"near", "half", "far"}),
        (datetime(2026, 3, 5, tzinfo=UTC) + timedelta(seconds=1), {"near", "half", "far", "later"}),
        (datetime(2026, 1, 6, tzinfo=UTC), {"near"}),
        (datetime.min.replace(tzinfo=UTC), set()),
    ],
)
def test_only_links_of_articles_published_before_count(build, before, known):
    snapshot = build(ARCHIVE)
    found = linkers(snapshot, of(snapshot), before=before)
    assert set(names(snapshot, found.rows)) == known
    assert (len(found.targets()) > 0) == bool(known)


def test_links_of_an_article_that_is_not_published_yet_say_nothing(build):
    snapshot = build(ARCHIVE)
    found = linkers(snapshot, of(snapshot), now=datetime(2026, 1, 6, tzinfo=UTC))
    assert set(names(snapshot, found.rows)) == {"near", "half", "undated"}


OWN = [
    piece("subject", f"{FLOOD} own", "2026-03-01", links=["own-target"], url="https://e.example/1"),
    piece("first", f"{FLOOD} first", "2026-02-01", links=["copy-target"]),
    piece("update", f"{FLOOD} update", "2026-02-02", version_of="first", links=["copy-target"]),
    piece("wire", f"{FLOOD} own", "2026-02-03", links=["wire-target"], url="https://e.example/1"),
    piece("near", f"{FLOOD} near", "2026-02-03", links=["target"]),
    *(piece(name, f"unlike {name}") for name in ("own-target", "copy-target", "wire-target", "target")),
]


def test_the_subjects_own_links_and_those_of_its_copies_never_count(build):
    snapshot = build(OWN)
    assert set(names(snapshot, linkers(snapshot, of(snapshot)).rows)) == {"first", "update", "near"}
    assert set(names(snapshot, linkers(snapshot, of(snapshot, "update")).rows)) == {"subject", "wire", "near"}


def test_a_draft_of_an_indexed_article_does_not_learn_from_what_stands_there_nor_from_its_copies(build):
    snapshot = build(OWN)
    draft = piece("subject", f"{FLOOD} as written", "2026-03-01")
    subject = subject_of_draft(draft, WordHashEmbedder(64).embed([embedding_text(draft)])[0])
    assert set(names(snapshot, linkers(snapshot, subject).rows)) == {"first", "update", "near"}


def test_only_the_likest_pass_their_links_on_and_the_others_are_still_counted(build, monkeypatch):
    monkeypatch.setattr(linkers_module, "NEIGHBOURS", 1)
    snapshot = build(ARCHIVE)
    found = linkers(snapshot, of(snapshot), before=datetime(2026, 3, 1, tzinfo=UTC))
    assert set(names(snapshot, found.targets())) == {"target", "other"}
    linked, popular, _ = found.of(rows_of(snapshot, "popular", "target"))
    assert linked == pytest.approx([0, found.likeness.max()])
    assert popular.tolist() == [1, 3]


def test_what_articles_alike_link_to_is_a_candidate_though_it_shares_nothing(build):
    few = plain(candidates=10).slots["also-read"]
    crowd = [piece(f"crowd-{n:02}", f"{FLOOD} word{n}") for n in range(30)]
    snapshot = build([*ARCHIVE, *crowd])
    found = find_candidates(snapshot, of(snapshot), Filter(NOW), few)
    assert {"target", "other"} <= set(names(snapshot, found.rows))
    without = find_candidates(snapshot, of(snapshot), Filter(NOW), few, datetime.min.replace(tzinfo=UTC))
    assert not {"target", "other"} & set(names(snapshot, without.rows))


def test_a_linked_piece_that_may_not_be_suggested_is_none(build):
    snapshot = build(
        [*ARCHIVE[:2], piece("target", "unlike", recommendable=False), piece("other", "unlike", section="sport")]
    )
    policy = plain(weights=weights(linked=1.0))
    assert set(ids(asking(snapshot, policy=policy))) == {"near", "other"}
    assert ids(asking(snapshot, policy=policy, exclude=frozenset({"other"}))) == ["near"]


FEATURED = [
    piece(
        "subject",
        "river flood wall. They met Ada Marsh.",
        tags=["Ferry", "fog"],
        authors=["Ann Lee", "Bo Roe"],
        section="news/flood",
        series="Tides",
    ),
    article(
        "same",
        "Column: river flood wall",
        "stage song",
        tags=["ferry", "fog"],
        authors=["bo roe"],
        section="news/flood",
        series="Tides",
    ),
    article("part", "Far thing", "they saw Ada Marsh; river", tags=["fog", "bread"], section="news/storm"),
    article("none", "Far away", "goal keeper", authors=["Cy Poe"], section="newsroom", series="Tide"),
]


def test_features_by_hand(build):
    column = article("subject", "Column: quay", FEATURED[0].text, **fields_of(FEATURED[0]))
    snapshot = build([column, *FEATURED[1:], *(piece(f"filler-{n}", f"bread {n}") for n in range(6))])
    found = find_candidates(snapshot, of(snapshot), Filter(NOW), plain().slots["also-read"])
    at = {snapshot.id_of(int(row)): place for place, row in enumerate(found.rows)}

    def values(feature: str) -> list[float]:
        return [float(found.features.of(feature)[at[name]]) for name in ("same", "part", "none")]

    assert values("authors") == [1, 0, 0]
    assert values("section") == [1, 0.5, 0]
    assert values("series") == [1, 0, 0]
    assert values("column") == [1, 0, 0]
    # topics: ferry stands in 2 of 10 articles, fog in 3: the query (ln 5)² and (ln 10/3)², of length 1
    ferry, fog = np.log(5) ** 2, np.log(10 / 3) ** 2
    length = np.hypot(ferry, fog)
    assert values("topics") == pytest.approx([(ferry + fog) / length / 2**0.5, fog / length / 2**0.5, 0], abs=1e-5)
    assert values("title")[0] > 0.2 > values("title")[1] == values("title")[2] == 0
    assert values("names")[1] > values("names")[0] == values("names")[2] == 0
    assert values("words")[0] > values("words")[2]
    vectors = snapshot.vectors_at(found.rows)
    assert found.features.of("meaning") == pytest.approx(vectors @ of(snapshot).vector, abs=1e-6)
    assert not any(found.features.of(name).any() for name in ("linked", "popular", "author_links"))


def fields_of(one: Article) -> dict[str, object]:
    return {name: getattr(one, name) for name in ("tags", "authors", "section", "series")}


@given(st.lists(st.integers(-3, 9), min_size=1, max_size=40), st.integers(1, 12))
def test_the_greatest_are_those_of_a_sort_and_of_a_tie_the_first(values, k):
    by_sort = sorted(range(len(values)), key=lambda at: (-values[at], at))[:k]
    assert greatest(np.array(values, dtype=np.float32), k).tolist() == sorted(by_sort)
