"""The docs say what the code does: every setting, command, option, route, problem and exit code, and no other."""

import json
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from cli_fixtures import run

from index.pointer import current_generation
from recommender.policy import MAX_LIMIT
from service import cli
from service.app import create_app
from service.demo.newspaper import ARTICLE, newspaper
from service.parameter_table import MAX_EXCLUDED
from service.parameters import PARAMETERS
from service.problems import KINDS
from service.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
COMMANDS = {name: cli.main.get_command(click.Context(cli.main), name) for name in cli.LAZY_COMMANDS}


def doc(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def table_rows(text: str, first: str) -> dict[str, list[str]]:
    """The cells of every table row whose first cell fits a pattern, by what its group caught."""
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line[:1] == "|"]
    return {match[1]: row for row in rows if (match := re.fullmatch(first, row[0]))}


def section_of(command: str) -> str:
    """The part of docs/command-line.md under the heading that names a command."""
    parts = re.split(r"^## ", doc("command-line.md"), flags=re.MULTILINE)
    (found,) = [part for part in parts if f"`alsoread {command}" in part.splitlines()[0]]
    return found


def commands_below(command: click.Command) -> dict[str, click.Command]:
    return dict(command.commands) if isinstance(command, click.Group) else {}


def options_of(command: click.Command) -> list[click.Option]:
    """The options of a command and of those below it."""
    own = [item for item in command.params if isinstance(item, click.Option)]
    return [*own, *(item for below in commands_below(command).values() for item in options_of(below))]


def test_every_setting_and_no_other_stands_in_the_docs_with_its_default():
    documented = table_rows(doc("settings.md"), r"`ALSOREAD_(\w+)`")
    defaults = {field.name.upper(): field.default for field in fields(Settings)}
    assert list(documented) == list(defaults)
    for name, default in defaults.items():
        assert documented[name][1] == ("–" if default is None else f"`{default}`"), name


def test_every_command_and_no_other_has_a_part_in_the_docs():
    named = re.findall(r"^## .*", doc("command-line.md"), flags=re.MULTILINE)
    assert {command for line in named for command in re.findall(r"`alsoread ([\w-]+)", line)} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_no_other_stands_in_the_docs(name: str):
    options = {option for item in options_of(COMMANDS[name]) for option in item.opts if option[1] == "-"}
    documented = set(table_rows(section_of(name), r"`(--[\w-]+)[^`]*`"))
    assert documented == options


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_has_an_example_and_says_what_each_option_does(name: str):
    for words in ([name], *([name, below] for below in commands_below(COMMANDS[name]))):
        said = run(*words, "--help").stdout
        assert re.search(rf"Examples?:\n\s+alsoread {' '.join(words)}", said)
        assert run(*words, "-h").stdout == said
    assert all(item.help for item in options_of(COMMANDS[name]))


def test_the_help_of_the_program_names_every_command_and_exit_code():
    said = run("--help").stdout
    assert all(f"  {name} " in said for name in COMMANDS)
    assert "3 published but some records were rejected" in " ".join(said.split())
    assert re.fullmatch(r"alsoread \d+\.\d+\.\d+\n", run("--version").stdout)
    assert "No such command" in run("rebiuld", code=2).stderr


def test_every_exit_code_and_no_other_stands_in_the_docs():
    codes = {str(value) for name, value in vars(cli).items() if name.startswith("EXIT_")}
    assert set(table_rows(section_before_commands(), r"(\d)")) == {"0", *codes}


def section_before_commands() -> str:
    return doc("command-line.md").split("## `alsoread", maxsplit=1)[0]


def test_every_route_and_no_other_stands_in_the_docs():
    rules = create_app(Settings()).url_map.iter_rules()
    routes = {
        (method, re.sub(r"<(?:\w+:)?(?:article|rule)_id>", "{id}", rule.rule))
        for rule in rules
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    rows = [line.split(" | ")[0] for line in doc("http.md").splitlines() if line.startswith("| `")]
    assert {found for row in rows for found in re.findall(r"`([A-Z]+) (/[^`?]*)", row)} == routes


def test_every_parameter_and_its_bounds_stand_in_the_docs():
    documented = table_rows(doc("http.md"), r"`(\w+)`")
    assert set(documented) >= set(PARAMETERS)
    assert f"1 to {MAX_LIMIT}" in documented["limit"][1]
    assert f"at most {MAX_EXCLUDED}" in documented["exclude"][1]


def test_every_problem_and_no_other_stands_in_the_docs_with_its_status():
    part = doc("http.md").split("## Problems")[1].split("\n## ")[0]
    documented = {name: row[1] for name, row in table_rows(part, r"`([a-z-]+)`").items()}
    shown = {kind.name: "4xx" if kind.name == "request-refused" else str(kind.status) for kind in KINDS}
    assert documented == shown


def test_the_demonstration_finds_its_newspaper_and_its_article(data: Path):
    records = [json.loads(line) for line in newspaper().read_text(encoding="utf-8").splitlines()]
    assert ARTICLE in {item["id"] for item in records}
    run("rebuild", newspaper(), "--data", data, "--strict")
    assert current_generation(data)
    for slot in ("also-read", "more-in-section"):
        said = run(slot, ARTICLE, "--data", data, "--at", "2026-06-01", "--json").stdout
        assert len(json.loads(said)["items"]) >= 3


def test_every_test_that_the_docs_of_security_name_is_there_and_every_hostile_one_is_named():
    named = set(re.findall(r"`(?:tests/)?(test_\w+\.py)`", doc("security.md")))
    there = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert named <= there
    assert {name for name in there if name.startswith("test_hostile")} <= named
