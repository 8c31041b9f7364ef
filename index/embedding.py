"""Embedding many texts although the model may fail at some of them."""

import logging
from collections.abc import Sequence

import numpy as np

from index.embedder import Embedder, Vectors, check_vectors
from index.errors import EmbedderAway, ModelMismatch

log = logging.getLogger(__name__)

PROBE = "ready"
"""What any model that works embeds."""


def embed_what_can_be(embedder: Embedder, texts: Sequence[str]) -> tuple[Vectors, list[int]]:
    """The vectors of the texts, (texts that could be embedded, dimension) float32 in their order, and the positions of
    those at which the model fails: these are found by trying each alone.

    Raises what the model raises where it fails at any text whatever, and `ModelMismatch` for vectors that are not as they
    should be; `EmbedderAway` where a server does not answer.
    """
    try:
        return _checked(embedder, texts), []
    except (ModelMismatch, EmbedderAway):
        raise
    except Exception as error:  # noqa: BLE001  # a model may raise anything at a text
        _checked(embedder, [PROBE])
        log.warning("embedding %d texts failed, trying each alone: %s", len(texts), error)
    vectors, failed = [np.zeros((0, embedder.dimension), np.float32)], []
    for position, text in enumerate(texts):
        try:
            vectors.append(_checked(embedder, [text]))
        except EmbedderAway:
            raise
        except Exception:  # noqa: BLE001  # as above; but for a model that fails from now on at everything
            _checked(embedder, [PROBE])
            failed.append(position)
    return np.concatenate(vectors), failed


def _checked(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    vectors = embedder.embed(texts)
    check_vectors(vectors, (len(texts), embedder.dimension), embedder.model)
    return vectors
