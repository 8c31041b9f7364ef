"""`alsoread boilerplate`: what was learnt is listed, and what is decided about it counts in the next rebuild."""

import json
from pathlib import Path
from typing import Any

import pytest
from boilerplate_pages import body, page
from cli_fixtures import lines, one_line_error, run, write_archive

from index.article_record import dump_record
from index.audit import read_audit
from index.catalogue import Catalogue, place_of

MEMBER = "The Echo belongs to its readers and is printed on the island."
ODD = "Printed at the harbour."


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    articles = [page(n, bottom=[MEMBER] if n else [MEMBER, ODD]) for n in range(30)]
    return write_archive(tmp_path / "articles.jsonl", [json.loads(dump_record(one)) for one in articles])


@pytest.fixture
def rebuilt(archive: Path, data: Path) -> Path:
    run("rebuild", archive, "--data", data)
    return data


def listed(data: Path, *words: object) -> list[dict[str, Any]]:
    return lines(run("boilerplate", "list", "--json", *words, "--data", data))


def text_of(data: Path, article_id: str) -> list[tuple[str, str | None]]:
    found = lines(run("boilerplate", "article", article_id, "--json", "--data", data))
    return [(one["line"], one["removed_by"]) for one in found]


def test_a_rebuild_says_what_it_learnt_and_how_to_bring_it_back(archive: Path, data: Path):
    said = run("rebuild", archive, "--data", data).stderr
    assert f"boilerplate, removed before articles are compared (1): “{MEMBER[:59]}…” (30 of 30)" in said
    assert "alsoread boilerplate keep RULE" in said


def test_a_rebuild_says_it_as_json_too(archive: Path, data: Path):
    (report,) = lines(run("rebuild", archive, "--data", data, "--boilerplate", "propose", "--json"))
    (rule,) = listed(data)
    assert report["boilerplate"] == {
        "new": [rule["id"]],
        "removed_at_once": False,
        "rules": 0,
        "articles_reread": 0,
    }
    assert rule["state"] == "proposed"


def test_the_setting_says_what_becomes_of_what_is_learnt(archive: Path, data: Path):
    run("rebuild", archive, "--data", data, ALSOREAD_BOILERPLATE="off")
    assert listed(data) == []
    said = run("rebuild", archive, "--data", data, code=1, ALSOREAD_BOILERPLATE="perhaps").stderr
    assert "expected one of remove, propose, off, got 'perhaps'" in said


def test_what_was_learnt_is_listed_with_why_and_from_where(rebuilt: Path):
    (rule,) = listed(rebuilt)
    assert (rule["line"], rule["state"], rule["articles"], rule["of"]) == (MEMBER, "removed", 30, 30)
    assert rule["seen_in"][0] == "p000"
    table = run("boilerplate", "list", "--data", rebuilt).stdout.splitlines()
    assert table[0].split("\t") == ["id", "state", "articles", "line", "why"]
    assert table[1].split("\t")[:4] == [rule["id"], "removed", "30 of 30", MEMBER]
    assert listed(rebuilt, "--state", "kept") == listed(rebuilt, "--host", "other.example") == []


@pytest.mark.parametrize("by_its_line", [True, False])
def test_what_is_kept_comes_back_with_the_next_rebuild(rebuilt: Path, by_its_line: bool):
    (rule,) = listed(rebuilt)
    assert text_of(rebuilt, "p003") == [*((line, None) for line in body(3)), (MEMBER, rule["id"])]
    said = run("boilerplate", "keep", MEMBER if by_its_line else rule["id"], "--data", rebuilt)
    assert said.stdout == f"kept {rule['id']}: {MEMBER}\n"
    assert "next rebuild" in said.stderr
    assert "about 1 counts from the next rebuild" in run("boilerplate", "list", "--data", rebuilt).stderr
    assert text_of(rebuilt, "p003")[-1] == (MEMBER, None)
    assert "30 articles are compared by other lines" in run("rebuild", "--data", rebuilt).stderr
    assert run("boilerplate", "list", "--data", rebuilt).stderr == ""
    assert "was kept already" in run("boilerplate", "keep", rule["id"], "--data", rebuilt).stdout


def test_a_decision_is_taken_back_and_stands_in_the_audit_log(rebuilt: Path):
    (rule,) = listed(rebuilt)
    run("boilerplate", "keep", rule["id"], "--data", rebuilt)
    run("boilerplate", "undecide", rule["id"], "--data", rebuilt)
    assert "1 proposed: nothing is removed by them" in run("boilerplate", "list", "--data", rebuilt).stderr
    (again,) = lines(run("boilerplate", "remove", rule["id"], "--json", "--data", rebuilt))
    assert (again["id"], again["state"]) == (rule["id"], "removed")
    with Catalogue.open(place_of(rebuilt)) as catalogue:
        done = [line.action for line in read_audit(catalogue) if line.action.startswith("boilerplate")]
    assert done == [f"boilerplate.{one}" for one in ("remove", "undecide", "keep", "learn")]


def test_a_line_that_nobody_learnt_is_removed_by_hand(rebuilt: Path):
    run("boilerplate", "remove", ODD, "--data", rebuilt)
    (rule,) = (one for one in listed(rebuilt) if one["line"] == ODD)
    assert (rule["reason"], rule["host"]) == ("added by hand", "*")
    assert text_of(rebuilt, "p000")[-1] == (ODD, rule["id"])


def test_what_is_no_rule_no_line_and_no_article_is_said(rebuilt: Path, tmp_path: Path):
    for words in (("keep", "0123456789"), ("remove", "0123456789"), ("keep", "No such line.")):
        refused = one_line_error(run("boilerplate", *words, "--data", rebuilt, code=1))
        assert f"no rule for '{words[1]}'" in refused
    assert "expected one line" in one_line_error(run("boilerplate", "remove", "***", "--data", rebuilt, code=1))
    assert "'nobody'" in one_line_error(run("boilerplate", "article", "nobody", "--data", rebuilt, code=1))
    assert one_line_error(run("boilerplate", "list", "--data", tmp_path / "none", code=1))
