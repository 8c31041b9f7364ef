"""`alsoread evaluate` on an archive whose rankings are known, with the arithmetic of every figure written out."""

from math import log2
from pathlib import Path
from typing import Any

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive
from service_fixtures import numbered, small_archive, subject_words

FIELDS = ["ranking", "ndcg@5", "ndcg@10", "recall@10", "mrr", "sources"]
RANKINGS = ["dense", "lexical", "more-like-this", "shipped"]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Of piece 1 of a subject the nearest are 2, 3, 4, 5 (and of the flood 6 and 7), in this order."""
    return write_archive(tmp_path / "articles.jsonl", [*small_archive(), numbered("flood", 6), numbered("flood", 7)])


def write_links(folder: Path, *links: tuple[str, str]) -> Path:
    path = folder / "links.tsv"
    path.write_text(
        "source_id\ttarget_id\tposition\n" + "".join(f"{s}\t{t}\t0.5\n" for s, t in links), encoding="utf-8"
    )
    return path


def all_related(links: Path) -> Path:
    """A policy under which any piece is related enough, so that a list is never short."""
    path = links.parent / "all-related.toml"
    path.write_text("[also-read]\nminimum_relevance = -1.0\n", encoding="utf-8")
    return path


def scores(archive: Path, links: Path, data: Path, *options: object) -> dict[str, dict[str, Any]]:
    policy = () if "--policy" in options else ("--policy", all_related(links))
    result = run("evaluate", "--articles", archive, "--links", links, "--data", data, "--json", *policy, *options)
    return {row["ranking"]: row for row in lines(result)}


def figures(row: dict[str, Any]) -> list[float]:
    return [row[name] for name in FIELDS[1:]]


def test_every_ranking_is_one_json_line_with_the_agreed_fields(archive: Path, tmp_path: Path, data: Path):
    links = write_links(tmp_path, ("flood-1", "flood-2"))
    result = run("evaluate", "--articles", archive, "--links", links, "--data", data, "--json")
    assert [list(row) for row in lines(result)] == [FIELDS] * 4
    assert [row["ranking"] for row in lines(result)] == RANKINGS
    assert result.stderr == ""


@pytest.mark.parametrize("ranking", RANKINGS)
def test_links_at_ranks_1_and_3_score_as_the_formulas_say(archive: Path, tmp_path: Path, data: Path, ranking: str):
    links = write_links(tmp_path, ("flood-1", "flood-2"), ("flood-1", "flood-4"))
    # gain 1/log2(2) + 1/log2(4) = 1.5; ideal 1/log2(2) + 1/log2(3) = 1.6309; first relevant at rank 1
    ndcg = round((1 / log2(2) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3)), 4)
    assert ndcg == 0.9197
    assert figures(scores(archive, links, data)[ranking]) == [ndcg, ndcg, 1.0, 1.0, 1]


@pytest.mark.parametrize("ranking", ["dense", "lexical", "shipped"])
def test_a_link_at_rank_6_counts_at_10_and_not_at_5(archive: Path, tmp_path: Path, data: Path, ranking: str):
    links = write_links(tmp_path, ("flood-1", "flood-7"))
    # gain 1/log2(7) = 0.3562 over an ideal of 1; reciprocal rank 1/6
    assert figures(scores(archive, links, data)[ranking]) == [0.0, 0.3562, 1.0, 0.1667, 1]


@pytest.mark.parametrize("ranking", ["lexical", "more-like-this", "shipped"])
def test_figures_are_the_mean_over_the_sources(archive: Path, tmp_path: Path, data: Path, ranking: str):
    links = write_links(tmp_path, ("flood-1", "flood-2"), ("match-1", "match-5"), ("budget-1", "flood-3"))
    # flood-1: rank 1, all 1. match-1: rank 4, nDCG 1/log2(5) = 0.4307, reciprocal rank 1/4. budget-1: not found, all 0
    ndcg = round((1 + 1 / log2(5) + 0) / 3, 4)
    assert figures(scores(archive, links, data)[ranking]) == [ndcg, ndcg, 0.6667, 0.4167, 3]


def test_with_only_older_a_source_sees_and_needs_nothing_newer(archive: Path, tmp_path: Path, data: Path):
    links = write_links(tmp_path, ("flood-3", "flood-1"), ("flood-3", "flood-4"), ("flood-7", "flood-1"))
    # flood-7 has no older target and is no source; of flood-3's two only flood-4 is older, and among the older it is first
    for row in scores(archive, links, data, "--only-older").values():
        assert figures(row) == [1.0, 1.0, 1.0, 1.0, 1]
    assert scores(archive, links, data)["shipped"]["sources"] == 2


def test_the_newest_share_of_the_sources_is_scored(archive: Path, tmp_path: Path, data: Path):
    links = write_links(tmp_path, ("flood-1", "flood-2"), ("match-2", "budget-3"))
    # the newer source, flood-1, has its link at rank 1; the older, match-2, would find none
    assert figures(scores(archive, links, data, "--test-fraction", "0.5")["shipped"]) == [1.0, 1.0, 1.0, 1.0, 1]
    assert figures(scores(archive, links, data)["lexical"]) == [0.5, 0.5, 0.5, 0.5, 2]
    for share in ("0", "1.1", "nan", "half"):
        run("evaluate", "--articles", archive, "--links", links, "--test-fraction", share, code=2)


def test_a_text_field_replaces_the_text_of_the_sources_alone(tmp_path: Path, data: Path):
    told = numbered("flood", 1, without_links=subject_words("budget", 14))
    archive = write_archive(tmp_path / "a.jsonl", [told, *small_archive()[1:]])
    links = write_links(tmp_path, ("flood-1", "budget-1"), ("match-1", "match-2"))
    # as it stands, flood-1 finds no budget piece; by its other text budget-1 is first. match-1 has no such field: its text
    assert figures(scores(archive, links, data)["lexical"]) == [0.5, 0.5, 0.5, 0.5, 2]
    options = ("--text-field", "without_links")
    assert figures(scores(archive, links, data, *options)["lexical"]) == [1.0, 1.0, 1.0, 1.0, 2]


def test_fields_may_have_other_names(archive: Path, tmp_path: Path, data: Path):
    theirs = [{"guid": item["id"], "body": item["text"], "title": item["title"]} for item in small_archive()]
    source = write_archive(tmp_path / "theirs.jsonl", theirs)
    links = write_links(tmp_path, ("flood-1", "flood-2"))
    assert figures(scores(source, links, data, "--field", "id=guid", "--field", "text=body")["lexical"])[0] == 1.0


def test_links_of_unknown_articles_and_to_itself_do_not_count(archive: Path, tmp_path: Path, data: Path):
    links = write_links(
        tmp_path, ("flood-1", "flood-2"), ("flood-1", "flood-1"), ("gone", "flood-2"), ("match-1", "gone")
    )
    assert figures(scores(archive, links, data)["shipped"]) == [1.0, 1.0, 1.0, 1.0, 1]


def test_a_pipe_gets_the_table_apart_by_tabs(archive: Path, tmp_path: Path, data: Path):
    links = write_links(tmp_path, ("flood-1", "flood-7"))
    policy = ("--policy", all_related(links))
    said = run("evaluate", "--articles", archive, "--links", links, "--data", data, *policy).stdout.splitlines()
    assert said[0].split("\t") == FIELDS
    assert said[4].split("\t") == ["shipped", "0.000", "0.356", "1.000", "0.167", "1"]


def test_no_archive_in_the_data_folder_is_touched(archive: Path, tmp_path: Path, data: Path):
    run("rebuild", write_archive(tmp_path / "own.jsonl", [numbered("match", 1)]), "--data", data)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    scores(archive, write_links(tmp_path, ("flood-1", "flood-2")), data)
    after = {path: path.read_bytes() for path in data.rglob("*") if path.is_file() and "evaluation" not in path.parts}
    assert after == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"from\tto\nflood-1\tflood-2\n", "expected tab-separated columns source_id and target_id, got ['from', 'to']"),
        (b"source_id,target_id\nflood-1,flood-2\n", "got ['source_id,target_id']"),
        (b"", "got None"),
        (b"source_id\ttarget_id\nflood-1\n", "line 2: expected a source and a target"),
        (b"source_id\ttarget_id\nflood-1\t\n", "line 2: expected a source and a target"),
        (b"source_id\ttarget_id\n\xff\xfe\tflood-2\n", "utf-8"),
        (b"source_id\ttarget_id\n", "no link leads from one of these articles to another"),
        (b"source_id\ttarget_id\ngone\taway\n", "no link leads from one of these articles to another"),
    ],
)
def test_links_that_cannot_be_used_are_one_line(archive: Path, tmp_path: Path, data: Path, content: bytes, said: str):
    links = tmp_path / "links.tsv"
    links.write_bytes(content)
    result = run("evaluate", "--articles", archive, "--links", links, "--data", data, code=1)
    assert said in one_line_error(result)


def test_an_open_quote_in_a_long_file_of_links_is_one_line(archive: Path, tmp_path: Path, data: Path):
    links = tmp_path / "links.tsv"
    links.write_text('source_id\ttarget_id\nflood-1\t"flood-2\n' + "flood-1\tflood-3\n" * 10_000, encoding="utf-8")
    result = run("evaluate", "--articles", archive, "--links", links, "--data", data, code=1)
    assert "links.tsv" in one_line_error(result)


def test_what_is_missing_is_one_line_or_wrong_usage(archive: Path, tmp_path: Path, data: Path):
    links = write_links(tmp_path, ("flood-1", "flood-2"))
    missing = tmp_path / "none.jsonl"
    one_line_error(run("evaluate", "--articles", missing, "--links", links, "--data", data, code=1))
    one_line_error(run("evaluate", "--articles", archive, "--links", missing, "--data", data, code=1))
    assert "--links" in run("evaluate", "--articles", archive, code=2).stderr
    assert "--field" in run("evaluate", "--articles", archive, "--links", links, "--field", "no=x", code=2).stderr
