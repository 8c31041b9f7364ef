"""`alsoread serve`: the web workers."""

import os
import signal
import socket
from pathlib import Path

import click

from index.errors import NoSnapshot
from index.snapshot import current_generation
from recommender.policy import load_policy
from service.cli import data_option, settings_from
from service.errors import ServiceError
from service.settings import Settings

END_SIGNALS = (signal.SIGINT, signal.SIGTERM)

STOP_SECONDS = 5
"""How long a worker may finish its requests once it is told to end."""


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
    address = check_address(settings.host, port)
    os.environ.update(settings.with_values(port=port).as_environment())
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    click.echo(
        f"Alsoread listens on {base_address(settings.host, port)} (data: {settings.data}, workers: {settings.workers})",
        err=True,
    )
    _let_signals_end_new_workers()
    Granian(
        "service.wsgi:create",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=port,
        workers=settings.workers,
        blocking_threads=settings.threads,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=settings.log_level,  # type: ignore[arg-type]  # takes the level's name too
    ).serve()


def _let_signals_end_new_workers() -> None:
    """A worker inherits the main process's handlers, which only take note: until it has set its own, let a signal end it."""

    def hold() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)

    def release() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)

    def release_in_worker() -> None:
        # Control-C on a terminal reaches a whole process group: let the main process alone hear it, and end the workers
        os.setpgid(0, 0)
        for number in END_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        release()

    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=release_in_worker)


def base_address(host: str, port: int) -> str:
    """`http://host:port`, with an IPv6 host in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def check_address(host: str, port: int) -> str:
    """The host in numbers. Raises `ServiceError` that says why, when it cannot be listened on."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return str(probe.getsockname()[0])
    except OSError as error:
        raise ServiceError(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port"
        ) from None


def free_port(host: str) -> int:
    """A port that nothing listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
