"""`alsoread rules`: what is settled on the command line counts in the lists, and comes out and in again unchanged."""

import json
from pathlib import Path

import pytest
from cli_fixtures import one_line_error, run
from service_fixtures import Service, publish, small_archive

from index.audit import read_audit
from index.catalogue import Catalogue, place_of

PIN = ("pin", "match-5", "--beside", "flood-1", "--slot", "also-read", "--position", "2")


@pytest.fixture
def archive(data: Path) -> Path:
    publish(data, small_archive())
    return data


def listed(archive: Path, *words: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("rules", "list", "--json", *words, "--data", archive).stdout.splitlines()]


def add(archive: Path, *words: object) -> str:
    return run("rules", "add", *words, "--by", "anna", "--data", archive).stdout.strip()


def test_a_pin_without_a_place_and_a_date_that_is_none_say_what_is_expected(archive: Path):
    refused = run("rules", "add", "pin", "match-5", "--beside", "flood-1", "--data", archive, code=1).stderr
    assert "--position: expected a number from 1 to 50, got nothing" in refused
    refused = run("rules", "add", "block", "match-5", "--until", "31/12/2026", "--data", archive, code=2).stderr
    assert "such as 2026-03-14, got '31/12/2026'" in refused


def test_what_is_settled_stands_in_lists_here_and_over_http(archive: Path):
    service = Service(archive)
    before = service.ids("/v1/articles/flood-1/also-read")
    rule = add(archive, *PIN, "--until", "2099-01-01", "--reason", "ours")
    said = json.loads(run("also-read", "flood-1", "--at", "2026-03-20", "--json", "--data", archive).stdout)
    assert (said["items"][1]["id"], said["items"][1]["source"]) == ("match-5", "pinned")
    assert service.ids("/v1/articles/flood-1/also-read")[1] == "match-5"
    (found,) = listed(archive)
    assert (found["id"], found["reason"], found["created_by"]) == (rule, "ours", "anna")
    assert found["expires_at"] == "2099-01-01T00:00:00Z"
    assert run("rules", "remove", rule, "--data", archive).stdout == f"removed {rule}: pin of match-5\n"
    assert service.ids("/v1/articles/flood-1/also-read") == before
    assert listed(archive) == []


def test_rules_are_listed_in_a_table_and_chosen_among(archive: Path):
    rule = add(archive, *PIN)
    add(archive, "block", "flood-2")
    lines = [line.split("\t") for line in run("rules", "list", "--data", archive).stdout.splitlines()]
    assert lines[0][:4] == ["id", "kind", "beside", "article"]
    assert [line[1:6] for line in lines[1:]] == [
        ["pin", "flood-1", "match-5", "also-read", "2"],
        ["block", "everywhere", "flood-2", "", ""],
    ]
    for words in (("--beside", "flood-1"), ("--item", "match-5"), ("--kind", "pin")):
        assert [one["id"] for one in listed(archive, *words)] == [rule]


def test_a_rule_without_effect_says_so(archive: Path):
    add(archive, "block", "match-5")
    done = run("rules", "add", *PIN, "--data", archive)
    assert done.stderr == f"{done.stdout.strip()}: the pinned article is blocked everywhere\n"
    said = run("rules", "list", "--data", archive).stderr
    assert "it is pinned beside 'flood-1'; the block wins" in said


def test_who_did_it_stands_in_the_audit_log(archive: Path):
    rule = add(archive, *PIN)
    run("rules", "remove", rule, "--data", archive)
    with Catalogue.open(place_of(archive)) as catalogue:
        lines = read_audit(catalogue)
    assert lines[1].who == "anna"
    assert lines[0].who.endswith("command line)")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_goes_out_comes_in_again_unchanged(archive: Path, tmp_path: Path, form: tuple[str, ...]):
    add(archive, *PIN, "--reason", '=it\'s, "ours"')
    add(archive, "block", "flood-2", "--until", "2099-01-01")
    before = listed(archive)
    file = tmp_path / "rules"
    file.write_bytes(run("rules", "export", *form, "--data", archive).stdout.encode())
    assert run("rules", "import", file, "--data", archive).stdout.startswith("2 rules hold now")
    assert listed(archive) == before
    add(archive, "sensitive", "budget-1")
    run("rules", "import", file, "--data", archive)
    assert listed(archive) == before


def test_a_faulty_file_changes_nothing_and_each_fault_is_said(archive: Path):
    add(archive, *PIN)
    before = listed(archive)
    table = "kind,item_id,position\nblock,a,\nblock,,\npin,b,x\n"
    said = run("rules", "import", "-", "--data", archive, code=1, stdin=table.encode()).stderr
    assert "line 3: item_id" in said
    assert "line 4: position" in said
    assert "Traceback" not in said
    lines = '{"kind": "block", "item_id": "a"}\n{"kind": "hide", "item_id": "a"}\n'
    assert "line 2: kind" in run("rules", "import", "-", "--data", archive, code=1, stdin=lines.encode()).stderr
    number = json.loads(
        run("rules", "import", "-", "--json", "--data", archive, stdin=json.dumps(before).encode()).stdout
    )
    stale = run("rules", "import", "-", "--if-number", number["number"] + 1, "--data", archive, code=1, stdin=b"[]")
    assert "the rules were changed since number" in stale.stderr
    assert listed(archive) == before


def test_what_cannot_be_settled_is_said_with_what_to_do(archive: Path, tmp_path: Path):
    assert (
        "--beside: a rule of the kind 'pin' needs" in run("rules", "add", "pin", "a", "--data", archive, code=1).stderr
    )
    beside_itself = ("rules", "add", "pin", "a", "--beside", "a", "--position", "1")
    said = one_line_error(run(*beside_itself, "--data", archive, code=1))
    assert "ID: expected another article than --beside: an article never stands beside itself" in said
    assert "item_id" not in said
    assert "article_id" not in said
    assert "expected a date" in run("rules", "add", "block", "a", "--until", "soon", "--data", archive, code=2).stderr
    assert "is gone" in run("rules", "remove", "none", "--data", archive, code=1).stderr
    assert "alsoread rebuild" in run("rules", "list", "--data", tmp_path / "nothing", code=1).stderr
