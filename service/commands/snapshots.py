"""`alsoread snapshots`, `verify` and `rollback`: what is kept, whether it is whole, and the way back."""

import sys
from pathlib import Path
from typing import Any

import click

from index.errors import DamagedSnapshot, IncompatibleSnapshot
from index.kept import Kept, Tell, find, kept_generations, published, roll_back
from index.kept import verify as verify_generation
from index.pointer import current_generation, generations
from service import console
from service.cli import EXIT_FAILED, data_option, json_option, settings_from

DAMAGED = "damaged"

MEGABYTE = 1_000_000


@click.command()
@data_option
@json_option
def snapshots(data: Path | None, as_json: bool) -> None:
    """The snapshots that are kept, newest first; any of them can be gone back to.

    Sizes are what a snapshot alone holds, and all that it uses: most of it is shared with others. Whether one is whole is
    told from the names and sizes of its files; `alsoread verify` reads every byte.

    \b
    Example:
      alsoread snapshots
    """
    kept = kept_generations(settings_from(data=data).data)
    if as_json:
        for one in kept:
            console.print_json(_record(one))
        return
    if not kept:
        click.echo("no snapshots yet; make one with: alsoread rebuild SOURCE")
        return
    rows = [_cells(one) for one in kept]
    left_out = _told_elsewhere(kept) if sys.stdout.isatty() else frozenset()
    columns = [column for column in rows[0] if column not in left_out]
    console.print_table(columns, [[row[column] for column in columns] for row in rows], fault=DAMAGED)
    for one in kept:
        if one.problem:
            click.echo(f"{one.generation}: {one.problem}", err=True)


@click.command()
@click.argument("snapshot", required=False, metavar="[ID]")
@data_option
@click.option("--all", "all_of_them", is_flag=True, help="Every snapshot that is kept.")
@json_option
def verify(snapshot: str | None, data: Path | None, all_of_them: bool, as_json: bool) -> None:
    """Read every byte of a snapshot (default: the published one) and compare it with its checksums.

    Ends with exit code 1 when a file is not as it was written; it is named, and what to do about it.

    \b
    Examples:
      alsoread verify
      alsoread verify --all
    """
    if snapshot and all_of_them:
        raise click.UsageError("give an ID or --all, not both")
    folder = settings_from(data=data).data
    names = generations(folder)[::-1] if all_of_them else [find(folder, snapshot or current_generation(folder))]
    proven: set[Path] = set()
    states = {name: _state(folder, name, proven) for name in names}
    if as_json:
        for name, problem in states.items():
            console.print_json({"generation": name, "whole": problem is None, "problem": problem})
    else:
        rows = [[name, f"{DAMAGED}: {problem}" if problem else "whole"] for name, problem in states.items()]
        console.print_table(["snapshot", "state"], rows, fault=DAMAGED)
    if any(states.values()):
        _say_what_to_do(folder, states)
        sys.exit(EXIT_FAILED)


@click.command()
@click.argument("snapshot", required=False, metavar="[ID]")
@data_option
@json_option
def rollback(snapshot: str | None, data: Path | None, as_json: bool) -> None:
    """Publish an older snapshot again (default: the one before the published one), once every byte of it was verified.

    A running service switches to it at once. With an ID it goes to any snapshot that is kept, newer ones too: so a
    rollback can itself be undone.

    \b
    Examples:
      alsoread rollback
      alsoread rollback 20260314T030012345Z-1a2b3c
    """
    with console.progress() as tell:
        before, now = roll_back(settings_from(data=data).data, snapshot, _in_megabytes(tell, "verifying"))
    if as_json:
        console.print_json({"generation": now, "before": before})
        return
    click.echo(f"published {now}{f' in place of {before}' if before else ''}")
    click.echo("Readers get the lists of that snapshot from now on. What was taken down since stays taken down.")
    click.echo("The catalogue was not changed: the next rebuild publishes the archive's present state again.")
    if before:
        click.echo(f"To undo this: alsoread rollback {before}")


def _state(data: Path, generation: str, proven: set[Path]) -> str | None:
    """What is wrong with a generation; None when it is whole."""
    try:
        with console.progress() as tell:
            verify_generation(data, generation, proven, _in_megabytes(tell, f"verifying {generation}"))
    except (DamagedSnapshot, IncompatibleSnapshot) as error:
        return str(error)
    return None


def _in_megabytes(tell: console.Tell, stage: str) -> Tell:
    def told(done: int, total: int) -> None:
        tell(f"{stage} (MB)", done // MEGABYTE, -(-total // MEGABYTE))

    return told


def _say_what_to_do(data: Path, states: dict[str, str | None]) -> None:
    current = published(data)
    if current is None or states.get(current):
        click.echo(
            "The published snapshot is damaged. A service that runs goes on with what it has opened; one that", err=True
        )
        click.echo("starts serves the newest whole one. Write it anew:  alsoread rebuild", err=True)
        click.echo("or go back to an older one:  alsoread rollback", err=True)
    else:
        click.echo("Do not roll back to a damaged snapshot; rebuilds push it out in time.", err=True)


def _record(kept: Kept) -> dict[str, Any]:
    manifest = kept.manifest
    return {
        "generation": kept.generation,
        "current": kept.current,
        "created_at": manifest.created_at if manifest else None,
        "articles": manifest.articles if manifest else None,
        "vectors": manifest.vectors if manifest else None,
        "newest_article": manifest.newest if manifest else None,
        "model": manifest.recipe.model if manifest else None,
        "format": manifest.format if manifest else None,
        "bytes_alone": kept.size_alone,
        "bytes": kept.size,
        "whole": kept.problem is None,
        "problem": kept.problem,
    }


def _cells(kept: Kept) -> dict[str, str]:
    """A line of the table, by column."""
    manifest = kept.manifest
    state = ["current"] * kept.current + [DAMAGED] * bool(kept.problem) or ["whole"]
    return {
        "snapshot": kept.generation,
        "state": ", ".join(state),
        "made": manifest.created_at if manifest else "–",
        "articles": f"{manifest.articles:,}" if manifest else "–",
        "vectors": f"{manifest.vectors:,}" if manifest else "–",
        "newest": (manifest.newest or "–")[:10] if manifest else "–",
        "model": manifest.recipe.model if manifest else "–",
        "format": str(manifest.format) if manifest else "–",
        "own MB": f"{kept.size_alone / MEGABYTE:,.1f}",
        "MB": f"{kept.size / MEGABYTE:,.1f}",
    }


def _told_elsewhere(kept: list[Kept]) -> frozenset[str]:
    """Columns that a terminal has better use for the width of: a snapshot's name begins with when it was made, and as many
    vectors as articles, and one format, are what is expected."""
    manifests = [one.manifest for one in kept if one.manifest]
    as_expected = {
        "made": True,
        "vectors": all(manifest.vectors == manifest.articles for manifest in manifests),
        "format": len({manifest.format for manifest in manifests}) <= 1,
    }
    return frozenset(column for column, expected in as_expected.items() if expected)
