"""Evaluation may learn from links, but from none that came after the article that is scored."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_fixtures import lines, run, write_archive
from helpers import article
from recommender_fixtures import plain, weights
from test_cli_fit import records

from index.article import Article
from index.embedder import WordHashEmbedder
from recommender.evaluate import as_served, rankings
from recommender.truth import Task, make_tasks, subjects, with_links

WORDS = "river flood wall quay pumps"
EMBEDDER = WordHashEmbedder(4096)


def on(day: int, article_id: str, text: str) -> Article:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return article(article_id, "!", f"{text} {article_id}", published_at=moment.isoformat())


ARCHIVE = [
    on(0, "target", "opera choir"),
    on(0, "earlier-target", "stage song"),
    *(on(0, f"alike-{n}", f"{WORDS} more{n}") for n in range(9)),
    on(5, "earlier", WORDS),
    on(6, "source", WORDS),
    on(6, "same-moment", WORDS),
    on(7, "later", WORDS),
]
LINKS = {
    "source": {"target"},
    "earlier": {"earlier-target"},
    "same-moment": {"target"},
    "later": {"target"},
}


def task_and_snapshot(build) -> tuple[Task, Any]:
    snapshot = build(with_links(ARCHIVE, LINKS), embedder=EMBEDDER)
    assert len(snapshot.links) == 4
    by_id = {one.id: one for one in ARCHIVE}
    (task,) = subjects(make_tasks(by_id, {"source": LINKS["source"]}, None, True), EMBEDDER, older_only=True)
    return task, snapshot


def test_only_links_of_articles_older_than_the_source_are_used(build):
    task, snapshot = task_and_snapshot(build)
    policy = plain(weights=weights(words=1.0, linked=50.0, popular=10.0), minimum_relevance=-1.0)
    found = as_served(policy, with_links=True)(snapshot, task)
    assert found[0] == "earlier-target", "an older article alike links to it"
    assert "target" not in found, "its own link, one of the same moment and a later one would give it away"


def test_without_links_none_counts_however_old(build):
    task, snapshot = task_and_snapshot(build)
    policy = plain(weights=weights(words=1.0, linked=50.0, popular=10.0), minimum_relevance=-1.0)
    for ranking in (as_served(policy, with_links=False), rankings(policy)["shipped"]):
        found = ranking(snapshot, task)
        assert not {"target", "earlier-target"} & set(found)
        assert len(found) == 10


def test_the_rows_are_the_rivals_the_shipped_and_where_there_is_one_the_fitted(build):
    task, snapshot = task_and_snapshot(build)
    policy = plain(weights=weights(words=1.0, linked=50.0), minimum_relevance=-1.0)
    assert list(rankings(policy)) == ["dense", "lexical", "more-like-this", "shipped"]
    rows = rankings(plain(), policy)
    assert list(rows) == ["dense", "lexical", "more-like-this", "shipped", "fitted"]
    assert rows["fitted"](snapshot, task)[0] == "earlier-target"
    assert rows["shipped"](snapshot, task)[0] != "earlier-target"


def test_a_source_without_a_date_learns_from_no_link(build):
    snapshot = build(with_links(ARCHIVE, LINKS), embedder=EMBEDDER)
    undated = article("undated", "!", f"{WORDS} undated")
    (task,) = subjects([(undated, frozenset({"target"}))], EMBEDDER, older_only=False)
    policy = plain(weights=weights(words=1.0, linked=50.0), minimum_relevance=-1.0)
    assert not {"target", "earlier-target"} & set(as_served(policy, with_links=True)(snapshot, task))


@pytest.fixture
def links(tmp_path: Path) -> Path:
    path = tmp_path / "links.tsv"
    rows = "".join(f"a{n:02}\ta{n - 6:02}\n" for n in range(6, 48))
    path.write_text(f"source_id\ttarget_id\n{rows}", encoding="utf-8")
    return path


def scores(tmp_path: Path, links: Path, *options: object, **more: Any):
    archive = write_archive(tmp_path / "articles.jsonl", records(links=False))
    common = ("--articles", archive, "--links", links, "--data", tmp_path / "data", "--json", "--only-older")
    return run("evaluate", *common, *options, **more)


def test_a_fitted_row_is_there_below_a_test_fraction_of_1_alone(tmp_path: Path, links: Path):
    whole = {row["ranking"]: row for row in lines(scores(tmp_path, links))}
    assert "fitted" not in whole
    assert whole["shipped"]["sources"] == 42
    part = {row["ranking"]: row for row in lines(scores(tmp_path, links, "--test-fraction", "0.4"))}
    assert list(part) == ["dense", "lexical", "more-like-this", "shipped", "fitted"]
    # the newest 0.4 of 42 sources are 16.8, so 17
    assert {row["sources"] for row in part.values()} == {17}
    assert part["fitted"]["ndcg@10"] > part["shipped"]["ndcg@10"], "the editors' habit can be learnt"


def test_where_the_older_sources_are_too_few_there_is_no_fitted_row_and_it_says_so(tmp_path: Path, links: Path):
    said = scores(tmp_path, links, "--test-fraction", "0.6")
    assert [row["ranking"] for row in lines(said)] == ["dense", "lexical", "more-like-this", "shipped"]
    assert "no fitted row: expected links from at least 20 articles" in said.stderr
    assert "got 17" in said.stderr


def test_a_share_of_none_is_one_line(tmp_path: Path, links: Path):
    said = scores(tmp_path, links, "--test-fraction", "0.01", code=1)
    assert "0.01 of 42 sources are none" in said.stderr
