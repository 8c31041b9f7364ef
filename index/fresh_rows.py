"""The rows of a rebuild's fresh articles: which texts are to be embedded for them, and what goes into a segment."""

from collections.abc import Iterator, Sequence

import numpy as np

from index.article import digest
from index.article_columns import Hashes, KnownHashes, hashes_of
from index.article_rows import article_of
from index.catalogue import Catalogue
from index.chunks import in_chunks
from index.generation import Archive
from index.row import Row
from index.snapshot import Recipe
from index.staging import Staging


class FreshRows:
    """Rows out of the catalogue, as a rebuild would leave it; ids are given in ascending order."""

    def __init__(self, catalogue: Catalogue, staging: Staging, archive: Archive, recipe: Recipe) -> None:
        self._catalogue = catalogue
        self._staging = staging
        self._archive = archive
        self._recipe = recipe

    def without_vector(self, ids: Sequence[str]) -> dict[bytes, str]:
        """For each text that has no vector yet, by its content hash, the id of an article that carries it."""
        by_text = dict(zip(self._texts(ids), ids, strict=True))
        stored = self._catalogue.stored_vectors(by_text, self._recipe.model, self._recipe.text)
        return {content_hash: article_id for content_hash, article_id in by_text.items() if content_hash not in stored}

    def of(self, ids: Sequence[str], fingerprints: Hashes) -> Iterator[Row]:
        """The rows of these articles; `fingerprints` are aligned with the archive."""
        archive = self._archive
        for chunk in in_chunks(ids):
            texts = dict(zip(chunk, self._texts(chunk), strict=True))
            vectors = self._catalogue.vectors(texts.values(), self._recipe.model, self._recipe.text)
            rows = dict(zip(chunk, archive.columns.rows_of(chunk).tolist(), strict=True))
            for article_id, record in self._staging.records(chunk):
                vector = vectors.get(texts[article_id])
                yield Row(
                    article=self._staging.cleaner.clean(article_of(record)),
                    vector=np.zeros(self._recipe.dimension, np.float32) if vector is None else vector,
                    embedded=vector is not None,
                    fingerprint=fingerprints[rows[article_id]].tobytes(),
                    copy=archive.copies.of(rows[article_id]),
                    aliases=archive.aliases.get(article_id, ()),
                )

    def _texts(self, ids: Sequence[str]) -> list[bytes]:
        """The content hashes of these articles."""
        columns = self._archive.columns
        return [columns.content_hash[row].tobytes() for row in columns.rows_of(ids).tolist()]


def tried_again(archive: Archive, fingerprints: Hashes, not_embedded: Sequence[str]) -> Hashes:
    """The fingerprints, but for texts that the model failed at ones that the next rebuild does not know: they are written
    without a vector, and tried again."""
    if not not_embedded:
        return fingerprints
    content = archive.columns.content_hash
    failed = KnownHashes(np.unique(content[archive.columns.rows_of(not_embedded)], axis=0))
    others = fingerprints.copy()
    for row in np.flatnonzero(failed.find(content) >= 0).tolist():
        others[row] = hashes_of([digest(fingerprints[row].tobytes(), "not embedded")])[0]
    return others
