"""`alsoread embedder`: the model for other hosts, on a machine with a GPU or with cores to spare."""

import os
from ipaddress import ip_address

import click

from service.cli import settings_from
from service.commands.serve import HEAD_SECONDS, MAX_HEAD_BYTES, base_address, check_address, free_port
from service.embedder_app import THREADS
from service.errors import ServiceError
from service.processes import STOP_SECONDS

DEFAULT_PORT = 8001


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, help="Port to listen on (8001).")
@click.option("--model", metavar="NAME", help="Embedding model by name or path (default: ALSOREAD_MODEL).")
@click.option("--without-key", is_flag=True, help="Let whoever reaches the address embed.")
def embedder(host: str | None, port: int, model: str | None, without_key: bool) -> None:
    """Answer /v1/embeddings with the model, for indexers and rebuilds on other hosts.

    They find it by ALSOREAD_EMBEDDER, and show the key that both sides have in ALSOREAD_EMBEDDER_KEY. Where torch sees a
    GPU it is used. Vectors are those that a rebuild on this host would make.

    \b
    Examples:
      alsoread embedder --host 0.0.0.0
      ALSOREAD_EMBEDDER=http://gpu.example:8001/v1 alsoread rebuild articles.jsonl
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    settings = settings_from(host=host, model=model)
    port = port or free_port(settings.host)
    address = check_address(settings.host, port)
    if settings.embedder_key is None and not without_key and not ip_address(address).is_loopback:
        raise ServiceError(
            f"{settings.host} can be reached from other hosts, and there is no key: set ALSOREAD_EMBEDDER_KEY here and "
            "where the embedder is used, or say --without-key"
        )
    settings.with_values(port=port).into(os.environ)
    click.echo(f"Alsoread embeds on {base_address(settings.host, port)}/v1 (model: {settings.model})", err=True)
    Granian(
        "service.embedder_app:create",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=port,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1_000, max_buffer_size=MAX_HEAD_BYTES),
        workers_kill_timeout=STOP_SECONDS,
        log_level=settings.log_level,  # type: ignore[arg-type]  # takes the level's name too
    ).serve()
