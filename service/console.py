"""How the command line speaks: tables on a terminal, plain lines in a log, one JSON object a line for programs."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from service.answers import dump

QUIET_SECONDS = 2.0
LOG_EVERY_SECONDS = 10.0

Tell = Callable[[str, int, int | None], None]


def print_json(record: Mapping[str, Any]) -> None:
    """One object on one line of standard output."""
    click.echo(dump(record).decode())


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None, fault: str | None = None
) -> None:
    """A table as wide as the terminal; without a terminal, columns apart by a tab, so that `cut` and `awk` can read it.

    Rows with `fault` in a cell stand out.
    """
    if not sys.stdout.isatty():
        for line in ([title] if title else []) + ["\t".join(columns), *("\t".join(row) for row in rows)]:
            click.echo(line)
        return
    table = _table(title)
    for column in columns:
        table.add_column(
            column, overflow="fold", justify="right" if column in NUMBERS else "left", no_wrap=column == "snapshot"
        )
    for row in rows:
        stands_out = fault is not None and any(fault in cell for cell in row)
        table.add_row(*(Text(cell) for cell in row), style="bold red" if stands_out else None)
    Console().print(table)


def print_cards(title: str, cards: Sequence[tuple[str, str, str, str]]) -> None:
    """On a terminal: for each suggestion its score, its headline, and below it, dimmed, its particulars and reasons."""
    table = _table(title)
    table.add_column("#", justify="right")
    table.add_column("score", justify="right")
    table.add_column("suggestion")
    for number, (score, headline, particulars, reasons) in enumerate(cards, 1):
        below = "\n".join(filter(None, (particulars, reasons)))
        table.add_row(str(number), score, Text.assemble((headline, "bold"), (f"\n{below}", "dim")))
    Console().print(table)


def print_addresses(title: str, lines: Sequence[tuple[str, str]], end: str) -> None:
    """On standard error, a line each: what is where. Addresses are never wrapped, so that they can be clicked and copied."""
    width = max(len(what) for what, _ in lines) + 2
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text(title, "bold"))
    for what, address in lines:
        console.print(Text.assemble("  ", (what.ljust(width), "dim"), (address, "cyan")))
    console.print(Text(end, "dim"))


def _table(title: str | None) -> Table:
    heading = Text(title, "bold italic") if title else None
    return Table(title=heading, title_justify="left", header_style="bold", box=SIMPLE_HEAD, leading=0, padding=(0, 1))


NUMBERS = frozenset(
    {"#", "score", "ndcg@5", "ndcg@10", "recall@10", "mrr", "sources", "value", "weight", "log-odds"}
    | {"before", "after", "change", "articles", "vectors", "own MB", "MB"}
    | {"position", "seen", "clicks", "ctr", "ctr_low", "ctr_high", "difference", "difference_low", "difference_high"}
    | {"seen_a", "clicks_a", "ctr_a", "seen_b", "clicks_b", "ctr_b", "ratio", "ratio_low", "ratio_high"}
    | {"read", "rejected", "added", "changed", "removed", "embedded"}
)


@contextmanager
def progress() -> Iterator[Tell]:
    """Gives a function to tell how far each stage is: a bar on a terminal, a line now and then in a log."""
    if not sys.stderr.isatty():
        yield _line_teller()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, tuple[TaskID, float]] = {}

        def tell(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                for task, _ in tasks.values():
                    bars.update(task, visible=False)
                tasks[stage] = (bars.add_task(stage, total=total, rate=""), time.monotonic())
            task, started = tasks[stage]
            rate = done / max(1e-9, time.monotonic() - started)
            bars.update(task, completed=done, total=total, rate=f"{rate:,.0f}/s")

        yield tell


def _line_teller() -> Tell:
    started: dict[str, float] = {}
    spoke = time.monotonic() - LOG_EVERY_SECONDS + QUIET_SECONDS

    def tell(stage: str, done: int, total: int | None) -> None:
        nonlocal spoke
        now = time.monotonic()
        began = started.setdefault(stage, now)
        if now - spoke < LOG_EVERY_SECONDS:
            return
        spoke = now
        rate = done / (now - began) if now > began else 0.0
        pace = f" ({rate:,.0f}/s{f', {(total - done) / rate:,.0f} s left' if total else ''})" if rate else ""
        click.echo(f"{stage}: {done:,}{f' of {total:,}' if total else ''}{pace}", err=True)

    return tell
