"""`alsoread rebuild`: bring the index to what an archive holds, and publish it."""

import sys
import time
from pathlib import Path

import click

from index.errors import RebuildRefused
from index.gate import default_checks
from index.rebuild import Options, Report
from index.rebuild import rebuild as run_rebuild
from index.sentence_transformer import make_embedder
from index.sources import open_source
from service import console
from service.cli import EXIT_WITH_REJECTS, Share, data_option, fields_option, json_option, settings_from

SHOWN = 10


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE...]")
@data_option
@click.option("--add", "keep_unseen", is_flag=True, help="Keep articles that the sources do not hold.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@click.option("--force", is_flag=True, help="Publish whatever the gate says.")
@click.option("--strict", is_flag=True, help="End at the first bad record, publish nothing.")
@click.option("--max-loss", type=Share(), metavar="SHARE", help="Share of articles that may go (0.2).")
@click.option("--model", metavar="NAME", help="Embedding model by name or path (default: ALSOREAD_MODEL).")
@fields_option
@json_option
def rebuild(
    sources: tuple[str, ...],
    data: Path | None,
    keep_unseen: bool,
    dry_run: bool,
    force: bool,
    strict: bool,
    max_loss: float | None,
    model: str | None,
    fields: dict[str, str],
    as_json: bool,
) -> None:
    """Index an archive and publish it; what did not change costs nothing.

    SOURCE is a file of JSON lines (.jsonl, gzip too), a scraped text page (.txt), a folder of such pages, or - for JSON
    lines on standard input. All sources together are the whole archive: articles that they do not hold are removed,
    unless --add is given. Without a SOURCE the articles that are already here are indexed again.

    \b
    Examples:
      alsoread rebuild articles.jsonl.gz
      alsoread rebuild export.jsonl --field published_at=pubDate --field text=body
      zcat dump.gz | alsoread rebuild - --add
    """
    settings = settings_from(data=data, max_loss=max_loss, model=model)
    opened = [open_source(source, fields, sys.stdin.buffer) for source in sources]
    started = time.monotonic()
    options = Options(keep_unseen, strict, force, dry_run, default_checks(settings.max_loss))
    report = Report()
    try:
        with console.progress() as tell:
            run_rebuild(settings.data, opened, make_embedder(settings.model), options, tell, report)
    except RebuildRefused:
        _say_what_was_read(report)
        raise
    _say(report, time.monotonic() - started, as_json, dry_run)
    if report.rejected and not dry_run:
        sys.exit(EXIT_WITH_REJECTS)


def _say_what_was_read(report: Report) -> None:
    for reject in report.rejects[:SHOWN]:
        click.echo(f"rejected {reject.place}: {'; '.join(reject.problems)}", err=True)
    if report.rejected > SHOWN:
        click.echo(f"… and {report.rejected - SHOWN:,} more", err=True)
    if report.duplicate_ids:
        some = ", ".join(report.duplicate_ids[:3])
        click.echo(f"{len(report.duplicate_ids):,} ids came more than once; the newest counted: {some}", err=True)
    if report.unknown_fields:
        names = ", ".join(f"{name} ({count:,})" for name, count in sorted(report.unknown_fields.items()))
        click.echo(f"kept, but not used: {names}", err=True)


def _say(report: Report, seconds: float, as_json: bool, dry_run: bool) -> None:
    _say_what_was_read(report)
    for reason in report.refusals:
        click.echo(f"{'would be refused' if dry_run else 'published by force'}: {reason}", err=True)
    counts = {
        name: getattr(report, name)
        for name in ("read", "rejected", "articles", "added", "changed", "removed", "embedded")
    }
    if as_json:
        outcome = {"generation": report.generation, "published": report.published, "seconds": round(seconds, 2)}
        console.print_json({**counts, "duplicate_ids": len(report.duplicate_ids), **outcome})
        return
    console.print_table(list(counts), [[f"{value:,}" for value in counts.values()]])
    if dry_run:
        click.echo("dry run: nothing was changed")
    elif report.published:
        click.echo(f"published {report.generation} in {seconds:,.1f} s")
    else:
        click.echo(f"nothing had changed; {report.generation} serves on ({seconds:,.1f} s)")
