"""`alsoread boilerplate`: the lines that a site repeats, as they were learnt, and what becomes of them."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import click

from index.article_reader import ArticleReader
from index.boilerplate import Cleaner
from index.boilerplate.decisions import (
    STATES,
    Decision,
    State,
    UnknownRule,
    add_line,
    decide,
    read_decisions,
    waiting,
)
from index.boilerplate.store import removed_rules, set_for
from index.catalogue import Catalogue, place_of
from index.engines import database_errors_said, reading
from service import console
from service.cli import data_option, json_option, settings_from
from service.commands.who import who_calls
from service.errors import ServiceError

COLUMNS = ("id", "state", "articles", "line", "why")
LONGEST = 100
COUNTS_FROM = "counts from the next rebuild on; `alsoread rebuild` without a source is one"

RULES = click.argument("rules", nargs=-1, required=True, metavar="RULE...")
HOST = click.option("--host", metavar="NAME", help="Only in articles of this site (paper.example).")


@click.group()
def boilerplate() -> None:
    """See and settle which lines of your site are furniture: newsletter plugs, share bars, biographies, credits.

    A rebuild learns them from the archive: lines that stand on many articles which have nothing else in common. They are
    removed before articles are compared, and stay in the articles themselves. What an editor decides here is never
    overruled.

    \b
    Examples:
      alsoread boilerplate list
      alsoread boilerplate keep 4be1c09d2f
      alsoread boilerplate remove 77ab12cd03 "Sign up for our Friday letter"
      alsoread boilerplate article flood-wall
    """


@boilerplate.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only what is proposed, removed or kept.")
@HOST
@data_option
@json_option
def show(state: State | None, host: str | None, data: Path | None, as_json: bool) -> None:
    """List what was learnt: first what waits for a decision, then by how many articles have it.

    \b
    Example:
      alsoread boilerplate list --state proposed
    """
    with _existing(data) as catalogue:
        found = read_decisions(catalogue.engine)
        changed = waiting(catalogue.engine)
    chosen = [one for one in found if state in (None, one.state) and host in (None, one.rule.host)]
    if as_json:
        for one in chosen:
            console.print_json(one.record())
        return
    console.print_table(COLUMNS, [_row(one) for one in chosen])
    proposed = sum(one.state == "proposed" for one in chosen)
    if proposed:
        click.echo(f"{proposed:,} proposed: nothing is removed by them until you say `remove`", err=True)
    if changed:
        click.echo(f"what was decided about {changed:,} {COUNTS_FROM}", err=True)


@boilerplate.command("remove")
@RULES
@HOST
@data_option
@json_option
def remove(rules: Sequence[str], host: str | None, data: Path | None, as_json: bool) -> None:
    """Remove lines from what is compared: each RULE an id of `list`, or a line as it stands on the pages, learnt or not.

    \b
    Examples:
      alsoread boilerplate remove 77ab12cd03
      alsoread boilerplate remove "The Packet is printed on the island."
    """
    with _existing(data) as catalogue:
        for one in rules:
            try:
                done = decide(catalogue.engine, [one], "removed", who_calls(), host)
            except UnknownRule:
                if _looks_like_an_id(one):
                    raise
                done = [_added(catalogue, one, host)]
            _say(done, "removed", one, as_json)
    _say_when(as_json)


@boilerplate.command("keep")
@RULES
@HOST
@data_option
@json_option
def keep(rules: Sequence[str], host: str | None, data: Path | None, as_json: bool) -> None:
    """Say that lines are text: they stay, and are not proposed again. Each RULE is an id of `list`, or a line.

    \b
    Example:
      alsoread boilerplate keep 4be1c09d2f
    """
    _settle(rules, "kept", host, data, as_json)


@boilerplate.command("undecide")
@RULES
@HOST
@data_option
@json_option
def undecide(rules: Sequence[str], host: str | None, data: Path | None, as_json: bool) -> None:
    """Take a decision back: the line is proposed again, and nothing is removed by it.

    \b
    Example:
      alsoread boilerplate undecide 4be1c09d2f
    """
    _settle(rules, "proposed", host, data, as_json)


@boilerplate.command("article")
@click.argument("article_id", metavar="ID")
@data_option
@json_option
def article(article_id: str, data: Path | None, as_json: bool) -> None:
    """Show an article's text line by line, and which of it the rules remove as they stand now.

    \b
    Example:
      alsoread boilerplate article flood-wall
    """
    settings = settings_from(data=data)
    with closing(ArticleReader(place_of(settings.data, settings.catalogue))) as reader:
        found = reader.article(article_id)
    if found is None:
        raise ServiceError(f"there is no article of the id {article_id!r}")
    with _existing(data) as catalogue, reading(catalogue.engine) as connection:
        cleaner = Cleaner(set_for(removed_rules(connection)))
    removed = {cut.line: cut.rule.id for cut in cleaner.cuts(found)}
    lines = [(line, removed.get(line)) for line in found.text.split("\n") if line.strip()]
    if as_json:
        for line, rule in lines:
            console.print_json({"line": line, "removed_by": rule})
        return
    console.print_table(("removed by", "line"), [[rule or "", line.strip()] for line, rule in lines])


def _settle(rules: Sequence[str], state: State, host: str | None, data: Path | None, as_json: bool) -> None:
    with _existing(data) as catalogue:
        for one in rules:
            _say(decide(catalogue.engine, [one], state, who_calls(), host), state, one, as_json)
    _say_when(as_json)


def _added(catalogue: Catalogue, line: str, host: str | None) -> Decision:
    try:
        return add_line(catalogue.engine, line, who_calls(), host or "*")
    except ValueError as error:
        raise ServiceError(str(error)) from None


def _looks_like_an_id(raw: str) -> bool:
    return len(raw) == 10 and all(one in "0123456789abcdef" for one in raw)


def _say(done: Sequence[Decision], state: State, named: str, as_json: bool) -> None:
    for one in done:
        if as_json:
            console.print_json({**one.record(), "state": state, "decided_by": who_calls()})
        else:
            click.echo(f"{state} {one.rule.id}: {_short(one.finding.example)}")
    if not done and not as_json:
        click.echo(f"{named} was {state} already")


def _say_when(as_json: bool) -> None:
    if not as_json:
        click.echo(COUNTS_FROM, err=True)


def _row(one: Decision) -> list[str]:
    finding = one.finding
    count = f"{finding.articles:,} of {finding.of:,}" if finding.of else ""
    where = {"list": "and the list below it", "label": "and what follows it"}.get(one.rule.kind, "")
    return [one.rule.id, one.state, count, _short(finding.example), ", ".join(filter(None, (finding.reason, where)))]


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


@contextmanager
def _existing(data: Path | None) -> Iterator[Catalogue]:
    settings = settings_from(data=data)
    opened = partial(Catalogue.open_existing, place_of(settings.data, settings.catalogue), wait=10.0)
    with database_errors_said(), opened() as catalogue:
        yield catalogue
