"""Which embedder the settings mean: a model in this process, or a server that answers `/v1/embeddings`."""

from collections.abc import Callable

from index.embedder import Embedder
from index.remote_embedder import PATIENCE, RemoteEmbedder
from index.sentence_transformer import make_embedder
from service.settings import Settings

HURRIED = 1.0
"""Seconds that the indexer waits for a server: what waits for a vector is answered by terms, and asked for again."""


def embedder_named(settings: Settings, patience: float = PATIENCE) -> Callable[[str], Embedder]:
    """Gives the embedder for a model's name: by the server of the settings, which is asked for it under that name, or here
    (`index.sentence_transformer.make_embedder`, which raises as told there)."""
    url, key = settings.embedder, settings.embedder_key
    if url is None:
        return make_embedder
    return lambda name: RemoteEmbedder(url, name, key, patience)
