"""The options that say how sources are read, the same for every command that reads some."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from index.fetching.fetcher import Fetcher
from index.fetching.rules import FetchRules
from index.record_fields import parse_time
from index.sources.reach import Keeping, Reach, nothing_kept
from index.urls import is_web_address
from service.cli import Command, fields_option
from service.settings import Settings


def source_options(command: Command) -> Command:
    """`--field`, `--since`, `--limit`, `--type`, `--base-url`, `--summaries`, `--private`: the command takes them as keywords,
    and makes a `Reach` of them with `reach_of`."""
    options: list[Callable[[Command], Command]] = [
        fields_option,
        click.option("--since", type=Moment(), metavar="DATE", help="Only what was published or changed after this."),
        click.option("--limit", type=click.IntRange(1), help="Fetch at most so many pages of a source."),
        click.option("--type", "types", multiple=True, metavar="TYPE", help="WordPress post type to read (post)."),
        click.option(
            "--base-url", type=SiteAddress(), metavar="URL", help="Where readers find a static site or an export."
        ),
        click.option("--summaries", is_flag=True, help="Take a feed's summaries; do not fetch the pages behind them."),
        click.option("--private", is_flag=True, default=None, help="Fetch from private networks and this host too."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def reach_of(
    settings: Settings,
    fields: dict[str, str],
    since: datetime | None,
    limit: int | None,
    types: tuple[str, ...],
    base_url: str | None,
    summaries: bool,
    private: bool | None,
    kept: Keeping = nothing_kept,
) -> Reach:
    """What these options and the settings say."""
    rules = FetchRules(
        user_agent=settings.user_agent if settings.user_agent != DEFAULT_USER_AGENT else "",
        allow_private=settings.fetch_private if private is None else private,
        pause=settings.fetch_pause,
    )
    return Reach(
        fields=fields,
        fetches=Fetcher(rules),
        kept=kept,
        since=since,
        limit=limit,
        types=types or ("post",),
        full_text=not summaries,
        base_url=base_url,
        say=_say,
    )


def _say(what: str) -> None:
    click.echo(what, err=True)


DEFAULT_USER_AGENT = Settings().user_agent
"""To which the fetcher adds the version."""


class SiteAddress(click.ParamType[str]):
    """The address of a site."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_web_address(str(value)):
            self.fail(f"{value!r} is no address such as https://www.example.com", param, ctx)
        return str(value)


class Moment(click.ParamType[datetime]):
    """A date or date-time; without a zone it is UTC."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = parse_time(value)
        except ValueError:
            moment = None
        if moment is None:
            self.fail(f"{value!r} is no date or date-time such as 2026-03-14 or 2026-03-14T08:00:00Z", param, ctx)
        return moment
