"""`alsoread keys`: who may write and read reports over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from index.access_keys import SCOPES, KeyInfo, Scope, add_key, list_keys, revoke_key
from index.catalogue import Catalogue, place_of
from service import console
from service.cli import data_option, json_option, settings_from

WAIT_SECONDS = 10.0
"""How long a command waits for others who write to the catalogue."""


@click.group()
def keys() -> None:
    """Make, list and revoke the keys with which articles are written and reports are read over HTTP.

    \b
    Examples:
      alsoread keys add --scope write cms
      alsoread keys list
      alsoread keys revoke cms
    """


@keys.command("add")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    required=True,
    help="What it is for: read (reports, and looking at the desk), rules (that, and settling rules: an editor), write "
    "(articles: a program), or admin (all of it, and what is for administrators only).",
)
@data_option
def add(name: str, scope: Scope, data: Path | None) -> None:
    """Make a key called NAME and print it, this once: the archive keeps only its hash.

    \b
    Example:
      alsoread keys add --scope write cms > cms.key
    """
    place = place_of(*_where(data))
    if isinstance(place, Path) and not place.exists():
        click.echo(f"no archive is in {place.parent} yet: making an empty one", err=True)
    with Catalogue.open(place, WAIT_SECONDS) as catalogue:
        token = add_key(catalogue, name, scope)
    click.echo(token)
    use = "" if scope == "write" else "sign in with it at /desk, or "
    click.echo(f"this key is shown only now; {use}send it as `Authorization: Bearer KEY`", err=True)


@keys.command("list")
@data_option
@json_option
def show(data: Path | None, as_json: bool) -> None:
    """Show the keys, revoked ones too; what is secret of them is kept nowhere.

    \b
    Example:
      alsoread keys list --json
    """
    with _existing(data) as catalogue:
        known = list_keys(catalogue)
    if as_json:
        for key in known:
            console.print_json({**_shown(key), "revoked_at": _iso(key.revoked_at)})
        return
    columns = ("id", "name", "scope", "created_at", "revoked_at")
    console.print_table(columns, [[*_shown(key).values(), _iso(key.revoked_at) or ""] for key in known])


@keys.command("revoke")
@click.argument("key", metavar="NAME|ID")
@data_option
def revoke(key: str, data: Path | None) -> None:
    """Put a key out of force; the next call with it is refused.

    \b
    Example:
      alsoread keys revoke cms
    """
    with _existing(data) as catalogue:
        revoked = revoke_key(catalogue, key)
    click.echo(f"revoked {revoked.name} ({revoked.id}); the next call with it is refused")


@contextmanager
def _existing(data: Path | None) -> Iterator[Catalogue]:
    with Catalogue.open_existing(place_of(*_where(data)), WAIT_SECONDS) as catalogue:
        yield catalogue


def _where(data: Path | None) -> tuple[Path, str | None]:
    settings = settings_from(data=data)
    return settings.data, settings.catalogue


def _shown(key: KeyInfo) -> dict[str, str]:
    return {"id": key.id, "name": key.name, "scope": key.scope, "created_at": _iso(key.created_at) or ""}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
