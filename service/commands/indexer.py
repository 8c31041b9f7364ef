"""`alsoread indexer`: the one process that holds the model."""

import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from index.catalogue import place_of
from index.embedding_socket import serve_embeddings
from index.folding import Folding
from index.indexer import Indexer
from index.indexer_loop import keep_writing, run
from index.indexer_state import StateFile
from index.sentence_transformer import make_embedder
from service.cli import data_option, settings_from
from service.logs import set_up_logging
from service.processes import end_with
from service.purging_thread import start_purging
from service.settings import Settings

log = logging.getLogger(__name__)

LOCK = "indexer.lock"

STANDBY_SECONDS = 0.5


@click.command()
@data_option
@click.option("--model", metavar="NAME", help="Embedding model by name or path (default: ALSOREAD_MODEL).")
@click.option("--fold-after", type=click.IntRange(0), help="Changed articles that make a new index; 0: never (1000).")
@click.option("--end-with", type=int, metavar="PID", help="End when this parent process ends (what serve hands it).")
def indexer(data: Path | None, model: str | None, fold_after: int | None, end_with: int | None) -> None:
    """Embed what is written between rebuilds; `serve` runs one by itself.

    Of several on one data folder one works; the others wait to take its place.

    \b
    Example:
      alsoread indexer --data /srv/alsoread
    """
    _end_at_once(end_with)
    settings = settings_from(data=data, model=model, fold_after=fold_after)
    set_up_logging(settings.log_level)
    # more threads were slower beside readers on busy cores (docs/performance.md)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with only_one(settings.data):
        work(settings)


def _end_at_once(parent: int | None, last: Callable[[], None] = lambda: None) -> None:
    """A signal ends it where it stands, as a kill may: nothing is half-written. Set by hand, for as the first process of a
    container it would be spared. `last` is done before."""

    def end(*_: object) -> None:
        last()
        os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if parent is not None:
        end_with(parent)


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Wait until no other indexer works on this data folder. The system lets go of the lock whenever a process ends."""
    handle = _lockable(data)
    try:
        _wait_for_lock(handle, data)
        yield
    finally:
        os.close(handle)


def _lockable(data: Path) -> int:
    """The lock's file, open; where nothing can be written (the folder is read-only, or full) the folder itself."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        return os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        return os.open(data, os.O_RDONLY)


def _wait_for_lock(handle: int, data: Path) -> None:
    waiting = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not waiting:
                log.info("another indexer works on %s; waiting to take its place", data)
            waiting = True
            time.sleep(STANDBY_SECONDS)


def work(settings: Settings) -> None:
    """Embed and fold for one data folder, until the process ends; beside it tell the shared cache what changed."""
    place = place_of(settings.data, settings.catalogue)
    start_purging(settings)
    state = StateFile(settings.data)
    keep_writing(state)
    folding = Folding(settings.data, place, settings.fold_after, keep=settings.keep_snapshots)
    worker = Indexer(settings.data, place, make_embedder, settings.model, folding, state.set)
    if (lent := serve_embeddings(settings.data, lambda: worker.model)) is not None:
        _end_at_once(None, lent.forget)
    run(worker, threading.Event().wait)
