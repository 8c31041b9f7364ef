"""`alsoread serve`: the web workers and their indexer."""

import logging
import os
import resource
import shlex
import signal
import socket
from contextlib import AbstractContextManager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import click

from index.errors import ArchiveError, NoSnapshot
from index.kept import check_once
from index.pointer import current_generation
from recommender.policy import load_policy
from service.cli import data_option, settings_from
from service.clicks.repeats import share_repeats
from service.errors import InvalidSetting, ServiceError
from service.exposure import check_exposure
from service.processes import STOP_SECONDS, Companion
from service.settings import Settings

log = logging.getLogger(__name__)

END_SIGNALS = (signal.SIGINT, signal.SIGTERM)

MIGRATION_LOCK_SECONDS = 10.0

HEAD_SECONDS = 30
"""So long the head of a request may take, and a connection may rest between two."""

MAX_HEAD_BYTES = 8_192 + 4_096 * 100
"""Of the line and the headers of a request together."""


@click.command()
@data_option
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on (default: 8000).")
@click.option("--workers", type=click.IntRange(1, 256), help="Web workers; they share the index's memory (default: 2).")
@click.option("--threads", type=click.IntRange(1, 256), help="Requests at once in each worker (default: 4).")
@click.option("--indexer/--no-indexer", "indexer", default=None, help="Whether to run an indexer too (default: yes).")
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="Policy (TOML; default: as shipped).")
@click.option("--replica/--no-replica", "replica", default=None, help="Answer from Milvus, without an index here (no).")
@click.option("--watch", multiple=True, metavar="SOURCE", help="Poll this source too; may be repeated.")
def serve(
    data: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    threads: int | None,
    indexer: bool | None,
    policy: Path | None,
    replica: bool | None,
    watch: tuple[str, ...],
) -> None:
    """Answer over HTTP; switches to each new index between two requests.

    \b
    Example:
      alsoread serve --port 8000 --workers 4
      alsoread serve --watch https://www.example.com
      curl 'http://127.0.0.1:8000/v1/also-read?url=https://www.example.com/news/flood-wall'
    """
    settings = settings_from(
        data=data,
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        indexer=indexer,
        policy=policy,
        replica=replica,
        watch=shlex.join(watch) if watch else None,
    )
    for path in (settings.policy, settings.policy_b):
        load_policy(path)
    if settings.replica:
        _check_replica(settings)
    try:
        if not settings.replica:
            current_generation(settings.data)
    except NoSnapshot as error:
        click.echo(f"alsoread: {error}; until then every answer is 503", err=True)
    run_server(settings)


def _check_replica(settings: Settings) -> None:
    """Raises `InvalidSetting` where a replica could never answer."""
    if not (settings.milvus and settings.catalogue):
        raise InvalidSetting(
            "--replica needs ALSOREAD_MILVUS and ALSOREAD_CATALOGUE: a replica answers from these alone"
        )
    if find_spec("pymilvus") is None:
        raise InvalidSetting(
            "--replica needs the extra 'milvus'; install it with: pip install 'alsoread[milvus]' -c constraints.txt"
        )


def run_server(settings: Settings) -> None:
    """Serve until a signal ends it. Raises `ServiceError` when the address cannot be listened on, or would be wide open."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    port = settings.port or free_port(settings.host)
    address = check_address(settings.host, port)
    check_exposure(settings, address)
    settings.with_values(port=port).into(os.environ)
    _allow_many_files()
    starting = Lock()
    companions = [Companion(words[0], words, os.environ, starting) for words in beside(settings)]
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    click.echo(
        f"Alsoread listens on {base_address(settings.host, port)} (data: {settings.data}, workers: {settings.workers})",
        err=True,
    )
    _migrate(settings)
    if not settings.replica:
        check_once(settings.data)
    share_repeats()
    _let_signals_end_new_workers(starting)
    server = Granian(
        "service.wsgi:create",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=port,
        workers=settings.workers,
        blocking_threads=settings.threads,
        websockets=False,
        # where it may also be HTTP/2, a connection that sends nothing, or only begins so, is kept for ever
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1_000, max_buffer_size=MAX_HEAD_BYTES),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=settings.log_level,  # type: ignore[arg-type]  # takes the level's name too
    )
    for companion in companions:
        server.on_startup(companion.start)
    try:
        server.serve()
    finally:
        for companion in companions:
            companion.stop()


def beside(settings: Settings) -> list[list[str]]:
    """The commands that are kept running beside the web workers; a replica has nothing that they could work on."""
    if settings.replica:
        return []
    indexer = [["indexer"]] if settings.indexer else []
    return [*indexer, *([["watch", "--", *shlex.split(settings.watch)]] if settings.watch else [])]


def _allow_many_files() -> None:
    """As many open files as the system lets us have: each file that a worker maps counts as one, some forty for a segment and
    twice as many during a switch, and the usual 1,024 are soon used up."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _migrate(settings: Settings) -> None:
    """Bring the catalogue to this version once, before the workers open it; without one the snapshot is served all the same."""
    from sqlalchemy.exc import SQLAlchemyError

    from index.catalogue import Catalogue, place_of

    place = place_of(settings.data, settings.catalogue)
    if isinstance(place, Path) and not place.is_file():
        return
    try:
        Catalogue.open(place, MIGRATION_LOCK_SECONDS).close()
    except (ArchiveError, SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        log.warning("the catalogue cannot be used (%s); what is indexed is served, changes wait for it", reason)


def _let_signals_end_new_workers(starting: AbstractContextManager[Any]) -> None:
    """A worker inherits the main process's handlers, which only take note: until it has set its own, let a signal end it.

    `starting` is held while one is forked, so that no other process is being started at that instant.
    """

    def hold() -> None:
        starting.__enter__()
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)

    def release() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
        starting.__exit__(None, None, None)

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
