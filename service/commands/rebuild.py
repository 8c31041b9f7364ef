"""`alsoread rebuild`: bring the index to what an archive holds, and publish it."""

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import click

from index.catalogue import place_of
from index.difference_record import difference_record
from index.embedding_chunks import embed_new
from index.errors import RebuildRefused
from index.gate import MIN_KEEP, Check, default_checks
from index.learning import HOWS, How
from index.ray_embedding import embed_new_by_ray
from index.rebuild import Options, left_alone
from index.rebuild import rebuild as run_rebuild
from index.report import Report
from index.sources import open_source
from index.sources.reach import keeping, nothing_kept
from index.sources.rejects import RejectsFile
from service import console
from service.boilerplate_said import learned_record, say_learned
from service.cli import EXIT_REFUSED, EXIT_WITH_REJECTS, Share, data_option, json_option, settings_from
from service.commands.source_options import reach_of, source_options
from service.difference import print_difference
from service.embedders import embedder_named
from service.lists_check import lists_check
from service.parameters import utc_now
from service.pins_check import pins_check
from service.policies import policy_now
from service.settings import MAX_KEEP, Settings

SHOWN = 10

REJECTS = "rejects.jsonl"

REJECTS_HELP = "What could not be read, a JSON line each (default: rejects.jsonl in the data folder)."

