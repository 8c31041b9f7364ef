"""`alsoread indexer`: the one process that holds the model."""

import os
import threading
from pathlib import Path

import click

from index.catalogue import place_of
from index.embedding_socket import serve_embeddings
from index.folding import Folding
from index.indexer import Indexer
from index.indexer_loop import keep_writing, run
from index.indexer_state import StateFile
from service.cli import data_option, settings_from
from service.embedders import HURRIED, embedder_named
from service.logs import set_up_logging
from service.purging_thread import start_purging
from service.settings import Settings
from service.shared_engines import start_projecting
from service.standby import end_at_once, only_one


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
    end_at_once(end_with)
    settings = settings_from(data=data, model=model, fold_after=fold_after)
    set_up_logging(settings.log_level)
    # more threads were slower beside readers on busy cores (docs/performance.md)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with only_one(settings.data, "indexer"):
        work(settings)


def work(settings: Settings) -> None:
    """Embed and fold for one data folder, until the process ends; beside it tell the shared cache what changed."""
    place = place_of(settings.data, settings.catalogue)
    start_purging(settings)
    start_projecting(settings)
    state = StateFile(settings.data)
    keep_writing(state)
    folding = Folding(settings.data, place, settings.fold_after, keep=settings.keep_snapshots)
    worker = Indexer(settings.data, place, embedder_named(settings, HURRIED), settings.model, folding, state.set)
    if (lent := serve_embeddings(settings.data, lambda: worker.model)) is not None:
        end_at_once(None, lent.forget)
    run(worker, threading.Event().wait)
