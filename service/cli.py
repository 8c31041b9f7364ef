"""`alsoread`, the one program: its group, the options that commands share, and what their exit codes mean."""

import logging
import os
import sys
from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from index.errors import ArchiveError, RebuildLocked, RebuildRefused
from recommender.errors import RecommenderError
from service.errors import ServiceError
from service.settings import Settings, read_settings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_WITH_REJECTS = 3
EXIT_REFUSED = 4
EXIT_LOCKED = 5

Command = TypeVar("Command", bound=Callable[..., Any])

LAZY_COMMANDS = {
    "rebuild": "service.commands.rebuild:rebuild",
    "serve": "service.commands.serve:serve",
    "watch": "service.commands.watch:watch",
    "indexer": "service.commands.indexer:indexer",
    "embedder": "service.commands.embedder:embedder",
    "also-read": "service.commands.suggest:also_read",
    "more-in-section": "service.commands.suggest:more_in_section",
    "preview": "service.commands.preview:preview",
    "snapshots": "service.commands.snapshots:snapshots",
    "verify": "service.commands.snapshots:verify",
    "rollback": "service.commands.snapshots:rollback",
    "evaluate": "service.commands.evaluate:evaluate",
    "fit": "service.commands.fit:fit",
    "keys": "service.commands.keys:keys",
    "rules": "service.commands.rules:rules",
    "boilerplate": "service.commands.boilerplate:boilerplate",
    "clicks": "service.commands.clicks:clicks",
    "policy": "service.commands.policy:policy",
    "openapi": "service.commands.openapi:openapi",
    "demo": "service.commands.demo:demo",
}
"""Commands by name; each is imported when it is asked for, so that `alsoread --help` answers at once."""


class Program(click.Group):
    """The group; turns our errors into one line on standard error and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(LAZY_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in LAZY_COMMANDS:
            return None
        module, _, name = LAZY_COMMANDS[cmd_name].partition(":")
        command = getattr(__import__(module, fromlist=[name]), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RebuildRefused as error:
            click.echo("refused, nothing was published:", err=True)
            for reason in error.reasons:
                click.echo(f"  - {reason}", err=True)
            serving = "nothing was published before" if error.first else "the last good index serves on"
            click.echo(f"{serving}; --force publishes all the same", err=True)
            sys.exit(EXIT_REFUSED)
        except RebuildLocked as error:
            click.echo(f"alsoread: {error}", err=True)
            sys.exit(EXIT_LOCKED)
        except (ArchiveError, RecommenderError, ServiceError, OSError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            click.echo(f"alsoread: {error}", err=True)
            sys.exit(EXIT_FAILED)
        except SQLAlchemyError as error:
            click.echo(f"alsoread: the catalogue cannot be used: {_cause(error)}", err=True)
            sys.exit(EXIT_FAILED)


def _cause(error: SQLAlchemyError) -> str:
    """What the database said, without the statement and its values."""
    said = str(getattr(error, "orig", None) or "").strip()
    return said.split("\n")[0] if said else type(error).__name__


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="alsoread", message="alsoread %(version)s")
def main() -> None:
    """Related content for newsrooms: index an archive, answer "also read" and "more in section".

    \b
    Example, from nothing to answers:
      alsoread rebuild articles.jsonl
      alsoread also-read ID
      alsoread serve

    Settings come from ALSOREAD_… variables; options win over them. Exit codes: 0 all is well, 1 failed, 2 wrong usage,
    3 published but some records were rejected, 4 refused by the gate, 5 another rebuild is running.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


class Share(click.FloatRange):
    """A number from 0 to 1; `nan`, which compares with nothing, is none."""

    name = "share"

    def __init__(self, min_open: bool = False) -> None:
        super().__init__(0, 1, min_open=min_open)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if isnan(number):
            self.fail(f"{value} is not a share from 0 to 1.", param, ctx)
        return number


def settings_from(**options: Any) -> Settings:
    """The environment's settings under a command's options. Raises `InvalidSetting`."""
    return read_settings(os.environ).with_values(**options)


def data_option(command: Command) -> Command:
    """`--data DIR`."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="The data folder (default: ALSOREAD_DATA, or ./alsoread-data).",
    )(command)


def json_option(command: Command) -> Command:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, not a table.")(command)


def fields_option(command: Command) -> Command:
    """`--field OURS=THEIRS`."""
    return click.option(
        "--field",
        "fields",
        multiple=True,
        metavar="OURS=THEIRS",
        callback=_parse_fields,
        help="Read our field from theirs, such as --field published_at=pubDate; may be repeated.",
    )(command)


def _parse_fields(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    from index.article_record import FieldNames

    pairs = [value.partition("=") for value in values]
    for value, (ours, _, theirs) in zip(values, pairs, strict=True):
        if not ours or not theirs:
            raise click.BadParameter(f"expected OURS=THEIRS, got {value!r}", ctx, parameter)
    fields = {ours: theirs for ours, _, theirs in pairs}
    try:
        FieldNames(fields)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from None
    return fields
