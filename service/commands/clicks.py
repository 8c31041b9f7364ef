"""`alsoread clicks`: what readers saw and clicked, and how two policies compare."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from index.catalogue import Catalogue, place_of
from index.click_counts import GROUPS, Group, utc_day
from service import console
from service.cli import data_option, json_option, settings_from
from service.clicks.report import (
    COMPARED,
    MEASURES,
    Compared,
    Span,
    compare_policies,
    group_rows,
    item_rows,
    parse_day,
    parse_groups,
    span_of,
)
from service.parameters import utc_now
from service.policies import make_policies

Value = TypeVar("Value")

WAIT_SECONDS = 10.0

ITEM_COLUMNS = ("id", "seen", "clicks", "ctr")


def _read(read: Callable[[str], Value], expected: str) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    def callback(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Value | None:
        try:
            return None if value is None else read(value)
        except ValueError:
            raise click.BadParameter(f"expected {expected}, got {value!r}", ctx, parameter) from None

    return callback


_DAY = _read(parse_day, "a day such as 2026-03-14")


@click.command()
@click.option(
    "--by",
    "groups",
    default="slot",
    metavar="GROUP,…",
    callback=_read(parse_groups, f"some of {', '.join(GROUPS)}, each once"),
    help=f"What to tell apart: {', '.join(GROUPS)} (default: slot).",
)
@click.option("--from", "first", metavar="DATE", callback=_DAY, help="First day, in UTC (default: four weeks).")
@click.option("--to", "last", metavar="DATE", callback=_DAY, help="Last day, itself included (default: today).")
@click.option("--items", type=click.IntRange(1, 1_000), help="The items clicked most, so many, not the groups.")
@click.option("--compare", is_flag=True, help="Compare the policies ALSOREAD_POLICY and ALSOREAD_POLICY_B.")
@data_option
@json_option
def clicks(
    groups: tuple[Group, ...],
    first: date | None,
    last: date | None,
    items: int | None,
    compare: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """What readers saw and clicked; no reader is known, and none can be.

    \b
    Examples:
      alsoread clicks --by section,position --from 2026-03-01
      alsoread clicks --items 20
      alsoread clicks --compare
    """
    if compare and items:
        raise click.UsageError("give --compare or --items, not both")
    settings = settings_from(data=data)
    try:
        span = span_of(first, last, utc_day(utc_now()))
    except ValueError:
        raise click.UsageError(f"--from {first} comes after --to {last}") from None
    columns: tuple[str, ...] = ITEM_COLUMNS if items else (*groups, *MEASURES)
    with Catalogue.open_existing(place_of(settings.data, settings.catalogue), WAIT_SECONDS) as catalogue:
        if compare:
            _print_comparison(compare_policies(catalogue, span, make_policies(settings)), span, as_json)
            return
        rows = item_rows(catalogue, span, items) if items else group_rows(catalogue, span, groups)
    if as_json:
        for row in rows:
            console.print_json(row)
    elif rows:
        console.print_table(columns, [[_cell(name, row[name]) for name in columns] for row in rows], _said(span))
    else:
        click.echo(f"nothing was seen or clicked, {_said(span)}")


def _print_comparison(found: Compared, span: Span, as_json: bool) -> None:
    if as_json:
        for row in found.rows:
            console.print_json(row)
        return
    title = f"A is policy {found.a}, B is {found.b}: {len(found.days)} days with both, {_said(span)}"
    # a column for each slot: fourteen columns are more than a terminal has room for
    table = [[name, *(_cell(name, row[name]) for row in found.rows)] for name in COMPARED[1:]]
    console.print_table([COMPARED[0], *(row["slot"] for row in found.rows)], table, title)


def _said(span: Span) -> str:
    return f"{span.first} to {span.last}"


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name.startswith("ratio"):
        return f"{value:.3f}"
    if isinstance(value, float):
        return f"{value:.2%}"
    return f"{value:,}" if isinstance(value, int) and name != "position" else str(value)
