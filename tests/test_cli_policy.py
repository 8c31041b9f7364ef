"""`alsoread policy`: policies in and out as TOML, by their numbers."""

import json
from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive
from service_fixtures import publish, small_archive

from index.audit import read_audit
from index.catalogue import Catalogue, place_of
from recommender.policy import load_policy, policy_from_toml

SHORT = "# My own words\n[also-read]\nlimit = 2\n"
LONG = "[also-read]\nlimit = 4\n"


@pytest.fixture
def archive(data: Path) -> Path:
    publish(data, small_archive())
    return data


def save(data: Path, text: str, *options: object, code: int = 0):
    return run("policy", "save", "-", "--data", data, *options, stdin=text.encode(), code=code)


def shown(data: Path, *number: object) -> str:
    return run("policy", "show", *number, "--data", data).stdout


def test_a_saved_policy_is_shown_word_for_word_and_answers_follow_it(archive: Path):
    said = save(archive, SHORT, "--note", "shorter").stdout
    assert "saved as number 1" in said
    assert policy_from_toml(SHORT).version in said
    assert shown(archive) == SHORT
    assert len(lines(run("also-read", "flood-1", "--data", archive, "--json"))[0]["items"]) == 2


def test_where_none_was_saved_the_one_that_ships_is_shown_in_full(archive: Path):
    assert policy_from_toml(shown(archive)) == load_policy()
    assert "half_life_days = 60" in shown(archive, 0)
    save(archive, SHORT)
    assert policy_from_toml(shown(archive, 0)) == load_policy()


def test_versions_are_listed_newest_first_and_gone_back_to(archive: Path, tmp_path: Path):
    file = write_archive(tmp_path / "policy.toml", [])
    file.write_text(SHORT, encoding="utf-8")
    run("policy", "save", file, "--data", archive, "--note", "shorter")
    save(archive, LONG)
    record = json.loads(run("policy", "restore", "1", "--data", archive, "--json").stdout)
    assert (record["number"], record["toml"], record["note"]) == (3, SHORT, "Back to number 1")
    assert shown(archive) == SHORT
    found = lines(run("policy", "list", "--data", archive, "--json"))
    assert [(one["number"], one["note"]) for one in found] == [(3, "Back to number 1"), (2, ""), (1, "shorter")]
    assert found[0]["version"] == found[2]["version"] == policy_from_toml(SHORT).version
    table = run("policy", "list", "--data", archive, "--below", "2").stdout.splitlines()
    assert [line.split("\t")[0] for line in table] == ["number", "1"]
    with Catalogue.open(place_of(archive)) as catalogue:
        assert all("command line" in line.who for line in read_audit(catalogue))


def test_over_another_number_than_the_one_that_holds_nothing_is_saved(archive: Path):
    save(archive, SHORT, "--over", 0)
    said = one_line_error(save(archive, LONG, "--over", 0, code=1))
    assert "expected number 0 to hold, and it is number 1" in said
    assert "command line" in said
    one_line_error(run("policy", "restore", "1", "--over", "7", "--data", archive, code=1))
    assert shown(archive) == SHORT
    save(archive, LONG, "--over", 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[also-read]\nlimit = 0\n", "also-read: limit: expected greater than or equal to 1, got 0"),
        ("[nowhere]\n", "no slot is called 'nowhere'"),
        ("limit = \n", "not a TOML file"),
    ],
)
def test_what_no_policy_may_say_is_refused_and_nothing_saved(archive: Path, text: str, said: str):
    assert said in one_line_error(save(archive, text, code=1))
    assert run("policy", "list", "--data", archive, "--json").stdout == ""


def test_bytes_that_are_no_text_are_wrong_usage(archive: Path):
    assert "expected a policy in UTF-8" in run("policy", "save", "-", "--data", archive, stdin=b"\xff", code=2).stderr


def test_number_0_goes_back_to_what_ships(archive: Path, tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text(SHORT, encoding="utf-8")
    run("policy", "save", file, "--data", archive)
    run("policy", "restore", "0", "--data", archive)
    assert policy_from_toml(run("policy", "show", "--data", archive).stdout).slots == load_policy().slots


def test_an_unknown_number_says_where_the_known_ones_stand(archive: Path):
    for command in ("show", "restore"):
        said = one_line_error(run("policy", command, "7", "--data", archive, code=1))
        assert "no policy was saved under number 7" in said
        assert "alsoread policy list" in said


def test_while_a_file_governs_it_is_shown_and_nothing_is_saved(archive: Path, tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text(SHORT, encoding="utf-8")
    governed = {"ALSOREAD_POLICY": str(file)}
    result = run("policy", "save", "-", "--data", archive, stdin=LONG.encode(), code=1, **governed)
    assert "ALSOREAD_POLICY names a policy file, which governs" in one_line_error(result)
    found = run("policy", "show", "--data", archive, **governed).stdout
    assert "mine.toml" in found.splitlines()[0]
    assert policy_from_toml(found).version == policy_from_toml(SHORT).version


def test_without_an_archive_one_line_says_what_to_do(data: Path):
    assert "alsoread rebuild" in one_line_error(run("policy", "list", "--data", data, code=1))


def test_an_empty_file_is_no_policy_and_what_changes_nothing_is_called_so(archive: Path):
    for nothing in ("", "\n  \n"):
        said = save(archive, nothing, code=2).stderr
        assert "standard input: expected a policy as TOML, got an empty file" in said
        assert "alsoread policy restore 0" in said
    assert lines(run("policy", "list", "--data", archive, "--json")) == []
    assert "the policy as it ships" in save(archive, "# nothing yet\n").stdout
    assert "as it ships" not in save(archive, SHORT).stdout
