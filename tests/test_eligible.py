"""Which rows may be suggested, against a walk over all articles; filters are exact and never starve."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from helpers import article, examples, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st
from recommender_fixtures import NOW

from index.article import Article
from index.copies import NEVER
from index.embedder import WordHashEmbedder
from index.retrieval import newest
from index.snapshot import Snapshot
from index.term_scores import TermScores
from index.terms import Kind, attribute_hashes, count_terms
from index.vector_index import Filter

SECTIONS = ["news", "news/flood", "news/flood/tamble", "news-desk", "sport", None]
fields = st.fixed_dictionaries(
    {"section": st.sampled_from(SECTIONS), "published_at": st.sampled_from(["2026-03-01", "2026-03-10", "2027-01-01"])},
    optional={
        "tags": st.lists(st.sampled_from(["Ferry", "fog", "court"]), max_size=2),
        "authors": st.lists(st.sampled_from(["Ann Lee", "ferry"]), max_size=2),
        "type": st.sampled_from(["opinion", "Ferry"]),
        "lang": st.sampled_from(["en", "de"]),
        "sensitive": st.just(True),
        "recommendable": st.just(False),
    },
)
archives = st.lists(fields, min_size=1, max_size=14)
marked = {
    (Kind.TOPIC, "ferry"): lambda one: "ferry" in {tag.lower() for tag in one.tags},
    (Kind.TOPIC, "court"): lambda one: "court" in one.tags,
    (Kind.AUTHOR, "FERRY"): lambda one: "ferry" in one.authors,
    (Kind.TYPE, "ferry"): lambda one: one.type == "Ferry",
    (Kind.TYPE, "opinion"): lambda one: one.type == "opinion",
}
filters = st.fixed_dictionaries(
    {},
    optional={
        "section": st.sampled_from(["news", "news/flood", "sport", "nowhere"]),
        "languages": st.just(frozenset({"de"})),
        "excluded_ids": st.sets(st.sampled_from(["a0", "a3", "gone"])).map(frozenset),
        "excluded_sections": st.sets(st.sampled_from(["news/flood", "sport", "news", "nowhere"])).map(frozenset),
        "excluded_terms": st.sets(st.sampled_from(list(marked))),
        "published_from": st.just(datetime(2026, 3, 5, tzinfo=UTC)),
        "sensitive": st.just(False),
    },
)


def inside(path: str | None, section: str) -> bool:
    return path is not None and (path == section or path.startswith(f"{section}/"))


def keeps(one: Article, asked: dict[str, Any]) -> bool:
    """What a filter says, one article at a time."""
    return bool(
        one.published_at <= NOW
        and one.recommendable
        and ("section" not in asked or inside(one.section, asked["section"]))
        and ("languages" not in asked or one.lang in (None, "de"))
        and one.id not in asked.get("excluded_ids", ())
        and not any(inside(one.section, section) for section in asked.get("excluded_sections", ()))
        and not any(marked[mark](one) for mark in asked.get("excluded_terms", ()))
        and ("published_from" not in asked or one.published_at >= asked["published_from"])
        and ("sensitive" not in asked or not one.sensitive)
    )


def filter_of(asked: dict[str, Any]) -> Filter:
    terms = [int(term) for kind, word in asked.get("excluded_terms", ()) for term in attribute_hashes(kind, [word])]
    return Filter(NOW, **{**asked, "excluded_terms": frozenset(terms)})


def grown(folder, rows: list[dict[str, Any]], cut: int) -> tuple[Snapshot, list[Article]]:
    """An archive in two segments, with a deleted row in the first."""
    archive = [article(f"a{n}", f"T{n}", f"own{n} flood", **values) for n, values in enumerate(rows)]
    rebuild_with(folder, [*archive[:cut], article("gone")])
    rebuild_with(folder, archive, force=True)
    return opened(folder), archive


@examples(25)
@given(data=st.data(), rows=archives, asked=filters)
def test_a_filter_keeps_what_it_says_and_only_keeps_the_order(tmp_path_factory, data, rows, asked):
    cut = data.draw(st.integers(0, len(rows)))
    snapshot, archive = grown(tmp_path_factory.mktemp("eligible") / "data", rows, cut)
    eligible = snapshot.eligible(filter_of(asked))
    expected = {one.id for one in archive if keeps(one, asked)}
    every = [
        int(start) + row
        for start, one in zip(snapshot.starts, snapshot.segments, strict=False)
        for row in range(one.rows)
    ]
    wanted = np.array(data.draw(st.lists(st.sampled_from(every), max_size=20)), dtype=np.int64)
    live = {snapshot.row_of_id(one.id) for one in archive}
    assert eligible.only(wanted).tolist() == [
        row for row in wanted if row in live and snapshot.id_of(int(row)) in expected
    ]
    vector = WordHashEmbedder(64).embed(["flood"])[0]
    terms = TermScores(snapshot, count_terms("", "flood own0 own1"))
    assert {snapshot.id_of(int(row)) for row in newest(snapshot, 99, eligible)} == expected
    assert {snapshot.id_of(int(row)) for row in snapshot.vectors.nearest_rows(vector, 99, eligible)} == expected
    assert {snapshot.id_of(int(row)) for row in terms.best(99, eligible.holds, {Kind.WORD: 1.0})} <= expected
    assert (snapshot.take("superseded_at", np.array(sorted(live))) == NEVER).all()


@pytest.mark.parametrize(
    "exclusion",
    [
        {"excluded_sections": frozenset({"news"})},
        {"excluded_terms": frozenset(int(term) for term in attribute_hashes(Kind.TOPIC, ["Match"]))},
        {"excluded_ids": frozenset(f"crowd-{n}" for n in range(120))},
    ],
)
def test_ten_of_a_small_section_are_found_among_many_that_are_excluded(build, exclusion):
    crowd = [article(f"crowd-{n}", "Flood", f"flood wall {n}", section="news", tags=["match"]) for n in range(120)]
    few = [article(f"few-{n:02}", "Far", f"unlike {n}", section="sport") for n in range(10)]
    snapshot = build([*crowd, *few])
    eligible = snapshot.eligible(Filter(NOW, **exclusion))
    vector = WordHashEmbedder(64).embed(["flood wall"])[0]
    for rows in (snapshot.vectors.nearest_rows(vector, 10, eligible), newest(snapshot, 10, eligible)):
        assert sorted(snapshot.id_of(int(row)) for row in rows) == [one.id for one in few]


def test_a_mark_of_one_kind_is_none_of_another(build):
    snapshot = build([article("topic", tags=["ferry"]), article("author", authors=["ferry"]), article("word", "Ferry")])
    for kind, gone in ((Kind.TOPIC, "topic"), (Kind.AUTHOR, "author"), (Kind.SERIES, None)):
        terms = frozenset(int(term) for term in attribute_hashes(kind, ["Ferry"]))
        rows = newest(snapshot, 9, snapshot.eligible(Filter(NOW, excluded_terms=terms)))
        assert {snapshot.id_of(int(row)) for row in rows} == {"topic", "author", "word"} - {gone}


def test_what_is_superseded_or_to_come_is_eligible_at_its_time_alone(build):
    later = NOW + timedelta(hours=1)
    snapshot = build(
        [
            article("first", published_at="2026-03-01"),
            article("second", published_at=later.isoformat(), version_of="first"),
        ]
    )
    both = np.array([snapshot.row_of_id("first"), snapshot.row_of_id("second")])
    assert [snapshot.id_of(int(row)) for row in snapshot.eligible(Filter(NOW)).only(both)] == ["first"]
    assert [snapshot.id_of(int(row)) for row in snapshot.eligible(Filter(later)).only(both)] == ["second"]
