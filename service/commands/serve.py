"""`alsoread serve`: the web workers."""

import os
import socket
from pathlib import Path

import click

from index.errors import NoSnapshot
from index.snapshot import current_generation
from recommender.policy import load_policy
from service.cli import data_option, settings_from
from service.errors import ServiceError
from service.settings import Settings


@click.command()
@data_option
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on (default: 8000).")
@click.option("--workers", type=click.IntRange(1, 256), help="Web workers; they share the index's memory (default: 2).")
@click.option("--threads", type=click.IntRange(1, 256), help="Requests at once in each worker (default: 4).")
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="Policy (TOML; default: as shipped).")
def serve(
    data: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    threads: int | None,
    policy: Path | None,
) -> None:
    """Answer over HTTP; switches to each new index between two requests.

    \b
    Example:
      alsoread serve --port 8000 --workers 4
      curl 'http://127.0.0.1:8000/v1/also-read?url=https://www.example.com/news/flood-wall'
    """
    settings = settings_from(data=data, host=host, port=port, workers=workers, threads=threads, policy=policy)
    load_policy(settings.policy)
    try:
        current_generation(settings.data)
    except NoSnapshot as error:
        click.echo(f"alsoread: {error}; until then every answer is 503", err=True)
    run_server(settings)


def run_server(settings: Settings) -> None:
    """Serve until a signal ends it. Raises `ServiceError` when the address cannot be listened on."""
    from granian import Granian
    from granian.constants import Interfaces

    port = settings.port or free_port(settings.host)
    check_address(settings.host, port)
    os.environ.update(settings.with_values(port=port).as_environment())
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(
        f"Alsoread listens on http://{host}:{port} (data: {settings.data}, workers: {settings.workers})", err=True
    )
    Granian(
        "service.wsgi:create",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=port,
        workers=settings.workers,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
        log_level=settings.log_level,  # type: ignore[arg-type]  # takes the level's name too
    ).serve()


def check_address(host: str, port: int) -> None:
    """Raises `ServiceError` that says why, when the address cannot be listened on."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ServiceError(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port"
        ) from None


def free_port(host: str) -> int:
    """A port that nothing listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
