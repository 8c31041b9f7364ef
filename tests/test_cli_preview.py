"""`alsoread preview`: a draft out of a file or a pipe, as JSON or as plain text."""

import json
import re
from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run
from service_fixtures import WORDS, publish, small_archive

from index.embedder import WordHashEmbedder
from index.embedding_socket import serve_embeddings

TEXT = f"\nFlood wall holds\n\n{WORDS['flood']}\n"
AT = ("--at", "2026-03-20")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("archive") / "data"
    publish(data, small_archive())
    return data


def test_plain_text_out_of_a_pipe_begins_with_its_headline(archive: Path):
    given = ("--data", archive, "--section", "news/flood", "--json", *AT)
    (came,) = lines(run("preview", "-", *given, stdin=TEXT.encode()))
    assert came["article"]["title"] == "Flood wall holds"
    assert came["article"]["section"] == "news/flood"
    assert came["slots"]["more-in-section"]["items"][0]["id"].startswith("flood-")
    assert came["would_suggest"]


def test_json_and_text_say_the_same(archive: Path, tmp_path: Path):
    record = {"title": "Flood wall holds", "text": WORDS["flood"], "section": "news/flood"}
    (tmp_path / "draft.json").write_text(json.dumps(record))
    (tmp_path / "draft.txt").write_text(TEXT)
    options = ("--data", archive, "--json", *AT)
    one = run("preview", tmp_path / "draft.json", *options)
    other = run("preview", tmp_path / "draft.txt", "--section", "news/flood", *options)
    piped = run("preview", "-", *options, stdin=json.dumps(record).encode())
    assert one.stdout == other.stdout == piped.stdout


def test_the_tables_name_each_slot_and_those_that_would_suggest_it(archive: Path):
    said = run("preview", "-", "--data", archive, "--explain", *AT, stdin=TEXT.encode()).stdout
    for heading in ("also-read: Flood wall holds", "more-in-section:", "background:", "How the scores came about"):
        assert heading in said
    assert re.search(r"articles that would start to suggest it, of the \d+ most like it", said)
    assert "note: the indexer is not running: ranked by terms, section and date" in said
    assert any(line.startswith("flood-1\tflood1\talso-read\t") for line in said.splitlines())


def test_with_an_indexer_its_model_embeds(archive: Path):
    server = serve_embeddings(archive, lambda: WordHashEmbedder())
    assert server is not None
    try:
        said = run("preview", "-", "--data", archive, *AT, stdin=TEXT.encode()).stdout
    finally:
        server.close()
    assert "not running" not in said


def test_lists_only_and_slots_and_limit(archive: Path):
    options = ("--lists-only", "--slots", "also-read", "--limit", 2, "--json", *AT)
    (came,) = lines(run("preview", "-", "--data", archive, *options, stdin=TEXT.encode()))
    assert list(came["slots"]) == ["also-read"]
    assert len(came["slots"]["also-read"]["items"]) == 2
    assert came["would_suggest"] is None


def test_another_policy_counts(archive: Path, tmp_path: Path):
    (tmp_path / "policy.toml").write_text("[also-read]\nlimit = 1\n")
    options = ("--policy", tmp_path / "policy.toml", "--json", *AT)
    (came,) = lines(run("preview", "-", "--data", archive, *options, stdin=TEXT.encode()))
    assert len(came["slots"]["also-read"]["items"]) == 1


@pytest.mark.parametrize(
    ("stdin", "said"),
    [(b"", "title, text: expected at least one"), (b"{", "expected one JSON object"), (b'{"title": 3}', "title")],
)
def test_what_is_no_draft_is_said_in_one_line(archive: Path, stdin: bytes, said: str):
    assert said in one_line_error(run("preview", "-", "--data", archive, stdin=stdin, code=1))


def test_a_slot_that_is_none_is_said(archive: Path):
    result = run("preview", "-", "--data", archive, "--slots", "front", stdin=b"T", code=1)
    assert "slots: expected slots such as" in one_line_error(result)


def test_where_nobody_would_suggest_it_a_sentence_says_so_instead_of_an_empty_table(archive: Path):
    record = {"title": "Flood wall holds", "text": WORDS["flood"], "recommendable": False}
    said = run("preview", "-", "--data", archive, *AT, stdin=json.dumps(record).encode()).stdout
    assert "no article would start to suggest it" in said
    assert "articles that would start" not in said
