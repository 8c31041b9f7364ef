"""`alsoread watch`: poll sources, and put what is new into the live index."""

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from index.archive_writer import ArchiveWriter
from index.catalogue import place_of
from index.errors import UnreadableSource
from index.sources.reach import Reach, keeping
from index.sources.watched import open_watched
from index.sources.web.found import forget
from index.watch_state import WatchState
from index.watching import Polled, poll
from service import console
from service.cli import EXIT_FAILED, EXIT_WITH_REJECTS, data_option, json_option, settings_from
from service.commands.source_options import reach_of, source_options
from service.logs import set_up_logging
from service.parameters import utc_now
from service.setting_values import MIN_EVERY
from service.standby import end_at_once, only_one
from service.watcher import Watcher

log = logging.getLogger(__name__)


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@data_option
@click.option("--every", type=click.IntRange(MIN_EVERY, 86_400), metavar="SECONDS", help="Between two polls (300).")
@click.option("--once", is_flag=True, help="Poll once, say what was found, and end: for cron.")
@source_options
@click.option("--end-with", type=int, metavar="PID", help="End when this parent process ends (what serve hands it).")
@json_option
def watch(
    sources: tuple[str, ...],
    data: Path | None,
    every: int | None,
    once: bool,
    end_with: int | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Poll feeds, sites or files, and put what is new into the live index; readers get it within seconds.

    SOURCE is whatever `rebuild` reads. A feed and a list of pages are asked with the validators of the last answer, a
    WordPress site for what was changed since; robots.txt is heeded, and a source that fails is asked more and more seldom.
    What was taken down through the API or at the desk stays away. Run `rebuild` once before.

    \b
    Examples:
      alsoread watch https://www.example.com
      alsoread watch https://www.example.com/feed/ --every 60
      alsoread watch --once articles.jsonl
    """
    settings = settings_from(data=data, watch_every=every)
    reach = reach_of(settings, **reading)
    writer = ArchiveWriter(place_of(settings.data, settings.catalogue), settings.data)
    states = WatchState(settings.data)
    watchers = [
        Watcher(source, poller(source, settings.data, reach, writer), states, settings.watch_every, utc_now)
        for source in sources
    ]
    if once:
        sys.exit(_once(watchers, as_json))
    end_at_once(end_with)
    set_up_logging(settings.log_level)
    with only_one(settings.data, "watch"):
        keep_polling(watchers, utc_now, time.sleep)


def poller(source: str, data: Path, reach: Reach, writer: ArchiveWriter) -> Callable[[datetime | None], Polled]:
    """Polls a source: what changed since a moment, where it can tell, else all that it holds."""

    def run(since: datetime | None) -> Polled:
        with keeping(data) as kept:
            here = replace(reach, kept=kept)
            watched = open_watched(source, here, since, utc_now())
            try:
                polled = poll(writer, watched.items, watched.removed)
            except UnreadableSource:
                forget(source, here)  # it may have become something else
                raise
            watched.done()
            return polled

    return run


def keep_polling(watchers: list[Watcher], now: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
    """Poll each when it is due, one after the other, for ever."""
    while True:
        first = min(watchers, key=lambda one: one.due_at)
        if (left := (first.due_at - now()).total_seconds()) > 0:
            sleep(left)
        first.run()


def _once(watchers: list[Watcher], as_json: bool) -> int:
    """Poll each once and say what was found; the exit code."""
    code, rows = 0, []
    for watcher in watchers:
        polled = watcher.run()
        if polled is None:
            code = EXIT_FAILED
            click.echo(f"alsoread: {watcher.location}: {watcher.problem}", err=True)
            continue
        for reject in polled.rejects:
            click.echo(f"rejected {reject.place}: {'; '.join(reject.problems)}", err=True)
        if polled.rejected and not code:
            code = EXIT_WITH_REJECTS
        if as_json:
            record = {"source": watcher.location, "rejected": polled.rejected, "skipped": polled.skipped}
            console.print_json({**record, "outcomes": polled.outcomes})
        rows.append(
            [watcher.location, *(f"{polled.outcomes.get(name, 0):,}" for name in SHOWN), f"{polled.rejected:,}"]
        )
    if rows and not as_json:
        console.print_table(["source", *SHOWN, "rejected"], rows)
    return code


SHOWN = ("created", "updated", "deleted", "unchanged", "stale", "withheld")