COUNTS = ("read", "rejected", "articles", "added", "changed", "removed", "embedded")


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE...]")
@data_option
@click.option("--add", "keep_unseen", is_flag=True, help="Keep articles that the sources do not hold.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@click.option("--force", is_flag=True, help="Publish whatever the gate says.")
@click.option("--strict", is_flag=True, help="End at the first bad record, publish nothing.")
@click.option("--max-loss", type=Share(), metavar="SHARE", help="Share of articles that may go (0.2).")
@click.option("--max-change", type=Share(), metavar="SHARE", help="Share of the lists' items that may change (0.4).")
@click.option("--keep", type=click.IntRange(MIN_KEEP, MAX_KEEP), help="How many snapshots stay (5).")
@click.option("--boilerplate", type=click.Choice(HOWS), help="What becomes of lines that a site repeats (remove).")
@click.option("--model", metavar="NAME", help="Embedding model by name or path (default: ALSOREAD_MODEL).")
@click.option(
    "--ray", metavar="ADDRESS", help="Embed on the Ray cluster there (auto, HOST:6379, ray://HOST:10001, local)."
)
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=REJECTS_HELP)
@source_options
@json_option
def rebuild(
    sources: tuple[str, ...],
    data: Path | None,
    keep_unseen: bool,
    dry_run: bool,
    force: bool,
    strict: bool,
    max_loss: float | None,
    max_change: float | None,
    keep: int | None,
    boilerplate: str | None,
    model: str | None,
    ray: str | None,
    rejects: Path | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Index an archive and publish it; what did not change costs nothing.

    SOURCE is a file of JSON lines (.jsonl, gzip too), a scraped text page (.txt), a folder of such pages, or - for JSON
    lines on standard input. All sources together are the whole archive: articles that they do not hold are removed,
    unless --add is given. Without a SOURCE the articles that are already here are indexed again. What would lose much,
    or change most lists, is refused, and the difference shown.

    \b
    Examples:
      alsoread rebuild articles.jsonl.gz
      alsoread rebuild export.jsonl --field published_at=pubDate --field text=body
      zcat dump.gz | alsoread rebuild - --add
    """
    gate = {"max_loss": max_loss, "max_list_change": max_change, "keep_snapshots": keep}
    settings = settings_from(data=data, boilerplate=boilerplate, model=model, **gate)
    if ray and settings.embedder:
        raise click.UsageError("--ray and ALSOREAD_EMBEDDER both say who embeds; give one of them.")
    started = time.monotonic()
    report = Report()
    if rejects is None and not dry_run and sources:
        settings.data.mkdir(parents=True, exist_ok=True)
        rejects = settings.data / REJECTS
    try:
        with (
            console.progress() as tell,
            RejectsFile(rejects) if rejects else nullcontext() as file,
            nullcontext(nothing_kept) if dry_run else keeping(settings.data) as kept,
        ):
            reach = reach_of(settings, kept=kept, **reading)
            opened = [open_source(source, reach.fields, sys.stdin.buffer, reach) for source in sources]
            options = Options(
                keep_unseen,
                strict,
                force,
                dry_run,
                _checks(settings, tell),
                settings.keep_snapshots,
                catalogue=settings.catalogue,
                model_name=settings.model,
                left=file.write if file else left_alone,
                embed_new=embed_new_by_ray(ray, settings.model) if ray else embed_new,
                boilerplate=cast(How, settings.boilerplate),
            )
            run_rebuild(settings.data, opened, embedder_named(settings)(settings.model), options, tell, report)
    except RebuildRefused:
        _say(report, time.monotonic() - started, as_json, rejects)
        raise
    _say(report, time.monotonic() - started, as_json, rejects)
    _say_outcome(report, time.monotonic() - started, as_json, dry_run)
    if dry_run and report.refusals and not force:
        sys.exit(EXIT_REFUSED)
    if report.rejected:
        sys.exit(EXIT_WITH_REJECTS)


def _checks(settings: Settings, tell: console.Tell) -> tuple[Check, ...]:
    lists = lists_check(policy_now(settings), utc_now(), settings.max_list_change, tell)
    pins = pins_check(place_of(settings.data, settings.catalogue), utc_now(), settings.max_loss)
    return (*default_checks(settings.max_loss), lists, pins)


def _say_what_was_read(report: Report, rejects: Path | None) -> None:
    for reject in report.rejects[:SHOWN]:
        click.echo(f"rejected {reject.place}: {'; '.join(reject.problems)}", err=True)
    if report.rejected > SHOWN:
        more = f"… and {report.rejected - SHOWN:,} more"
        click.echo(f"{more}; all of them stand in {rejects}" if rejects else more, err=True)
    if report.skipped:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.skipped.items()))
        click.echo(f"passed over: {kinds}", err=True)
    if report.partial:
        click.echo(f"holds the newest articles only, so the others stay: {', '.join(report.partial)}", err=True)
    if report.duplicate_ids:
        some = ", ".join(report.duplicate_ids[:3])
        click.echo(f"{len(report.duplicate_ids):,} ids came more than once; the newest counted: {some}", err=True)
    for ids, why in (
        (report.withheld, "removed through the API and not changed since, so they stay away"),
        (report.kept_newer, "written through the API since, so the sources' versions do not count"),
        (report.kept_unseen, "written through the API and not in the sources: they stay until the next rebuild"),
        (report.removed_written, "written through the API, but missing in the sources for the second time: removed"),
        (report.not_embedded, "the model failed at the text, so they are found by terms alone until the next rebuild"),
    ):
        if ids:
            click.echo(f"{why} ({len(ids):,}): {', '.join(ids[:3])}{', …' if len(ids) > 3 else ''}", err=True)
    if report.unknown_fields:
        names = ", ".join(f"{name} ({count:,})" for name, count in sorted(report.unknown_fields.items()))
        click.echo(f"kept, but not used: {names}", err=True)
        click.echo("  (is one of them a field of ours under another name? --field OURS=THEIRS reads it)", err=True)
    say_learned(report.boilerplate)


def _say(report: Report, seconds: float, as_json: bool, rejects: Path | None) -> None:
    """What was read, and what it changes: also where it was refused."""
    _say_what_was_read(report, rejects)
    counts = {name: getattr(report, name) for name in COUNTS}
    difference = report.difference
    if as_json:
        outcome = {"generation": report.generation, "published": report.published, "seconds": round(seconds, 2)}
        record = {"difference": difference_record(difference) if difference else None}
        record["boilerplate"] = learned_record(report.boilerplate)
        read = {"skipped": report.skipped, "duplicate_ids": len(report.duplicate_ids)}
        console.print_json({**counts, **read, **outcome, **record})
        return
    console.print_table(COUNTS, [[f"{value:,}" for value in counts.values()]])
    if difference and not difference.first:
        print_difference(difference)


def _say_outcome(report: Report, seconds: float, as_json: bool, dry_run: bool) -> None:
    for reason in report.refusals:
        click.echo(f"{'would be refused' if dry_run else 'published by force'}: {reason}", err=True)
    if as_json:
        return
    if dry_run:
        click.echo("dry run: nothing was changed")
    elif report.published:
        click.echo(f"published {report.generation} in {seconds:,.1f} s")
    else:
        click.echo(f"nothing had changed; {report.generation} serves on ({seconds:,.1f} s)")
