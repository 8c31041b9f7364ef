"""Embedding the texts that a rebuild found without a vector, a chunk at a time, each kept as soon as it is made."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from index.article import Article
from index.article_rows import article_of
from index.catalogue import Catalogue
from index.chunks import in_chunks
from index.claims import claimed
from index.embedder import Embedder, embedding_text
from index.embedding import embed_what_can_be
from index.errors import EmbedderAway
from index.snapshot import Recipe
from index.staging import Staging

EMBED_CHUNK = 128
"""Articles embedded between two commits: what a kill can cost."""

EmbedNew = Callable[[Catalogue, Staging, Embedder, Mapping[bytes, str], Recipe, "Progress"], list[str]]
"""Embeds one article for each content hash, and keeps the vectors; gives the ids of those that the model failed at."""

OTHERS_SECONDS = 0.2
"""So often it is looked whether what an indexer of the same catalogue embeds has its vector."""

Progress = Callable[[str, int, int | None], None]
"""Told how far a stage is: its name, what is done, and of how much (None where nobody can know)."""


def embed_new(
    catalogue: Catalogue,
    staging: Staging,
    embedder: Embedder,
    texts: Mapping[bytes, str],
    recipe: Recipe,
    progress: Progress,
    wait: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Embed one article for each of these content hashes, and keep the vectors; gives the ids of those that the model failed
    at. Raises `EmbedderAway` with what is kept already, and what a model raises that fails at everything."""
    failed_at: list[str] = []
    done = 0
    if texts:
        progress("embedding", 0, len(texts))
    in_order = [texts[content_hash] for content_hash in sorted(texts)]  # as the catalogue sorts what is kept
    for ids in in_chunks(in_order, EMBED_CHUNK):
        left = [staging.cleaner.clean(article_of(record)) for _, record in staging.records(ids)]
        while left:
            with claimed(catalogue.engine, [one.content_hash for one in left], recipe.model, recipe.text) as ours:
                chunk = without_vector(catalogue, [one for one in left if one.content_hash in ours], recipe)
                read = [embedding_text(one) for one in chunk]
                try:
                    # where others embedded all of them, no model is loaded for nothing
                    vectors, failed = embed_what_can_be(embedder, read) if read else (np.zeros((0, 0), np.float32), [])
                except EmbedderAway as error:
                    raise EmbedderAway(
                        f"{error}; of {len(texts):,} texts {done:,} are embedded and kept, and the same command goes on "
                        "from there"
                    ) from None
                failed_at += [chunk[position].id for position in failed]
                hashes = [one.content_hash for at, one in enumerate(chunk) if at not in failed]
                if hashes:
                    catalogue.keep_vectors(hashes, vectors, recipe.model, recipe.text)
            left = [one for one in left if one.content_hash not in ours]
            done += len(ours)
            progress("embedding", done, len(texts))
            if left:
                wait(OTHERS_SECONDS)
    return failed_at


def without_vector(catalogue: Catalogue, claimed_ones: Sequence[Article], recipe: Recipe) -> list[Article]:
    """Those of them that have no vector still: what another had claimed may have it by now."""
    hashes = [one.content_hash for one in claimed_ones]
    known = catalogue.stored_vectors(hashes, recipe.model, recipe.text)
    return [one for one in claimed_ones if one.content_hash not in known]
