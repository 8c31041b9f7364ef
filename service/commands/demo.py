"""`alsoread demo`: the example newspaper, indexed and served as a small site with the boxes on its articles."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from index.access_keys import KeyRefused, add_key, revoke_key
from index.catalogue import Catalogue, place_of
from index.rebuild import Options, rebuild
from service import console
from service.cli import settings_from
from service.commands.serve import base_address, check_address, free_port, run_server
from service.demo.newspaper import ARTICLE, NAME, Newspaper, article_address, site_address
from service.embedders import embedder_named
from service.errors import ServiceError
from service.settings import Settings

READY_SECONDS = 60.0

KEY_NAME = "demo"


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("alsoread-demo"),
    metavar="DIR",
    help="Where its index goes (default: ./alsoread-demo).",
)
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port (default: 8000, or a free one where that is taken).")
@click.option("--once", is_flag=True, help="Ask both questions for one article, print the answers, and end.")
def demo(data: Path, host: str | None, port: int | None, once: bool) -> None:
    """Index the example newspaper, serve it as a site with the boxes on each article, and say where.

    \b
    Examples:
      alsoread demo
      alsoread demo --once
    """
    # never the newsroom's own catalogue, nor its cache, whose addresses may stand in the environment
    given = settings_from(data=data, host=host, port=port)
    settings = replace(given, catalogue=None, purge_url=None, purge_secret=None, demo_site=True)
    settings = settings.with_values(port=_port(settings, chosen=port is not None))
    site = site_address(settings.host, settings.port)
    with console.progress() as tell:
        options = Options(model_name=settings.model)
        report = rebuild(settings.data, [Newspaper(site)], embedder_named(settings)(settings.model), options, tell)
    click.echo(f"The example newspaper: {report.articles} articles, {report.embedded} embedded now.", err=True)
    if once:
        _ask_once(settings)
        return
    _say_where(site, _desk_key(settings.data))
    run_server(settings)


def _port(settings: Settings, chosen: bool) -> int:
    if settings.port == 0:
        return free_port(settings.host)
    try:
        check_address(settings.host, settings.port)
    except ServiceError:
        if chosen:
            raise
        return free_port(settings.host)
    return settings.port


def _addresses(settings: Settings) -> dict[str, str]:
    base = base_address(settings.host, settings.port)
    return {
        slot: f"{base}/v1/articles/{urllib.parse.quote(ARTICLE)}/{slot}" for slot in ("also-read", "more-in-section")
    }


def _desk_key(data: Path) -> str:
    """A key with which a visitor may try all of the desk; the one of the demonstration before is refused from now on."""
    with Catalogue.open(place_of(data)) as catalogue:
        with suppress(KeyRefused):  # there was none
            revoke_key(catalogue, KEY_NAME)
        return add_key(catalogue, KEY_NAME, "admin")


def _say_where(site: str, key: str) -> None:
    article = article_address(site)
    asked = f"{site}/v1/page?{urllib.parse.urlencode({'url': article})}"
    lines = (
        ("front page", f"{site}/"),
        ("an article", article),
        ("its boxes", f"curl '{asked}'"),
        ("the desk", f"{site}/desk"),
        ("its key", key),
    )
    console.print_addresses(f"{NAME}, once it is served:", lines, "Control-C ends it.")


def _ask_once(settings: Settings) -> None:
    command = [sys.executable, "-m", "service", "serve", "--data", str(settings.data)]
    command += ["--host", settings.host, "--port", str(settings.port), "--workers", "1"]
    server = subprocess.Popen(command, env={**os.environ, "ALSOREAD_CATALOGUE": "", "ALSOREAD_LOG_LEVEL": "warning"})
    try:
        _wait_until_ready(f"{base_address(settings.host, settings.port)}/health/ready", server)
        for address in _addresses(settings).values():
            click.echo(f"GET {address}")
            click.echo(json.dumps(_get(address), indent=2, ensure_ascii=False))
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_until_ready(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ServiceError(f"the service ended with exit code {server.returncode} before it was ready")
        try:
            _get(address)
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise ServiceError(f"the service was not ready after {READY_SECONDS:.0f} s")


def _get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=10) as response:  # noqa: S310  # nosec B310  # an http address that we made
        return json.load(response)
