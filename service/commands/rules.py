"""`alsoread rules`: what editors settle by hand, from the command line."""

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from index.archive_writer import ArchiveWriter
from index.catalogue import Catalogue, place_of
from index.engines import database_errors_said
from index.errors import ArchiveError
from index.record_fields import parse_time
from index.rule_writes import add_rule, remove_rule, replace_rules
from index.rules import (
    KINDS,
    MAX_POSITION,
    PIN_SLOTS,
    InvalidRule,
    Rule,
    RuleDraft,
    RuleKind,
    RuleSet,
    read_rules,
)
from recommender.conflicts import all_conflicts
from recommender.editorial import Editorial
from service import console
from service.app import make_recommender
from service.cli import data_option, json_option, settings_from
from service.errors import ServiceError
from service.incoming import parse_json
from service.parameters import utc_now
from service.rules_io import csv_of, drafts_of, records_of_csv, records_of_json
from service.settings import Settings

COLUMNS = ("id", "kind", "beside", "article", "slot", "position", "until", "reason", "by", "at")

Result = TypeVar("Result")


@click.group()
def rules() -> None:
    """Pin, block and mark articles by hand; what is settled counts for the next reader.

    \b
    Examples:
      alsoread rules add pin quay-reopens --beside flood-wall --slot also-read --position 1
      alsoread rules add block old-rumour --reason "withdrawn by the desk"
      alsoread rules list
      alsoread rules export > rules.csv
    """


@rules.command("list")
@click.option("--beside", metavar="ID", help="Only what holds beside this article.")
@click.option("--item", metavar="ID", help="Only what pins, blocks or marks this article.")
@click.option("--kind", type=click.Choice(KINDS), help="Only rules of this kind.")
@data_option
@json_option
def show(beside: str | None, item: str | None, kind: str | None, data: Path | None, as_json: bool) -> None:
    """Show the rules, oldest first, and on standard error why one has no effect.

    \b
    Example:
      alsoread rules list --beside flood-wall
    """
    settings = settings_from(data=data)
    known = _read(settings)
    asked = {"article_id": beside, "item_id": item, "kind": kind}
    chosen = [
        rule
        for rule in known.rules
        if all(value is None or getattr(rule, name) == value for name, value in asked.items())
    ]
    found = _conflicts(settings, known, chosen)
    if as_json:
        for rule in chosen:
            console.print_json({**rule.record(), "conflicts": list(found.get(rule.id, ()))})
        return
    console.print_table(COLUMNS, [_row(rule) for rule in chosen])
    _say(found)


