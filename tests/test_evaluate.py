"""Evaluation: metrics by hand and against a reference, the sources that count, the rivals."""

from math import log, log2
from pathlib import Path

import ir_measures
import pytest
from helpers import NOW, article
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG

from index.embedder import WordHashEmbedder
from index.vector_index import Filter
from recommender import metrics, rivals
from recommender.errors import InvalidTruth
from recommender.evaluate import rankings, score
from recommender.policy import load_policy
from recommender.subject import subject_of_row
from recommender.truth import make_tasks, newest_share, read_links, subjects

LISTS = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True, max_size=12)
SETS = st.sets(st.sampled_from("abcdefghijklmnopqr"), min_size=1, max_size=8)


def test_ndcg_is_the_discounted_gain_over_the_ideal_one():
    # relevant at ranks 2 and 3 of 3; ideally at 1, 2 and 3
    expected = (1 / log2(3) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3) + 1 / log2(4))
    assert metrics.ndcg(["x", "a", "b"], {"a", "b", "c"}, 10) == pytest.approx(expected)


def test_recall_and_reciprocal_rank():
    assert metrics.recall(["x", "a", "b"], {"a", "b", "c", "d"}, 2) == 1 / 4
    assert metrics.reciprocal_rank(["x", "y", "a"], {"a"}) == 1 / 3
    assert metrics.reciprocal_rank(["x"], {"a"}) == 0


@given(LISTS, SETS)
def test_the_metrics_agree_with_a_reference(ranking, relevant):
    truth = [ir_measures.Qrel("q", item, 1) for item in relevant]
    run = [ir_measures.ScoredDoc("q", item, -rank) for rank, item in enumerate(ranking)] or [
        ir_measures.ScoredDoc("q", "none", 0)
    ]
    reference = ir_measures.calc_aggregate([nDCG @ 5, nDCG @ 10, R @ 10, RR], truth, run)
    assert metrics.ndcg(ranking, relevant, 5) == pytest.approx(reference[nDCG @ 5])
    assert metrics.ndcg(ranking, relevant, 10) == pytest.approx(reference[nDCG @ 10])
    assert metrics.recall(ranking, relevant, 10) == pytest.approx(reference[R @ 10])
    assert metrics.reciprocal_rank(ranking, relevant) == pytest.approx(reference[RR])


ARCHIVE = {
    item.id: item
    for item in (
        article("jan", "January", "flood wall", published_at="2026-01-01"),
        article("feb", "February", "flood wall again", published_at="2026-02-01", bare="only walls"),
        article("mar", "March", "flood wall thrice", published_at="2026-03-01", bare="  "),
        article("undated", "Undated", "flood wall"),
    )
}


def ids_of(tasks) -> list[tuple[str, set[str]]]:
    return [(source.id, set(relevant)) for source, relevant in tasks]


def test_links_to_oneself_and_to_and_from_strangers_do_not_count():
    links = {"feb": {"jan", "feb", "stranger"}, "stranger": {"jan"}, "mar": {"stranger"}}
    assert ids_of(make_tasks(ARCHIVE, links, None, False)) == [("feb", {"jan"})]


def test_only_older_keeps_targets_published_before_their_source():
    links = {"feb": {"jan", "mar", "undated"}, "jan": {"feb"}, "undated": {"jan"}}
    assert ids_of(make_tasks(ARCHIVE, links, None, True)) == [("feb", {"jan"})]


def test_sources_come_oldest_first_so_that_the_newest_share_is_their_end():
    links = {"mar": {"jan"}, "feb": {"jan"}, "undated": {"jan"}}
    assert ids_of(make_tasks(ARCHIVE, links, None, False)) == [("undated", {"jan"}), ("feb", {"jan"}), ("mar", {"jan"})]
    assert [newest_share(3, fraction) for fraction in (1.0, 0.7, 0.4, 0.1)] == [0, 1, 2, 3]
    assert newest_share(4, 0.5) == 2


def test_the_text_field_stands_for_the_text_where_an_article_has_it():
    tasks = make_tasks(ARCHIVE, {"feb": {"jan"}, "mar": {"jan"}}, "bare", True)
    assert [source.text for source, _ in tasks] == ["only walls", "flood wall thrice"]


