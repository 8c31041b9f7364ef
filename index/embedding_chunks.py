"""Embedding the texts that a rebuild found without a vector, a chunk at a time, each kept as soon as it is made."""

from collections.abc import Callable, Mapping

from index.article_rows import article_of
from index.catalogue import Catalogue
from index.chunks import in_chunks
from index.embedder import Embedder, embedding_text
from index.embedding import embed_what_can_be
from index.errors import EmbedderAway
from index.snapshot import Recipe
from index.staging import Staging

EMBED_CHUNK = 128
"""Articles embedded between two commits: what a kill can cost."""

Progress = Callable[[str, int, int | None], None]
"""Told how far a stage is: its name, what is done, and of how much (None where nobody can know)."""


def embed_new(
    catalogue: Catalogue,
    staging: Staging,
    embedder: Embedder,
    texts: Mapping[bytes, str],
    recipe: Recipe,
    progress: Progress,
) -> list[str]:
    """Embed one article for each of these content hashes, and keep the vectors; gives the ids of those that the model failed
    at. Raises `EmbedderAway` with what is kept already, and what a model raises that fails at everything."""
    failed_at: list[str] = []
    done = 0
    if texts:
        progress("embedding", 0, len(texts))
    in_order = [texts[content_hash] for content_hash in sorted(texts)]  # as the catalogue sorts what is kept
    for ids in in_chunks(in_order, EMBED_CHUNK):
        chunk = [article_of(record) for _, record in staging.records(ids)]
        read = [embedding_text(staging.cleaner.clean(article)) for article in chunk]
        try:
            vectors, failed = embed_what_can_be(embedder, read)
        except EmbedderAway as error:
            raise EmbedderAway(
                f"{error}; of {len(texts):,} texts {done:,} are embedded and kept, the same command goes on from there"
            ) from None
        failed_at += [chunk[position].id for position in failed]
        hashes = [article.content_hash for at, article in enumerate(chunk) if at not in failed]
        if hashes:
            catalogue.keep_vectors(hashes, vectors, recipe.model, recipe.text)
        done += len(chunk)
        progress("embedding", done, len(texts))
    return failed_at
