"""`alsoread policy`: what was saved for the ranking, in and out as TOML."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from index.catalogue import Catalogue, place_of
from index.change_log import Bell
from index.policy_versions import PolicyVersion, list_policies, newest_policy, read_policy, save_policy
from recommender.policy import DEFAULT_POLICY, load_policy, policy_from_toml
from recommender.policy_text import policy_to_toml
from service import console
from service.cli import data_option, json_option, settings_from
from service.commands.who import who_calls
from service.errors import PolicyFileGoverns
from service.saved_policy import go_back
from service.settings import Settings

WAIT_SECONDS = 10.0
"""How long a command waits for others who write to the catalogue."""

over_option = click.option(
    "--over",
    "expected",
    type=click.IntRange(0),
    metavar="NUMBER",
    help="Save only if this number still holds (0: none was saved), so that nobody's change is lost.",
)
note_option = click.option("--note", default="", help="Why, in a few words; it stands beside the version.")


@click.group()
def policy() -> None:
    """Show, list, save and restore the policy by which lists are made.

    What is saved holds from the next request on, unless ALSOREAD_POLICY names a file: then that one does.

    \b
    Examples:
      alsoread policy show > policy.toml
      alsoread policy save policy.toml --note "Fresher in sport"
      alsoread policy list
      alsoread policy restore 3
    """


@policy.command("show")
@click.argument("number", required=False, type=click.IntRange(0))
@data_option
@json_option
def show(number: int | None, data: Path | None, as_json: bool) -> None:
    """Print the policy that holds, or the one saved under NUMBER, as TOML; 0 is the one that ships, with all its settings.

    \b
    Examples:
      alsoread policy show > policy.toml
      alsoread policy show 0
    """
    settings = settings_from(data=data)
    if number is None and settings.policy is not None:
        found = load_policy(settings.policy)
        head = [f"From the file {settings.policy.name} (ALSOREAD_POLICY), which governs."]
        _show(None, found.version, policy_to_toml(found, head), as_json)
        return
    with _existing(settings) as catalogue:
        engine = catalogue.engine
        saved = newest_policy(engine) if number is None else read_policy(engine, number) if number else None
    if saved is not None:
        _show(saved.number, saved.version, saved.toml, as_json)
    else:
        _show(0, load_policy().version, DEFAULT_POLICY.read_text(encoding="utf-8"), as_json)


@policy.command("list")
@click.option("--below", type=click.IntRange(1), metavar="NUMBER", help="Only those saved before this one.")
@data_option
@json_option
def show_all(below: int | None, data: Path | None, as_json: bool) -> None:
    """List what was saved, newest first: the first one holds.

    \b
    Example:
      alsoread policy list --json
    """
    with _existing(settings_from(data=data)) as catalogue:
        found = list_policies(catalogue.engine, below)
    if as_json:
        for one in found:
            console.print_json({name: value for name, value in _record(one).items() if name != "toml"})
        return
    rows = [[str(one.number), one.version, _iso(one.at), one.saved_by, one.note] for one in found]
    console.print_table(("number", "version", "saved_at", "saved_by", "note"), rows)


@policy.command("save")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@note_option
@over_option
@data_option
@json_option
def save(file: BinaryIO, note: str, expected: int | None, data: Path | None, as_json: bool) -> None:
    """Save a policy file (TOML); what it leaves out is as shipped. It holds from the next request on.

    \b
    Examples:
      alsoread policy save policy.toml --note "Fresher in sport"
      alsoread policy show | sed 's/half_life_days = 60/half_life_days = 30/' | alsoread policy save -
    """
    settings = settings_from(data=data)
    text = _text(file)
    if not text.strip():
        raise click.UsageError(
            f"{_name(file)}: expected a policy as TOML, got an empty file; "
            "to go back to the policy that ships: alsoread policy restore 0"
        )
    version = policy_from_toml(text, _name(file)).version
    _write(settings, lambda found: save_policy(found, text, version, who_calls(), note, expected), as_json)


@policy.command("restore")
@click.argument("number", type=click.IntRange(0))
@note_option
@over_option
@data_option
@json_option
def restore(number: int, note: str, expected: int | None, data: Path | None, as_json: bool) -> None:
    """Go back to the policy of that NUMBER, 0 being the one that ships: it is saved anew, so that going back can be undone too.

    \b
    Example:
      alsoread policy restore 3 --note "Sport readers missed the match reports"
    """
    settings = settings_from(data=data)
    _write(settings, lambda found: go_back(found, number, who_calls(), note, expected), as_json)


def _write(settings: Settings, write: Callable[[Catalogue], PolicyVersion], as_json: bool) -> None:
    if settings.policy is not None:
        raise PolicyFileGoverns()
    with _existing(settings) as catalogue:
        saved = write(catalogue)
    Bell(settings.data).ring()
    if as_json:
        console.print_json(_record(saved))
    else:
        what = ", the policy as it ships" if saved.version == load_policy().version else ""
        click.echo(f"saved as number {saved.number} (version {saved.version}{what}); it holds from the next request on")


def _show(number: int | None, version: str, toml: str, as_json: bool) -> None:
    if as_json:
        console.print_json({"number": number, "version": version, "toml": toml})
    else:
        click.echo(toml, nl=not toml.endswith("\n"))


def _text(file: BinaryIO) -> str:
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{_name(file)}: expected a policy in UTF-8, got other bytes ({error.reason})") from None


def _name(file: BinaryIO) -> str:
    """What messages call the file by."""
    name = str(getattr(file, "name", "<stdin>"))
    return "standard input" if name == "<stdin>" else name


@contextmanager
def _existing(settings: Settings) -> Iterator[Catalogue]:
    with Catalogue.open_existing(place_of(settings.data, settings.catalogue), WAIT_SECONDS) as catalogue:
        yield catalogue


def _record(saved: PolicyVersion) -> dict[str, object]:
    return {
        "number": saved.number,
        "version": saved.version,
        "saved_at": _iso(saved.at),
        "saved_by": saved.saved_by,
        "note": saved.note,
        "toml": saved.toml,
    }


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