@rules.command("add")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("item", metavar="ID")
@click.option("--beside", metavar="ID", help="The article beside which it holds; a block without it holds everywhere.")
@click.option("--slot", type=click.Choice(PIN_SLOTS), help="The slot of a pin (default: every slot).")
@click.option("--position", type=click.IntRange(1, MAX_POSITION), help="The place of a pin, from 1.")
@click.option("--reason", default="", help="Why, for colleagues; no reader sees it.")
@click.option("--until", metavar="DATE", help="Until when it holds (default: for ever).")
@click.option("--by", "who", metavar="NAME", help="Who settles it (default: you, as this system knows you).")
@data_option
@json_option
def add(
    kind: RuleKind,
    item: str,
    beside: str | None,
    slot: str | None,
    position: int | None,
    reason: str,
    until: str | None,
    who: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Settle a rule of KIND for the article ID.

    \b
    Examples:
      alsoread rules add pin quay-reopens --beside flood-wall --position 1 --until 2026-03-21
      alsoread rules add sensitive harbour-accident
    """
    settings = settings_from(data=data)
    draft = RuleDraft(kind, beside, item, slot, position, reason, _moment(until))
    try:
        rule = _write(settings, lambda catalogue: add_rule(catalogue, draft, _who(who)))
    except InvalidRule as error:
        raise ServiceError("; ".join(map(_as_typed, error.problems))) from None
    found = _conflicts(settings, _read(settings), [rule])
    if as_json:
        console.print_json({**rule.record(), "conflicts": list(found.get(rule.id, ()))})
        return
    click.echo(rule.id)
    _say(found)


@rules.command("remove")
@click.argument("ids", nargs=-1, required=True, metavar="RULE...")
@click.option("--by", "who", metavar="NAME", help="Who removes it (default: you, as this system knows you).")
@data_option
def remove(ids: Sequence[str], who: str | None, data: Path | None) -> None:
    """Remove rules by their ids.

    \b
    Example:
      alsoread rules remove 3f1c9a0b77d2e645
    """
    settings = settings_from(data=data)
    for rule_id in ids:
        rule = _write(settings, partial(remove_rule, rule_id=rule_id, who=_who(who)))
        click.echo(f"removed {rule.id}: {rule.kind} of {rule.item_id}")


@rules.command("export")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, not CSV.")
@data_option
def export(as_json: bool, data: Path | None) -> None:
    """Write all rules to standard output as CSV, as `import` reads them.

    \b
    Example:
      alsoread rules export > rules.csv
    """
    known = _read(settings_from(data=data))
    if as_json:
        for rule in known.rules:
            console.print_json(rule.record())
    else:
        click.echo(csv_of(known.rules).decode(), nl=False)


@rules.command("import")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option(
    "--if-number", type=int, metavar="N", help="Only where nobody settled anything since the rules had this number."
)
@click.option("--by", "who", metavar="NAME", help="Who settles them (default: you, as this system knows you).")
@data_option
@json_option
def take_in(file: BinaryIO, if_number: int | None, who: str | None, data: Path | None, as_json: bool) -> None:
    """Replace all rules by those of FILE, all or none: CSV, a JSON list, or one JSON object a line.

    \b
    Example:
      alsoread rules import rules.csv
    """
    settings = settings_from(data=data)
    drafts = drafts_of(_records(file.read()))
    expected = () if if_number is None else (if_number,)
    known = _write(settings, lambda catalogue: replace_rules(catalogue, drafts, _who(who), *expected))
    found = _conflicts(settings, known, known.rules)
    if as_json:
        console.print_json({"rules": len(known.rules), "number": known.number, "conflicts": found})
        return
    click.echo(f"{len(known.rules):,} rules hold now (number {known.number})")
    _say(found)


def _records(body: bytes) -> Any:
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        return records_of_json(parse_json(body))
    if start != b"{":
        return records_of_csv(body)
    lines = [(at, line) for at, line in enumerate(body.splitlines(), start=1) if line.strip()]
    first = parse_json(body) if len(lines) == 1 or not lines[0][1].rstrip().endswith(b"}") else None
    if isinstance(first, dict) and "rules" in first:
        return records_of_json(first)
    return [(at, parse_json(line)) for at, line in lines]


def _read(settings: Settings) -> RuleSet:
    place = place_of(settings.data, settings.catalogue)
    with database_errors_said(), Catalogue.open_existing(place, wait=10.0) as catalogue:
        return read_rules(catalogue.engine)


@contextmanager
def _writer(settings: Settings) -> Iterator[ArchiveWriter]:
    writer = ArchiveWriter(place_of(settings.data, settings.catalogue), settings.data)
    try:
        yield writer
    finally:
        writer.close()


def _write(settings: Settings, write: Callable[[Catalogue], Result]) -> Result:
    """A write that those who serve hear of at once."""
    with _writer(settings) as writer:
        return writer.run(write)


def _conflicts(settings: Settings, known: RuleSet, chosen: Sequence[Rule]) -> dict[str, tuple[str, ...]]:
    """Why rules have no effect; nothing can be said where nothing is published."""
    try:
        recommender = make_recommender(settings)
        snapshot = recommender.index.snapshot()
    except ArchiveError as error:
        click.echo(f"whether they have any effect cannot be said: {error}", err=True)
        return {}
    return all_conflicts(chosen, Editorial(known), snapshot, recommender.policies, utc_now())


def _say(found: dict[str, tuple[str, ...]]) -> None:
    for rule_id, sentences in found.items():
        click.echo(f"{rule_id}: {'; '.join(sentences)}", err=True)


TYPED = {"item_id": "ID", "article_id": "--beside", "expires_at": "--until"}
"""What fields of a rule are called on the command line; others as they are, with two dashes in front."""


def _as_typed(problem: str) -> str:
    """A fault of a rule in the words that were typed: not the field's name, but the option's."""
    name, _, rest = problem.partition(": ")
    for field, typed in TYPED.items():
        rest = rest.replace(f" {field}:", f" {typed}:")
    return f"{TYPED.get(name, name if name == 'kind' else f'--{name}')}: {rest}"


def _moment(raw: str | None) -> datetime | None:
    try:
        return parse_time(raw)
    except ValueError:
        raise click.BadParameter(
            f"expected a date or date-time such as 2026-03-14, got {raw!r}", param_hint="--until"
        ) from None


def _who(given: str | None) -> str:
    if given:
        return given
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError, ImportError):
        return "command line"


def _row(rule: Rule) -> list[str]:
    until = "" if rule.expires_at is None else f"{rule.expires_at:%Y-%m-%d %H:%M}"
    where = (rule.article_id or "everywhere", rule.item_id or "")
    place = (rule.slot or ("every slot" if rule.kind == "pin" else ""), str(rule.position or ""))
    return [
        rule.id,
        rule.kind,
        *where,
        *place,
        until,
        rule.reason,
        rule.updated_by,
        f"{rule.updated_at:%Y-%m-%d %H:%M}",
    ]