def test_a_source_is_ranked_by_the_words_it_was_given_and_sees_only_what_is_older(build):
    snapshot = build(
        [
            article("source", "Source", "alpha", published_at="2026-02-01"),
            article("alpha", "Other", "alpha alpha", published_at="2026-01-01"),
            article("beta", "Other thing", "beta gamma delta", published_at="2026-01-02"),
            article("beta-later", "Other thing", "beta gamma delta", published_at="2026-03-01"),
        ]
    )
    as_written = article("source", "Source", "beta gamma delta", published_at="2026-02-01")
    tasks = subjects([(as_written, frozenset({"beta"}))], WordHashEmbedder(64), older_only=True)
    for name, ranking in rankings(load_policy()).items():
        if name != "more-like-this":
            assert ranking(snapshot, tasks[0])[0] == "beta", name
        assert "beta-later" not in ranking(snapshot, tasks[0])
        assert "source" not in ranking(snapshot, tasks[0])


def test_a_score_is_the_mean_over_its_sources(build):
    snapshot = build([article("a", "A", "x"), article("b", "B", "y"), article("c", "C", "z")])
    given_tasks = [(article("a", "A", "x"), frozenset({"b"})), (article("b", "B", "y"), frozenset({"c"}))]
    tasks = subjects(given_tasks, WordHashEmbedder(64), older_only=False)
    # first list: relevant at rank 1; second: at rank 2
    lists = {"a": ["b", "c"], "b": ["a", "c"]}
    found = score(snapshot, tasks, "given", lambda _, task: lists[task.subject.id])
    assert found.ndcg_10 == pytest.approx((1 + 1 / log2(3)) / 2)
    assert found.mrr == pytest.approx((1 + 1 / 2) / 2)
    assert (found.recall_10, found.sources) == (1, 2)
    with pytest.raises(InvalidTruth, match="no link leads"):
        score(snapshot, [], "none", lambda _, task: [])


def test_more_like_this_is_bm25_over_the_words_that_another_article_has(build):
    texts = {"q": "pump pump wall", "one": "pump wall", "two": "pump sea", "three": "sea sky", "four": "sky wall sky"}
    snapshot = build([article(name, "Title", text) for name, text in texts.items()])
    subject = subject_of_row(snapshot, snapshot.row_of_id("q"))
    found = rivals.more_like_this(snapshot, subject, Filter(NOW, excluded_ids=frozenset({"q"})), 10)
    documents = {name: [*["title"] * 3, *text.split()] for name, text in texts.items()}
    mean = sum(map(len, documents.values())) / 5

    def bm25(words: list[str]) -> float:
        total = 0.0
        for word in {"pump", "wall", "title"}:
            frequency = sum(word in others for others in documents.values())
            idf = log(1 + (5 - frequency + 0.5) / (frequency + 0.5))
            count = words.count(word)
            total += idf * count * 2.2 / (count + 1.2 * (1 - 0.75 + 0.75 * len(words) / mean))
        return total

    expected = sorted((name for name in texts if name != "q"), key=lambda name: -bm25(documents[name]))
    assert found == expected


def test_more_like_this_asks_for_the_25_strongest_words_only(build):
    strong, weak = [f"strong{n:02}" for n in range(25)], ["weak"]
    texts = {"q": strong * 2 + weak, "has-strong": strong, "has-weak": weak, "also-weak": weak}
    snapshot = build([article(name, "Title", " ".join(words)) for name, words in texts.items()])
    subject = subject_of_row(snapshot, snapshot.row_of_id("q"))
    assert rivals.more_like_this(snapshot, subject, Filter(NOW, excluded_ids=frozenset({"q"})), 5) == ["has-strong"]


def test_links_are_read_by_their_header(tmp_path: Path):
    path = tmp_path / "links.tsv"
    path.write_text("position\ttarget_id\tsource_id\n0.5\tb\ta\n0.7\tc\ta\n", encoding="utf-8")
    assert read_links(path) == {"a": {"b", "c"}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\tb\n1\t2\n", "expected tab-separated columns source_id and target_id, got"),
        (b"", "expected tab-separated columns"),
        (b"source_id\ttarget_id\na\n", "line 2: expected a source and a target"),
        (b"source_id\ttarget_id\n\xff\tb\n", "codec can't decode"),
    ],
)
def test_links_that_cannot_be_read_say_why(tmp_path: Path, content: bytes, said: str):
    path = tmp_path / "links.tsv"
    path.write_bytes(content)
    with pytest.raises(InvalidTruth, match=said):
        read_links(path)
