"""What a web worker imports: the application, from the environment's settings. Never imports torch."""

import logging
import os

import faiss
from flask import Flask

from index.errors import ArchiveError
from service.app import create_app, make_recommender
from service.logs import set_up_logging
from service.processes import end_with_parent
from service.settings import read_settings

log = logging.getLogger(__name__)


def create() -> Flask:
    """The application of a worker, its index opened before the first request; each worker searches on one thread."""
    end_with_parent()
    settings = read_settings(os.environ)
    set_up_logging(settings.log_level)
    faiss.omp_set_num_threads(1)
    recommender = make_recommender(settings)
    try:
        log.info("serving %s", recommender.index.snapshot().generation)
        recommender.rules.value()
    except ArchiveError as error:
        log.warning("not ready: %s", error)
    return create_app(settings, recommender)
